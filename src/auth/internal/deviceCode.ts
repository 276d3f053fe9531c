/**
 * A device code at the issuer: how it is asked for, and how one asks whether its person has agreed.
 *
 * Two flows speak here, the issuer's own (`deviceauth`) and RFC 8628. Above they look alike. What identifies the
 * device stays in here; only what a person must see comes out.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DeviceLoginFailed } from "../AuthError.ts"
import type { Provenance, Tokens } from "../AuthJson.ts"
import { type Answer, isChallenge, isSuccess, objectOf, tokensOf } from "./issuerAnswer.ts"
import { isPassing, pollRefusal, rejected } from "./pollRefusal.ts"

/**
 * How one signs in by device code: as the official CLI does (`deviceauth`), or by the standard (`rfc8628`).
 *
 * @since 0.1.0
 * @category models
 */
export type DeviceFlow = "deviceauth" | "rfc8628"

/**
 * What a device code is asked for with; the defaults are those of the Codex CLI.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceCodeOptions {
  /** Default: the client of the Codex CLI. */
  readonly clientId?: string | undefined
  /** RFC 8628 only. Default: `openid profile email offline_access`. */
  readonly scope?: string | undefined
  /** RFC 8628 only. Default: `https://api.openai.com/v1`. */
  readonly audience?: string | undefined
}

/**
 * The answer to the question whether the person has agreed; `SlowDown` asks for a longer pause.
 *
 * @since 0.1.0
 * @category models
 */
export type Asked =
  | { readonly _tag: "Granted"; readonly tokens: Tokens }
  | { readonly _tag: "Pending" }
  /** Not yet, and the pause between questions must grow: to `interval`, or else by five seconds. */
  | { readonly _tag: "SlowDown"; readonly interval: Duration.Duration | undefined }

/**
 * A code that was given out, and the way to ask for what becomes of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceCode {
  readonly flow: DeviceFlow
  /** What the person types, as it is to be shown. */
  readonly userCode: string
  /** Where the person types it. */
  readonly verificationUri: string
  /** The same address with the code in it, where the issuer has one. */
  readonly verificationUriComplete: string | undefined
  /** The pause between two questions. */
  readonly interval: Duration.Duration
  readonly expiresAt: DateTime.Utc
  /** What the tokens will have been made by and for. */
  readonly provenance: Provenance
  /** Asks once. A failure that is `unreachable` is passing; after any other the code is void. */
  readonly ask: Effect.Effect<Asked, DeviceLoginFailed>
}

/** What it takes to speak with the issuer. */
export interface Issuer {
  readonly root: string
  /** The client of the Codex CLI. */
  readonly clientId: string
  readonly send: (
    request: HttpClientRequest.HttpClientRequest
  ) => Effect.Effect<Answer, HttpClientError.HttpClientError>
}

/** How long one question may take. */
const questionTimeout = Duration.seconds(15)

/** How long the exchange of an approved login may take: one that is given up may still have used up the code. */
const exchangeTimeout = Duration.seconds(30)

/** The life of a code that does not tell its end. */
const lifetime = Duration.minutes(15)

const unreachable = Effect.suspend(() => Effect.fail(new DeviceLoginFailed({ reason: "unreachable" })))

const failed = (reason: DeviceLoginFailed["reason"], { status }: Answer): DeviceLoginFailed =>
  new DeviceLoginFailed({ reason, status })

/** How long what a person must read may be. */
const longestCode = 64

const word = (value: unknown): string | undefined => Predicate.isString(value) && value !== "" ? value : undefined

/** A number, or one in a string; what is neither is not there. */
const numberOf = (value: unknown): number | undefined => {
  const number = Predicate.isString(value) && value.trim() !== "" ? Number(value) : value
  return Predicate.isNumber(number) && Number.isFinite(number) ? number : undefined
}

/** A code that can be shown on one line and typed. */
const codeOf = (value: unknown): string | undefined => {
  const code = word(value)
  return code === undefined || code.length > longestCode || /[\p{C}\s]/u.test(code) ? undefined : code
}

