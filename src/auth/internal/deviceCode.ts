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
import { type Answer, isSuccess, tokensOf } from "./issuerAnswer.ts"
import { isPassing, pollRefusal } from "./pollRefusal.ts"

/** How one signs in by device code: as the official CLI does, or by the standard. */
export type DeviceFlow = "deviceauth" | "rfc8628"

/** What a device code is asked for with. */
export interface DeviceCodeOptions {
  /** Default: the client of the Codex CLI. */
  readonly clientId?: string | undefined
  /** RFC 8628 only. Default: `openid profile email offline_access`. */
  readonly scope?: string | undefined
  /** RFC 8628 only. Default: `https://api.openai.com/v1`. */
  readonly audience?: string | undefined
}

/** The answer to the question whether the person has agreed. */
export type Asked =
  | { readonly _tag: "Granted"; readonly tokens: Tokens }
  | { readonly _tag: "Pending" }
  /** Not yet, and the pause between questions must grow: to `interval`, or else by five seconds. */
  | { readonly _tag: "SlowDown"; readonly interval: Duration.Duration | undefined }

/** A code that was given out, and the way to ask for what becomes of it. */
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

const unreachable = Effect.fail(new DeviceLoginFailed({ reason: "unreachable" }))

const failed = (reason: DeviceLoginFailed["reason"], { status }: Answer): DeviceLoginFailed =>
  new DeviceLoginFailed({ reason, status })

const number = Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.Finite, Schema.FiniteFromString])))

const text = Schema.optionalKey(Schema.NullOr(Schema.String))

const decodeUserCode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({
  device_auth_id: Schema.NonEmptyString,
  user_code: text,
  usercode: text,
  interval: number,
  expires_at: text,
  expires_in: number
})))

const decodeDeviceCode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({
  device_code: Schema.NonEmptyString,
  user_code: Schema.NonEmptyString,
  verification_uri: Schema.NonEmptyString,
  verification_uri_complete: text,
  interval: number,
  expires_in: number
})))

const decodeAuthorization = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({
  authorization_code: Schema.NonEmptyString,
  code_verifier: Schema.NonEmptyString
})))

const intervalOf = (seconds: number | null | undefined): Duration.Duration =>
  Duration.seconds(Math.max(1, seconds ?? 5))

// An end that is past already is a clock that is wrong, here or there, and says nothing.
const endOf = (
  now: DateTime.Utc,
  answer: { readonly expires_at?: string | null; readonly expires_in?: number | null }
): DateTime.Utc => {
  const told = Predicate.isNotNullish(answer.expires_in)
    ? Option.some(DateTime.addDuration(now, Duration.seconds(answer.expires_in)))
    : Option.map(DateTime.make(answer.expires_at ?? ""), DateTime.toUtc)
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
  isPassing(answer)
    ? failed("unreachable", answer)
    : failed(answer.status === 404 ? "notEnabled" : "rejected", answer)

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
      : yield* failed(isPassing(answer) ? "unreachable" : "rejected", answer)
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
  const code = Option.getOrUndefined(decodeUserCode(answer.text))
  const userCode = code?.user_code ?? code?.usercode ?? ""
  if (code === undefined || userCode === "") {
    return yield* strange(answer)
  }
  return {
    flow: "deviceauth",
    userCode,
    verificationUri: `${issuer.root}/codex/device`,
    verificationUriComplete: undefined,
    interval: intervalOf(code.interval),
    expiresAt: endOf(yield* DateTime.now, code),
    provenance: { issuer: issuer.root, clientId: client },
    ask: askDeviceAuth(issuer, client, { id: Redacted.make(code.device_auth_id), userCode })
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
  const code = Option.getOrUndefined(decodeDeviceCode(answer.text))
  if (code === undefined) {
    return yield* strange(answer)
  }
  const deviceCode = Redacted.make(code.device_code)
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
    userCode: code.user_code,
    verificationUri: code.verification_uri,
    verificationUriComplete: code.verification_uri_complete ?? undefined,
    interval: intervalOf(code.interval),
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
