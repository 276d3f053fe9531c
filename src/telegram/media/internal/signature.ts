/**
 * What a file is, by its first bytes: names and types of senders are wrong too often, and sometimes on purpose.
 */
import { headLength } from "../../internal/download.ts"
import * as TextBytes from "../../internal/textBytes.ts"
import type * as Picture from "./picture.ts"

/** What the bytes are. `what` is a noun for a sentence, without an article. */
export type Signature =
  | { readonly _tag: "Picture"; readonly format: Picture.Format }
  | { readonly _tag: "Pdf" }
  /** Something to listen to, under the ending that transcribers know it by. */
  | { readonly _tag: "Sound"; readonly extension: string }
  | { readonly _tag: "Text" }
  | { readonly _tag: "Other"; readonly what: string }

// Each byte as the character of its number. (`latin1` of TextDecoder is windows-1252.)
const charactersOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

const other = (what: string): Signature => ({ _tag: "Other", what })
const sound = (extension: string): Signature => ({ _tag: "Sound", extension })

const isoPictures = /^(heic|heix|heim|heis|hevc|mif1|msf1|avif|avis)/

/** Files of boxes: films, speech of phones, and pictures of phones. */
const ofBoxes = (brand: string): Signature =>
  isoPictures.test(brand)
    ? other(brand.startsWith("avi") ? "AVIF picture" : "HEIC picture")
    : /^M4[AB]/.test(brand)
    ? sound("m4a")
    : sound("mp4")

// An Office document is an archive that begins with its parts.
const ofZip = (head: string): Signature =>
  /word\/|mimetypeapplication\/vnd\.oasis\.opendocument\.text/.test(head)
    ? other("Word document")
    : /xl\/|mimetypeapplication\/vnd\.oasis\.opendocument\.spreadsheet/.test(head)
    ? other("spreadsheet")
    : /ppt\/|mimetypeapplication\/vnd\.oasis\.opendocument\.presentation/.test(head)
    ? other("presentation")
    : head.includes("[Content_Types].xml")
    ? other("Office document")
    : head.includes("mimetypeapplication/epub+zip")
    ? other("e-book")
    : other("archive")

const ofRiff = (type: string): Signature =>
  type === "WEBP" ? { _tag: "Picture", format: "webp" } : type === "WAVE" ? sound("wav") : other("video")

const signatures: ReadonlyArray<readonly [RegExp, (head: string) => Signature]> = [
  [/^\x89PNG\r\n\x1a\n/, () => ({ _tag: "Picture", format: "png" })],
  [/^\xff\xd8\xff/, () => ({ _tag: "Picture", format: "jpeg" })],
  [/^GIF8[79]a/, () => ({ _tag: "Picture", format: "gif" })],
  [/^RIFF[^]{4}/, (head) => ofRiff(head.slice(8, 12))],
  // Some programs write something of their own before it.
  [/^[^]{0,1020}?%PDF-\d/, () => ({ _tag: "Pdf" })],
  [/^OggS/, (head) => /^[^]{0,200}\x80theora/.test(head) ? other("video") : sound("ogg")],
  [/^ID3|^\xff[\xe2\xe3\xf2\xf3\xfa\xfb]/, () => sound("mp3")],
  [/^\xff[\xf0\xf1\xf8\xf9]/, () => other("AAC recording")],
  [/^fLaC/, () => sound("flac")],
  [/^#!AMR/, () => other("AMR recording")],
  [/^[^]{4}ftyp/, (head) => ofBoxes(head.slice(8, 12))],
  [/^\x1a\x45\xdf\xa3/, () => sound("webm")],
  [/^PK(\x03\x04|\x05\x06|\x07\x08)/, ofZip],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, () => other("Office document of the old kind")],
  [/^(\x1f\x8b|BZh[1-9]1AY&SY|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x28\xb5\x2f\xfd)/, () => other("archive")],
  [/^BM[^]{4}\0{4}/, () => other("BMP picture")],
  [/^(II\*\0|MM\0\*)/, () => other("TIFF picture")],
  [/^\x00\x00\x01\x00/, () => other("icon")],
  [/^(\x7fELF|MZ[^]{58}|\xca\xfe\xba\xbe|[\xcf\xce]\xfa\xed\xfe)/, () => other("program")],
  [/^SQLite format 3\0/, () => other("database")]
]

// A PDF may be all words, and what is written about one says its name.
const isPdf = (head: string): boolean => /^%PDF-\d/m.test(head.slice(0, 1030))

/** What a file is, by its first `headLength` bytes; an empty one is a text. */
export const of = (bytes: Uint8Array): Signature => {
  const begin = bytes.subarray(0, headLength)
  const head = charactersOf(begin)
  const encoding = TextBytes.encodingOf(begin)
  // Words may begin as other things do; no other thing is words from there on.
  if (encoding === "utf-8" && !isPdf(head)) return { _tag: "Text" }
  const found = signatures.find(([pattern]) => pattern.test(head))
  if (found !== undefined) return found[1](head)
  return encoding === undefined ? other("file") : encoding === "unknown" ? other("foreign text") : { _tag: "Text" }
}
