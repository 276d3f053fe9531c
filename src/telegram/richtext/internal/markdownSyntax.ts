/**
 * Markdown as answers have it: CommonMark and GFM by `marked`, with math, spoilers and footnotes, and with marks that
 * writers of Chinese, Japanese and Korean use without spaces.
 */
import { Lexer, Marked, type MarkedToken, type Token, Tokenizer, type TokenizerExtension } from "marked"

interface Math {
  readonly type: "math"
  readonly raw: string
  readonly text: string
}

interface MathBlock {
  readonly type: "mathBlock"
  readonly raw: string
  readonly text: string
}

interface Spoiler {
  readonly type: "spoiler"
  readonly raw: string
  readonly tokens: Array<Token>
}

interface Dangling {
  readonly type: "dangling"
  readonly raw: string
  readonly tokens: Array<Token>
}

interface FootnoteMark {
  readonly type: "footnoteMark"
  readonly raw: string
  readonly label: string
}

interface Footnote {
  readonly type: "footnote"
  readonly raw: string
  readonly label: string
  readonly tokens: Array<Token>
}

interface Markup {
  readonly type: "markup"
  readonly raw: string
  readonly text: string
  readonly tokens: Array<Token>
}

/** Every piece that a parsed text can have. */
export type Node = MarkedToken | Math | MathBlock | Spoiler | Dangling | FootnoteMark | Footnote | Markup

/** Targets of reference links, by label. */
export type Links = Lexer["tokens"]["links"]

const types = new Set(
  ("blockquote br checkbox code codespan def del em escape heading hr html image link list list_item paragraph space " +
    "strong table text math mathBlock spoiler dangling footnoteMark footnote markup").split(" ")
)

const isNode = (token: Token): token is Node => types.has(token.type)

/** Tokens by their own types. */
export const nodesOf = (tokens: ReadonlyArray<Token> | undefined): ReadonlyArray<Node> => (tokens ?? []).filter(isNode)

/** Longest inline formula: a dollar sign with more than this behind it is money. */
export const maxFormula = 200

