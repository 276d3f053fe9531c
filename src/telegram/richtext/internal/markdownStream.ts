/**
 * Markdown that arrives in pieces. Finished blocks, items and lines of code are rendered once; only what may still
 * change is rendered for each preview.
 */
import * as Result from "effect/Result"
import { codeFormat, type Place, start, writeBlocks } from "./markdownRender.ts"
import { type Links, nodesOf, readBlocks, readInline } from "./markdownSyntax.ts"
import { isOpenFence, readOpenBlocks } from "./markdownTail.ts"
import { type Format, makeOutput, type Rich, shifted } from "./richTextOutput.ts"

/** A text and how much of its beginning will stay as it is. */
export interface Preview extends Rich {
  /** Leading UTF-16 units that no later piece of the source changes (but see `makeRenderer`). */
  readonly settled: number
}

/** Renders one answer while it is written. */
export interface Renderer {
  /** Takes the next piece of the source, cut anywhere. */
  readonly append: (delta: string) => void
  /**
   * The text so far, as it will most likely look when it is finished. Where one paragraph or table is longer than 2,000
   * characters, up to a sixteenth of it may not be there yet.
   */
  readonly preview: () => Preview
  /** The text as it is when nothing more comes: the same as `render` of the whole. */
  readonly finish: () => Rich
}

/** Code whose lines are rendered as they come. */
interface Fence {
  readonly closing: RegExp
  readonly format: Format
  /** Where the code begins in the text. */
  readonly offset: number
  /** What was there before: code without any text leaves no trace. */
  readonly before: Rich
  readonly pending: number
}

/** Line ends as `\n`, and nothing that is no text. */
const cleaned = (source: string): string =>
  source.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "").replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    ""
  )

const join = (a: Rich, b: Rich): Rich => ({
  text: a.text + b.text,
  entities: b.entities.length === 0 ? a.entities : [...a.entities, ...shifted(b.entities, a.text.length)]
})

const piece = (source: string, follows: boolean, place: Place, links: Links, isOpen: boolean) => {
  const lexer = isOpen ? readOpenBlocks(source, links) : readBlocks(source, links)
  const output = makeOutput(follows, place.pending)
  const next = writeBlocks(output, readInline(lexer), 0, isOpen, place)
  return { rich: output.take(), place: next, links: lexer.tokens.links }
}

// The parser recurses: thousands of quotes inside of quotes exhaust the stack, and then the text is shown as it stands.
const orPlain = <A extends Rich>(render: () => A, plain: (text: Rich) => A, source: string): A =>
  Result.getOrElse(Result.try(render), () => plain({ text: source.trim(), entities: [] }))

/** Renders a whole text at once. */
export const renderAll = (source: string, isOpen: boolean): Rich => {
  const text = cleaned(source)
  return orPlain(() => piece(text, false, start, {}, isOpen).rich, (rich) => rich, text)
}

/** How much of a text of whole lines is finished: all blocks but the last, and all items of a list but the last. */
const finished = (source: string, known: Links) => {
  const lexer = readBlocks(source, known)
  const nodes = nodesOf(lexer.tokens)
  const at = nodes.findLastIndex((node) => node.type !== "space")
  const last = nodes[at]
  const before = nodes.slice(0, Math.max(0, at)).reduce((sum, { raw }) => sum + raw.length, 0)
  const items = last?.type === "list" ? last.items : []
  const length = items.slice(0, -1).reduce((sum, { raw }) => sum + raw.length, before)
  return { length, isInList: length > before, last, links: lexer.tokens.links }
}

/** From this length on an open piece is read again only when it has grown by a sixteenth: work stays linear. */
const longPiece = 2000
const hasGrown = (length: number, before: number): boolean => length < longPiece || (length - before) * 16 >= before

