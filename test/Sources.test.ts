/**
 * What the backend does by itself within a turn: searches, with the pages that an answer refers to, and pictures.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Item from "../src/backend/Item.ts"
import { Codex } from "../src/conversation/Codex.ts"
import * as AnswerText from "../src/telegram/reply/internal/answerText.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import { makeDoor } from "./support/door.ts"

const said = (
  text: string,
  ...cited: ReadonlyArray<{ readonly url: unknown; readonly title?: unknown }>
): Item.Said => ({
  type: "message",
  role: "assistant",
  content: [{
    type: "output_text",
    text,
    annotations: cited.map((cited) => ({ type: "url_citation", start_index: 0, end_index: 1, ...cited }))
  }]
})

const search = (action: unknown): Item.WebSearchCall => ({ type: "web_search_call", status: "completed", action })
const searched = search({ type: "search", query: "weather" })

const ask = (items: ReadonlyArray<Item.Item>) =>
  Effect.gen(function*() {
    const codex = yield* Codex
    const { script } = yield* TestCodex.TestCodex
    yield* script(TestCodex.items(items))
    return yield* codex.ask({ text: "Look it up" })
  }).pipe(Effect.provide(TestCodex.layer({ webSearch: true })))

const urls = (items: ReadonlyArray<Item.Item>) =>
  Effect.map(ask(items), ({ sources = [] }) => sources.map(({ url }) => url))

describe("the sources of an answer", () => {
  it.effect("are what it cites, then what it links to, then what the search saw, each once", () =>
    Effect.gen(function*() {
      const { sources } = yield* ask([
        search({ type: "search", query: "weather", sources: [{ type: "url", url: "https://seen.example/a" }] }),
        search({ type: "open_page", url: "https://opened.example/" }),
        said(
          "See [the forecast](https://linked.example/b_(c)) and https://bare.example/d. Or https://www.cited.example/!",
          { url: "https://cited.example/?utm_source=chatgpt.com", title: "Cited" },
          { url: "https://cited.example/#top", title: "Again" }
        )
      ])
      assert.deepStrictEqual(sources, [
        { url: "https://cited.example/", title: "Cited" },
        { url: "https://linked.example/b_(c)", title: "the forecast" },
        { url: "https://bare.example/d", title: "bare.example" },
        { url: "https://seen.example/a", title: "seen.example" },
        { url: "https://opened.example/", title: "opened.example" }
      ])
    }))

  it.effect("are none where nothing was looked up: links are the answer's own", () =>
    Effect.gen(function*() {
      assert.notProperty(yield* ask([said("See https://bare.example/d")]), "sources")
    }))

  it.effect("are pages, and nothing else that calls itself one", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* urls([
          searched,
          said("Nothing.", { url: "javascript:alert(1)" }, { url: "tg://user?id=1" }, { url: 5 }, { url: "nonsense" }, {
            url: "https://user:pin@fine.example/"
          })
        ]),
        ["https://fine.example/"]
      )
    }))

  it.effect("are ten at most, and a title is no longer than a line", () =>
    Effect.gen(function*() {
      const cited = Array.from({ length: 30 }, (_, n) => ({ url: `https://${n}.example/`, title: "Long ".repeat(90) }))
      const { sources = [] } = yield* ask([searched, said("Many.", ...cited)])
      assert.lengthOf(sources, 10)
      assert.isAtMost(sources[0]?.title.length ?? 0, 101)
    }))

  it.effect("that cannot be read are left out", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* urls([search(null), search("x"), search({ sources: [null, 1, {}, { url: null }] }), said("Fine.")]),
        []
      )
    }))

  it.effect("are links under the answer", () =>
    Effect.gen(function*() {
      const text = AnswerText.make(makeDoor())
      const answer = yield* ask([
        searched,
        said("It is clear.", { url: "https://a.example/", title: "Weather *today*" })
      ])
      text.read({ _tag: "Completed", answer })
      const [part] = yield* text.final
      assert.strictEqual(part?.text, "It is clear.\n\n🔗 Sources\n1. Weather *today*")
      assert.deepStrictEqual(part?.entities, [
        { type: "text_link", url: "https://a.example/", offset: 28, length: 15 }
      ])
    }))
})

describe("a search", () => {
  it.effect("is told to the reader while it goes on", () =>
    Effect.gen(function*() {
      const codex = yield* Codex
      const { script } = yield* TestCodex.TestCodex
      yield* script(TestCodex.items([{ ...searched, id: "ws_1" }, said("Clear.")]))
      const events = yield* Stream.runCollect(codex.stream({ text: "Look it up" }))
      assert.deepStrictEqual(events.slice(0, 2), [
        { _tag: "ToolStarted", name: "web_search", callId: "ws_1" },
        { _tag: "ToolDone", name: "web_search", callId: "ws_1", failed: false }
      ])
    }).pipe(Effect.provide(TestCodex.layer({ webSearch: true }))))
})

describe("a picture that was drawn", () => {
  it.effect("comes with the answer, which may have no words", () =>
    Effect.gen(function*() {
      const answer = yield* ask([{ type: "image_generation_call", status: "completed", result: "iVBORw0KGgo=" }])
      assert.deepStrictEqual(answer.pictures, [{ base64: "iVBORw0KGgo=", format: "png" }])
      assert.strictEqual(answer.text, "")
    }))
})
