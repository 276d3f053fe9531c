/**
 * Whether bytes are a text, and in which encoding: by their mark, as UTF-8, as UTF-16 by its zeros, or in the letters of
 * Western Europe.
 */
import * as Result from "effect/Result"

/** The encodings that we read. */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252"

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

/** The encoding of a text, by its beginning; `undefined` for what is none. */
export const encodingOf = (bytes: Uint8Array): Encoding | undefined => {
  const is = (encoding: Encoding): Encoding | undefined => isReadable(decodedAs(encoding, bytes)) ? encoding : undefined
  if (startsWith(bytes, 0xff, 0xfe)) return is("utf-16le")
  if (startsWith(bytes, 0xfe, 0xff)) return is("utf-16be")
  if (bytes.includes(0)) {
    const [high, low] = [zeros(bytes, 0), zeros(bytes, 1)]
    return low > 0.4 && high < 0.1 ? is("utf-16le") : high > 0.4 && low < 0.1 ? is("utf-16be") : undefined
  }
  return is("utf-8") ?? is("windows-1252")
}

// Marks of direction and of format turn around what stands beside them; of no use to a model.
const unseen = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** A text without what nobody sees in it, and with lines that end as ours do. */
export const cleaned = (text: string): string =>
  text.replace(/\r\n?/g, "\n").replace(unseen, "").replace(/\p{Surrogate}/gu, "\ufffd")

/** The text of bytes, cleaned. What is not of the encoding that its beginning is of becomes a question mark. */
export const read = (bytes: Uint8Array): string => {
  const encoding = encodingOf(bytes.subarray(0, 4096)) ?? "utf-8"
  const whole = decodedAs(encoding, bytes) ?? decodedAs("windows-1252", bytes)
  return cleaned(whole ?? new TextDecoder(encoding).decode(bytes))
}