/** An address that a person may be sent to: https, as everything that asks for a login; what the issuer's own root is, too. */
const addressOf = (issuer: Issuer, value: unknown): string | undefined => {
  const text = word(value)
  if (text === undefined || /[\p{C}\s]/u.test(text)) return undefined
  const url = URL.parse(text)
  return url !== null && (url.protocol === "https:" || url.protocol === URL.parse(issuer.root)?.protocol)
    ? text
    : undefined
}

const decodeAuthorization = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({
  authorization_code: Schema.NonEmptyString,
  code_verifier: Schema.NonEmptyString
})))

/** A pause beyond this is none that anybody means. */
const longestInterval = 300

const intervalOf = (value: unknown): Duration.Duration => {
  const seconds = numberOf(value) ?? 5
  return Duration.seconds(seconds > longestInterval || seconds < 0 ? 5 : Math.max(1, seconds))
}

// An end that is past already is a clock that is wrong, here or there, and says nothing.
const endOf = (
  now: DateTime.Utc,
  answer: Readonly<Record<string, unknown>>
): DateTime.Utc => {
  const seconds = numberOf(answer["expires_in"])
  const told = seconds !== undefined && seconds < 1e9
    ? Option.some(DateTime.addDuration(now, Duration.seconds(seconds)))
    : Option.map(DateTime.make(word(answer["expires_at"]) ?? ""), DateTime.toUtc)
  return Option.getOrElse(
    Option.filter(told, (end) => DateTime.isGreaterThan(end, now)),
    () => DateTime.addDuration(now, lifetime)
  )
}

const sending = (issuer: Issuer, request: HttpClientRequest.HttpClientRequest, timeout = questionTimeout) =>
  issuer.send(request).pipe(
    Effect.timeoutOrElse({ duration: timeout, orElse: () => unreachable }),
    Effect.catchTag("HttpClientError", () => unreachable)
  )

const json = (issuer: Issuer, path: string, body: Readonly<Record<string, string>>) =>
  HttpClientRequest.post(`${issuer.root}${path}`).pipe(HttpClientRequest.bodyJsonUnsafe(body))

const refusedStart = (answer: Answer): DeviceLoginFailed =>
  answer.status === 404 && !isChallenge(answer)
    ? failed("notEnabled", answer)
    : isPassing(answer)
    ? failed("unreachable", answer)
    : rejected(answer)

// A success that is not what it should be comes from something between us and the issuer.
const strange = (answer: Answer): DeviceLoginFailed => failed("unreachable", answer)

const granted = Effect.fnUntraced(function*(answer: Answer): Effect.fn.Return<Asked, DeviceLoginFailed> {
  const tokens = Option.getOrUndefined(tokensOf(answer.text))
  if (tokens === undefined) {
    return yield* strange(answer)
  }
  return tokens.accessToken === undefined
    ? yield* failed("rejected", answer)
    : { _tag: "Granted", tokens }
})

const askDeviceAuth = (
  issuer: Issuer,
  client: string,
  device: { readonly id: Redacted.Redacted; readonly userCode: string }
): DeviceCode["ask"] => {
  // Once there is an authorization, only its exchange is left to do.
  let authorization: { readonly code: Redacted.Redacted; readonly verifier: Redacted.Redacted } | undefined = undefined

  const poll = Effect.gen(function*() {
    const answer = yield* sending(
      issuer,
      json(issuer, "/api/accounts/deviceauth/token", {
        device_auth_id: Redacted.value(device.id),
        user_code: device.userCode
      })
    )
    if (!isSuccess(answer)) {
      return yield* pollRefusal("deviceauth", answer)
    }
    const found = Option.getOrUndefined(decodeAuthorization(answer.text))
    if (found === undefined) {
      return yield* strange(answer)
    }
    authorization = {
      code: Redacted.make(found.authorization_code),
      verifier: Redacted.make(found.code_verifier)
    }
    return undefined
  })

  const exchange = Effect.fnUntraced(function*(approved: NonNullable<typeof authorization>) {
    const answer = yield* sending(
      issuer,
      HttpClientRequest.post(`${issuer.root}/oauth/token`).pipe(HttpClientRequest.bodyUrlParams({
        grant_type: "authorization_code",
        client_id: client,
        code: Redacted.value(approved.code),
        redirect_uri: `${issuer.root}/deviceauth/callback`,
        code_verifier: Redacted.value(approved.verifier)
      })),
      exchangeTimeout
    )
    return isSuccess(answer)
      ? yield* granted(answer)
      : yield* isPassing(answer) ? failed("unreachable", answer) : rejected(answer)
  })

  return Effect.gen(function*() {
    const waiting = authorization === undefined ? yield* poll : undefined
    return waiting ?? (authorization === undefined ? yield* unreachable : yield* exchange(authorization))
  })
}

