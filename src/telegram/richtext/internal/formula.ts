/**
 * Formulas in a line of text: `\(x\)`, `\[x\]`, `$$x$$`, `$x$`.
 */
import { isWord, type Seek } from "./characters.ts"

/** What a sign at a place begins: a formula and its end, one that is still being written, or nothing. */
export type Found = { readonly text: string; readonly end: number } | "open" | undefined

// A dollar sign with more than this behind it is money.
const dollars = /\$(?![\s$])((?:\\[^\n]|[^\\\n$`]){1,200}?)(?<!\s)\$(?![\w$])/y

/** "$5 for me and 3$ for you" is no formula. */
const isMoney = (text: string): boolean => /^\d[^\\^_={}]*\s[a-z]{2}/i.test(text)

// `\[sic\]`, `\[a-z\]+`, `\[1\]`: brackets of a sentence.
const isWords = /^(?:\d|[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}',.|-]| (?! ))+(?<! ))$/u

/** Reads formulas of one text, from left to right; `next` seeks in it. */
export const formulaReader = (source: string, next: Seek): (at: number) => Found => {
  const between = (at: number, end: number): Found =>
    end >= source.length ? "open" : source.slice(at + 2, end).trim() === ""
      ? undefined
      : { text: source.slice(at + 2, end).trim(), end: end + 2 }

  const afterDollar = (at: number): Found => {
    dollars.lastIndex = at
    const found = dollars.exec(source)
    const text = found?.[1] ?? ""
    if (text.trim() !== "") return isMoney(text) ? undefined : { text: text.trim(), end: dollars.lastIndex }
    // What may become one: the rest of the text, and nothing in it speaks against it.
    if (source.length - at > 200 || isWord(source[at - 1])) return undefined
    const rest = source.slice(at + 1)
    return rest === "" || !(/^[\s\d]/.test(rest) || /[\n`$]/.test(rest) || isMoney(rest)) ? "open" : undefined
  }

  return (at) => {
    const sign = source.slice(at, at + 2)
    switch (sign) {
      case "\\(": {
        const end = next("\\)", at + 2)
        return next("\n", at) < Math.min(end, source.length) ? undefined : between(at, end)
      }
      case "\\[": {
        const end = next("\\]", at + 2)
        return end - at < 60 && isWords.test(source.slice(at + 2, end)) ? undefined : between(at, end)
      }
      case "$$": {
        const end = next("$$", at + 2)
        if (next("\n", at) < Math.min(end, source.length)) return undefined
        return next("$", at + 2) === end || end >= source.length ? between(at, end) : undefined
      }
      default:
        return afterDollar(at)
    }
  }
}