/** A formula at the place where the search begins, in any of its brackets; groups: `\(`, `\[`, `$$`, `$`. */
export const formula =
  /\\\(([^\n]*?)\\\)|\\\[((?:(?!\n\s*\n)[\s\S])*?)\\\]|\$\$([^$\n]+)\$\$|\$(?![\s$])((?:\\[^\n]|[^\\\n$`])+?)(?<!\s)\$(?![\w$])/y

/** "$5 for me and 3$ for you" is no formula. */
export const isMoney = (text: string): boolean => /^\d[^\\^_={}]*\s[a-z]{2}/i.test(text)

const readFormula = (src: string): Math | undefined => {
  if (src[0] !== "$" && src[0] !== "\\") return undefined
  formula.lastIndex = 0
  const found = formula.exec(src)
  if (found === null) return undefined
  const text = found[1] ?? found[2] ?? found[3] ?? found[4] ?? ""
  if (src[0] === "$" && (text.length > maxFormula || isMoney(text))) return undefined
  return text.trim() === "" ? undefined : { type: "math", raw: found[0], text: text.trim() }
}

const startOf = (pattern: RegExp, skip = 0) => (src: string): number | undefined => {
  const at = src.search(pattern)
  return at === -1 ? undefined : at + skip
}

// A formula never holds an empty line; that also ends one that nobody closed.
const formulaBlock =
  /^ {0,3}(?:\$\$(?!\$)((?:(?!\n[ \t]*\n|\$\$)[\s\S])*)(?:\$\$[ \t]*(?:\n|$)|(?=\n[ \t]*\n))|\\\[((?:(?!\n[ \t]*\n|\\\])[\s\S])*)(?:\\\][ \t]*(?:\n|$)|(?=\n[ \t]*\n)))/

const extensions: Array<TokenizerExtension> = [
  {
    name: "mathBlock",
    level: "block",
    start: startOf(/\n {0,3}(?:\$\$|\\\[)/, 1),
    tokenizer: (src) => {
      const found = formulaBlock.exec(src)
      if (found === null) return undefined
      return { type: "mathBlock", raw: found[0], text: (found[1] ?? found[2] ?? "").trim() }
    }
  },
  {
    name: "footnote",
    level: "block",
    start: startOf(/\n {0,3}\[\^[^\]\s]+\]:/, 1),
    tokenizer(src) {
      const found = /^ {0,3}\[\^([^\]\s]+)\]:[ \t]*([^\n]*(?:\n+(?: {2,}|\t)[^\n]*)*)(?:\n|$)/.exec(src)
      if (found === null) return undefined
      const text = (found[2] ?? "").replace(/\n(?: {2,4}|\t)/g, "\n")
      return { type: "footnote", raw: found[0], label: found[1], tokens: this.lexer.blockTokens(text, []) }
    }
  },
  {
    // HTML is read as text with tags in it: tags that Telegram knows count, the rest is shown.
    name: "markup",
    level: "block",
    tokenizer(src) {
      if (!/^ {0,3}</.test(src)) return undefined
      const found = Lexer.rules.block.gfm.html.exec(src)
      if (found === null || /^ {0,3}<(?:pre|script|style|textarea)\b/i.test(src)) return undefined
      const text = found[0].trim()
      return { type: "markup", raw: found[0], text, tokens: this.lexer.inline(text, []) }
    }
  },
  {
    name: "math",
    level: "inline",
    start: startOf(/(?<!\w)\$|\\[([]/),
    tokenizer: readFormula
  },
  {
    name: "spoiler",
    level: "inline",
    start: startOf(/\|\|/),
    tokenizer(src) {
      const found = /^\|\|(?=[^\s|])([\s\S]*?[^\s|])\|\|(?!\|)/.exec(src)
      if (found === null) return undefined
      return { type: "spoiler", raw: found[0], tokens: this.lexer.inlineTokens(found[1] ?? "", []) }
    }
  },
  {
    // A link whose target comes later, or never, reads as its text; "[1][2]" and "rows[i][j]" are no links.
    name: "dangling",
    level: "inline",
    tokenizer(src, before) {
      if (src[0] !== "[") return undefined
      const found = /^\[((?:[^[\]\\]|\\[^\n])+)\]\[([^[\]]*)\]/.exec(src)
      const text = found?.[1] ?? ""
      const label = (found?.[2] || text).replace(/\s+/g, " ").trim().toLowerCase()
      if (found === null || label in this.lexer.tokens.links || !/\p{L}.*\p{L}/su.test(text)) return undefined
      if (/[\p{L}\p{N}_\])]$/u.test(before.at(-1)?.raw ?? "")) return undefined
      return { type: "dangling", raw: found[0], tokens: this.lexer.inlineTokens(text, []) }
    }
  },
  {
    name: "footnoteMark",
    level: "inline",
    start: startOf(/\[\^/),
    tokenizer: (src) => {
      const found = /^\[\^([^\]\s]+)\]/.exec(src)
      return found === null ? undefined : { type: "footnoteMark", raw: found[0], label: found[1] }
    }
  }
]

const { defaults } = new Marked({
  extensions,
  tokenizer: {
    // CommonMark finds no end in **「重要」**は, because no space follows; models write that every day.
    emStrong(src, masked, previous) {
      const found = Tokenizer.prototype.emStrong.call(this, src, masked, previous)
      if (found !== undefined || !src.startsWith("**")) return found
      const loose = /^\*\*(?![\s*])((?:[^*]|\*(?!\*))+?)(?<![\s*])\*\*(?!\*)/.exec(masked.slice(-src.length))
      if (loose === null) return undefined
      const raw = src.slice(0, loose[0].length)
      const text = raw.slice(2, -2)
      return { type: "strong", raw, text, tokens: this.lexer.inlineTokens(text, []) }
    },
    // A line under a paragraph makes it a heading, but not across a block that ends the paragraph.
    lheading(src) {
      const found = Tokenizer.prototype.lheading.call(this, src)
      return found !== undefined &&
          extensions.some(({ level, start }) =>
            level === "block" && start?.call({ lexer: this.lexer }, found.raw) !== undefined
          )
        ? undefined
        : found
    },
    // One tilde means "about" or a range, seldom a deletion.
    del: (src) => src.startsWith("~~") ? false : undefined
  }
})

/** A parser that has read the blocks of a text, and not yet what is inside of them. */
export const readBlocks = (source: string, links: Links): Lexer => {
  const lexer = new Lexer(defaults)
  Object.assign(lexer.tokens.links, links)
  lexer.blockTokens(source, lexer.tokens)
  return lexer
}

/** Reads what is inside of the blocks. */
export const readInline = (lexer: Lexer): ReadonlyArray<Node> => {
  for (const { src, tokens } of lexer.inlineQueue) lexer.inlineTokens(src, tokens)
  lexer.inlineQueue = []
  return nodesOf(lexer.tokens)
}
