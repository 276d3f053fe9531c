/**
 * Sentences on a sheet: text with its formats, links, images and tags.
 */
import { decodeHTMLStrict } from "entities/decode"
import { fileNames } from "./files.ts"
import type { Inline } from "./nodes.ts"
import type { Format, Output } from "./output.ts"
import { readTag, shiftText, signOf } from "./tags.ts"
import { readable, webAddress } from "./url.ts"

/** A line across. */
export const rule = "──────────"

const writeText = (out: Output, text: string): void => {
  if (out.isInside("text_link") || out.isInside("code")) return out.write(text)
  let at = 0
  for (const { end, start } of fileNames(text)) {
    out.write(text.slice(at, start))
    out.span({ type: "code" }, () => out.write(text.slice(start, end)))
    at = end
  }
  out.write(at === 0 ? text : text.slice(at))
}

/** All letters of a text, without formats. */
const lettersOf = (nodes: ReadonlyArray<Inline>): string =>
  nodes.map((node) => "nodes" in node ? lettersOf(node.nodes) : "text" in node ? node.text : "").join("")

// A telephone number is the same in groups.
const squeezed = (text: string): string => text.replace(/[\s().\-/]/g, "")

/** A target that is no link for Telegram, unless the text names it already. */
const shownTarget = (url: string, text: string): string => {
  const target = readable(url)
  return target === undefined || squeezed(text).includes(squeezed(target))
    ? ""
    : text.trim() === ""
    ? target
    : ` (${target})`
}

const writeLink = (out: Output, href: string, nodes: ReadonlyArray<Inline>): void => {
  const url = webAddress(href)
  if (url !== undefined) {
    // A link that says nothing is its address.
    return nodes.length === 0 ? out.write(url) : out.span({ type: "text_link", url }, () => writeInline(out, nodes))
  }
  writeInline(out, nodes)
  out.write(shownTarget(href, lettersOf(nodes)))
}

// Telegram's own spelling of an emoji of its users; bots may show the ordinary one in its place.
const isEmoji = /^tg:\/\/emoji\b/i

const writeImage = (out: Output, text: string, href: string): void => {
  const url = webAddress(href)
  const name = decodeHTMLStrict(text).trim() || (url?.split(/[?#]/)[0]?.split("/").at(-1) ?? "")
  const body = () => out.write(name === "" ? "image" : name)
  if (url !== undefined && !isEmoji.test(url)) return out.span({ type: "text_link", url }, body)
  body()
  if (url !== undefined) return
  out.write(shownTarget(href, name))
}

/** Whether a tag has already broken the line; the line break that follows it in the source says the same. */
const breaksLine = (node: Inline | undefined, isMarkup: boolean): boolean =>
  node?.type === "tag" && (/^<(?:br\b|\/summary)/i.test(node.raw) ||
    (isMarkup && (readTag(node.raw)?.kind === "line" || /^<\/h[1-6]/i.test(node.raw))))

/** Whether a tag has its lines for itself. */
const isOfItsOwn = (name: string, isMarkup: boolean): boolean =>
  name === "blockquote" || (isMarkup && /^h[1-6]$/.test(name))

/** So many tags may be open in each other; more say nothing that could be seen. */
export const maxTags = 32

interface OpenTag {
  readonly name: string
  readonly frame: ReturnType<Output["open"]>
  /** What is written where it closes. */
  readonly target: string
}

/** Tags of blocks count where HTML is a block; in a sentence they are what the sentence is about. */
export const writeInline = (out: Output, nodes: ReadonlyArray<Inline>, isMarkup = false): void => {
  const opened: Array<OpenTag> = []
  const openTag = (name: string, format: Format): void => {
    if (opened.length >= maxTags) return
    if (isOfItsOwn(name, isMarkup)) out.gap(1)
    const url = format.url === undefined ? undefined : webAddress(format.url)
    const usable = format.type !== "text_link" || url !== undefined
    opened.push({
      name,
      frame: usable ? out.open(url === undefined ? format : { ...format, url }) : undefined,
      target: usable || format.url === undefined ? "" : shownTarget(format.url, "…")
    })
  }
  const closeTag = (name: string): void => {
    const at = opened.findLastIndex((one) => one.name === name)
    if (at === -1) return
    for (const { frame, target } of opened.splice(at).reverse()) {
      out.close(frame)
      out.write(target)
    }
    if (name === "summary" || isOfItsOwn(name, isMarkup)) out.gap(1)
  }
  /** How many items each list has that is open; one without numbers has none. */
  const lists: Array<number | undefined> = []
  const writeMark = (raw: string): void => {
    if (/^<[uo]l\b/i.test(raw)) lists.push(/^<ol/i.test(raw) ? 0 : undefined)
    else if (/^<\/[uo]l\b/i.test(raw)) lists.pop()
    else if (/^<li\b/i.test(raw)) {
      const last = lists.length - 1
      const count = lists[last]
      if (count !== undefined) lists[last] = count + 1
      out.write(`${"    ".repeat(Math.max(0, Math.min(last, 6)))}${count === undefined ? "•" : `${count + 1}.`} `)
    }
  }
  /** Writes a tag; gives how many nodes behind it are written with it. */
  const writeTag = (raw: string, n: number): number => {
    const tag = readTag(raw)
    const isWord = !isMarkup && (
      (tag?.kind === "line" && !/^<br\b/i.test(raw)) || tag?.kind === "rule" ||
      (tag?.kind === "image" && tag.url === "")
    )
    if (tag === undefined || isWord) {
      out.write(raw)
      return 0
    }
    switch (tag.kind) {
      case "open":
        openTag(tag.name, tag.format)
        break
      case "close":
        closeTag(tag.name)
        break
      case "line":
        if (/^<br\b/i.test(raw)) out.breakLine()
        else {
          out.gap(1)
          writeMark(raw)
        }
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
        const [content, end] = nodes.slice(n + 1, n + 3)
        if (!tag.isOpening) closeTag(tag.name)
        else if (content?.type === "text" && (end === undefined || end.type === "tag")) {
          out.write(shiftText(content.text, tag.kind))
          return end !== undefined && end.raw.startsWith("</") ? 2 : 1
        } else if (
          content !== undefined && content.type !== "link" && content.type !== "tag" && opened.length < maxTags
        ) {
          out.write(`${signOf[tag.kind]}(`)
          opened.push({ name: tag.name, frame: undefined, target: ")" })
        }
        break
      }
      case "nothing":
        break
    }
    return 0
  }
  let skipped = 0
  for (const [n, node] of nodes.entries()) {
    if (skipped > 0) {
      skipped--
      continue
    }
    switch (node.type) {
      case "bold":
      case "italic":
      case "strikethrough":
      case "spoiler":
        out.span({ type: node.type }, () => writeInline(out, node.nodes))
        break
      case "code":
        out.span({ type: "code" }, () => out.write(node.text))
        break
      case "link":
        writeLink(out, node.url, node.nodes)
        break
      case "image":
        writeImage(out, node.text, node.url)
        break
      case "plain":
        writeInline(out, node.nodes)
        break
      case "address":
        out.write(node.text)
        break
      case "tag":
        skipped = writeTag(node.raw, n)
        break
      case "text":
        writeText(out, breaksLine(nodes[n - 1], isMarkup) ? node.text.replace(/^[ \t]*\n?[ \t]*/, "") : node.text)
        break
    }
  }
  for (const { frame, target } of opened.reverse()) {
    out.close(frame)
    out.write(target)
  }
}
