/**
 * Where the bounds of what people send are, to the byte, the letter and the file; and what is not even downloaded.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Wording from "../src/telegram/media/internal/wording.ts"
import * as Transcriber from "../src/telegram/media/Transcriber.ts"
import * as Files from "./support/files.ts"
import { document, given, photo, reading, utf8 } from "./support/readFiles.ts"

const megabyte = 1024 * 1024

/** A picture of so many bytes. */
const heavy = (size: number) => Files.bytes(Files.png(), new Uint8Array(size - Files.png().length))

/** A file that begins so and has no end; `pulled` is how much of it was read. */
const endless = (head: Uint8Array) => {
  let pulled = 0
  const answer = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Uint8Array.from(head)),
        pull: (controller) => {
          pulled += 1024
          controller.enqueue(new Uint8Array(1024).fill(122))
        }
      })
    )
  return { answer, pulled: () => pulled }
}

const listening = Layer.succeed(Transcriber.Transcriber, {
  isAvailable: true,
  transcribe: () => Effect.succeed("hello")
})

describe("the files of one prompt", () => {
  it.effect("may be pictures of ten megabytes, and not of a byte more", () =>
    Effect.gen(function*() {
      const all = [photo(heavy(4 * megabyte)), photo(heavy(4 * megabyte)), photo(heavy(2 * megabyte))]
      assert.lengthOf((yield* reading(all)).attachments, 3)
      const more = yield* reading([...all.slice(0, 2), photo(heavy(2 * megabyte + 1))])
      assert.lengthOf(more.attachments, 2)
      assert.lengthOf(more.refusals, 1)
    }))

  it.effect("are ten, and of eleven the last one is named as one", () =>
    Effect.gen(function*() {
      const read = (count: number) => reading(Array.from({ length: count }, () => photo(Files.png())))
      assert.deepStrictEqual((yield* read(10)).refusals, [])
      const { attachments, refusals } = yield* read(11)
      assert.lengthOf(attachments, 10)
      assert.deepStrictEqual(refusals, ["I read 10 files with one question: the last one is left out."])
    }))

  it.effect("leave no room for a PDF when texts have taken all of it", () =>
    Effect.gen(function*() {
      const { attachments, refusals } = yield* reading([
        document(utf8("a".repeat(100)), "1"),
        document(Files.pdf(["First page"]), "2.pdf")
      ], { door: { maxFileLength: 100 } })
      assert.lengthOf(attachments, 1)
      assert.deepStrictEqual(refusals, [
        "\"2.pdf\" does not fit any more: I read 100 characters of files with one question."
      ])
    }))
})

describe("a text", () => {
  it.effect("may have as many letters as it may, of three bytes each", () =>
    Effect.gen(function*() {
      const found = yield* reading([document(utf8("€".repeat(5_000)), "a.txt")], { door: { maxFileLength: 5_000 } })
      assert.deepStrictEqual(found.refusals, [])
      assert.strictEqual(given(found)[0]?.match(/€/g)?.length, 5_000)
    }))

  it.effect("is not cut in the middle of a letter", () =>
    Effect.gen(function*() {
      const found = yield* reading([document(utf8(`${"a".repeat(99)}🙂 and more`), "a.txt")], {
        door: { maxFileLength: 100 }
      })
      assert.deepStrictEqual(found.refusals, ["\"a.txt\" is long: I read its first 99 characters only."])
      assert.include(given(found)[0], `\n${"a".repeat(99)}\n~`)
    }))

  it.effect("that is sent as a voice message is broken, and nothing at all is empty", () =>
    Effect.gen(function*() {
      const { attachments, refusals } = yield* reading([
        { kind: "voice", bytes: utf8("no voice") },
        { kind: "voice", bytes: new Uint8Array() }
      ], { transcriber: listening })
      assert.deepStrictEqual(attachments, [])
      assert.deepStrictEqual(refusals, [Wording.broken("Your voice message"), Wording.empty("Your voice message")])
    }))
})

describe("a PDF", () => {
  it.effect("of one page has one", () =>
    Effect.gen(function*() {
      const [text] = given(yield* reading([document(Files.pdf(["Only page"]), "a.pdf")]))
      assert.include(text, "(PDF, 1 page)")
    }))
})

