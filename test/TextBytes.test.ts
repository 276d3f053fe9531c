/**
 * Whether bytes are a text, and what of it is read: encodings, controls, and what nobody sees.
 */
import { assert, describe, it } from "@effect/vitest"
import * as TextBytes from "../src/telegram/internal/textBytes.ts"
import * as Quoted from "../src/telegram/media/internal/quoted.ts"
import * as Wording from "../src/telegram/media/internal/wording.ts"
import { TelegramFailed } from "../src/telegram/TelegramError.ts"
import * as Files from "./support/files.ts"
import { utf8 } from "./support/readFiles.ts"

describe("bytes", () => {
  it.each(
    [
      ["UTF-8", utf8("Grüße"), "utf-8"],
      ["one control in a hundred letters", utf8(`${"a".repeat(99)}\u0001`), "utf-8"],
      ["two controls in a hundred", utf8(`${"a".repeat(98)}\u0001\u0001`), undefined],
      ["the colours of a terminal", utf8("\u001b[31mred\u001b[0m"), "utf-8"],
      ["a mark, big end first", Files.bytes([0xfe, 0xff, 0, 71, 0, 114]), "utf-16be"],
      // Letters beyond Western Europe have no zeros to be known by.
      ["a mark, big end first, and no zeros", Files.bytes([0xfe, 0xff, 0x4e, 0x2d, 0x65, 0x87]), "utf-16be"],
      ["a mark, little end first", Files.bytes([0xff, 0xfe, 0x2d, 0x4e]), "utf-16le"],
      ["the letters of Western Europe", Files.bytes("Gr\xfc\xdfe"), "windows-1252"],
      ["numbers", Files.bytes([1, 2, 3, 0, 200, 0, 9, 255]), undefined]
    ] as const
  )("of %s are read as such", (_, bytes, encoding) => {
    assert.strictEqual(TextBytes.encodingOf(bytes), encoding)
  })
})

describe("a text", () => {
  it("has lines that end as ours do, and nothing that turns around what stands beside it", () => {
    assert.strictEqual(TextBytes.cleaned("a\r\nb\rc\n\td"), "a\nb\nc\n\td")
    for (const sign of "\u0000\u0008\u000b\u000c\u001b\u007f\u061c\u200e\u200f\u202a\u202b\u202e\u2066\u2069\ufeff") {
      assert.strictEqual(TextBytes.cleaned(`a${sign}b`), "ab", JSON.stringify(sign))
    }
    assert.strictEqual(TextBytes.cleaned("a\ud83d b"), "a\ufffd b")
  })

  it("is quoted in a fence that is longer than any in it, wherever that stands", () => {
    for (const text of ["~~~~~~~ and ~~", "~~ and ~~~~~~~"]) {
      const [, fence = ""] = Quoted.quoted("A file", text).split("\n")
      assert.strictEqual(fence, "~".repeat(8))
    }
    assert.strictEqual(Quoted.quoted("A file", "none").split("\n")[1], "~~~~~")
  })

  it("has a name of a hundred letters at most, on one line", () => {
    assert.strictEqual(Quoted.nameOf("x".repeat(101)), JSON.stringify("x".repeat(100)))
    assert.strictEqual(Quoted.nameOf("a\n\u2028\u202eb"), "\"a b\"")
  })
})

describe("a file that did not come", () => {
  it.each(
    [
      ["tooLong", /too big/],
      ["unsupported", /neither its framework nor its server says how/],
      ["unreachable", /send it again in a while/],
      ["rateLimited", /send it again in a while/],
      ["rejected", /no longer to be had/]
    ] as const
  )("because it was %s is told with what would do", (reason, says) => {
    assert.match(Wording.undownloaded("It", new TelegramFailed({ method: "getFile", reason }), undefined), says)
  })
})
