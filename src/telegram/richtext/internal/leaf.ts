/**
 * Pieces of a text that hold lines and no blocks: paragraphs, code, tables, formulas, HTML.
 */
import type { Fence } from "./fence.ts"
import { rawCode } from "./html.ts"
import type { Align, Kind, Links, Placed } from "./nodes.ts"
import { cellsBelow } from "./rows.ts"
import { definitionAt } from "./target.ts"

/** Lines and their place. */
export interface Lines extends Placed {
  readonly lines: Array<string>
}

/** The piece that the next line may belong to. */
export type Leaf =
  & Lines
  & (
    | { readonly type: "paragraph" | "indented" }
    | { readonly type: "fence"; readonly fence: Fence }
    | { readonly type: "formula"; readonly end: string }
    | { readonly type: "markup"; readonly end: RegExp | undefined }
    | { readonly type: "raw" }
    | { readonly type: "table"; readonly isPiped: boolean; readonly aligns: ReadonlyArray<Align> }
  )

/** A text without the definitions at its beginning, which `define` is told. */
export const withoutDefinitions = (text: string, define: Links["define"]): string => {
  let at = 0
  while (text[at] === "[" || text[at] === " ") {
    const found = definitionAt(text, at)
    if (found === undefined) break
    define(found.label, found.url)
    at = found.end
  }
  return text.slice(at)
}

/** A formula between its signs. */
export const formula = (text: string): Kind => ({
  type: "code",
  text: text.trim().replace(/^(?:\$\$|\\\[)/, "").replace(/(?:\$\$|\\\])$/, "").trim(),
  info: "latex",
  isClosed: true
})

const paragraph = (leaf: Leaf, define: Links["define"]): Kind | undefined => {
  const source = withoutDefinitions(leaf.lines.join("\n"), define).trim()
  return source === "" ? undefined : { type: "paragraph", source }
}

/** What a piece is that has ended; `undefined` for one that was all definitions. */
export const blockOf = (leaf: Leaf, define: Links["define"], isOpen: boolean): Kind | undefined => {
  switch (leaf.type) {
    case "paragraph":
      return paragraph(leaf, define)
    case "indented":
      return { type: "code", text: leaf.lines.join("\n"), info: "", isClosed: true }
    case "fence":
      return {
        type: "code",
        text: leaf.lines.join("\n"),
        info: leaf.fence.info,
        isClosed: leaf.fence.lengths.length === 0
      }
    case "formula":
      // Nothing has closed it: only while it is written it is one.
      return isOpen ? formula(leaf.lines.join("\n").replace(/[$\\]{1,9}$/, "")) : paragraph(leaf, define)
    case "markup":
      return { type: "markup", source: leaf.lines.join("\n").trim() }
    case "raw":
      return rawCode(leaf.lines.join("\n"))
    case "table":
      return {
        type: "table",
        rows: leaf.lines.map((line) => cellsBelow(line, leaf.aligns.length)),
        aligns: leaf.aligns
      }
  }
}
