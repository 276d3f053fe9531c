/**
 * Answers as Telegram can show them: Markdown as text with entities, whole or while it is written, in messages.
 *
 * There is no `parse_mode`, so nothing has to be escaped. The syntax is CommonMark and GFM with formulas, spoilers and
 * footnotes. What Telegram cannot show becomes text that reads well: tables are monospace columns or lists of
 * "key: value", images are links, formulas are code, targets that Telegram cannot open are text.
 *
 * The parser is our own, since one thread reads for everybody what a model writes, perhaps on the wish of somebody who
 * means harm. With `marked`, which was here before, 27 of 40 texts that are easy to write cost more than twice as much when
 * they were twice as long, 34 of 40 held up all others for more than 50 ms per 100,000 characters, and 800,000 characters
 * without a space took 10 s. Now no text does either (`test/bench/richText.ts` has 46): nesting and open marks are capped,
 * blocks are rendered one by one, and the loop gets its turn in between. The longest piece, one paragraph of nothing but
 * marks, takes about 30 ms per 100,000 characters; prose takes 5.
 *
 * What it does not do: quotations and items deeper than 16 in each other and marks beyond 48 open ones are text; a
 * quotation or a spoiler by tags (`<blockquote>`) ends with its paragraph; formulas stay as LaTeX; a fence that names no
 * language closes, also where it was meant to open; titles of links, sizes of headings below the first and HTML beyond what
 * Telegram has are left out or shown as written.
 */
import { type ChunkOptions, chunks, maxMessageLength } from "./internal/chunk.ts"
import type { Rich } from "./internal/output.ts"
import { renderAll } from "./internal/stream.ts"

export { isBlank } from "./internal/characters.ts"
export {
  type ChunkOptions,
  chunks,
  makeReader,
  maxMessageEntities,
  maxMessageLength,
  type Reader
} from "./internal/chunk.ts"
export { type Format, type MessageEntity, type Rich, shifted } from "./internal/output.ts"
export { makeRenderer, type Preview, type Renderer } from "./internal/stream.ts"

/** What stands at the end of a text that was cut. */
export const truncationMark = "[Response truncated]"

const truncated = `\n\n${truncationMark}`

/** The first `maximum` UTF-16 units of a text; a character of two units is not cut in half. */
export const cut = (text: string, maximum: number): string => {
  const kept = text.slice(0, maximum)
  return kept.length < text.length && /[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept
}

/**
 * Cuts a text that is longer than `maximum` UTF-16 units and says so at its end, where there is room to say it.
 *
 * The limit is never more than what Telegram takes.
 */
export const truncate = (text: string, maximum: number): string => {
  const limit = Math.min(maximum, maxMessageLength)
  if (text.length <= limit) return text
  return limit <= truncated.length ? cut(text, limit) : `${cut(text, limit - truncated.length)}${truncated}`
}

/** Renders a finished Markdown text. Control characters and halves of pairs are left out; the result may be empty. */
export const render = (markdown: string): Rich => renderAll(markdown, false)

/**
 * Renders a Markdown text that is still being written.
 *
 * What is open at its end is closed, and what may still become a mark, a link target or the head of a table waits, so
 * that raw marks never show. For an answer that grows, `makeRenderer` does the same with less work.
 */
export const renderPreview = (markdown: string): Rich => renderAll(markdown, true)

/**
 * Cuts a text into messages: at a paragraph, line, sentence or space, else between two graphemes.
 *
 * The messages are stretches of the text in their order; between them nothing but white space is left out (in code only
 * line breaks and empty lines, so that indentation stays), and what nobody could see alone in a message. Formats that a cut
 * crosses end before it and begin again after it, code with its language. A link is only cut if it alone is longer than a
 * message. An empty text gives no message.
 */
export const chunk = (rich: Rich, options: ChunkOptions = {}): ReadonlyArray<Rich> => Array.from(chunks(rich, options))
