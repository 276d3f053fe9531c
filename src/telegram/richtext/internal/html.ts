/**
 * HTML as a block: where one begins, and code that is written as `<pre>`.
 */
import { decodeHTMLStrict } from "entities/decode"
import type { Kind } from "./nodes.ts"

const raw = /^<(?:pre|script|style|textarea)(?=[\s>]|$)/i
const block = new RegExp(
  "^</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|" +
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|" +
    "nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?=[\\s/>]|$)",
  "i"
)
const lonelyTag =
  /^<(?:[a-z][\w-]*(?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=`]+))?)*\s*\/?|\/[a-z][\w-]*\s*)>\s*$/i

/** Ends what is taken as it is. */
export const rawEnd = /<\/(?:pre|script|style|textarea)>/i

/** What a line begins: HTML, a comment, text that is taken as it is, or none of these. */
export const htmlOf = (text: string, isInParagraph: boolean): "raw" | "comment" | "markup" | undefined => {
  if (raw.test(text)) return "raw"
  if (text.startsWith("<!--")) return "comment"
  return block.test(text) || (!isInParagraph && lonelyTag.test(text)) ? "markup" : undefined
}

/** Text that is taken as it is; of `<pre>` what is inside, in the language that a class names. */
export const rawCode = (text: string): Kind => {
  const isClosed = rawEnd.test(text)
  if (!/^<pre/i.test(text)) return { type: "code", text, info: "", isClosed }
  const language = /^<pre[^>]*>\s*<code[^>]*\sclass\s*=\s*["']?(?:language-|lang-)([\w+#.-]+)/i.exec(text)?.[1] ??
    /^<pre[^>]*\s(?:class|lang|language)\s*=\s*["']?(?:language-|lang-)?([\w+#.-]+)/i.exec(text)?.[1]
  const inside = text.replace(/^<pre[^>]*>(?:\s{0,9}<code[^>]*>)?/i, "").replace(/(?:<\/code>\s{0,9})?<\/pre>$/i, "")
  return { type: "code", text: decodeHTMLStrict(inside), info: language ?? "", isClosed }
}
