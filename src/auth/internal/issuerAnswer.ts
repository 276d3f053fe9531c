/**
 * What the issuer answers: tokens, or a code that says why not.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Tokens } from "../AuthJson.ts"

/** An answer of the issuer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300

/** Whether Cloudflare speaks, and not the issuer. */
export const isChallenge = ({ headers }: Answer): boolean => headers["cf-mitigated"] !== undefined

/** Whether something on the way speaks, a proxy or Cloudflare, and not the issuer, which answers in JSON. */
export const isPage = (answer: Answer): boolean =>
  isChallenge(answer) || /^\s*</.test(answer.text) || (answer.headers["content-type"] ?? "").startsWith("text/html")

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** The body as a JSON object, if it is one. */
export const objectOf = (text: string): Option.Option<Readonly<Record<string, unknown>>> =>
  Option.filter(decodeJson(text), Predicate.isObject)

const token = (value: unknown): Redacted.Redacted | undefined =>
  Predicate.isString(value) && value !== "" ? Redacted.make(value) : undefined

/** The tokens in a body, when there is at least one. An odd one is as good as none. */
export const tokensOf = (body: string): Option.Option<Tokens> =>
  Option.filter(
    Option.map(objectOf(body), (answer) => ({
      idToken: token(answer["id_token"]),
      accessToken: token(answer["access_token"]),
      refreshToken: token(answer["refresh_token"])
    })),
    (tokens) => Object.values(tokens).some(Predicate.isNotUndefined)
  )

/** A refusal in the issuer's words; the code is in lower case. */
export interface Refusal {
  readonly code: string | undefined
  readonly message: string | undefined
  /** The whole body, as far as it is a JSON object. */
  readonly body: Readonly<Record<string, unknown>>
}

const word = (value: unknown): string | undefined => Predicate.isString(value) && value !== "" ? value : undefined

// A sentence in the place of a code is a sentence.
const isCode = (text: string): boolean => /^[\w.-]{1,64}$/.test(text)

const firstOf = (places: ReadonlyArray<unknown>, is: Predicate.Predicate<string>): string | undefined =>
  places.map(word).find((text): text is string => text !== undefined && is(text))

/** Reads a refusal: `error` and `detail` may be objects, words or sentences, and the code may stand beside them. */
export const refusalOf = ({ text }: Pick<Answer, "text">): Refusal => {
  const body = Option.getOrUndefined(objectOf(text)) ?? {}
  const [error, detail] = [body["error"], body["detail"]]
  const inError = Predicate.isObject(error) ? error : {}
  const inDetail = Predicate.isObject(detail) ? detail : {}
  return {
    code: firstOf([inError["code"], error, inDetail["code"], body["code"]], isCode)?.toLowerCase(),
    message: firstOf(
      [inError["message"], body["error_description"], body["message"], inDetail["message"], detail],
      () => true
    ) ?? firstOf([error], (text) => !isCode(text)),
    body
  }
}

// What is no JSON may still be a sentence, if it is short and no page.
const plainSentence = ({ text }: Answer): string => text.length > 300 || /^\s*[[{<"]/.test(text) ? "" : text

/** What the issuer says of a refusal, as it may be shown: one short line, without anything that may be a token. */
export const sentenceOf = (answer: Answer): string | undefined => {
  const line = (refusalOf(answer).message ?? plainSentence(answer)).replaceAll(/[\p{C}\s]+/gu, " ").trim().slice(0, 200)
  return line === "" || /\S{40}|<[a-z!/]/i.test(line) ? undefined : line
}
