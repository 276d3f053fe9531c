/**
 * The end of a text that is still being written: what is not yet clear there waits.
 *
 * Blocks are the parser's: it says which piece is the last one, and only lines of that can wait.
 */
import { type Document, readBlocks } from "./blocks.ts"
import type { Links } from "./nodes.ts"

// Marks of blocks, and then nothing that a person could read.
const onlyMarks =
  /^[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)]|#{1,6})[ \t]+|>)*(?:[-=*_#+>`~|:.$\\[\]()!<]+|\[[ xX]\]?|(?:`{3,}|~{3,})[^`\s]*)?[ \t]*$/
// A number is read, and looks the same whether it is that of an item or none.
const numbered = /^[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)]|#{1,6})[ \t]+|>)*\d{1,9}[.)]/
const definition = /^[ \t]*\[(?:[^\]^][^\]]*\]:[ \t]*(?:\S*|\S+[ \t]+(?:["'(].*)?)$|[^\]^\s]*\]?$)/

const isRow = (line: string): boolean => /^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*\|(?!\|[^\s|])/.test(line)

type Leaf = NonNullable<Document["open"]>["type"]

const literal = new Set<Leaf | undefined>(["fence", "raw", "formula"])

/** How many of the last lines cannot be shown yet. */
const waiting = (lines: ReadonlyArray<string>, leaf: Leaf | undefined): number => {
  const isComplete = lines.at(-1)?.trim() === ""
  const last = lines.at(isComplete ? -2 : -1) ?? ""
  const before = lines.at(isComplete ? -3 : -2) ?? ""
  const extra = isComplete ? 1 : 0
  if (!isComplete && last.length < 200 && onlyMarks.test(last) && !/\d[.)]?[ \t]*$/.test(last)) return 1
  if (leaf !== "paragraph") return 0
  if (!isComplete && definition.test(last)) return 1
  if (!isRow(last)) return 0
  if (!isRow(before)) return 1 + extra
  return !isComplete && /^[\s|:>-]*$/.test(last) ? 2 : 0
}

/** Where the last so many lines begin. */
const startOfLast = (text: string, lines: number): number => {
  let from = text.length
  for (let n = 0; n < lines && from >= 0; n++) from = from === 0 ? -1 : text.lastIndexOf("\n", from - 1)
  return from + 1
}

/** Reads a text without the lines at its end that wait. */
export const readOpenBlocks = (source: string, links: Links): Document => {
  let text = source
  for (;;) {
    // A definition in a line that waits is none yet.
    const defined: Array<readonly [label: string, url: string]> = []
    const define: Links["define"] = (label, url) => void defined.push([label, url])
    const document = readBlocks(text, { find: links.find, define }, true)
    const leaf = document.open?.type
    const isLiteral = literal.has(leaf)
    // Spaces at the beginning of a line are no empty line.
    const indentation = isLiteral ? undefined : /\n[ \t]+$/.exec(text.slice(-99))?.[0]
    const held = text.trim() === "" || isLiteral || indentation !== undefined
      ? 0
      : waiting(text.slice(startOfLast(text, 4)).split("\n"), leaf)
    if (indentation !== undefined) text = text.slice(0, 1 - indentation.length)
    else if (held > 0) {
      const begin = startOfLast(text, held)
      text = text.slice(0, begin + (held === 1 ? numbered.exec(text.slice(begin))?.[0].length ?? 0 : 0))
    } else {
      for (const [label, url] of defined) links.define(label, url)
      return leaf === "table" && text.endsWith("\n") ? { ...document, open: undefined } : document
    }
  }
}
