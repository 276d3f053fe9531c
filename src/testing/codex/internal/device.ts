/**
 * Sign-ins by device code at the emulated issuer: what the device asks, and what the person at the browser does.
 *
 * Two flows end in the same tokens: `deviceauth`, which the real issuer has, and RFC 8628, which it has not. A login
 * lives as long as the clock says; everything else is up to the person, who is played by the test.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- One hash, and not worth a service.
import { createHash } from "node:crypto"
import { clientId, type Issuer, noise, randomBytes, type SignInOptions } from "./issuer.ts"
import * as Reply from "./reply.ts"

/** The flow of the official CLI, and the one of the standard. */
export type Flow = "deviceauth" | "rfc8628"

/**
 * How sign-in by device code behaves.
 *
 * @since 0.2.0
 * @category models
 */
export interface DeviceOptions {
  /** The flows that exist at this issuer. Default: `deviceauth` alone, like the real one. */
  readonly flows?: ReadonlyArray<Flow>
  /** The pause between polls that a device is asked for, in whole seconds. Default: 5 seconds. */
  readonly interval?: Duration.Input
}

/**
 * A login that waits for its person.
 *
 * @since 0.2.0
 * @category models
 */
export interface PendingLogin {
  readonly flow: Flow
  /** What the device shows, and the person types. */
  readonly userCode: string
  /** Fifteen minutes after it began. */
  readonly expiresAt: DateTime.Utc
  /** How many times the device has asked so far. */
  readonly polls: number
}

/**
 * Nothing waits for this code: it was never given out, it is too old, or it was decided before.
 *
 * @since 0.2.0
 * @category errors
 */
export class NoSuchLogin extends Schema.TaggedError<NoSuchLogin>("effect-codex/NoSuchLogin")("NoSuchLogin", {
  userCode: Schema.String
}) {
  override get message(): string {
    return `No login waits for the code ${this.userCode}.`
  }
}

/** The person's side of all logins. */
export interface DeviceControls {
  /** The logins that wait for a person, oldest first. */
  readonly pendingLogins: Effect.Effect<ReadonlyArray<PendingLogin>>
  /** Waits until a login waits for a person: the oldest one. */
  readonly awaitLogin: Effect.Effect<PendingLogin>
  /** The person types the code and agrees. Default: a fresh account. */
  readonly approve: (userCode: string, account?: SignInOptions) => Effect.Effect<void, NoSuchLogin>
  /** The person types the code and refuses. */
  readonly deny: (userCode: string) => Effect.Effect<void, NoSuchLogin>
  /** The fifteen minutes are over at once. */
  readonly expire: (userCode: string) => Effect.Effect<void, NoSuchLogin>
}

/** What the device can ask; every answer is a whole HTTP response. */
export interface DeviceEndpoints {
  /** Begins a `deviceauth` login. */
  readonly usercode: (fields: Fields) => Effect.Effect<Reply.Http>
  /** Polls a `deviceauth` login. */
  readonly deviceToken: (fields: Fields) => Effect.Effect<Reply.Http>
  /** Begins an RFC 8628 login. */
  readonly deviceCode: (fields: Fields) => Effect.Effect<Reply.Http>
  /** The grants of the token endpoint that belong to these flows. */
  readonly grants: ReadonlyMap<string, (fields: Fields) => Effect.Effect<Reply.Http>>
}

type Fields = Readonly<Record<string, unknown>>

type State =
  | { readonly _tag: "Waiting" | "Denied" | "Expired" | "Spent" }
  | { readonly _tag: "Approved"; readonly account: SignInOptions | undefined }

interface Login {
  readonly flow: Flow
  /** `device_auth_id` or `device_code`. */
  readonly device: string
  readonly userCode: string
  /** Milliseconds of the clock. */
  readonly expiresAt: number
  readonly polls: number
  readonly state: State
  /** What a `deviceauth` login is exchanged with, once it is approved. */
  readonly code: string
  readonly verifier: string
}

const lifetime = Duration.toMillis(Duration.minutes(15))

const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url")

// Without letters and digits that look alike.
const alphabet = "BCDFGHJKLMNPQRSTVWXZ"
const digits = "23456789"

const spell = (bytes: Uint8Array, from: string): string =>
  Array.from(bytes, (byte) => from[byte % from.length]).join("")

