/**
 * Text that changes in place at a terminal.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as LiveText from "../src/cli/internal/liveText.ts"

/** A terminal of so many rows, and all that was written to it. */
const terminal = (rows: number) => {
  let written = ""
  const write = (text: string) =>
    Effect.sync(() => {
      written += text
    })
  const live = LiveText.make({
    isWatched: true,
    canStyle: false,
    columns: Effect.succeed(80),
    rows: Effect.succeed(rows),
    write,
    line: (text) => write(`${text}\n`),
    warn: write,
    style: (_, text) => text
  })
  return {
    live,
    /** What was written since the last look. */
    news: () => {
      const news = written
      written = ""
      return news
    }
  }
}

const up = (rows: number): string => `\u001b[${rows}A\r\u001b[0J`

describe("text that changes in place", () => {
  it.effect("is written anew from the first row that is another", () =>
    Effect.gen(function*() {
      const { live, news } = terminal(20)
      yield* live.show(["one", "two"])
      assert.strictEqual(news(), "one\ntwo\n")
      yield* live.show(["one", "two", "three"])
      assert.strictEqual(news(), "three\n")
      yield* live.show(["one", "2", "three"])
      assert.strictEqual(news(), `${up(2)}2\nthree\n`)
      yield* live.show(["one", "2", "three"])
      assert.strictEqual(news(), "")
    }))

  it.effect("is left as it is where it has left the screen, of which the last row is empty", () =>
    Effect.gen(function*() {
      const { live, news } = terminal(4)
      yield* live.show(["1", "2", "3", "4", "5"])
      news()
      yield* live.show(["one", "two", "three", "four", "five"])
      assert.strictEqual(news(), `${up(3)}three\nfour\nfive\n`)
    }))

  it.effect("stays where it is settled, and what comes next is below", () =>
    Effect.gen(function*() {
      const { live, news } = terminal(20)
      yield* live.show(["one"])
      yield* live.settle
      news()
      yield* live.show(["two"])
      assert.strictEqual(news(), "two\n")
    }))
})
