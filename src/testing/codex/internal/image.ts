/**
 * Pictures in a request: whether they are any, by their address and by their first bytes.
 */
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as Reply from "./reply.ts"

const formats: ReadonlyArray<readonly [mime: string, matches: (bytes: Uint8Array) => boolean]> = [
  ["image/jpeg", (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff])],
  ["image/png", (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ["image/gif", (bytes) => startsWith(bytes, [0x47, 0x49, 0x46, 0x38])],
  ["image/webp", (bytes) => startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && hasAt(bytes, 8, [0x57, 0x45, 0x42, 0x50])]
]

const hasAt = (bytes: Uint8Array, at: number, expected: ReadonlyArray<number>): boolean =>
  expected.every((byte, i) => bytes[at + i] === byte)

const startsWith = (bytes: Uint8Array, expected: ReadonlyArray<number>): boolean => hasAt(bytes, 0, expected)

const notAnAddress = (param: string): Reply.Http =>
  Reply.invalid(
    param,
    "invalid_value",
    `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type ` +
      "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')."
  )

const notAPicture = (param: string): Reply.Http =>
  Reply.invalid(
    param,
    "invalid_value",
    "The image data you provided does not represent a valid image. Please check your input and try again with one " +
      `of the following image formats: [${formats.map(([mime]) => `'${mime}'`).join(", ")}].`
  )

const wordAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)

// Every patch of 32 by 32 counts, and nothing is made small unless `high` or `low` asks for it.
const maxPatches = 30_000

const tooManyPatches = (patches: number) => (param: string): Reply.Http =>
  Reply.invalid(
    param,
    "invalid_value",
    `The image requires ${patches} patches after processing, which is more than the maximum of ${maxPatches}.`
  )

const patchesOf = (bytes: Uint8Array): number =>
  bytes[0] === 0x89 && bytes.byteLength >= 24
    ? Math.ceil(wordAt(bytes, 16) / 32) * Math.ceil(wordAt(bytes, 20) / 32)
    : 0

/** What is wrong with the address of a picture, as a refusal that wants to know where it stood; else undefined. */
export const imageProblem = (url: unknown, detail?: unknown): ((param: string) => Reply.Http) | undefined => {
  if (typeof url !== "string") {
    return (param) =>
      Reply.invalid(
        param,
        "invalid_type",
        `Invalid type for '${param}': expected an image URL, but got an object instead.`
      )
  }
  if (/^https?:\/\//.test(url)) return undefined
  const data = /^data:image\/[\w.+-]+;base64,/.exec(url)
  if (data === null) return notAnAddress
  const bytes = Base64.decode(url.slice(data[0].length))
  if (Result.isFailure(bytes)) return notAnAddress
  if (!formats.some(([, matches]) => matches(bytes.success))) return notAPicture
  const patches = detail === "high" || detail === "low" ? 0 : patchesOf(bytes.success)
  return patches > maxPatches ? tooManyPatches(patches) : undefined
}
