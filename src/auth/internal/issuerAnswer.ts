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

const token = Schema.optionalKey(Schema.NullOr(Schema.RedactedFromValue(Schema.String)))

const decodeTokens = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({
  id_token: token,
  access_token: token,
  refresh_token: token
})))

const present = (value: Redacted.Redacted | null | undefined): Redacted.Redacted | undefined =>
  Predicate.isNotNullish(value) && Redacted.value(value) !== "" ? value : undefined

/** The tokens in a body, when there is at least one. */
export const tokensOf = (body: string): Option.Option<Tokens> =>
  Option.filter(
    Option.map(decodeTokens(body), (answer) => ({
      idToken: present(answer.id_token),
      accessToken: present(answer.access_token),
      refreshToken: present(answer.refresh_token)
    })),
    (tokens) => Object.values(tokens).some(Predicate.isNotUndefined)
  )

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** A refusal in the issuer's words; the code is in lower case. */
export interface Refusal {
  readonly code: string | undefined
  readonly message: string | undefined
  /** The whole body, as far as it is a JSON object. */
  readonly body: Readonly<Record<string, unknown>>
}

const word = (value: unknown): string | undefined => Predicate.isString(value) ? value : undefined

/** Reads a refusal: `error` may be an object or a word, and the code may stand beside it. */
export const refusalOf = ({ text }: Pick<Answer, "text">): Refusal => {
  const body = Option.getOrUndefined(Option.filter(decodeJson(text), Predicate.isObject)) ?? {}
  const error = body["error"]
  const code = Predicate.isObject(error) ? error["code"] : Predicate.isString(error) ? error : body["code"]
  return {
    code: word(code)?.toLowerCase(),
    message: (Predicate.isObject(error) ? word(error["message"]) : undefined) ?? word(body["error_description"]) ??
      word(body["message"]),
    body
  }
}
