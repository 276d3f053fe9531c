/**
 * What a server says, as far as it is fit to be shown: ids, codes and names that look like ones, and its sentences.
 *
 * Servers like to quote what displeases them. What we sent (instructions, messages, the token) is therefore
 * taken out again, and so is everything that has the form of a secret.
 */
import { clipped } from "../../internal/clipped.ts"

/** Longest sentence that is passed on, in UTF-16 units. */
export const maxLength = 200

// More than this is not even looked at; a page of an error document is no sentence.
const considered = 2000

// A run of this many characters that we sent too is no accident.
const run = 20

const removed = "[...]"

const escapes: { readonly [escape: string]: string } = { n: " ", r: " ", t: " ", "\"": "\"", "'": "'", "\\": "\\" }

/** One line, with the escapes of JSON and Python resolved, so that a quotation looks like its original. */
const flat = (text: string): string =>
  text
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\([nrt"'\\])/g, (_, escape: string) => escapes[escape] ?? "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()

const secrets = [
  /\bBearer\s+\S+/gi,
  /\beyJ[\w-]{8,}(?:\.[\w-]*)*/g,
  /\brt_[\w.-]+/g,
  /\bsk-[\w.-]{8,}/g
]

// Most names hold nothing that one could begin with, and every answer tells four.
const mayBegin = /bearer|eyJ|rt_|sk-/i

/** Whether a text holds something that has the form of a secret. */
const hasSecret = (text: string): boolean => mayBegin.test(text) && secrets.some((secret) => text.search(secret) !== -1)

/** An identifier of the server, when it looks like one: a word, and no secret. */
export const identifier = (value: unknown): string | undefined =>
  typeof value === "string" && /^[\w.:-]{1,128}$/.test(value) && !hasSecret(value) ? value : undefined

/**
 * A code of the server, in lower case: one word, or several that are joined. What echoes a prompt hardly ever looks
 * like that.
 */
export const codeWord = (value: unknown): string | undefined => {
  const code = identifier(value)
  return code !== undefined && /^(?:[a-z][a-z0-9_]{0,63}|[A-Za-z][A-Za-z0-9]*_[A-Za-z0-9_]{1,62})$/.test(code)
    ? code.toLowerCase()
    : undefined
}

/** The path of a field, as servers name one. */
export const paramOf = (value: unknown): string | undefined => {
  const isPath = typeof value === "string" && /^[a-z_]+(?:\.[a-z_]+|\[\d{1,6}\]){0,12}$/.test(value)
  return isPath ? value : undefined
}

/** A name of a plan, a model or a limit, when it can be shown: short, on one line, and no secret. */
export const nameOf = (value: unknown): string | undefined => {
  const name = typeof value === "string" ? value.trim() : undefined
  return name !== undefined && /^[\w][\w .:/@+()-]{0,127}$/.test(name) && !hasSecret(name) ? name : undefined
}

const isWordAt = (text: string, at: number): boolean => /[\p{L}\p{N}_]/u.test(text.charAt(at))

/** Marks every place where a text of ours stands as a whole, not as part of a longer word. */
const markWhole = (said: string, own: string, marks: Uint8Array): void => {
  if (own.search(/[\p{L}\p{N}]/u) === -1) return
  for (let at = said.indexOf(own); at !== -1; at = said.indexOf(own, at + 1)) {
    const end = at + own.length
    const cutsWord = (isWordAt(own, 0) && isWordAt(said, at - 1)) ||
      (isWordAt(own, own.length - 1) && isWordAt(said, end))
    if (!cutsWord) marks.fill(1, at, end)
  }
}

/** Marks every run of characters that occurs in a text of ours too; reads that text once. */
const markRuns = (said: string, runs: ReadonlyMap<string, ReadonlyArray<number>>, own: string, marks: Uint8Array) => {
  for (let at = 0; at + run <= own.length; at++) {
    const places = runs.get(own.slice(at, at + run))
    if (places !== undefined) { for (const place of places) marks.fill(1, place, Math.min(place + run, said.length)) }
  }
}

const runsOf = (said: string): Map<string, Array<number>> => {
  const runs = new Map<string, Array<number>>()
  for (let at = 0; at + run <= said.length; at++) {
    const key = said.slice(at, at + run)
    const places = runs.get(key)
    if (places === undefined) runs.set(key, [at])
    else places.push(at)
  }
  return runs
}

const withoutMarked = (said: string, marks: Uint8Array): string => {
  let out = ""
  for (let at = 0; at < said.length; at++) {
    if (marks[at] !== 1) out += said[at]
    else if (marks[at - 1] !== 1) out += removed
  }
  return out
}

/**
 * The sentence as it may be shown: one line of at most 200 characters, without anything that we sent and
 * without secrets; `undefined` when it is HTML or when nothing is left.
 */
export const scrub = (sentence: string, sent: ReadonlyArray<string>): string | undefined => {
  if (/<[a-z!/]/i.test(sentence)) return undefined
  const said = flat(sentence.slice(0, considered))
  const marks = new Uint8Array(said.length)
  const runs = runsOf(said)
  for (const text of sent) {
    const own = flat(text)
    if (own.length <= said.length) markWhole(said, own, marks)
    markRuns(said, runs, own, marks)
  }
  let out = withoutMarked(said, marks)
  for (const secret of secrets) out = out.replace(secret, removed)
  out = out.replace(/[.\s]+$/, "")
  if (out.length > maxLength) out = `${clipped(out, maxLength - 3)}...`
  return out === "" || out === removed ? undefined : out
}
