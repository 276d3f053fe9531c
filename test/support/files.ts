/**
 * Small files of every kind, made by hand.
 */
import { constants, crc32, deflateRawSync, deflateSync } from "node:zlib"

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

export const bytes = (...parts: ReadonlyArray<string | ReadonlyArray<number> | Uint8Array>): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => typeof part === "string" ? ascii(part) : Uint8Array.from(part))))

const big = (
  value: number
): ReadonlyArray<number> => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
const small = (value: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, at) => (value >>> (8 * at)) & 255)

export const png = (width = 2, height = 2): Uint8Array =>
  bytes("\x89PNG\r\n\x1a\n", big(13), "IHDR", big(width), big(height), [8, 2, 0, 0, 0], big(0), big(0), "IEND", big(0))

/** A PNG that can be looked at, of the colours (red, green, blue, alpha) at its places. */
export const painted = (
  width: number,
  height: number,
  colorAt: (x: number, y: number) => readonly [number, number, number, number]
): Uint8Array => {
  const rows = new Uint8Array(height * (1 + 4 * width))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(colorAt(x, y), y * (1 + 4 * width) + 1 + 4 * x)
  }
  const chunk = (type: string, data: Uint8Array): Uint8Array =>
    bytes(big(data.length), type, data, big(crc32(bytes(type, data))))
  return bytes(
    "\x89PNG\r\n\x1a\n",
    chunk("IHDR", bytes(big(width), big(height), [8, 6, 0, 0, 0])),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array())
  )
}

/** A JPEG with the camera's note on how it was held. */
export const held = (jpeg: Uint8Array, orientation: number): Uint8Array =>
  bytes(
    jpeg.subarray(0, 2),
    [0xff, 0xe1, 0, 34],
    "Exif\0\0MM\0*",
    big(8),
    [0, 1, 0x01, 0x12, 0, 3],
    big(1),
    [0, orientation, 0, 0],
    big(0),
    jpeg.subarray(2)
  )

export const jpeg = (width = 2, height = 2): Uint8Array =>
  bytes(
    [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc0, 0, 17, 8],
    big(height).slice(2),
    big(width).slice(2),
    [3, 1, 0x22, 0, 0xff, 0xd9]
  )

/** A GIF of so many frames. */
export const gif = (frames = 1, width = 2, height = 2): Uint8Array =>
  bytes(
    "GIF89a",
    small(width, 2),
    small(height, 2),
    [0x80, 0, 0, 0, 0, 0, 255, 255, 255],
    ...Array.from({ length: frames }, (_, at) =>
      bytes([0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c], small(0, 4), small(width, 2), small(height, 2), [
        0,
        2,
        2,
        at,
        1,
        0
      ])),
    [0x3b]
  )

export const webp = (width = 2, height = 2, isAnimated = false): Uint8Array =>
  bytes(
    "RIFF",
    small(22, 4),
    "WEBPVP8X",
    small(10, 4),
    [isAnimated ? 2 : 0, 0, 0, 0],
    small(width - 1, 3),
    small(height - 1, 3)
  )

export const ogg = (): Uint8Array =>
  bytes("OggS\0\x02", small(0, 8), small(1, 4), small(0, 8), "\x01\x13OpusHead\x01\x01")

export const mp4 = (brand = "isom"): Uint8Array => bytes(big(20), "ftyp", brand, big(512), "mp41")

export const zip = (name = "a.txt"): Uint8Array =>
  bytes("PK\x03\x04", small(0, 22), small(name.length, 2), small(0, 2), name)

const stream = (text: string): string => `<< /Length ${text.length} >>\nstream\n${text}\nendstream`

const pageOf = (text: string): string => `BT /F1 12 Tf 72 700 Td (${text.replace(/[()\\]/g, "\\$&")}) Tj ET`

/** A PDF with a page for each text; `trailer` is more of its last dictionary. */
export const pdf = (pages: ReadonlyArray<string>, trailer = ""): Uint8Array => {
  const kids = pages.map((_, at) => `${4 + at * 2} 0 R`).join(" ")
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ...pages.flatMap((text, at) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + at * 2} 0 R ` +
      "/Resources << /Font << /F1 3 0 R >> >> >>",
      stream(pageOf(text))
    ])
  ]
  const body = objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`).join("")
  return bytes(`%PDF-1.4\n${body}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer}>>\n%%EOF`)
}

/** A PDF that only a password opens. */
export const lockedPdf = (): Uint8Array => {
  const secret = `<${"ab".repeat(32)}>`
  return pdf(
    ["locked"],
    `/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] ` +
      `/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O ${secret} /U ${secret} >> `
  )
}

/** A PDF of a few kB whose page unfolds to so many megabytes. */
export const pdfBomb = (megabytes: number): Uint8Array => {
  const block = deflateRawSync(Buffer.alloc(1024 * 1024, 32), { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  const packed = bytes([0x78, 0x9c], Buffer.concat(Array.from({ length: megabytes }, () => block)))
  return bytes(
    "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
    "2 0 obj\n<< /Type /Pages /Kids [4 0 R] /Count 1 >>\nendobj\n",
    "4 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R >>\nendobj\n",
    `5 0 obj\n<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n`,
    packed,
    "\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF"
  )
}
