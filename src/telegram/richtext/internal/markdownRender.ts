/**
 * Parsed Markdown on a sheet: what each piece looks like in Telegram.
 */
import { decodeHTMLStrict } from "entities/decode"
import type { Tokens } from "marked"
import { type Node, nodesOf } from "./markdownSyntax.ts"
import { drawTable } from "./markdownTable.ts"
import { readTag, shiftText } from "./markdownTags.ts"
import { type Format, makeOutput, type Output } from "./richTextOutput.ts"

/** Where a text stands that is rendered in pieces. */
export interface Place {
  /** Line breaks that the last piece ended with in the source; `undefined` before the first piece. */
  readonly trail: number | undefined
  /** Number of the next item, when the last piece was the first part of a list. */
  readonly ordinal: number | undefined
  /** Line breaks that wait for the next text. */
  readonly pending: number
}

export const start: Place = { trail: undefined, ordinal: undefined, pending: 0 }

const rule = "──────────"

// Words that are files in an answer and domains for Telegram, which would link them.
const fileName = /(?<![\p{L}\p{N}_/@.:-])[\w-]+(?:[./][\w-]+)*\.(?:md|mov|pl|py|rs|sh|zip)(?![\p{L}\p{N}_/-]|\.\w)/gu

const trailOf = (raw: string): number => raw.length === 0 ? 0 : (/[\s]*$/.exec(raw)?.[0].match(/\n/g)?.length ?? 0)

