/**
 * What all previews of a streamed answer cost together, as a ratio to rendering it once.
 *
 * Run with `node test/bench/richText.ts`. A piece of eight characters comes at a time, and a preview is rendered after
 * each: a thousand for 8,000 characters, some twenty times as many as a chat would show. `again` renders the whole text for each preview,
 * which is what the incremental form saves. Where the ratio grows with the length, the work is quadratic: twice the length
 * should give about twice the ratio for `again`, and about the same for `kept`.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync } from "node:fs"
import { makeRenderer, render, renderPreview } from "../../src/telegram/richtext/RichText.ts"

const rounds = 5
const step = 8

const folder = new URL("../fixtures/answers/", import.meta.url)
const answers = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n\n")

const upTo = (length: number, part: (n: number) => string, before = ""): string => {
  let text = before
  for (let n = 0; text.length < length; n++) text += part(n)
  return text.slice(0, length)
}

const shapes: ReadonlyArray<readonly [name: string, make: (length: number) => string]> = [
  ["answers", (length) => upTo(length, () => `${answers}\n\n`)],
  ["one list", (length) => upTo(length, (n) => `${n + 1}. **Item** ${n} with \`code\`\n   - and more\n`)],
  ["one fence", (length) => upTo(length, (n) => `  const x${n} = f(${n})\n`, "```ts\n")],
  ["one table", (length) => upTo(length, (n) => `| row ${n} | **${n}** |\n`, "| a | b |\n|---|---|\n")],
  ["one paragraph", (length) => upTo(length, (n) => `word${n} **bold** and \`code\`, `)]
]

const timed = (run: () => void): number => {
  const before = performance.now()
  run()
  return performance.now() - before
}

const best = (times: number, run: () => void): number => Math.min(...Array.from({ length: times }, () => timed(run)))

const program = Effect.gen(function*() {
  yield* Console.log("shape           length   kept/once  again/once")
  for (const [name, make] of shapes) {
    for (const length of [4000, 8000, 16_000]) {
      const source = make(length)
      const once = best(rounds * 4, () => void render(source))
      const kept = best(rounds, () => {
        const renderer = makeRenderer()
        for (let at = 0; at < source.length; at += step) {
          renderer.append(source.slice(at, at + step))
          renderer.preview()
        }
      })
      const again = best(1, () => {
        for (let at = 0; at < source.length; at += step) renderPreview(source.slice(0, at + step))
      })
      yield* Console.log(
        [
          name.padEnd(14),
          String(length).padStart(7),
          `${(kept / once).toFixed(1)}x`.padStart(11),
          `${(again / once).toFixed(1)}x`.padStart(11)
        ].join(" ")
      )
    }
  }
})

Effect.runSync(program)
