/**
 * Width, height and frames of pictures, out of their headers; nothing is decoded.
 */
import * as Result from "effect/Result"

/** The formats that models look at. */
export type Format = "png" | "jpeg" | "webp" | "gif"

/** What a header tells. */
export interface Header {
  readonly width: number
  readonly height: number
  readonly isAnimated: boolean
}

const still = (width: number, height: number): Header => ({ width, height, isAnimated: false })

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const wordAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))

const png = (bytes: Uint8Array): Header | undefined => {
  if (bytes.length < 33 || wordAt(bytes, 12) !== "IHDR") return undefined
  const view = viewOf(bytes)
  return isTorn(bytes) ? undefined : still(view.getUint32(16), view.getUint32(20))
}

/** Whether a PNG ends in the middle of its pixels, as one does whose upload broke off. */
const isTorn = (bytes: Uint8Array): boolean => {
  const view = viewOf(bytes)
  let at = 8
  while (at + 8 <= bytes.length) {
    const end = at + 12 + view.getUint32(at)
    if (wordAt(bytes, at + 4) === "IDAT" && end > bytes.length) return true
    at = end
  }
  return false
}

// Frames of all codings but the tables that share their range.
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

// Markers without a length.
const isLone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)

/** Whether a JPEG has an end, wherever that is: one whose upload broke off has none. */
const hasEnd = (bytes: Uint8Array, from: number): boolean => {
  let at = bytes.lastIndexOf(0xd9)
  while (at > from && bytes[at - 1] !== 0xff) at = bytes.lastIndexOf(0xd9, at - 1)
  return at > from
}

const jpeg = (bytes: Uint8Array): Header | undefined => {
  const view = viewOf(bytes)
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) at += 1
    else if (isLone(marker)) at += 2
    else if (isFrame(marker)) {
      return hasEnd(bytes, at) ? still(view.getUint16(at + 7), view.getUint16(at + 5)) : undefined
    } else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

const uint24 = (view: DataView, at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)

const webp = (bytes: Uint8Array): Header | undefined => {
  if (bytes.length < 30) return undefined
  const view = viewOf(bytes)
  // It says how long it is.
  if (view.getUint32(4, true) + 8 > bytes.length) return undefined
  switch (wordAt(bytes, 12)) {
    case "VP8 ":
      return still(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff)
    case "VP8L": {
      const sides = view.getUint32(21, true)
      return still((sides & 0x3fff) + 1, ((sides >>> 14) & 0x3fff) + 1)
    }
    case "VP8X":
      return {
        width: uint24(view, 24) + 1,
        height: uint24(view, 27) + 1,
        isAnimated: (view.getUint8(20) & 0x02) !== 0
      }
    default:
      return undefined
  }
}

/** The length of a table of colours. */
const tableLength = (flags: number): number => (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1)

/** Where a row of blocks ends; each begins with its length, and the last has none. */
const afterBlocks = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0)
  return at + 1
}

/** Where the first picture of a GIF ends; `undefined` when there is none. */
const firstFrameEnd = (bytes: Uint8Array): number | undefined => {
  let at = 13 + tableLength(bytes[10] ?? 0)
  while (at < bytes.length) {
    if (bytes[at] === 0x21) at = afterBlocks(bytes, at + 2)
    else if (bytes[at] === 0x2c) {
      const end = afterBlocks(bytes, at + 11 + tableLength(bytes[at + 9] ?? 0))
      return end <= bytes.length ? end : undefined
    } else return undefined
  }
  return undefined
}

const gif = (bytes: Uint8Array): Header | undefined => {
  if (bytes.length < 14) return undefined
  const view = viewOf(bytes)
  return still(view.getUint16(6, true), view.getUint16(8, true))
}

const readers: { readonly [format in Format]: (bytes: Uint8Array) => Header | undefined } = { png, jpeg, webp, gif }

/** What the header of a picture tells; `undefined` when it is broken. */
export const header = (format: Format, bytes: Uint8Array): Header | undefined => {
  const found = readers[format](bytes)
  return found !== undefined && found.width > 0 && found.height > 0 ? found : undefined
}

// The place of a camera's notes, and the number of the one on how it was held.
const notes = "Exif\0\0"
const heldTag = 0x0112

/** How the camera was held, in the notes that begin at a place. */
const heldIn = (view: DataView, from: number): number => {
  const isLittle = view.getUint16(from) === 0x4949
  const list = from + view.getUint32(from + 4, isLittle)
  for (let entry = list + 2; entry < list + 2 + 12 * view.getUint16(list, isLittle); entry += 12) {
    if (view.getUint16(entry, isLittle) === heldTag) return view.getUint16(entry + 8, isLittle)
  }
  return 1
}

/** How the camera was held that took a JPEG, as EXIF numbers it: 1 is upright. */
export const orientation = (bytes: Uint8Array): number => {
  const at = String.fromCharCode(...bytes.subarray(0, 4096)).indexOf(notes)
  if (at === -1) return 1
  // Notes may lead anywhere.
  const held = Result.try(() => heldIn(viewOf(bytes), at + notes.length))
  return Result.isSuccess(held) && held.success >= 1 && held.success <= 8 ? held.success : 1
}

/** A picture as models take it: of a GIF that moves, only the first frame. `undefined` when it is broken. */
export const firstFrame = (format: Format, bytes: Uint8Array): Uint8Array | undefined => {
  if (format !== "gif") return bytes
  const end = firstFrameEnd(bytes)
  return end === undefined ? undefined : Uint8Array.from([...bytes.subarray(0, end), 0x3b])
}