/** Begins an answer. */
export const makeRenderer = (): Renderer => {
  const empty: Rich = { text: "", entities: [] }
  let whole = ""
  let carry = ""
  /** The end of the source that is not settled, and how much of it was looked at. */
  let tail = ""
  let looked = 0
  let text = empty
  let place = start
  let links: Links = {}
  let fence: Fence | undefined
  /** The last preview, and of which end. */
  let shown: { readonly preview: Preview; readonly before: Rich; readonly length: number } | undefined

  const restart = (): void => {
    tail = whole
    looked = 0
    text = empty
    place = start
    fence = undefined
    shown = undefined
  }

  /** Whether settled text holds a link whose target comes only now. */
  const isLate = (seen: Links): boolean => {
    const labels = Object.keys(seen).filter((label) => !(label in links))
    if (labels.length === 0) return false
    const settled = whole.slice(0, whole.length - tail.length).replace(/\s+/g, " ").toLowerCase()
    return labels.some((label) => settled.includes(`[${label.toLowerCase()}]`))
  }

  const withCode = (at: Fence, rich: Rich, added: string): Rich => {
    const all = (rich.text + added).trimEnd()
    if (all.length <= at.offset) return at.before
    const entity = { ...at.format, offset: at.offset, length: all.length - at.offset }
    return { text: all, entities: [...rich.entities, entity] }
  }

  /** Moves whole lines of code to the text; the tail is then an unfinished line, or what follows the code. */
  const settleCode = (at: Fence): void => {
    let from = 0
    let lines = ""
    for (let end = tail.indexOf("\n"); end !== -1; end = tail.indexOf("\n", from)) {
      const line = tail.slice(from, end)
      if (at.closing.test(line)) {
        const isEmpty = text.text.length + lines.length === at.offset
        text = withCode(at, text, lines)
        place = { trail: 0, ordinal: undefined, pending: isEmpty ? at.pending : 0 }
        tail = tail.slice(end)
        looked = 0
        fence = undefined
        return
      }
      from = end + 1
      if (line.trim() !== "" || text.text.length + lines.length > at.offset) lines += `${line}\n`
    }
    text = { text: text.text + lines, entities: text.entities }
    tail = tail.slice(from)
  }

  const openCode = (raw: string, lang: string | undefined): void => {
    const marks = /^(?:`+|~+)/.exec(raw)?.[0]
    const opening = raw.indexOf("\n") + 1
    if (marks === undefined || opening === 0 || !isOpenFence(raw)) return
    const pending = Math.max(place.pending, 1, (place.trail ?? 0) > 1 ? 2 : 0)
    const gap = text.text === "" ? "" : "\n".repeat(pending)
    fence = {
      closing: new RegExp(`^ {0,3}${marks}[~\`]* *$`),
      format: codeFormat(lang),
      offset: text.text.length + gap.length,
      before: text,
      pending
    }
    text = { text: text.text + gap, entities: text.entities }
    tail = tail.slice(opening)
  }

  const settle = (): void => {
    for (;;) {
      if (fence !== undefined) settleCode(fence)
      const lines = tail.lastIndexOf("\n") + 1
      if (fence !== undefined || lines <= looked || !hasGrown(lines, looked)) return
      const { isInList, last, length, links: seen } = finished(tail.slice(0, lines), links)
      const late = isLate(seen)
      links = { ...seen, ...links }
      if (late) {
        restart()
        continue
      }
      if (length > 0) {
        const { place: next, rich } = piece(tail.slice(0, length), text.text !== "", place, links, false)
        text = join(text, rich)
        place = { ...next, ordinal: isInList ? next.ordinal : undefined }
        tail = tail.slice(length)
      }
      looked = lines - length
      if (last?.type !== "code" || isInList) return
      openCode(last.raw, last.lang)
      if (fence === undefined) return
    }
  }

  const preview = (): Preview => {
    settle()
    const settled = text.text.length
    if (fence !== undefined) {
      const rich = withCode(fence, text, tail.replace(/^[ \t]*(?:`+|~+)[ \t]*$/, ""))
      return { ...rich, settled: Math.min(settled, rich.text.length) }
    }
    if (shown?.before === text && !hasGrown(tail.length, shown.length)) return shown.preview
    const { rich } = piece(tail, text.text !== "", place, links, true)
    const joined = { ...join(text, rich), settled }
    shown = { preview: joined, before: text, length: tail.length }
    return joined
  }

  const finish = (): Rich => {
    settle()
    if (fence !== undefined) return withCode(fence, text, fence.closing.test(tail) ? "" : tail)
    const { links: seen, rich } = piece(tail, text.text !== "", place, links, false)
    return isLate(seen) ? renderAll(whole, false) : join(text, rich)
  }

  return {
    append: (delta) => {
      const source = carry + delta
      // A pair or a line end may be cut in two.
      carry = /[\uD800-\uDBFF\r]$/.test(source) ? source.slice(-1) : ""
      const added = cleaned(carry === "" ? source : source.slice(0, -1))
      whole += added
      tail += added
    },
    preview: () => orPlain(preview, (rich) => ({ ...rich, settled: 0 }), whole),
    finish: () => {
      tail += cleaned(carry)
      whole += cleaned(carry)
      carry = ""
      return orPlain(finish, (rich) => rich, whole)
    }
  }
}