const refusedDevice = (status: number, code: string, message: string): Reply.Http =>
  Reply.http({ status, body: { error: { message, type: "invalid_request_error", code } } })

const pending = refusedDevice(
  403,
  "deviceauth_authorization_pending",
  "Device authorization is pending. Please try again."
)
const denied = refusedDevice(403, "deviceauth_access_denied", "Device authorization was denied.")
const expired = refusedDevice(
  403,
  "deviceauth_expired",
  "Device authorization code has expired. Please request a new code."
)
const notFound = refusedDevice(404, "deviceauth_not_found", "Device authorization was not found.")

const refusedGrant = (error: string, error_description: string): Reply.Http =>
  Reply.http({ status: 400, body: { error, error_description } })

const wrongClient = (fields: Fields): Reply.Http | undefined =>
  fields["client_id"] === clientId ? undefined : Reply.refreshFailed("invalid_client")

/** The device logins of an issuer whose address is `root`. */
export const make = Effect.fnUntraced(function*(
  root: string,
  issuer: Issuer,
  options: DeviceOptions = {}
): Effect.fn.Return<DeviceControls & DeviceEndpoints> {
  const logins = yield* SubscriptionRef.make<ReadonlyArray<Login>>([])
  const flows = options.flows ?? ["deviceauth"]
  const interval = Math.ceil(Duration.toSeconds(Duration.fromInputUnsafe(options.interval ?? "5 seconds")))

  // A login that was decided stays decided; one that waits or was approved grows old.
  const aged = (login: Login, now: number): Login =>
    login.expiresAt <= now && (login.state._tag === "Waiting" || login.state._tag === "Approved")
      ? { ...login, state: { _tag: "Expired" } }
      : login

  const change = (matches: (login: Login) => boolean, f: (login: Login) => Login): Effect.Effect<Login | undefined> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      SubscriptionRef.modify(logins, (all) => {
        const found = all.findIndex(matches)
        const login = all[found]
        if (login === undefined) return [undefined, all]
        const before = aged(login, now)
        return [before, all.with(found, f(before))]
      }))

  const begin = Effect.fnUntraced(function*(flow: Flow) {
    const letters = spell(yield* randomBytes(4), alphabet)
    const rest = spell(yield* randomBytes(5), flow === "deviceauth" ? digits : alphabet)
    const verifier = yield* noise(48)
    const login: Login = {
      flow,
      device: flow === "deviceauth" ? `deviceauth_${yield* noise(18)}` : yield* noise(32),
      userCode: `${letters}-${flow === "deviceauth" ? rest : rest.slice(0, 4)}`,
      expiresAt: (yield* Clock.currentTimeMillis) + lifetime,
      polls: 0,
      state: { _tag: "Waiting" },
      code: `ac_${yield* noise(32)}`,
      verifier
    }
    yield* SubscriptionRef.update(logins, (all) => [...all, login])
    return login
  })

  const poll = (flow: Flow, matches: (login: Login) => boolean) =>
    change(
      (login) => login.flow === flow && matches(login),
      (login) => ({ ...login, polls: login.polls + 1 })
    )

  const spend = (login: Login, account: SignInOptions | undefined): Effect.Effect<Reply.Http> =>
    Effect.andThen(
      change((other) => other === login || other.device === login.device, (login) => ({
        ...login,
        state: { _tag: "Spent" }
      })),
      Effect.map(issuer.grant(account), (tokens) => Reply.json(tokens))
    )

  const whenOn =
    (flow: Flow, path: string, answer: (fields: Fields) => Effect.Effect<Reply.Http>) => (fields: Fields) =>
      flows.includes(flow) ? answer(fields) : Effect.succeed(Reply.invalidUrl("POST", path))

  const usercode = Effect.fnUntraced(function*(fields: Fields) {
    const wrong = wrongClient(fields)
    if (wrong !== undefined) return wrong
    const login = yield* begin("deviceauth")
    return Reply.json({
      device_auth_id: login.device,
      user_code: login.userCode,
      interval: String(interval),
      expires_at: DateTime.formatIso(DateTime.makeUnsafe(login.expiresAt))
    })
  })

  const deviceToken = Effect.fnUntraced(function*(fields: Fields) {
    const login = yield* poll(
      "deviceauth",
      (login) => login.device === fields["device_auth_id"] && login.userCode === fields["user_code"]
    )
    switch (login?.state._tag) {
      case "Waiting":
        return pending
      case "Denied":
        return denied
      case "Expired":
        return expired
      case "Approved":
        return Reply.json({
          authorization_code: login.code,
          code_challenge: challengeOf(login.verifier),
          code_verifier: login.verifier
        })
      default:
        return notFound
    }
  })

  const exchange = Effect.fnUntraced(function*(fields: Fields) {
    const login = yield* change((login) => login.code === fields["code"], (login) => login)
    if (login === undefined || login.flow !== "deviceauth") {
      return refusedGrant("invalid_grant", "The authorization code is not known.")
    }
    if (login.state._tag !== "Approved") {
      return refusedGrant("invalid_grant", "The authorization code was used before, or has expired.")
    }
    if (fields["redirect_uri"] !== `${root}/deviceauth/callback`) {
      return refusedGrant("invalid_grant", "The redirect URI is not the one of the authorization.")
    }
    const verifier = fields["code_verifier"]
    if (typeof verifier !== "string" || challengeOf(verifier) !== challengeOf(login.verifier)) {
      return refusedGrant("invalid_grant", "The code verifier does not match the challenge.")
    }
    return yield* spend(login, login.state.account)
  })

  const deviceCode = Effect.fnUntraced(function*(fields: Fields) {
    const wrong = wrongClient(fields)
    if (wrong !== undefined) return wrong
    const login = yield* begin("rfc8628")
    return Reply.json({
      device_code: login.device,
      user_code: login.userCode,
      verification_uri: `${root}/codex/device`,
      verification_uri_complete: `${root}/codex/device?user_code=${login.userCode}`,
      expires_in: lifetime / 1000,
      interval
    })
  })

  const deviceGrant = Effect.fnUntraced(function*(fields: Fields) {
    const login = yield* poll("rfc8628", (login) => login.device === fields["device_code"])
    switch (login?.state._tag) {
      case "Waiting":
        return refusedGrant("authorization_pending", "The person has not decided yet.")
      case "Denied":
        return refusedGrant("access_denied", "The person refused.")
      case "Expired":
        return refusedGrant("expired_token", "The device code has expired.")
      case "Approved":
        return yield* spend(login, login.state.account)
      default:
        return refusedGrant("invalid_grant", "The device code is not known.")
    }
  })

  const waiting = (all: ReadonlyArray<Login>, now: number): ReadonlyArray<PendingLogin> =>
    all.filter((login) => aged(login, now).state._tag === "Waiting").map((login) => ({
      flow: login.flow,
      userCode: login.userCode,
      expiresAt: DateTime.makeUnsafe(login.expiresAt),
      polls: login.polls
    }))

  const decide = Effect.fnUntraced(function*(userCode: string, state: State) {
    const typed = userCode.trim().toUpperCase()
    const login = yield* change(
      (login) => login.userCode === typed,
      (login) => login.state._tag === "Waiting" ? { ...login, state } : login
    )
    if (login?.state._tag !== "Waiting") return yield* new NoSuchLogin({ userCode })
  })

  return {
    usercode: whenOn("deviceauth", "/api/accounts/deviceauth/usercode", usercode),
    deviceToken: whenOn("deviceauth", "/api/accounts/deviceauth/token", deviceToken),
    deviceCode: whenOn("rfc8628", "/oauth/device/code", deviceCode),
    grants: new Map([
      ["authorization_code", exchange],
      ...flows.includes("rfc8628") ? [["urn:ietf:params:oauth:grant-type:device_code", deviceGrant] as const] : []
    ]),
    pendingLogins: Effect.flatMap(
      SubscriptionRef.get(logins),
      (all) => Effect.map(Clock.currentTimeMillis, (now) => waiting(all, now))
    ),
    awaitLogin: SubscriptionRef.changes(logins).pipe(
      Stream.mapEffect((all) => Effect.map(Clock.currentTimeMillis, (now) => waiting(all, now))),
      Stream.flatMap(Stream.fromIterable),
      Stream.runHead,
      // The changes of a reference do not end.
      Effect.flatMap(Effect.fromOption),
      Effect.orDie
    ),
    approve: (userCode, account) => decide(userCode, { _tag: "Approved", account }),
    deny: (userCode) => decide(userCode, { _tag: "Denied" }),
    expire: (userCode) => decide(userCode, { _tag: "Expired" })
  }
})
