/**
 * Whether bytes are a text, and in which encoding: by their mark, as UTF-8, as UTF-16 by its zeros, or in letters of one
 * byte: Cyrillic ones, or those of Western Europe.
 */
import * as Result from "effect/Result"

/** The encodings that we read. */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | (typeof cyrillic)[number]

const cyrillic = ["windows-1251", "koi8-r", "ibm866"] as const

/** What bytes say; none when they are not of that encoding. The last character may be cut. */
const decodedAs = (encoding: Encoding, bytes: Uint8Array): string | undefined =>
  Result.getOrUndefined(
    Result.try(() => new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true }))
  )

const startsWith = (bytes: Uint8Array, ...mark: ReadonlyArray<number>): boolean =>
  mark.every((byte, at) => bytes[at] === byte)

/** The share of zeros among every second byte. */
const zeros = (bytes: Uint8Array, from: 0 | 1): number => {
  let found = 0
  for (let at = from; at < bytes.length; at += 2) if (bytes[at] === 0) found++
  return found / Math.max(1, Math.floor(bytes.length / 2))
}

// A text has lines, tabs, pages and the colours of a terminal; whatever else of this is no text.
const controls = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/g
const mostControls = 0.01

const isReadable = (text: string | undefined): boolean =>
  text !== undefined && (text.match(controls)?.length ?? 0) <= text.length * mostControls

// Of the letters of a text two of three are one of these, and one of twenty is one of those; nor does a word go on in
// capitals. Letters of others that are read as Cyrillic ones, or of another encoding, are neither.
const common = /[оеаинтсрвл]/gi
const rare = /[фхцшщъэюж]/gi
const turned = /\p{Ll}\p{Lu}/gu
const likeWords = 0.4

const beyondAscii = /[^\x00-\x7f]/g

const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** The Cyrillic encoding in which bytes read as words, if there is one. */
const cyrillicOf = (bytes: Uint8Array) =>
  cyrillic.map((encoding) => {
    const text = new TextDecoder(encoding).decode(bytes)
    const likeness = (countOf(text, common) - 2 * (countOf(text, rare) + countOf(text, turned))) /
      countOf(text, beyondAscii)
    return { encoding, likeness }
  }).toSorted((one, other) => other.likeness - one.likeness).find(({ likeness }) => likeness >= likeWords)?.encoding

// Where letters of Western Europe stand side by side, they are two: more are words of other letters.
const wordsBeyond = /[^\x00-\x7f]{3,}/g
const letters = /[a-z]|[^\x00-\x7f]/gi

/** The encoding of a text in letters of one byte, as far as it can be told. */
const singleByteOf = (bytes: Uint8Array): Encoding | "unknown" => {
  const text = new TextDecoder("windows-1252").decode(bytes)
  const inWords = (text.match(wordsBeyond) ?? []).reduce((sum, word) => sum + word.length, 0)
  if (inWords < countOf(text, beyondAscii) * 0.6) return "windows-1252"
  // A line that is drawn is no word, as long as there are others.
  return cyrillicOf(bytes) ?? (inWords > countOf(text, letters) * 0.5 ? "unknown" : "windows-1252")
}

/** The encoding of a text, by its beginning; `unknown` where its letters are of none that we read, `undefined` for no text. */
export const encodingOf = (bytes: Uint8Array): Encoding | "unknown" | undefined => {
  const is = (encoding: Encoding): Encoding | undefined => isReadable(decodedAs(encoding, bytes)) ? encoding : undefined
  if (startsWith(bytes, 0xff, 0xfe)) return is("utf-16le")
  if (startsWith(bytes, 0xfe, 0xff)) return is("utf-16be")
  if (bytes.includes(0)) {
    const [high, low] = [zeros(bytes, 0), zeros(bytes, 1)]
    return low > 0.4 && high < 0.1 ? is("utf-16le") : high > 0.4 && low < 0.1 ? is("utf-16be") : undefined
  }
  if (is("utf-8") !== undefined) return "utf-8"
  return is("windows-1252") === undefined ? undefined : singleByteOf(bytes)
}

// Marks of direction and of format turn around what stands beside them; of no use to a model.
const unseen = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** A text without what nobody sees in it, and with lines that end as ours do. */
export const cleaned = (text: string): string =>
  text.replace(/\r\n?/g, "\n").replace(unseen, "").replace(/\p{Surrogate}/gu, "\ufffd")

/** The text of bytes, cleaned. What is not of the encoding that its beginning is of becomes a question mark. */
export const read = (bytes: Uint8Array): string => {
  const known = (found: Encoding | "unknown") => found === "unknown" ? "windows-1252" : found
  const encoding = known(encodingOf(bytes.subarray(0, 4096)) ?? "utf-8")
  const whole = decodedAs(encoding, bytes) ?? decodedAs(known(singleByteOf(bytes)), bytes)
  return cleaned(whole ?? new TextDecoder(encoding).decode(bytes))
}
