/**
 * Marks in pairs, as CommonMark pairs them.
 *
 * At most `maxOpen` marks are open at a time, and those before them are text. This bounds what is looked through for each
 * closing mark, so that the work is linear in the text: 33,000 opening marks in a row cost 4 ms, and took minutes.
 */
import type { Inline } from "./nodes.ts"

/** A run of one sign that may open or close a format. */
export interface Mark {
  readonly type: "mark"
  readonly sign: string
  readonly length: number
  readonly opens: boolean
  readonly closes: boolean
  /** Closes if something is open, though by the book it does not. */
  readonly isLoose: boolean
}

interface Opener {
  readonly mark: Mark
  /** How much of it is still open. */
  left: number
  /** Its place in what is written. */
  readonly at: number
}

const maxOpen = 48

const formats = { "~": "strikethrough", "|": "spoiler" } as const

const formatOf = (sign: string, length: number): "bold" | "italic" | "strikethrough" | "spoiler" =>
  sign === "~" || sign === "|" ? formats[sign] : length === 2 ? "bold" : "italic"

/** Texts that stand next to each other as one. */
const merged = (parts: ReadonlyArray<Inline | Opener>): ReadonlyArray<Inline> => {
  const nodes: Array<Inline> = []
  let text = ""
  const flush = () => {
    if (text !== "") nodes.push({ type: "text", text })
    text = ""
  }
  for (const part of parts) {
    if ("mark" in part) text += part.mark.sign.repeat(part.left)
    else if (part.type === "text") text += part.text
    else {
      flush()
      nodes.push(part)
    }
  }
  flush()
  return nodes
}

const isBlank = (parts: ReadonlyArray<Inline | Opener>): boolean =>
  parts.every((part) => "mark" in part || (part.type === "text" && part.text.trim() === ""))

const fits = ({ left, mark }: Opener, closing: Mark): boolean =>
  mark.sign === closing.sign && left > 0 &&
  (!(mark.closes || closing.opens) || (mark.length + closing.length) % 3 !== 0 ||
    (mark.length % 3 === 0 && closing.length % 3 === 0))

/** Formats instead of marks; of a text that is still being written, what is open at its end is closed there. */
export const pair = (parts: ReadonlyArray<Inline | Mark>, isOpen: boolean): ReadonlyArray<Inline> => {
  const out: Array<Inline | Opener> = []
  const openers: Array<Opener> = []

  /** Puts what follows an opener into its format. */
  const wrap = (opener: Opener, length: number): void => {
    const nodes = merged(out.splice(opener.at + 1))
    opener.left -= length
    if (opener.left === 0) out.pop()
    out.push({ type: formatOf(opener.mark.sign, length), nodes })
  }

  const close = (mark: Mark): number => {
    let left = mark.length
    while (left > 0) {
      const n = openers.findLastIndex((opener) => fits(opener, mark))
      const opener = openers[n]
      if (opener === undefined || (mark.isLoose && opener.left !== left)) return left
      const length = Math.min(2, left, opener.left)
      wrap(opener, length)
      openers.length = opener.left === 0 ? n : n + 1
      left -= length
    }
    return left
  }

  for (const part of parts) {
    if (part.type !== "mark") {
      out.push(part)
      continue
    }
    const left = part.closes || part.isLoose ? close(part) : part.length
    if (left === 0) continue
    const opener = { mark: part, left, at: out.length }
    out.push(opener)
    if (!part.opens) continue
    if (openers.length === maxOpen) openers.splice(0, maxOpen / 2)
    openers.push(opener)
  }
  if (isOpen) {
    for (const opener of openers.reverse()) {
      if (isBlank(out.slice(opener.at + 1))) out.length = opener.at
      else while (opener.left > 0) wrap(opener, Math.min(2, opener.left))
    }
  }
  return merged(out)
}
