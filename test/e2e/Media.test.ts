/**
 * What people send besides words, on the whole way: a real Telegraf bot between both emulators.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Predicate from "effect/Predicate"
import type * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as Files from "../support/files.ts"
import { check, recorder } from "../support/recorder.ts"
import { start } from "./stack.ts"

const plugin = { paced: false }

/** The content of the last message of the last request. */
const asked = (server: CodexEmulator.Service) =>
  Effect.map(server.requests, (requests) => {
    const body = requests.findLast(({ path }) => path.endsWith("/responses"))?.body
    const input = Predicate.hasProperty(body, "input") && Array.isArray(body.input) ? body.input : []
    const message: unknown = input.at(-1)
    return Predicate.hasProperty(message, "content") && Array.isArray(message.content) ? message.content : []
  })

const shown = (part: unknown): string =>
  Predicate.hasProperty(part, "text")
    ? String(part.text)
    : Predicate.hasProperty(part, "image_url")
    ? String(part.image_url).replace(/;base64,.*/, "")
    : "?"

const turns = (server: CodexEmulator.Service) =>
  Effect.map(server.requests, (requests) => requests.filter(({ path }) => path.endsWith("/responses")).length)

describe("a picture", () => {
  it.live("with a caption is asked about, and seen by the model", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendPhoto({ caption: "What is this?" })
      const answer = yield* ada.chat.nextBotMessage
      assert.match(answer.text ?? "", /1 picture/)
      assert.deepStrictEqual((yield* asked(server)).map(shown), ["What is this?", "data:image/png"])
    }))

  it.live("without a word is a question by itself", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendDocument({ fileName: "scan.dat", bytes: Files.jpeg() })
      yield* ada.chat.nextBotMessage
      assert.deepStrictEqual((yield* asked(server)).map(shown), ["data:image/jpeg"])
    }))

  it.live("in an album of three is one question with the others, in their order", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendAlbum([
        { photo: { caption: "Which one?", bytes: Files.png() } },
        { photo: { bytes: Files.jpeg() } },
        { photo: { bytes: Files.png(3, 3) } }
      ])
      yield* ada.chat.nextBotMessage
      assert.deepStrictEqual((yield* asked(server)).map(shown), [
        "Which one?",
        "data:image/png",
        "data:image/jpeg",
        "data:image/png"
      ])
      assert.strictEqual(yield* turns(server), 1)
    }))
})

describe("a model that reads text only", () => {
  it.live("says so before anything is asked", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({
        plugin,
        provider: { model: "gpt-text" },
        emulator: { models: [{ slug: "gpt-text", textOnly: true }, { slug: "gpt-eyes" }] }
      })
      yield* ada.chat.sendPhoto({ caption: "What is this?" })
      assert.match((yield* ada.chat.nextBotMessage).text ?? "", /gpt-text does not look at pictures.*\n.*gpt-eyes/)
      assert.strictEqual(yield* turns(server), 0)
    }))
})

describe("a document", () => {
  it.live("is quoted beside what is asked about it", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendDocument({ fileName: "notes.txt", text: "Milk, eggs", caption: "What do I need?" })
      yield* ada.chat.nextBotMessage
      const [words, quoted = ""] = (yield* asked(server)).map(shown)
      assert.strictEqual(words, "What do I need?")
      assert.match(quoted, /"notes\.txt" was sent[^]*\nMilk, eggs\n~~~~~$/)
    }))

  it.live("belongs to the comment that came before it, also when it may be a login and takes its time", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin: { ...plugin, allowedUserIds: [7] } })
      yield* telegram.failNext("file", FaultScript.delay("500 millis"), 2)
      yield* ada.chat.send("What do I need?")
      yield* ada.chat.sendDocument({ fileName: "notes.txt", text: "Milk, eggs" })
      yield* ada.chat.nextBotMessage
      assert.match((yield* asked(server)).map(shown).join(), /^What do I need\?,[^]*Milk, eggs/)
      assert.strictEqual(yield* turns(server), 1)
    }))

  it.live("that turns out to be a login is taken over, and nothing of it is asked; what was sent with it is", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin: { ...plugin, allowedUserIds: [7] } })
      const text = yield* server.signIn()
      yield* ada.chat.sendDocument({ fileName: "document", text, caption: "my login" })
      yield* ada.chat.send("What is 6 x 7?")
      yield* ada.chat.botText(/^✅ Signed in/)
      yield* ada.chat.botText(/6 x 7 = 42/)
      assert.deepStrictEqual((yield* asked(server)).map(shown), ["What is 6 x 7?"])
      yield* ada.chat.sendDocument({ fileName: "document", text, caption: "again" })
      yield* ada.chat.botText(/^✅ Signed in/)
      assert.strictEqual(yield* turns(server), 1)
    }))

  it.live("of PDF is read", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendDocument({
        fileName: "a.pdf",
        bytes: Files.pdf(["The secret is 42"]),
        caption: "What is it?"
      })
      yield* ada.chat.nextBotMessage
      assert.match((yield* asked(server)).map(shown).join(), /PDF, 1 page[^]*The secret is 42/)
    }))

  it.live("that cannot be read is told, and what was asked with it is answered", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendDocument({ fileName: "a.zip", bytes: Files.zip(), caption: "What is this?" })
      const [told, answer] = [yield* ada.chat.nextBotMessage, yield* ada.chat.nextBotMessage]
      assert.strictEqual(
        told.text,
        "⚠️ \"a.zip\" is an archive (1 kB), which I cannot read: send text, a PDF or pictures."
      )
      assert.notStrictEqual(answer.text, told.text)
      assert.match((yield* asked(server)).map(shown).join("\n"), /^What is this\?\n\[Not all .*a\.zip/)
    }))

  it.live("that cannot be read, and nothing else, is answered with one sentence and asks nothing", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendDocument({ fileName: "a.zip", bytes: Files.zip() })
      assert.match((yield* ada.chat.nextBotMessage).text ?? "", /^⚠️ "a\.zip" is an archive/)
      assert.strictEqual(yield* turns(server), 0)
    }))

  it.live("of more than 20 MB is refused by its size", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendDocument({ fileName: "big.txt", bytes: new Uint8Array(20 * 1024 * 1024 + 1).fill(65) })
      assert.match((yield* ada.chat.nextBotMessage).text ?? "", /"big\.txt" is too big \(20 MB\)/)
      assert.strictEqual(yield* turns(server), 0)
    }))
})