describe("of what cannot be taken", () => {
  it.effect.each(
    [
      ["an archive", Files.zip()],
      ["a GIF of any size", Files.bytes(Files.gif(), new Uint8Array(5_000))],
      ["a text", utf8("a".repeat(5_000))]
    ] as const
  )("only what is needed of %s is downloaded", ([, head]) =>
    Effect.gen(function*() {
      const { answer, pulled } = endless(head)
      yield* reading([document(new Uint8Array(), "a.bin")], {
        answer,
        door: { maxPictureSize: 20_000, maxFileLength: 5_000 }
      })
      assert.isBelow(pulled(), 100_000)
    }))

  it.effect.each(["voice", "audio", "videoNote"] as const)(
    "nothing of a %s is, where nobody listens",
    (kind) =>
      Effect.gen(function*() {
        const { asked, refusals } = yield* reading([{ kind, bytes: Files.ogg() }])
        assert.strictEqual(asked, 0)
        assert.match(refusals[0] ?? "", /CODEX_TRANSCRIBE_COMMAND/)
      })
  )

  it.effect.each(
    [
      ["an mp4", Files.mp4()],
      ["a webm", Files.bytes([0x1a, 0x45, 0xdf, 0xa3], new Uint8Array(100))]
    ] as const
  )(
    "%s that is sent as a file is a film, which nobody listens to, and as a recording is listened to",
    ([, bytes]) =>
      Effect.gen(function*() {
        const found = yield* reading([document(bytes, "a.bin"), { kind: "audio", bytes }], { transcriber: listening })
        assert.deepStrictEqual(found.refusals, [Wording.film("\"a.bin\"")])
        assert.deepStrictEqual(found.spoken, ["hello"])
      })
  )

  it.effect("a file that says that it is larger than Telegram hands out is not asked for, and one of just that size is", () =>
    Effect.gen(function*() {
      const sized = (size: number) => reading([{ ...document(utf8("a"), "a.txt"), size }])
      assert.strictEqual((yield* sized(20 * megabyte)).asked, 1)
      assert.strictEqual((yield* sized(20 * megabyte + 1)).asked, 0)
    }))
})

describe("a download", () => {
  it.effect("that hangs is tried again after a minute", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(reading([photo(Files.png())], {
        answer: (bytes, attempt) => attempt === 1 ? new Promise(() => {}) : new Response(Uint8Array.from(bytes))
      }))
      for (let second = 0; second < 65; second++) yield* TestClock.adjust("1 second")
      const { attachments, attempts } = yield* Fiber.join(fiber)
      assert.deepStrictEqual([attachments.length, attempts], [1, 2])
    }))

  it.effect("that fails is tried three times in all", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(reading([photo(Files.png())], {
        answer: () => new Response("busy", { status: 502 })
      }))
      for (let second = 0; second < 30; second++) yield* TestClock.adjust("1 second")
      const { attempts, refusals } = yield* Fiber.join(fiber)
      assert.deepStrictEqual([attempts, refusals.length], [3, 1])
    }))
})

describe("what a file is called in a sentence", () => {
  it.each([
    [undefined, "Your file"],
    ["\u202e\n", "Your file"],
    ["a\n\"b\u0000\".txt", "\"a b .txt\""],
    ["x".repeat(60), `"${"x".repeat(60)}"`],
    ["x".repeat(61), `"${"x".repeat(60)}…"`],
    [`${"x".repeat(59)}🙂🙂`, `"${"x".repeat(59)}…"`]
  ])("%j is %s", (name, expected) => {
    assert.strictEqual(
      Wording.called({ _tag: "File", kind: "document", file: "f", ...(name !== undefined && { name }) }),
      expected
    )
  })

  it.each([
    [0, "1 kB"],
    [1_536, "2 kB"],
    [megabyte - 1, "1024 kB"],
    [megabyte, "1 MB"],
    [2.55 * megabyte, "2.5 MB"]
  ])("%i bytes are %s", (bytes, expected) => {
    assert.strictEqual(Wording.sizeOf(bytes), expected)
  })

  it.each([
    ["archive", "an archive"],
    ["AVIF picture", "an AVIF picture"],
    ["AAC recording", "an AAC recording"],
    ["Office document", "an Office document"],
    ["Word document", "a Word document"],
    ["HEIC picture", "a HEIC picture"]
  ])("%s has its article", (what, expected) => {
    assert.include(Wording.other("It", what, undefined), `It is ${expected}, which`)
  })

  it("a picture that no model looks at is asked for in a form that they do look at", () => {
    assert.strictEqual(
      Wording.other("It", "HEIC picture", undefined),
      "It is a HEIC picture, which I cannot read: send it as a photo and not as a file, or as a PNG or JPEG."
    )
    assert.include(Wording.other("It", "archive", undefined), "send text, a PDF or pictures")
  })
})
