/**
 * How many tokens a turn is, about: on the large side, so that what is chosen by it fits.
 */
import type { Turn } from "../Remembered.ts"

// A picture in `high` has 2,500 patches at the most, and more than that where its detail is its size.
const picture = 2500

/** Fields whose text is not read as text. */
const sealed = new Set(["encrypted_content"])
const drawn = new Set(["image_url", "result", "file_data"])

const ofText = (text: string): number => {
  let bytes = text.length
  // What is beyond ASCII has more bytes, and about as many more tokens.
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x7ff) bytes += 2
    else if (code > 0x7f) bytes += 1
  }
  return Math.ceil(bytes / 3)
}

const ofField = (name: string, value: unknown): number =>
  typeof value === "string"
    ? drawn.has(name) ? picture : sealed.has(name) ? Math.ceil(value.length / 5) : ofText(value)
    : typeof value === "object" && value !== null
    ? Object.entries(value).reduce((sum, [name, inner]) => sum + ofField(name, inner), 0)
    : 1

/** Memory of this process gives the same turns again and again: to count them anew took 2 % of a turn in Telegram. */
const counted = new WeakMap<Turn, number>()

/** The tokens of everything that was said in a turn. */
export const estimated = (turn: Turn): number => {
  const known = counted.get(turn)
  if (known !== undefined) return known
  const tokens = turn.items.reduce((sum, item) => sum + ofField("", item), 0)
  counted.set(turn, tokens)
  return tokens
}
