/**
 * Whether bytes are a text, and what of it is read: encodings, controls, and what nobody sees.
 */
import { assert, describe, it } from "@effect/vitest"
import * as TextBytes from "../src/telegram/internal/textBytes.ts"
import * as Picture from "../src/telegram/media/internal/picture.ts"
import * as Quoted from "../src/telegram/media/internal/quoted.ts"
import * as Signature from "../src/telegram/media/internal/signature.ts"
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

/** A text in an encoding of one byte a letter. */
const encoded = (text: string, encoding: string): Uint8Array => {
  const decoder = new TextDecoder(encoding)
  const byteOf = new Map(
    Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte] as const).toReversed()
  )
  return Uint8Array.from(text, (letter) => byteOf.get(letter) ?? 63)
}

const russian =
  "Имя;Город;Сумма\nИван Петров;Нижний Новгород;1200\nОльга;Томск;12, \u043e\u0441\u0442\u0430\u0442\u043e\u043a \u2014 \u043d\u0435\u0442\n"

describe("letters of one byte", () => {
  it.each([
    ["windows-1251", russian],
    ["koi8-r", russian.replace("\u2014", "-")],
    ["ibm866", russian.replace("\u2014", "-")],
    ["windows-1251", russian.toUpperCase()],
    ["windows-1251", "Привіт, це звичайний український текст про місто Київ та його історію"],
    [
      "windows-1251",
      `2026-11-27 WARN disk is nearly full on host alpha\n2026-11-27 WARN место на диске заканчивается\n`
    ]
  ])("are read in %s where it is that: %j", (encoding, text) => {
    const bytes = encoded(text, encoding)
    assert.strictEqual(TextBytes.encodingOf(bytes), encoding)
    assert.strictEqual(TextBytes.read(bytes), text)
    // Also where that begins late.
    const late = Files.bytes(utf8("a line\n".repeat(1000)), bytes)
    assert.isTrue(TextBytes.read(late).endsWith(text))
  })

  it.each([
    ["French", "windows-1252", "À l\u2019été, l\u2019île a été créée; où est-elle allée? Ça va. naïve, œuvre"],
    ["Italian", "windows-1252", "È così: perché c\u2019è la città, e più in là ci sarà la libertà, però non è già lì"],
    ["Finnish", "windows-1252", "Hyvää päivää, määränpää on täällä, yöllä lähtevää laivaa jäätäen"],
    ["a tree of folders", "ibm866", "├───src\n│   ├───telegram\n│   └───testing\n└───test\n"]
  ])("of %s are those of Western Europe, as before", (_, encoding, text) => {
    const bytes = encoded(text, encoding)
    assert.strictEqual(TextBytes.encodingOf(bytes), "windows-1252")
    const late = TextBytes.read(Files.bytes(utf8("a line\n".repeat(1000)), bytes))
    assert.isTrue(late.endsWith(new TextDecoder("windows-1252").decode(bytes)))
  })

  it.each([
    ["Greek", encoded("Καλημέρα κόσμε, αυτό είναι ένα απλό κείμενο στα ελληνικά", "windows-1253")],
    ["Hebrew", encoded("שלום עולם, זה טקסט פשוט בעברית שנשמר בקידוד ישן", "windows-1255")],
    [
      "GBK",
      Files.bytes(
        "\xd5\xe2\xca\xc7\xd2\xbb\xb8\xf6\xd6\xd0\xce\xc4\xce\xc4\xb1\xbe\xce\xc4\xbc\xfe\xa3\xac\xb0\xfc\xba\xac"
      )
    ],
    [
      "Shift JIS",
      Files.bytes("\x82\xb1\x82\xea\x82\xcd\x93\xfa\x96{\x8c\xea\x82\xcc\x83e\x83L\x83X\x83g\x82\xc5\x82\xb7\x81B")
    ],
    [
      "EUC-KR",
      Files.bytes("\xc0\xcc\xb0\xcd\xc0\xba \xc7\xd1\xb1\xb9\xbe\xee \xc5\xd8\xbd\xba\xc6\xae\xc0\xd4\xb4\xcf\xb4\xd9.")
    ]
  ])("of %s are no words that we can read, and say so", (_, bytes) => {
    assert.strictEqual(TextBytes.encodingOf(bytes), "unknown")
    assert.deepStrictEqual(Signature.of(bytes), { _tag: "Other", what: "foreign text" })
    assert.match(Wording.other("\"a.csv\"", "foreign text", 9), /^"a.csv" is a text in an encoding .*save it as UTF-8/)
  })
})

describe("what begins like another thing and is words", () => {
  it.each([
    "MZ is how programs begin, and this is a text about them, which goes on and on, and on.",
    "ID3 tags are fun",
    "The ftyp box of a film",
    "An introduction to %PDF-1.7 headers",
    "OggS pages",
    "GIF89a is a format",
    "RIFF....WAVE is sound",
    "#!AMR is speech"
  ])("is a text: %j", (text) => {
    assert.strictEqual(Signature.of(utf8(text))._tag, "Text")
  })

  it.each(["%PDF-1.7\n1 0 obj", "a line of the program that made it\n%PDF-1.4\n1 0 obj"])(
    "but for a PDF: %j",
    (text) => {
      assert.strictEqual(Signature.of(utf8(text))._tag, "Pdf")
    }
  )
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

describe("a picture", () => {
  it.each([["jpeg", Files.jpeg(40, 40)], ["webp", Files.webp(40, 40)]] as const)(
    "of %s that is torn in its pixels is broken, and not when something stands behind it",
    (format, bytes) => {
      assert.isDefined(Picture.header(format, bytes))
      assert.isDefined(Picture.header(format, Files.bytes(bytes, new Uint8Array(9))))
      assert.isUndefined(Picture.header(format, bytes.subarray(0, bytes.length - 1)))
    }
  )
})

describe("a WebP that says to be longer than it is", () => {
  it("is broken", () => {
    const whole = Files.webp(40, 40)
    const torn = Files.bytes(whole.subarray(0, 4), [99, 0, 0, 0], whole.subarray(8))
    assert.isUndefined(Picture.header("webp", torn))
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
