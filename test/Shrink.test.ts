/**
 * Pictures that are too large for a model, made smaller in a thread of their own.
 */
import { assert, describe, it } from "@effect/vitest"
import Photon from "@silvia-odwyer/photon-node"
import * as Effect from "effect/Effect"
import type * as Media from "../src/telegram/media/Media.ts"
import * as Files from "./support/files.ts"
import { document, reading } from "./support/readFiles.ts"

const colors = {
  red: [255, 0, 0, 255],
  green: [0, 255, 0, 255],
  blue: [0, 0, 255, 255],
  black: [0, 0, 0, 255],
  none: [0, 0, 0, 0]
} as const

type Color = keyof typeof colors

/** A picture with a colour in each corner, from the upper left to the lower right. */
const corners = (width: number, height: number, names: readonly [Color, Color, Color, Color]): Uint8Array =>
  Files.painted(width, height, (x, y) => colors[names[(x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)] ?? "none"])

/** What the model is shown. */
const seen = ({ attachments }: Media.Found) => {
  const [part, ...more] = attachments
  assert.deepStrictEqual(more, [])
  if (part?.type !== "input_image") return assert.fail("no picture")
  assert.match(part.image_url, /^data:image\/jpeg;base64,/)
  const bytes = Buffer.from(part.image_url.split(",")[1] ?? "", "base64")
  const picture = Photon.PhotonImage.new_from_byteslice(bytes)
  const [width, height, pixels] = [picture.get_width(), picture.get_height(), picture.get_raw_pixels()]
  const at = (x: number, y: number) => {
    const from = 4 * (Math.floor(y * height) * width + Math.floor(x * width))
    const [red = 0, green = 0, blue = 0] = [...pixels.subarray(from, from + 3)].map((value) => value > 127 ? 1 : 0)
    return ["black", "blue", "green", "cyan", "red", "pink", "yellow", "white"][4 * red + 2 * green + blue]
  }
  return {
    width,
    height,
    bytes: bytes.length,
    corners: [at(0.2, 0.2), at(0.8, 0.2), at(0.2, 0.8), at(0.8, 0.8)]
  }
}

describe("a picture as a file", () => {
  it.live("that is too wide is made smaller, upright and on white", () =>
    Effect.gen(function*() {
      const found = yield* reading([document(corners(6000, 600, ["red", "green", "blue", "none"]), "plan.png")])
      assert.deepStrictEqual(found.refusals, [])
      const { bytes: _, ...shown } = seen(found)
      assert.deepStrictEqual(shown, { width: 2048, height: 205, corners: ["red", "green", "blue", "white"] })
    }))

  it.live("that has too many bytes is made smaller than they may be", () =>
    Effect.gen(function*() {
      let chance = 7
      const noise = Files.painted(400, 400, () => {
        chance = (chance * 1_103_515_245 + 12_345) & 0x7fffffff
        return [(chance >> 16) & 15, (chance >> 18) & 15, (chance >> 20) & 15, 255]
      })
      const most = 100_000
      assert.isAbove(noise.length, most)
      const found = yield* reading([document(noise, "noise.png")], { door: { maxPictureSize: most } })
      assert.deepStrictEqual(found.refusals, [])
      const { bytes, width } = seen(found)
      assert.isAtMost(bytes, most)
      assert.strictEqual(width, 400)
    }))

  it.live("that stays too large is refused with what would do, and so is one that is broken", () =>
    Effect.gen(function*() {
      const picture = corners(6000, 600, ["red", "green", "blue", "black"])
      const found = yield* reading([document(picture, "a.png"), document(Files.png(6000, 2), "b.png")], {
        door: { maxPictureSize: 500 }
      })
      assert.deepStrictEqual(found.attachments, [])
      assert.match(found.refusals[0] ?? "", /"a\.png" has 6000 × 600 pixels.*send it as a photo/)
      assert.match(found.refusals[1] ?? "", /"b\.png" is broken/)
    }))

  // Numbers of EXIF: what is stored in the four corners is seen so.
  const held = [
    [1, "red green blue black"],
    [2, "green red black blue"],
    [3, "black blue green red"],
    [4, "blue black red green"],
    [5, "red blue green black"],
    [6, "blue red black green"],
    [7, "black green blue red"],
    [8, "green black red blue"]
  ] as const

  it.live.each(held)(
    "of a camera that was held as number %i is seen upright",
    ([orientation, upright]) =>
      Effect.gen(function*() {
        const stored = Photon.PhotonImage.new_from_byteslice(corners(5600, 64, ["red", "green", "blue", "black"]))
        const found = yield* reading([document(Files.held(stored.get_bytes_jpeg(90), orientation), "a.jpg")])
        assert.deepStrictEqual(found.refusals, [])
        const { corners: shown, height, width } = seen(found)
        assert.deepStrictEqual(shown, upright.split(" "))
        assert.strictEqual(width > height, orientation < 5)
      })
  )
})