const deviceAuth = Effect.fnUntraced(function*(issuer: Issuer, options: DeviceCodeOptions) {
  const client = options.clientId ?? issuer.clientId
  const answer = yield* sending(issuer, json(issuer, "/api/accounts/deviceauth/usercode", { client_id: client }))
  if (!isSuccess(answer)) {
    return yield* refusedStart(answer)
  }
  const code = Option.getOrUndefined(objectOf(answer.text)) ?? {}
  const id = word(code["device_auth_id"])
  const userCode = codeOf(code["user_code"]) ?? codeOf(code["usercode"])
  if (id === undefined || userCode === undefined) {
    return yield* strange(answer)
  }
  return {
    flow: "deviceauth",
    userCode,
    verificationUri: `${issuer.root}/codex/device`,
    verificationUriComplete: undefined,
    interval: intervalOf(code["interval"]),
    expiresAt: endOf(yield* DateTime.now, code),
    provenance: { issuer: issuer.root, clientId: client },
    ask: askDeviceAuth(issuer, client, { id: Redacted.make(id), userCode })
  } satisfies DeviceCode
})

const rfc8628 = Effect.fnUntraced(function*(issuer: Issuer, options: DeviceCodeOptions) {
  const client = options.clientId ?? issuer.clientId
  const answer = yield* sending(
    issuer,
    json(issuer, "/oauth/device/code", {
      client_id: client,
      scope: options.scope ?? "openid profile email offline_access",
      audience: options.audience ?? "https://api.openai.com/v1"
    })
  )
  if (!isSuccess(answer)) {
    return yield* refusedStart(answer)
  }
  const code = Option.getOrUndefined(objectOf(answer.text)) ?? {}
  const device = word(code["device_code"])
  const userCode = codeOf(code["user_code"])
  if (device === undefined || userCode === undefined || word(code["verification_uri"]) === undefined) {
    return yield* strange(answer)
  }
  const verificationUri = addressOf(issuer, code["verification_uri"])
  if (verificationUri === undefined) {
    return yield* new DeviceLoginFailed({
      reason: "rejected",
      sentence: "the address that it sends people to is no https address"
    })
  }
  const deviceCode = Redacted.make(device)
  const ask = Effect.suspend(() =>
    sending(
      issuer,
      json(issuer, "/oauth/token", {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        device_code: Redacted.value(deviceCode),
        client_id: client
      }),
      exchangeTimeout
    )
  ).pipe(
    Effect.flatMap((answer) => isSuccess(answer) ? granted(answer) : pollRefusal("rfc8628", answer))
  )
  return {
    flow: "rfc8628",
    userCode,
    verificationUri,
    verificationUriComplete: addressOf(issuer, code["verification_uri_complete"]),
    interval: intervalOf(code["interval"]),
    expiresAt: endOf(yield* DateTime.now, code),
    provenance: { issuer: issuer.root, clientId: client },
    ask
  } satisfies DeviceCode
})

/** Asks for a device code; a flow that the issuer does not have is `notEnabled`. */
export const request = (
  issuer: Issuer,
  flow: DeviceFlow,
  options: DeviceCodeOptions
): Effect.Effect<DeviceCode, DeviceLoginFailed> =>
  flow === "deviceauth" ? deviceAuth(issuer, options) : rfc8628(issuer, options)
