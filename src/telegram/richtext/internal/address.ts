/**
 * Addresses that stand in a text as they are; Telegram links them by itself.
 */
import { matchAt } from "./characters.ts"

/** Where an address begins. */
export const addressStart = /(?<![\p{L}\p{N}_])(?:https?:\/\/|www\.)(?=[^\s<])/giu

// `**https://example.org**`, and `?q=*&r=1`
const address = /(?:[^\s<>"`|[\]*]|\*(?=[&/]))+/y

/** What belongs to the sentence around an address and not to it. */
const withoutSentence = (found: string): string => {
  let end = found.length
  let excess = (found.match(/\)/g)?.length ?? 0) - (found.match(/\(/g)?.length ?? 0)
  for (; end > 0; end--) {
    const last = found[end - 1] ?? ""
    if (last === ")" && excess > 0) excess--
    else if (!/[?!.,:;'"_~]/.test(last)) break
  }
  return found.slice(0, end)
}

/** The address that begins at a place, and how long it is in the source: no address has a backslash, but Markdown may. */
export const addressAt = (source: string, at: number): { readonly text: string; readonly length: number } => {
  const found = withoutSentence(matchAt(address, source, at) ?? "")
  return { text: found.replace(/\\(?=[_~#&])/g, ""), length: found.length }
}
