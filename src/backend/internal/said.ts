/**
 * What a server says when it does not answer, read from a body or an event and from headers, in one shape.
 *
 * A sentence is kept as it came, for reading only.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { type Fields, fields, isFields, list, parse, text } from "./json.ts"
import { codeWord, identifier } from "./scrub.ts"

/** Headers as any of our callers has them; names in lower case. */
export interface HeaderValues {
  readonly [name: string]: string | undefined
}

/** Headers that an event tells of, because it stands for an answer of its own. */
export const headersIn = (event: Fields): HeaderValues =>
  Object.fromEntries(
    Object.entries(fields(event["headers"])).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined
    ])
  )

/** What the server said, in one shape. */
export interface Said {
  readonly code: string | undefined
  readonly type: string | undefined
  /** Not scrubbed: for reading, never for showing. */
  readonly message: string | undefined
  readonly error: Fields
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

// Nobody means a pause beyond a month; a number that is none of ours is no pause.
const longestPause = Duration.days(31)

const bounded = (pause: Duration.Duration): Duration.Duration | undefined =>
  Duration.isGreaterThan(pause, longestPause) ? undefined : pause

/** The pause that `retry-after-ms` or `retry-after` (seconds or a date) asks for. */
export const retryAfterOf = (headers: HeaderValues, now: number): Duration.Duration | undefined => {
  const millis = headers["retry-after-ms"]
  if (millis !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(millis)) return bounded(Duration.millis(Number(millis)))
  const value = headers["retry-after"]
  if (value === undefined || value.trim() === "") return undefined
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return bounded(Duration.seconds(Number(value)))
  // Nearly anything is a date to some parser, `-5` as well.
  return Option.getOrUndefined(Option.flatMapNullishOr(
    value.includes(":") ? DateTime.make(value) : Option.none(),
    (date) => bounded(Duration.millis(Math.max(0, DateTime.toEpochMillis(date) - now)))
  ))
}

const pausePattern = /try again in (\d+(?:\.\d+)?)\s*(ms|milliseconds?|m|min(?:ute)?s?|s|sec(?:ond)?s?)\b/i

/** The pause that a sentence such as `Please try again in 2.5s` asks for. */
export const pauseIn = (message: string | undefined): Duration.Duration | undefined => {
  const [, amount, unit] = message?.match(pausePattern) ?? []
  if (amount === undefined || unit === undefined) return undefined
  if (/^(?:ms|milli)/i.test(unit)) return bounded(Duration.millis(Number(amount)))
  return bounded(/^s/i.test(unit) ? Duration.seconds(Number(amount)) : Duration.minutes(Number(amount)))
}
