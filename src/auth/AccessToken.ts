/**
 * What a token says about itself.
 *
 * Tokens of ChatGPT are usually JWTs. Their claims are read and not verified: the backend is the judge of a
 * token, we only want to know when it ends and whose it is. A token may be opaque, so no claim is ever owed.
 */
import * as DateTime from "effect/DateTime"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * The claims that matter here, as far as the token holds them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claims {
  readonly expiresAt: DateTime.Utc | undefined
  /** ChatGPT account id (the workspace). */
  readonly accountId: string | undefined
  /** Plan as the issuer spells it, for example `plus`. */
  readonly plan: string | undefined
  readonly isFedramp: boolean
  /** Region the workspace is pinned to; `undefined` when it is not. */
  readonly residency: string | undefined
}

/**
 * The claims of a token that says nothing.
 *
 * @since 0.1.0
 * @category models
 */
export const empty: Claims = {
  expiresAt: undefined,
  accountId: undefined,
  plan: undefined,
  isFedramp: false,
  residency: undefined
}

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

const payload = (token: Redacted.Redacted): Option.Option<unknown> => {
  const parts = Redacted.value(token).split(".")
  const middle = parts[1]
  return parts.length !== 3 || middle === undefined
    ? Option.none()
    : Option.flatMap(Result.getSuccess(Base64Url.decodeString(middle)), decodeJson)
}

const word = (value: unknown): string | undefined => Predicate.isString(value) && value !== "" ? value : undefined

const region = (value: unknown): string | undefined =>
  word(value)?.toLowerCase() === "no_constraint" ? undefined : word(value)

// The name of a plan is shown; what is longer is none.
const short = (value: unknown): string | undefined => {
  const text = word(value)
  return text === undefined || text.length > 64 || /[\p{C}<]/u.test(text) ? undefined : text
}

// The year 2100: what is beyond it was counted in another unit, and says nothing.
const latest = 4_102_444_800

const instant = (value: unknown): DateTime.Utc | undefined =>
  Predicate.isNumber(value) && value < latest
    ? Option.getOrUndefined(Option.map(DateTime.make(value * 1000), DateTime.toUtc))
    : undefined

/**
 * Reads the claims of a token; one that is opaque or broken has none, and a strange claim spoils no other.
 *
 * @since 0.1.0
 * @category constructors
 */
export const claims = (token: Redacted.Redacted): Claims =>
  Option.match(Option.filter(payload(token), Predicate.isObject), {
    onNone: () => empty,
    onSome: (top) => {
      const namespaced = top["https://api.openai.com/auth"]
      const auth = Predicate.isObject(namespaced) ? namespaced : {}
      return {
        expiresAt: instant(top["exp"]),
        accountId: word(auth["chatgpt_account_id"]) ?? word(top["chatgpt_account_id"]),
        plan: short(auth["chatgpt_plan_type"]),
        isFedramp: auth["chatgpt_account_is_fedramp"] === true,
        residency: region(auth["chatgpt_compute_residency"]) ?? region(auth["chatgpt_data_residency"])
      }
    }
  })
