/**
 * What single characters are to Markdown.
 */

export const isSpace = (character: string | undefined): boolean => character === undefined || /\s/.test(character)

export const isWord = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}_]/u.test(character)

export const isSign = (character: string | undefined): boolean =>
  character !== undefined && /[\p{P}\p{S}]/u.test(character)

// Spaces of all kinds, marks without width, tags.
const blank = /^[\s\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2800\u3000\ufeff\ufffc\u{e0000}-\u{e007f}]*$/u

/** Whether a text has nothing that could be seen; Telegram refuses a message of that. */
export const isBlank = (text: string): boolean => blank.test(text)

/** The character that begins at a place. */
export const after = (source: string, at: number): string | undefined => {
  const code = source.codePointAt(at)
  return code === undefined ? undefined : String.fromCodePoint(code)
}

/** The character that ends at a place. */
export const before = (source: string, at: number): string | undefined => {
  const last = source[at - 1]
  return last !== undefined && /[\uDC00-\uDFFF]/.test(last) ? source.slice(at - 2, at) : last
}

/** What a pattern with the flag `y` finds at a place. */
export const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Where a text, or what a pattern with the flag `g` finds, comes next from a place on; the end of the source if nowhere. */
export type Seek = (what: string | RegExp, at: number) => number

/** Seeks in one source. Asked from left to right, each that is sought looks at each character once. */
export const seeker = (source: string): Seek => {
  const found = new Map<string | RegExp, { from: number; next: number }>()
  const search = (what: string | RegExp, from: number): number => {
    if (typeof what === "string") return source.indexOf(what, from)
    what.lastIndex = from
    return what.exec(source)?.index ?? -1
  }
  return (what, at) => {
    const known = found.get(what)
    if (known !== undefined && known.from <= at && at <= known.next) return known.next
    const next = search(what, at)
    const reached = { from: at, next: next === -1 ? source.length : next }
    found.set(what, reached)
    return reached.next
  }
}
