/**
 * Fences around code: where one opens and closes.
 *
 * Models put answers about Markdown into a fence, and fences into that, all of the same length. So in a fence that holds
 * text, one that names a language opens another, or one that is longer, and the next bare one closes that; in any other so does
 * one that names a language and is indented, as in YAML and in comments.
 */

/** A fence that is open. */
export interface Fence {
  readonly sign: string
  readonly indent: number
  readonly info: string
  /** How long the fences are that are open within each other. */
  readonly lengths: Array<number>
}

const fence = /^( {0,3})(`{3,}|~{3,})(.*)$/
const ofText =
  /^(?:|md|mdc|mdx|gfm|commonmark|markdown|text|txt|plain|plaintext|prompt|qmd|rmd|rst|asciidoc|html|xml|jinja2?)$/i

/** The first word behind a fence. */
export const languageOf = (info: string): string => /^\S*/.exec(info.trim())?.[0] ?? ""

/** The fence that a line opens. */
export const openingFence = (line: string): Fence | undefined => {
  const [, indent = "", marks = "", info = ""] = fence.exec(line) ?? []
  const sign = marks[0]
  return sign === undefined || (sign === "`" && info.includes("`"))
    ? undefined
    : { sign, indent: indent.length, info: info.trim(), lengths: [marks.length] }
}

/** Whether a line closes a fence; the fence remembers what a line opens within it. */
export const closes = (open: Fence, line: string): boolean => {
  const [, indent = "", marks = "", info = ""] = fence.exec(line) ?? []
  const length = open.lengths.at(-1) ?? 0
  if (marks[0] !== open.sign || marks.length < length) return false
  const isText = ofText.test(languageOf(open.info))
  // By the book a longer one closes; behind a language nobody closes so.
  const isLonger = isText && open.info !== "" && marks.length > length
  if (info.trim() === "" && !isLonger) {
    open.lengths.pop()
    return open.lengths.length === 0
  }
  const isOfText = isText || indent.length > open.indent
  if (isOfText && /^(?:$|[\w{])/.test(info.trim()) && open.lengths.length < 8) {
    open.lengths.push(marks.length)
  }
  return false
}
