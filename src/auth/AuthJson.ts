/**
 * The codec of auth.json, the file in which the Codex CLI keeps its login.
 *
 * We share the file with the CLI and with its future versions, so the whole document is kept as it was read,
 * and a change touches only what it is about. In memory the document and every token are `Redacted`; only
 * `stringify` writes them in the clear.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * The tokens of a login, as far as they are there; an empty string counts as absent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tokens {
  readonly idToken: Redacted.Redacted | undefined
  readonly accessToken: Redacted.Redacted | undefined
  readonly refreshToken: Redacted.Redacted | undefined
}

/**
 * Which OAuth client, at which issuer, the tokens were made for; absent means the CLI's own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provenance {
  readonly issuer: string | undefined
  readonly clientId: string | undefined
}

/**
 * What auth.json says, together with the document it was said in.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthJson {
  /** Which kind of login the file says it is: `chatgpt` when it does not say, and holds tokens or nothing else. */
  readonly mode: string
  readonly tokens: Tokens
  /** The account id that the file itself names. */
  readonly accountId: string | undefined
  /** When the tokens were last renewed; `undefined` also for a time that cannot be read. */
  readonly lastRefresh: DateTime.Utc | undefined
  readonly provenance: Provenance
  /** Everything in the file, also what we do not know. */
  readonly document: Redacted.Redacted<Document>
}

/**
 * A JSON object.
 *
 * @since 0.1.0
 * @category models
 */
export type Document = Readonly<Record<string, unknown>>

/**
 * Why a text is not an auth.json.
 *
 * @since 0.1.0
 * @category models
 */
export type Problem = "not JSON" | "not an auth.json"

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

const present = (value: unknown): string | undefined => Predicate.isString(value) && value !== "" ? value : undefined

const secret = (value: unknown): Redacted.Redacted | undefined => {
  const clear = present(value)
  return clear === undefined ? undefined : Redacted.make(clear)
}

const instant = (value: unknown): DateTime.Utc | undefined =>
  Option.getOrUndefined(Option.map(DateTime.make(present(value) ?? ""), DateTime.toUtc))

const provenance = (value: unknown): Provenance => ({
  issuer: Predicate.isObject(value) ? present(value["issuer"]) : undefined,
  clientId: Predicate.isObject(value) ? present(value["client_id"]) : undefined
})

// A field that is odd is as good as absent, unless the login hangs on it.
const isOdd = (value: unknown, is: (value: unknown) => boolean): boolean => Predicate.isNotNullish(value) && !is(value)

// What else the official CLI can be signed in with.
const otherLogins = ["personal_access_token", "agent_identity", "bedrock_api_key"]

const modeOf = (document: Document): string => {
  const said = present(document["auth_mode"])
  if (said !== undefined) return said
  if (present(document["OPENAI_API_KEY"]) !== undefined) return "apikey"
  return otherLogins.find((name) => Predicate.isNotNullish(document[name])) ?? "chatgpt"
}

// What is good in it is read: an odd field beside good tokens costs only itself.
const fromUnknown = (document: unknown): Result.Result<AuthJson, Problem> => {
  if (!Predicate.isObject(document) || isOdd(document["tokens"], Predicate.isObject)) {
    return Result.fail("not an auth.json")
  }
  const tokens = Predicate.isObject(document["tokens"]) ? document["tokens"] : {}
  if (isOdd(tokens["access_token"], Predicate.isString)) {
    return Result.fail("not an auth.json")
  }
  const accessToken = secret(tokens["access_token"])
  return Result.succeed({
    mode: accessToken === undefined || present(document["auth_mode"]) !== undefined ? modeOf(document) : "chatgpt",
    tokens: {
      idToken: secret(tokens["id_token"]),
      accessToken,
      refreshToken: secret(tokens["refresh_token"])
    },
    accountId: present(tokens["account_id"]),
    lastRefresh: instant(document["last_refresh"]),
    provenance: provenance(tokens["oauth_provenance"]),
    document: Redacted.make(document, { label: "auth.json" })
  })
}

/**
 * Reads an auth.json: its text, or what a secret manager made of it.
 *
 * An odd field beside good tokens costs only itself. A failure names the kind of problem and repeats nothing of the text.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (content: Redacted.Redacted | Document): Result.Result<AuthJson, Problem> =>
  Redacted.isRedacted(content)
    ? Option.match(decodeJson(Redacted.value(content).replace(/^\uFEFF/, "")), {
      onNone: () => Result.fail("not JSON"),
      onSome: fromUnknown
    })
    : fromUnknown(content)

/**
 * The text of the file as the CLI writes it: two spaces, no newline at the end.
 *
 * @since 0.1.0
 * @category constructors
 */
export const stringify = (json: AuthJson): Redacted.Redacted =>
  Redacted.make(JSON.stringify(Redacted.value(json.document), null, 2))
