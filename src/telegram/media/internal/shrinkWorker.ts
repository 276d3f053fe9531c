/**
 * Makes a picture smaller in a thread of its own. A program, not a module: it ends with its answer.
 */
import Photon from "@silvia-odwyer/photon-node"
import { parentPort } from "node:worker_threads"
import type { Answer, Task } from "./shrink.ts"

// Models look at pictures of this size, and make larger ones smaller themselves.
const longestSide = 2048
const quality = 85

/** Where a pixel goes in a picture that was taken so, of these sides. */
const placeOf = (
  orientation: number,
  x: number,
  y: number,
  width: number,
  height: number
): readonly [number, number] => {
  const [right, bottom] = [width - 1 - x, height - 1 - y]
  switch (orientation) {
    case 2:
      return [right, y]
    case 3:
      return [right, bottom]
    case 4:
      return [x, bottom]
    case 5:
      return [y, x]
    case 6:
      return [bottom, x]
    case 7:
      return [bottom, right]
    case 8:
      return [y, right]
    default:
      return [x, y]
  }
}

/** The pixels upright, and on white: a JPEG has no transparency. */
const upright = (pixels: Uint8Array, width: number, height: number, orientation: number): Uint8Array => {
  const turned = new Uint8Array(pixels.length)
  const across = orientation >= 5 ? height : width
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = placeOf(orientation, x, y, width, height)
      const [from, to] = [4 * (y * width + x), 4 * (row * across + column)]
      const alpha = pixels[from + 3] ?? 0
      for (let color = 0; color < 3; color++) {
        turned[to + color] = Math.round(((pixels[from + color] ?? 0) * alpha + 255 * (255 - alpha)) / 255)
      }
      turned[to + 3] = 255
    }
  }
  return turned
}

const shrunk = ({ bytes, height, orientation, width }: Task): Answer => {
  const scale = Math.min(1, longestSide / Math.max(width, height))
  const [across, down] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
  const whole = Photon.PhotonImage.new_from_byteslice(bytes)
  const small = Photon.resize(whole, across, down, Photon.SamplingFilter.Triangle)
  whole.free()
  const pixels = upright(small.get_raw_pixels(), across, down, orientation)
  const sides = orientation >= 5 ? [down, across] as const : [across, down] as const
  return { _tag: "Shrunk", bytes: new Photon.PhotonImage(pixels, ...sides).get_bytes_jpeg(quality) }
}

// What cannot be read ends the thread, which says so.
parentPort?.once("message", (task: Task) => {
  parentPort?.postMessage(shrunk(task))
})
