/**
 * What a server says when it does not answer, read from a body or an event and from headers, in one shape.
 *
 * A sentence is kept as it came, for reading only; codes and ids must look like ones, or they are not taken.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { type Fields, fields, isFields, list, parse, text } from "./json.ts"
import { hasSecret } from "./scrub.ts"

/** Headers as any of our callers has them; names in lower case. */
export interface HeaderValues {
  readonly [name: string]: string | undefined
}

/** What the server said, in one shape. */
export interface Said {
  readonly code: string | undefined
  readonly type: string | undefined
  /** Not scrubbed: for reading, never for showing. */
  readonly message: string | undefined
  readonly error: Fields
}

/** An identifier of the server, when it looks like one: a word, and no secret. */
export const identifier = (value: unknown): string | undefined => {
  const id = text(value)
  return id !== undefined && /^[\w.:-]{1,128}$/.test(id) && !hasSecret(id) ? id : undefined
}

/** A code of the server: one lower-case word, as all of its codes are. What echoes a prompt hardly ever looks like that. */
export const codeWord = (value: unknown): string | undefined => {
  const code = identifier(value)
  return code !== undefined && /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : undefined
}

const validation = (issue: unknown): string => {
  const { loc, msg } = fields(issue)
  const place = list(loc).filter((part) => typeof part === "string" || typeof part === "number").join(".")
  return [place, text(msg) ?? ""].filter((part) => part !== "").join(": ")
}

/** Reads `error`, then `detail` (text, object, list of issues), then `message`. */
export const readJson = (body: Fields): Said => {
  const error = body["error"]
  const source = isFields(error) ? error : isFields(body["detail"]) ? body["detail"] : body
  const detail = body["detail"]
  const issues = list(detail).map(validation).filter((issue) => issue !== "").join("; ")
  return {
    code: codeWord(source["code"]) ?? (typeof error === "string" ? codeWord(error) : undefined),
    // The type of an `error` event says only that it is one.
    type: source === body ? undefined : codeWord(source["type"]),
    message: text(source["message"]) ?? text(detail) ?? text(issues) ?? text(body["message"]) ?? text(error),
    error: source
  }
}

/** Reads a body that may be JSON, and else is a sentence. */
export const readBody = (body: string): Said => {
  const json = parse(body)
  return isFields(json) ? readJson(json) : { code: undefined, type: undefined, message: text(body.trim()), error: {} }
}

/** The id under which the operators of the backend find the request, when they gave one. */
export const requestIdOf = (headers: HeaderValues): string | undefined =>
  identifier(headers["x-request-id"]) ?? identifier(headers["x-oai-request-id"])

/** The pause that `retry-after-ms` or `retry-after` (seconds or a date) asks for. */
export const retryAfterOf = (headers: HeaderValues, now: number): Duration.Duration | undefined => {
  const millis = headers["retry-after-ms"]
  if (millis !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(millis)) return Duration.millis(Number(millis))
  const value = headers["retry-after"]
  if (value === undefined || value.trim() === "") return undefined
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return Duration.seconds(Number(value))
  return Option.getOrUndefined(Option.map(
    DateTime.make(value),
    (date) => Duration.millis(Math.max(0, DateTime.toEpochMillis(date) - now))
  ))
}

const pausePattern = /try again in (\d+(?:\.\d+)?)\s*(ms|milliseconds?|m|min(?:ute)?s?|s|sec(?:ond)?s?)\b/i

/** The pause that a sentence such as `Please try again in 2.5s` asks for. */
export const pauseIn = (message: string | undefined): Duration.Duration | undefined => {
  const [, amount, unit] = message?.match(pausePattern) ?? []
  if (amount === undefined || unit === undefined) return undefined
  if (/^(?:ms|milli)/i.test(unit)) return Duration.millis(Number(amount))
  return /^s/i.test(unit) ? Duration.seconds(Number(amount)) : Duration.minutes(Number(amount))
}