const webAddress = (href: string): string | undefined => {
  const url = decodeHTMLStrict(href).trim()
  if (/^(?:https?|ftp|tg):\/*[^\s/]/i.test(url)) return url.replace(/\s/g, "%20")
  return /^www\.[^\s]+$/i.test(url) ? `https://${url}` : undefined
}

const writeText = (out: Output, source: string): void => {
  const text = decodeHTMLStrict(source)
  if (out.isInside("text_link") || out.isInside("code")) return out.write(text)
  let at = 0
  for (const found of text.matchAll(fileName)) {
    out.write(text.slice(at, found.index))
    out.span({ type: "code" }, () => out.write(found[0]))
    at = found.index + found[0].length
  }
  out.write(text.slice(at))
}

const writeLink = (out: Output, { href, raw, tokens }: Tokens.Link): void => {
  const url = webAddress(href)
  // A bare address is left to Telegram, which links it by itself.
  const isBare = !raw.startsWith("[")
  if (isBare || url === undefined) {
    for (const node of nodesOf(tokens)) {
      if (isBare) out.write("text" in node ? node.text : node.raw)
      else writeInline(out, [node])
    }
    return
  }
  out.span({ type: "text_link", url }, () => writeInline(out, nodesOf(tokens)))
}

const writeImage = (out: Output, text: string, href: string): void => {
  const url = webAddress(href)
  const name = decodeHTMLStrict(text).trim() || (url?.split(/[?#]/)[0]?.split("/").at(-1) ?? "")
  const body = () => out.write(name === "" ? "image" : name)
  if (url === undefined) body()
  else out.span({ type: "text_link", url }, body)
}

/** Whether a tag has already broken the line; the line break that follows it in the source says the same. */
const breaksLine = (node: Node | undefined): boolean =>
  node?.type === "html" && (readTag(node.raw)?.kind === "line" || /^<\/summary/i.test(node.raw))

/** Tags of blocks count where HTML is a block; in a sentence they are what the sentence is about. */
const writeInline = (out: Output, nodes: ReadonlyArray<Node>, isMarkup = false): void => {
  const opened: Array<{ readonly name: string; readonly frame: ReturnType<Output["open"]> }> = []
  const openTag = (name: string, format: Format): void => {
    if (format.type === "blockquote") out.gap(1)
    const url = format.url === undefined ? undefined : webAddress(format.url)
    const usable = format.type !== "text_link" || url !== undefined
    opened.push({ name, frame: usable ? out.open(url === undefined ? format : { ...format, url }) : undefined })
  }
  const closeTag = (name: string): void => {
    const at = opened.findLastIndex((one) => one.name === name)
    if (at === -1) return
    for (const { frame } of opened.splice(at).reverse()) out.close(frame)
    if (name === "blockquote" || name === "summary") out.gap(1)
  }
  let skipped: Node | undefined
  for (const [n, node] of nodes.entries()) {
    if (node === skipped) continue
    switch (node.type) {
      case "strong":
        out.span({ type: "bold" }, () => writeInline(out, nodesOf(node.tokens)))
        break
      case "em":
        out.span({ type: "italic" }, () => writeInline(out, nodesOf(node.tokens)))
        break
      case "del":
        out.span({ type: "strikethrough" }, () => writeInline(out, nodesOf(node.tokens)))
        break
      case "spoiler":
        out.span({ type: "spoiler" }, () => writeInline(out, nodesOf(node.tokens)))
        break
      case "codespan":
      case "math":
        out.span({ type: "code" }, () => out.write(node.text))
        break
      case "link":
        writeLink(out, node)
        break
      case "image":
        writeImage(out, node.text, node.href)
        break
      case "dangling":
        writeInline(out, nodesOf(node.tokens))
        break
      case "footnoteMark":
        out.write(`[${node.label}]`)
        break
      case "br":
        out.breakLine()
        break
      case "escape":
        out.write(node.text)
        break
      case "html": {
        const tag = readTag(node.raw)
        if (tag === undefined || (tag.kind === "line" && !isMarkup && !/^<br/i.test(node.raw))) {
          out.write(node.raw)
          break
        }
        switch (tag.kind) {
          case "open":
            openTag(tag.name, tag.format)
            break
          case "close":
            closeTag(tag.name)
            break
          case "line":
            if (/^<br/i.test(node.raw)) out.breakLine()
            else out.gap(1)
            break
          case "rule":
            out.gap(1)
            out.write(rule)
            out.gap(1)
            break
          case "image":
            writeImage(out, tag.text, tag.url)
            break
          case "raised":
          case "lowered": {
            const text = nodes[n + 1]
            if (text?.type === "text" && nodes[n + 2]?.type === "html") {
              out.write(shiftText(decodeHTMLStrict(text.text), tag.kind))
              skipped = text
            }
            break
          }
          case "nothing":
            break
        }
        break
      }
      case "text":
        if (node.tokens !== undefined) writeInline(out, nodesOf(node.tokens))
        else writeText(out, breaksLine(nodes[n - 1]) ? node.text.replace(/^[^\S\n]*\n/, "") : node.text)
        break
      case "checkbox":
        break
      default:
        out.write(node.raw)
    }
  }
  for (const { frame } of opened.reverse()) out.close(frame)
}

const plain = (nodes: ReadonlyArray<Node>): string => {
  const cell = makeOutput()
  writeInline(cell, nodes)
  return cell.take().text.replace(/\s+/g, " ")
}

const hasTarget = (nodes: ReadonlyArray<Node>): boolean =>
  nodes.some((node) =>
    (node.type === "link" && node.raw.startsWith("[")) || node.type === "image" ||
    ("tokens" in node && hasTarget(nodesOf(node.tokens)))
  )

const writeTable = (out: Output, table: Tokens.Table): void => {
  const rows = [table.header, ...table.rows].map((row) => row.map((cell) => nodesOf(cell.tokens)))
  // A column cannot hold a link, and a link must not be lost.
  const drawn = rows.some((row) => row.some(hasTarget))
    ? undefined
    : drawTable(rows.map((row) => row.map(plain)), table.align)
  if (drawn !== undefined) {
    out.gap(1)
    out.span({ type: "pre" }, () => out.writeRaw(drawn))
    return
  }
  const [head = [], ...body] = rows
  if (body.length === 0) {
    for (const [column, cell] of head.entries()) {
      if (column > 0) out.write(" · ")
      out.span({ type: "bold" }, () => writeInline(out, cell))
    }
  }
  for (const row of body) {
    out.gap(1)
    out.lead("• ")
    out.indent("    ", () => {
      for (const [column, cell] of row.entries()) {
        // An empty cell keeps its key: in a row that is being written it is only not there yet.
        const key = head[column] ?? []
        out.gap(1)
        if (plain(key) !== "") {
          out.span({ type: "bold" }, () => writeInline(out, key))
          out.write(": ")
        }
        writeInline(out, cell)
      }
    })
    out.flushLead(false)
  }
}

const writeCode = (out: Output, code: string, lang: string | undefined): void => {
  const text = code.replace(/^(?:[ \t]*\n)+|\s+$/g, "")
  if (text === "") return
  out.flushLead(true)
  out.gap(1)
  out.span(codeFormat(lang), () => out.writeRaw(text))
}

/** A block of code in the language that a fence names with its first word. */
export const codeFormat = (info: string | undefined): Format => {
  const language = /^[\w+#.-]+/.exec(decodeHTMLStrict(info ?? "").trim().replace(/^\{?\.?/, ""))?.[0].toLowerCase()
  return { type: "pre", ...(language !== undefined && { language }) }
}

const bullets = ["• ", "◦ ", "▪ "]

const writeList = (out: Output, list: Tokens.List, depth: number, isOpen: boolean, place: Place): Place => {
  let ordinal = place.ordinal ?? (list.start === "" ? 1 : list.start)
  let trail = place.ordinal === undefined ? undefined : place.trail
  for (const [n, item] of list.items.entries()) {
    if (trail !== undefined) out.gap(trail > 1 ? 2 : 1)
    const box = item.task ? item.checked === true ? "☑ " : "☐ " : undefined
    out.lead(list.ordered ? `${ordinal}. ${box ?? ""}` : box ?? bullets[Math.min(depth, 2)] ?? "")
    out.indent("    ", () => writeBlocks(out, nodesOf(item.tokens), depth + 1, isOpen, start))
    out.flushLead(!(isOpen && n === list.items.length - 1))
    ordinal++
    trail = trailOf(item.raw)
  }
  return { trail: trailOf(list.raw), ordinal, pending: 0 }
}

const isBlockOfItsOwn = (node: Node): boolean => node.type === "heading" || node.type === "hr"

/** Writes blocks one below the other, and says where the next may follow. */
export const writeBlocks = (
  out: Output,
  nodes: ReadonlyArray<Node>,
  depth: number,
  isOpen: boolean,
  place: Place
): Place => {
  let { ordinal, trail } = place
  let nextOrdinal: number | undefined
  const last = nodes.findLastIndex((node) => node.type !== "space")
  for (const [n, node] of nodes.entries()) {
    if (node.type === "space" || node.type === "def") {
      if (trail !== undefined) trail += trailOf(node.raw)
      continue
    }
    if (node.type === "checkbox") continue
    const continues = node.type === "list" && ordinal !== undefined
    if (trail !== undefined && !continues) out.gap(trail > 1 || isBlockOfItsOwn(node) ? 2 : 1)
    const isLast = isOpen && n === last
    if (node.type === "list") {
      const next = writeList(out, node, depth, isLast, { trail, ordinal, pending: 0 })
      trail = next.trail
      ordinal = undefined
      nextOrdinal = next.ordinal
      continue
    }
    ordinal = undefined
    nextOrdinal = undefined
    trail = trailOf(node.raw)
    switch (node.type) {
      case "heading":
        out.span({ type: "bold" }, () => {
          if (node.depth > 1) writeInline(out, nodesOf(node.tokens))
          else out.span({ type: "underline" }, () => writeInline(out, nodesOf(node.tokens)))
        })
        break
      case "code":
        writeCode(out, node.text, node.lang)
        break
      case "mathBlock":
        writeCode(out, node.text, "latex")
        break
      case "blockquote":
        out.span({ type: "blockquote" }, () => writeBlocks(out, nodesOf(node.tokens), depth, isLast, start))
        break
      case "table":
        writeTable(out, node)
        break
      case "hr":
        out.write(rule)
        break
      case "footnote":
        out.write(`[${node.label}] `)
        writeBlocks(out, nodesOf(node.tokens), depth, isLast, start)
        break
      case "html":
        writeCode(
          out,
          node.text.replace(/^\s*<pre[^>]*>(?:\s*<code[^>]*>)?|(?:<\/code>\s*)?<\/pre>\s*$/gi, ""),
          undefined
        )
        break
      case "paragraph":
        writeInline(out, nodesOf(node.tokens))
        break
      case "markup":
        writeInline(out, nodesOf(node.tokens), true)
        break
      case "text":
        if (node.tokens === undefined) writeText(out, node.text)
        else writeInline(out, nodesOf(node.tokens))
        break
      default:
        writeInline(out, [node])
    }
  }
  return { trail, ordinal: nextOrdinal, pending: out.pending() }
}
