/**
 * What a parsed text is made of.
 */

/** Targets of reference links and where they are asked for; the first definition of a label counts. */
export interface Links {
  readonly find: (label: string) => string | undefined
  readonly define: (label: string, url: string) => void
}

/** A stretch of a line of text. */
export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "bold" | "italic" | "strikethrough" | "spoiler" | "plain"; readonly nodes: ReadonlyArray<Inline> }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "link"; readonly url: string; readonly nodes: ReadonlyArray<Inline> }
  | { readonly type: "image"; readonly url: string; readonly text: string }
  /** An address that stands there as it is; Telegram links it by itself. */
  | { readonly type: "address"; readonly text: string }
  | { readonly type: "tag"; readonly raw: string }

/** What every block and every item of a list knows of its place. */
export interface Placed {
  /** Where its first line begins in the source; meaningful at the top level. */
  readonly start: number
  /** Whether an empty line stands before it. */
  readonly isSpaced: boolean
}

/** A block without its place. Sources are read when they are written, since a link may have its target further down. */
export type Kind =
  | { readonly type: "paragraph" | "markup"; readonly source: string }
  | { readonly type: "heading"; readonly depth: number; readonly source: string }
  | { readonly type: "code"; readonly text: string; readonly info: string; readonly isClosed: boolean }
  | { readonly type: "rule" }
  | { readonly type: "quote"; readonly isExpandable: boolean; readonly blocks: ReadonlyArray<Block> }
  | { readonly type: "footnote"; readonly label: string; readonly blocks: ReadonlyArray<Block> }
  | { readonly type: "list"; readonly items: ReadonlyArray<Item> }
  | {
    readonly type: "table"
    readonly rows: ReadonlyArray<ReadonlyArray<string>>
    readonly aligns: ReadonlyArray<Align>
  }

/** How a column of a table is set. */
export type Align = "center" | "left" | "right" | null

export type Block = Kind & Placed

/** One item of a list. */
export interface Item extends Placed {
  /** A number with its sign, or nothing for a bullet. */
  readonly number: { readonly written: string; readonly sign: string } | undefined
  /** Of a task. */
  readonly isDone: boolean | undefined
  readonly blocks: ReadonlyArray<Block>
}
