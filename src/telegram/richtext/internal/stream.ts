/**
 * Markdown that arrives in pieces. Finished blocks, items and lines of code are rendered once; only what may still
 * change is rendered for each preview.
 *
 * Work is linear in the text. A piece that is not finished is read again only when it has grown by a sixteenth, or, by
 * `step`, to twice its length; a definition that comes late starts everything over only when there is twice as much text
 * as the last time.
 */
import { type Document, readBlocks } from "./blocks.ts"
import { closes, type Fence, openingFence } from "./fence.ts"
import type { Block, Item, Links } from "./nodes.ts"
import { type Format, makeOutput, type MessageEntity, type Rich, shifted } from "./output.ts"
import { codeFormat, start, writeBlocks } from "./render.ts"
import { readOpenBlocks } from "./tail.ts"

/** A text and how much of its beginning will stay as it is. */
export interface Preview extends Rich {
  /** Leading UTF-16 units that no later piece of the source changes (but see `makeRenderer`). */
  readonly settled: number
  /** Another number says that what was settled has changed all the same. */
  readonly revision: number
}

/** Renders one answer while it is written. */
export interface Renderer {
  /** Takes the next piece of the source, cut anywhere. */
  readonly append: (delta: string) => void
  /** Says that nothing more comes. */
  readonly end: () => void
  /**
   * Renders the next stretch of what is finished; false when there is none.
   *
   * Takes a few milliseconds, so that a long text can be rendered in steps with something else between them.
   */
  readonly step: () => boolean
  /**
   * The text so far, as it will most likely look when it is finished. Where one paragraph or table is longer than 2,000
   * characters, up to a sixteenth of it may not be there yet.
   */
  readonly preview: () => Preview
  /**
   * The text as it is when nothing more comes: the same as `render` of the whole, or as `renderPreview` for one that was
   * broken off and has marks that will never be closed.
   */
  readonly finish: (isBrokenOff?: boolean) => Rich
}

/** Code whose lines are rendered as they come. */
interface OpenCode {
  readonly fence: Fence
  readonly format: Format
  /** Line breaks before the code, and those that waited for it: code without any text leaves no trace. */
  readonly gap: string
  readonly pending: number
  /** Whole lines. */
  lines: string
}

/** Line ends as `\n`, and nothing that is no text. */
const cleaned = (source: string): string =>
  source.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "").replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    ""
  )

/** Targets that are known, over those of a text before; `missed` hears of labels that have none. */
const makeLinks = (before?: Links, missed?: (label: string) => void): Links => {
  const urls = new Map<string, string>()
  return {
    find: (label) => {
      const url = before?.find(label) ?? urls.get(label)
      if (url === undefined) missed?.(label)
      return url
    },
    define: (label, url) => {
      if (!urls.has(label)) urls.set(label, url)
    }
  }
}

/** Renders a whole text at once. */
export const renderAll = (source: string, isOpen: boolean): Rich => {
  const text = cleaned(source)
  const links = makeLinks()
  const document = isOpen ? readOpenBlocks(text, links) : readBlocks(text, links, false)
  const output = makeOutput()
  writeBlocks(
    output,
    document.blocks,
    links,
    document.open === undefined || !isOpen ? undefined : document.open,
    isOpen,
    start
  )
  return output.take()
}

/** What is read at least, in a step. */
const stepLength = 16_384

/** From this length on an open piece is read again only when it has grown by a sixteenth: work stays linear. */
const longPiece = 2000
const hasGrown = (length: number, before: number): boolean => length < longPiece || (length - before) * 16 >= before

/** All but the last block of a text, and of a list all but the last item; what is left begins at `end`. */
const finished = (blocks: ReadonlyArray<Block>) => {
  const last = blocks.at(-1)
  const before = blocks.slice(0, -1)
  const items = last?.type === "list" ? last.items : []
  const rest: Block | Item | undefined = items.length > 1 ? items.at(-1) : last
  const done = last?.type === "list" && items.length > 1 ? [...before, { ...last, items: items.slice(0, -1) }] : before
  return { done, rest, isInList: items.length > 1 }
}

/**
 * Renders one answer while it is written.
 *
 * Finished blocks, list items and lines of code are rendered once; a preview costs as much as the last open piece.
 * `finish` equals `render` of all that was appended. `settled` grows, but for one case: a definition `[label]: url` that
 * comes after a settled use of its label changes that, and rendering starts over.
 */
