/**
 * What holds blocks: quotations, items of lists and footnotes, each in the one before it.
 */
import { indentOf, without } from "./indent.ts"
import type { Block, Item, Kind, Placed } from "./nodes.ts"

/** So many quotations, items and footnotes may be in each other; the marks of what is deeper are text. */
export const maxDepth = 16

interface List extends Placed {
  readonly type: "list"
  readonly items: Array<Item>
  readonly sign: string
}

/** How far the content of an item is indented, and how far at least: models indent by three below `10.` as well. */
export interface Room {
  readonly indent: number
  readonly least: number
}

interface Frame {
  readonly type: "root" | "quote" | "item" | "footnote"
  /** That of an item's first line that is indented less. */
  indent: number
  readonly least: number
  readonly blocks: Array<Block>
  /** The list that the next item belongs to. */
  list: List | undefined
  readonly close: () => void
}

/** The containers that are open, the outermost first. */
export interface Containers {
  /** The blocks at the top level. */
  readonly blocks: ReadonlyArray<Block>
  /** How many are open, with the text itself. */
  readonly depth: () => number
  /** Puts a block into the innermost. */
  readonly put: (kind: Kind, place: Placed) => Block
  readonly openQuote: (place: Placed, isExpandable: boolean) => void
  /** Opens an item behind its mark, a bullet or a number with its sign. */
  readonly openItem: (place: Placed, mark: string, room: Room, isDone: boolean | undefined) => void
  /** Whether the next line, outside of what is at a depth, cannot go on with its last one. */
  readonly hasEnded: (depth: number, last: string, next: string) => boolean
  readonly openFootnote: (place: Placed, label: string) => Block
  /** What a line says inside of one; `undefined` when it is not inside. */
  readonly contentOf: (at: number, line: string, hasLeaf: boolean) => string | undefined
  /** Closes all but so many. */
  readonly closeTo: (depth: number) => void
}

/** Telegram's own Markdown ends a quotation that can be expanded with two bars, also behind the last item of a list. */
const withoutBars = (last: Block | undefined): Block | undefined => {
  if (last?.type === "list") {
    const item = last.items.at(-1)
    const inner = withoutBars(item?.blocks.at(-1))
    return item === undefined || inner === undefined
      ? undefined
      : { ...last, items: [...last.items.slice(0, -1), { ...item, blocks: [...item.blocks.slice(0, -1), inner] }] }
  }
  return last?.type !== "paragraph" || !last.source.endsWith("||") || last.source.split("||").length % 2 !== 0
    ? undefined
    : { ...last, source: last.source.slice(0, -2) }
}

// "**Cons:**" right below the last of the pros
const label = /^\*\*[^*\n]+(?::\*\*|\*\*:)/

const contentOf = (frame: Frame, line: string, hasLeaf: boolean): string | undefined => {
  const indent = indentOf(line)
  switch (frame.type) {
    case "quote": {
      if (indent > 3) return undefined
      const content = line.trimStart()
      return content.startsWith(">") ? without(content.slice(1), 1, indent + 1) : undefined
    }
    case "item":
      if (line.trim() === "") return frame.blocks.length === 0 && !hasLeaf ? undefined : ""
      if (indent < frame.least) return undefined
      frame.indent = Math.min(frame.indent, indent)
      return without(line, frame.indent)
    case "footnote":
      return line.trim() === "" ? "" : indent >= 2 ? without(line, Math.min(4, indent)) : undefined
    case "root":
      return line
  }
}

/** Containers of a new text. */
export const makeContainers = (): Containers => {
  const root: Frame = { type: "root", blocks: [], indent: 0, least: 0, list: undefined, close: () => {} }
  const frames = [root]
  const top = (): Frame => frames.at(-1) ?? root

  const put = (kind: Kind, { isSpaced, start }: Placed): Block => {
    const block = { ...kind, start, isSpaced }
    top().blocks.push(block)
    top().list = undefined
    return block
  }

  return {
    blocks: root.blocks,
    depth: () => frames.length,
    put,
    openQuote: ({ isSpaced, start }, isExpandable) => {
      const blocks: Array<Block> = []
      const quote = { type: "quote" as const, isExpandable, blocks, start, isSpaced }
      top().blocks.push(quote)
      top().list = undefined
      frames.push({
        type: "quote",
        blocks,
        indent: 0,
        least: 0,
        list: undefined,
        close: () => {
          const last = withoutBars(blocks.at(-1))
          if (last === undefined) return
          blocks[blocks.length - 1] = last
          quote.isExpandable = true
        }
      })
    },
    openItem: ({ isSpaced, start }, mark, { indent, least }, isDone) => {
      const parent = top()
      const sign = mark.slice(-1)
      if (parent.list?.sign !== sign) {
        parent.list = { type: "list", items: [], sign, start, isSpaced }
        parent.blocks.push(parent.list)
      }
      const blocks: Array<Block> = []
      const number = mark.length === 1 ? undefined : { written: mark.slice(0, -1), sign }
      parent.list.items.push({ number, isDone, blocks, start, isSpaced })
      frames.push({ type: "item", blocks, indent, least, list: undefined, close: () => {} })
    },
    openFootnote: (place, label) => {
      const blocks: Array<Block> = []
      const block = put({ type: "footnote", label, blocks }, place)
      frames.push({ type: "footnote", blocks, indent: 2, least: 2, list: undefined, close: () => {} })
      return block
    },
    contentOf: (at, line, hasLeaf) => {
      const frame = frames[at]
      return frame === undefined ? undefined : contentOf(frame, line, hasLeaf)
    },
    hasEnded: (at, last, next) => {
      const type = frames[at]?.type
      return type === "item"
        ? label.test(next)
        : type === "quote" && last.endsWith("||") && last.split("||").length % 2 === 0
    },
    closeTo: (depth) => {
      while (frames.length > depth) frames.pop()?.close()
    }
  }
}