describe("a download", () => {
  it.live("that fails is told, with what was asked beside it", () =>
    Effect.gen(function*() {
      const { ada, telegram } = yield* start({ plugin })
      yield* telegram.failNext("file", FaultScript.answer({ status: 404 }), Infinity)
      yield* ada.chat.sendPhoto()
      assert.match((yield* ada.chat.nextBotMessage).text ?? "", /no longer to be had from Telegram/)
    }))

  it.live("that hangs is stopped by Stop", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin })
      yield* telegram.failNext("file", FaultScript.stall(), Infinity)
      yield* ada.chat.sendPhoto({ caption: "What is this?" })
      yield* telegram.waitForCall(({ method }) => method === "getFile")
      yield* ada.chat.send("/codex stop")
      yield* ada.chat.botText(/[Ss]topped/)
      assert.strictEqual(yield* turns(server), 0)
    }))
})

describe("the address of a file", () => {
  it.live("and the token in it are in no log, no span and no message, whatever goes wrong", () =>
    Effect.gen(function*() {
      const { all, layer } = recorder()
      const { ada, telegram } = yield* start({ plugin, layers: layer })
      const faults = [
        FaultScript.answer({ status: 404 }),
        FaultScript.redirect("http://127.0.0.1:9/elsewhere"),
        FaultScript.answer({ status: 500 }),
        FaultScript.cut()
      ]
      for (const fault of faults) {
        yield* telegram.failNext("file", fault, 3)
        yield* ada.chat.sendDocument({ fileName: "notes.txt", text: "SAID-do-not-tell" })
        yield* ada.chat.nextBotMessage
      }
      yield* ada.chat.sendDocument({ fileName: "notes.txt", text: "SAID-do-not-tell" })
      yield* ada.chat.nextBotMessage
      const shown = (yield* telegram.timeline).filter(({ from }) => from === "bot").map(({ text }) => text)
      const secret = telegram.token.split(":")[1] ?? ""
      check([...yield* all, ...shown], [telegram.token, secret, "/file/bot", "documents/file_"])
      check(yield* all, ["do-not-tell"])
    }))
})

describe("a voice message", () => {
  it.live("in a group is asked when what is said names the bot, and met with silence when not", () =>
    Effect.gen(function*() {
      const { ada, server, telegram } = yield* start({ plugin: { ...plugin, transcribe: { command: "cat" } } })
      const group = ada.in(yield* telegram.group({ title: "G" }))
      yield* group.sendVoice({ bytes: Files.bytes(Files.ogg(), " What is the time?") })
      yield* group.sendVoice({ bytes: Files.bytes(Files.ogg(), " Codex, what is 6 x 7?") })
      assert.match((yield* group.nextBotMessage).text ?? "", /6 x 7 = 42/)
      assert.strictEqual(yield* turns(server), 1)
    }))

  it.live("is asked in the words that a program heard", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin: { ...plugin, transcribe: { command: "cat" } } })
      yield* ada.chat.sendVoice({ bytes: Files.bytes(Files.ogg(), "What is the time?") })
      yield* ada.chat.nextBotMessage
      assert.match((yield* asked(server)).map(shown).join(), /What is the time\?$/)
    }))

  it.live("is answered with how to switch it on, where nobody listens", () =>
    Effect.gen(function*() {
      const { ada, server } = yield* start({ plugin })
      yield* ada.chat.sendVoice()
      assert.match((yield* ada.chat.nextBotMessage).text ?? "", /CODEX_TRANSCRIBE_COMMAND/)
      assert.strictEqual(yield* turns(server), 0)
    }))

  it.live("that is being listened to ends with the turn, and so does the program", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const { ada, server } = yield* start({
        plugin: { ...plugin, transcribe: { command: `touch ${folder}/begun; sleep 300; touch ${folder}/over #` } }
      })
      yield* ada.chat.sendVoice()
      yield* Effect.repeat(Effect.delay(fs.exists(`${folder}/begun`), "20 millis"), { until: (is) => is })
      yield* ada.chat.send("/codex stop")
      yield* ada.chat.botText(/[Ss]topped/)
      assert.strictEqual(yield* turns(server), 0)
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