export const makeRenderer = (): Renderer => {
  let whole = ""
  let carry = ""
  /** The end of the source that is not settled, and how much of it was looked at. */
  let tail = ""
  let looked = 0
  /** What is settled; the list grows in place, since a copy for each block would be quadratic. */
  let text = ""
  let entities: Array<MessageEntity> = []
  let place = start
  let code: OpenCode | undefined
  /** The last preview, and of which end. */
  let shown: { readonly preview: Preview; readonly settled: number; readonly length: number } | undefined
  /** Labels that settled text asked for in vain. */
  const missed = new Set<string>()
  let late = false
  let restarted = 0
  let revision = 0
  let hasEnded = false
  /** What the last piece reads as, once nothing more comes. */
  let last: Document | undefined
  const known = makeLinks()
  const settledLinks: Links = {
    find: makeLinks(known, (label) => missed.add(label)).find,
    define: (label, url) => {
      known.define(label, url)
      if (missed.delete(label)) late = true
    }
  }

  const restart = (): void => {
    tail = whole
    looked = 0
    text = ""
    entities = []
    place = start
    code = undefined
    shown = undefined
    last = undefined
    late = false
    missed.clear()
    restarted = whole.length
    revision++
  }

  const add = (rich: Rich): void => {
    for (const entity of shifted(rich.entities, text.length)) entities.push(entity)
    text += rich.text
  }

  const render = (blocks: ReadonlyArray<Block>): void => {
    const output = makeOutput(text !== "", place.pending)
    place = writeBlocks(output, blocks, settledLinks, undefined, false, place)
    add(output.take())
  }

  /** The text with code that nobody has closed. */
  const withCode = (at: OpenCode, added: string): Rich => {
    const content = (at.lines + added).trimEnd()
    if (content === "") return { text, entities: [...entities] }
    const offset = text.length + at.gap.length
    return { text: text + at.gap + content, entities: [...entities, { ...at.format, offset, length: content.length }] }
  }

  const closeCode = (at: OpenCode): void => {
    const content = at.lines.trimEnd()
    place = { isFirst: false, isSpaced: false, number: undefined, pending: content === "" ? at.pending : 0 }
    code = undefined
    if (content === "") return
    text += at.gap
    add({ text: content, entities: [{ ...at.format, offset: 0, length: content.length }] })
  }

  /** Takes whole lines of code; the tail is then an unfinished line, or what follows the code. */
  const settleCode = (at: OpenCode): void => {
    let from = 0
    for (let end = tail.indexOf("\n"); end !== -1 && code !== undefined; end = tail.indexOf("\n", from)) {
      const line = tail.slice(from, end)
      from = end + 1
      if (closes(at.fence, line)) closeCode(at)
      else if (at.lines !== "" || line.trim() !== "") at.lines += `${line}\n`
    }
    tail = tail.slice(from)
    looked = 0
  }

  const openCode = (): void => {
    const opening = tail.indexOf("\n") + 1
    const fence = opening === 0 ? undefined : openingFence(tail.slice(0, opening - 1))
    if (fence === undefined || fence.indent > 0) return
    const pending = Math.max(place.pending, place.isFirst ? 0 : place.isSpaced ? 2 : 1)
    code = { fence, format: codeFormat(fence.info), gap: text === "" ? "" : "\n".repeat(pending), pending, lines: "" }
    tail = tail.slice(opening)
    looked = 0
  }

  const settleNext = (): boolean => {
    if (late && (hasEnded || whole.length >= 2 * restarted)) {
      restart()
      return true
    }
    if (code !== undefined) {
      if (!tail.includes("\n")) return false
      settleCode(code)
      return true
    }
    const reach = Math.max(stepLength, 2 * looked)
    const all = tail.lastIndexOf("\n") + 1
    const lines = all <= reach ? all : tail.lastIndexOf("\n", reach) + 1 || tail.indexOf("\n") + 1
    if (lines <= looked || (lines === all && !hasGrown(lines, looked))) return false
    const { blocks, open } = readBlocks(tail.slice(0, lines), settledLinks, false)
    const { done, isInList, rest } = finished(blocks)
    looked = lines
    if (rest === undefined) return lines < all
    if (done.length > 0) {
      render(done)
      place = { ...place, isSpaced: rest.isSpaced, number: isInList ? place.number : undefined }
      tail = tail.slice(rest.start)
      looked -= rest.start
    }
    if (open?.type === "fence" && "type" in rest && rest.type === "code") openCode()
    return true
  }

  /** Reads what is left, once. */
  const readLast = (): Document => last ??= readBlocks(tail, settledLinks, false)

  const step = (): boolean => {
    if (settleNext()) return true
    if (!hasEnded || last !== undefined || code !== undefined) return false
    // Targets at the very end change what stands before them.
    readLast()
    return late
  }

  const settle = (): void => {
    while (step());
  }

  const preview = (): Preview => {
    settle()
    if (code !== undefined) {
      const rich = withCode(code, tail.length < 99 ? tail.replace(/^[ \t]*(?:`+|~+)[ \t]*$/, "") : tail)
      const settled = Math.min(text.length + code.gap.length + code.lines.length, rich.text.length)
      return { ...rich, settled, revision }
    }
    if (shown?.settled === text.length && tail.length >= shown.length && !hasGrown(tail.length, shown.length)) {
      return shown.preview
    }
    const output = makeOutput(text !== "", place.pending)
    const links = makeLinks(known)
    const document = readOpenBlocks(tail, links)
    writeBlocks(output, document.blocks, links, document.open, true, place)
    const rich = output.take()
    const all = { text: text + rich.text, entities: [...entities, ...shifted(rich.entities, text.length)] }
    shown = { preview: { ...all, settled: text.length, revision }, settled: text.length, length: tail.length }
    return shown.preview
  }

  const end = (): void => {
    hasEnded = true
    const rest = cleaned(carry)
    carry = ""
    tail += rest
    whole += rest
  }

  const finish = (isBrokenOff = false): Rich => {
    end()
    settle()
    if (code !== undefined) {
      return isBrokenOff
        ? preview()
        : withCode(code, closes({ ...code.fence, lengths: [...code.fence.lengths] }, tail) ? "" : tail)
    }
    const document = isBrokenOff ? readOpenBlocks(tail, settledLinks) : readLast()
    if (late) return finish(isBrokenOff)
    const output = makeOutput(text !== "", place.pending)
    writeBlocks(output, document.blocks, settledLinks, isBrokenOff ? document.open : undefined, isBrokenOff, place)
    const rich = output.take()
    return { text: text + rich.text, entities: [...entities, ...shifted(rich.entities, text.length)] }
  }

  return {
    append: (delta) => {
      const source = carry + delta
      // A pair or a line end may be cut in two.
      carry = /[\uD800-\uDBFF\r]$/.test(source.slice(-1)) ? source.slice(-1) : ""
      const added = cleaned(carry === "" ? source : source.slice(0, -1))
      whole += added
      tail += added
      last = undefined
    },
    end,
    step,
    preview,
    finish
  }
}
