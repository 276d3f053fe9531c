/**
 * What Telegram would refuse of a message, or show otherwise than it was meant.
 */
import * as Pages from "../../src/telegram/reply/internal/pages.ts"
import { chunk, makeRenderer, render, renderPreview, type Rich } from "../../src/telegram/richtext/RichText.ts"
import { linkProblem } from "../../src/testing/telegram/internal/links.ts"
import { isEmpty } from "../../src/testing/telegram/internal/text.ts"
import { chance, wildMarkdown } from "./wildMarkdown.ts"

const holdNothing = new Set(["code", "pre"])
const isQuote = (type: string): boolean => type === "blockquote" || type === "expandable_blockquote"
const isHalf = (text: string, at: number): boolean =>
  /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at))

const problemOfPair = (outer: Rich["entities"][number], inner: Rich["entities"][number]): string | undefined => {
  const names = `${outer.type} and ${inner.type}`
  if (inner.offset >= outer.offset + outer.length) return undefined
  if (inner.offset + inner.length > outer.offset + outer.length) return `${names} cross`
  if (holdNothing.has(outer.type)) return `${names}: code holds nothing`
  if (outer.type === inner.type || (isQuote(outer.type) && isQuote(inner.type))) return `${names}: one in itself`
  if (holdNothing.has(inner.type) && !isQuote(outer.type)) return `${names}: code is in nothing`
  return undefined
}

/** Why the formats of a text are wrong. */
export const problemOfFormats = ({ entities, text }: Rich): string | undefined => {
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) return "half a pair"
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(text)) return "a control character"
  let open: ReadonlyArray<Rich["entities"][number]> = []
  let last = 0
  for (const entity of entities) {
    const { length, offset, type } = entity
    const end = offset + length
    if (offset < last) return "not in order"
    last = offset
    if (length <= 0) return `${type} is empty`
    if (end > text.length) return `${type} reaches beyond the text`
    if (isHalf(text, offset) || isHalf(text, end)) return `${type} cuts a pair`
    if (text.slice(offset, end).trim() === "") return `${type} holds white space`
    const link = type === "text_link" ? linkProblem(entity.url ?? "") : undefined
    if (link !== undefined) return `${entity.url}: ${link}`
    open = open.filter((outer) => outer.offset + outer.length > offset)
    for (const outer of open) {
      // Of two in the same place either may hold the other.
      const isSame = outer.offset === offset && outer.length === length
      const problem = isSame && problemOfPair(entity, outer) === undefined ? undefined : problemOfPair(outer, entity)
      if (problem !== undefined) return problem
    }
    open = [...open, entity]
  }
  return undefined
}

/** Why a message is refused. */
export const problemOfMessage = (rich: Rich): string | undefined =>
  isEmpty(rich.text)
    ? "empty"
    : rich.text.length > 4096
    ? "too long"
    : rich.entities.length > 100
    ? "too many formats"
    : problemOfFormats(rich)

/** How a text is cut: into messages of so many units, and into pieces that arrive one after the other. */
export interface Cuts {
  readonly limit: number
  readonly step: number
}

/** What is wrong with what becomes of a text: whole, in pieces, and in every preview. */
export const problemOfSource = (source: string, { limit, step }: Cuts): string | undefined => {
  const found = (where: string, problem: string | undefined): string | undefined =>
    problem === undefined ? undefined : `${where}: ${problem}`
  const first = (where: string, parts: ReadonlyArray<Rich>): string | undefined =>
    found(where, parts.map(problemOfMessage).find((problem) => problem !== undefined))
  const whole = render(source)
  const preview = renderPreview(source)
  const early = found("whole", problemOfFormats(whole)) ?? found("preview", problemOfFormats(preview)) ??
    first("pieces", chunk(whole, { target: limit, hard: limit })) ?? first("pieces of a preview", chunk(preview))
  if (early !== undefined) return early
  const renderer = makeRenderer()
  const pages = Pages.make()
  for (let at = 0; at < source.length; at += step) {
    renderer.append(source.slice(at, at + step))
    const shown = renderer.preview()
    const problem = found("growing", problemOfFormats(shown)) ?? first("pages", pages.growing(shown, limit))
    if (problem !== undefined) return problem
  }
  const final = renderer.finish()
  return found("final", problemOfFormats(final)) ?? first("last pages", Array.from(pages.complete(final, limit)))
}

/** The text of a number, and what is wrong with what becomes of it. */
export const problemOf = (seed: number) => {
  const by = chance(seed)
  const source = wildMarkdown(by)
  // A long text in short messages would take longer than all others together.
  const limits = source.length > 600 ? [4096, 4096, 900] : [4096, 900, 120, 24]
  const limit = limits[by.below(limits.length)] ?? 4096
  const cuts = { limit, step: 1 + Math.ceil(source.length / (1 + by.below(6))) }
  return { source, cuts, problem: problemOfSource(source, cuts) }
}
