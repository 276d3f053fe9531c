/**
 * A valid token on demand: the one owner of the credentials.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { CodexConfig } from "../CodexConfig.ts"
import {
  AccessTokenExpired,
  type AccessTokenMissing,
  AuthFileInvalid,
  type AuthFileNotFound,
  type AuthStoreFailed,
  TokenRefreshFailed,
  Unauthorized
} from "./AuthError.ts"
import * as AuthJson from "./AuthJson.ts"
import { AuthStore } from "./AuthStore.ts"
import * as Login from "./internal/login.ts"
import * as NewestLogin from "./internal/newestLogin.ts"
import * as Refresher from "./internal/refresher.ts"
import { OAuth } from "./OAuth.ts"

/** What a request needs to be let in. */
export interface Credentials {
  readonly accessToken: Redacted.Redacted
  readonly accountId: string | undefined
  readonly plan: string | undefined
  /** Region that the workspace is pinned to; sent as a header. */
  readonly residency: string | undefined
  readonly isFedramp: boolean
  /** When the access token expires; `undefined` when the token does not say. */
  readonly expiresAt: DateTime.Utc | undefined
  /** How we came by the token; `recover` goes one step further each time. */
  readonly origin: "store" | "reload" | "refresh"
}

/** Why there are no credentials. */
export type CredentialsError =
  | AuthFileNotFound
  | AuthFileInvalid
  | AuthStoreFailed
  | AccessTokenMissing
  | AccessTokenExpired
  | TokenRefreshFailed

/** What can be told about the login without a secret. */
export interface Status {
  /** Where the credentials live: a path, or what stands in for one. */
  readonly location: string
  /** Whether a usable token is there, now or after a refresh. */
  readonly signedIn: boolean
  /** What is wrong, when something is. */
  readonly problem: CredentialsError | undefined
  readonly expiresAt: DateTime.Utc | undefined
  readonly accountId: string | undefined
  readonly plan: string | undefined
  readonly canRefresh: boolean
}

/** The login after it was replaced. */
export interface SignedIn extends Status {
  /** Why the tokens are only in memory and end with this process; `undefined` when they are saved. */
  readonly unsaved: AuthStoreFailed | undefined
}

/** Why a login was not taken over: the old one is still there. */
export type SignInError = AccessTokenMissing | AccessTokenExpired | AuthStoreFailed

export interface Service {
  /** Valid credentials; refreshed before they expire, one refresh in flight for any number of callers. */
  readonly credentials: Effect.Effect<Credentials, CredentialsError>
  /**
   * Better credentials after the backend refused these with a 401: what the store holds by now, if it differs;
   * else refreshed ones; after a refresh, `Unauthorized`. A chain of `recover` therefore always ends.
   */
  readonly recover: (refused: Credentials) => Effect.Effect<Credentials, CredentialsError | Unauthorized>
  /** What is known of the login; never fails and never refreshes. */
  readonly status: Effect.Effect<Status>
  /**
   * Takes over a login, whoever it belongs to: from now on it is the one, here and in the store.
   *
   * What the old file held beside its tokens stays when it is of the same account, or of none that is known; of
   * another account nothing stays, as it may be about that account. A store that cannot be written keeps no
   * login from being used: see `SignedIn.unsaved`.
   */
  readonly signIn: (login: AuthJson.AuthJson) => Effect.Effect<SignedIn, SignInError>
  /** Takes over the text of an auth.json, as `exported` gave it or as the Codex CLI wrote it. */
  readonly imported: (text: Redacted.Redacted) => Effect.Effect<SignedIn, AuthFileInvalid | SignInError>
  /** The whole auth.json as text, for an export to its owner. */
  readonly exported: Effect.Effect<Redacted.Redacted, CredentialsError>
  /** Removes the credentials; true when there were any. */
  readonly signOut: Effect.Effect<boolean, AuthStoreFailed>
}

/** The login as a service. */
export class CodexAuth extends Context.Service<CodexAuth, Service>()("effect-codex/CodexAuth") {}

// How long a token that still works is used on after the issuer could not be reached, before it is asked again.
const rest = Duration.toMillis(Duration.minutes(1))

const expired = (login: Login.Login): AccessTokenExpired =>
  new AccessTokenExpired({
    reason: login.json.tokens.refreshToken === undefined ? "no refresh token" : "refresh is off",
    ...(login.expiresAt && { expiredAt: login.expiresAt })
  })

// What stands in for the path of a text that was handed in.
const handedIn = "import:auth.json"

// The issuer, or the right to ask it, is out of reach for now.
const isPassing = (error: CredentialsError): boolean =>
  error._tag === "TokenRefreshFailed"
    ? error.isRetryable
    : error._tag === "AuthStoreFailed" && error.operation === "lock"

/**
 * Builds the login over a store and an issuer.
 *
 * The store is read on each call, so a login made elsewhere is picked up at once. A refresh that has begun is
 * waited for when the scope closes.
 */
export const make: Effect.Effect<Service, never, AuthStore | OAuth | Scope.Scope> = Effect.gen(function*() {
  const settings = yield* CodexConfig
  const store = yield* AuthStore
  const oauth = yield* OAuth
  const newest = NewestLogin.make(store)
  yield* Effect.addFinalizer(() => newest.saveAgain({ atOnce: true }))
  const refresher = yield* Refresher.make({ store, oauth, newest })
  let unreachableAt = Number.NEGATIVE_INFINITY

  const login = Effect.flatMap(newest.read, (json) => Effect.fromResult(Login.fromJson(store.location, json)))

  const accountId = (of: Login.Login): string | undefined => settings.accountId ?? of.accountId

  const canRefresh = (of: Login.Login): boolean => settings.autoRefresh && of.json.tokens.refreshToken !== undefined

  const credentialsOf = (of: Login.Login, origin: Credentials["origin"]): Credentials => ({
    accessToken: of.accessToken,
    accountId: accountId(of),
    plan: of.plan,
    residency: of.residency,
    isFedramp: of.isFedramp,
    expiresAt: of.expiresAt,
    origin
  })

  const renew = Effect.fnUntraced(
    function*(held: Login.Login) {
      const renewed = yield* refresher.renew(held)
      return credentialsOf(renewed.login, renewed.origin)
    },
    Effect.tapError(Effect.fnUntraced(function*(error: CredentialsError) {
      if (isPassing(error)) {
        unreachableAt = yield* Clock.currentTimeMillis
      }
    }))
  )

  const credentials = Effect.fn("CodexAuth.credentials")(function*(): Effect.fn.Return<Credentials, CredentialsError> {
    yield* newest.saveAgain()
    const held = yield* login
    const now = yield* DateTime.now
    if (!Login.isDue(held, now)) {
      return credentialsOf(held, "store")
    }
    const stillGood = !Login.isExpired(held, now)
    if (!canRefresh(held)) {
      return stillGood ? credentialsOf(held, "store") : yield* expired(held)
    }
    if (!stillGood) {
      return yield* renew(held)
    }
    if (DateTime.toEpochMillis(now) - unreachableAt < rest) {
      return credentialsOf(held, "store")
    }
    return yield* renew(held).pipe(Effect.catchIf(isPassing, () => Effect.succeed(credentialsOf(held, "store"))))
  })

  const recover: Service["recover"] = Effect.fn("CodexAuth.recover")(function*(refused) {
    if (refused.origin === "refresh") {
      return yield* new Unauthorized({})
    }
    const held = yield* login
    if (!Login.sameAccount(accountId(held), refused.accountId)) {
      return yield* new TokenRefreshFailed({ reason: "accountChanged" })
    }
    const next = refused.origin === "store" ? "reload" : "refresh"
    const now = yield* DateTime.now
    if (!Login.sameAccessToken(held, refused) && !Login.isDue(held, now)) {
      return credentialsOf(held, next)
    }
    if (!canRefresh(held)) {
      return yield* new Unauthorized({})
    }
    const better = yield* renew(held)
    // After a reload there is one step only, also when it finds another reloaded token.
    return next === "refresh" ? { ...better, origin: next } : better
  })

  const status: Service["status"] = Effect.gen(function*() {
    const held = yield* Effect.result(login)
    if (Result.isFailure(held)) {
      return {
        location: store.location,
        signedIn: false,
        problem: held.failure,
        expiresAt: undefined,
        accountId: settings.accountId,
        plan: undefined,
        canRefresh: false
      }
    }
    const now = yield* DateTime.now
    const failure = refresher.finalFailure(held.success.json)
    const refreshable = canRefresh(held.success) && failure === undefined
    const problem = refreshable || !Login.isDue(held.success, now)
      ? undefined
      : failure ?? (Login.isExpired(held.success, now) ? expired(held.success) : undefined)
    return {
      location: store.location,
      signedIn: problem === undefined,
      problem,
      expiresAt: held.success.expiresAt,
      accountId: accountId(held.success),
      plan: held.success.plan,
      canRefresh: refreshable
    }
  })

  const replace = Effect.fnUntraced(function*(next: Login.Login) {
    const before = yield* Effect.map(Effect.option(newest.read), Option.getOrUndefined)
    const held = before && Option.getOrUndefined(Result.getSuccess(Login.fromJson(store.location, before)))
    const keepsRest = before !== undefined && Login.sameAccount(held?.accountId ?? before.accountId, next.accountId)
    const json = keepsRest ? AuthJson.inPlaceOf(next.json, before) : next.json
    const unsaved = yield* newest.save(before, AuthJson.complete(json, yield* DateTime.now))
    yield* refresher.forget
    unreachableAt = Number.NEGATIVE_INFINITY
    return unsaved
  }, Effect.uninterruptible)

  const signInFrom = Effect.fnUntraced(function*(location: string, json: AuthJson.AuthJson) {
    const next = yield* Effect.fromResult(Login.fromJson(location, json))
    if (Login.isExpired(next, yield* DateTime.now) && !canRefresh(next)) {
      return yield* expired(next)
    }
    const unsaved = yield* store.exclusive(replace(next))
    return { ...yield* status, unsaved }
  })

  const signIn: Service["signIn"] = Effect.fn("CodexAuth.signIn")((json) => signInFrom(store.location, json))

  const imported: Service["imported"] = Effect.fn("CodexAuth.imported")(function*(text) {
    const json = yield* Effect.fromResult(
      Result.mapError(AuthJson.parse(text), (problem) => new AuthFileInvalid({ path: handedIn, problem }))
    )
    return yield* signInFrom(handedIn, json)
  })

  const signOut = Effect.fn("CodexAuth.signOut")(function*() {
    const { json, removed } = yield* store.exclusive(Effect.gen(function*() {
      const json = yield* Effect.option(newest.read)
      const removed = yield* store.remove
      yield* newest.forget
      return { json, removed }
    }))
    if (json._tag === "Some") {
      yield* oauth.revoke(json.value.tokens, json.value.provenance)
    }
    return removed
  })

  return CodexAuth.of({
    credentials: Effect.suspend(credentials),
    recover,
    status,
    signIn,
    imported,
    exported: Effect.map(newest.read, AuthJson.stringify),
    signOut: Effect.suspend(signOut)
  })
})

/** Provides the login over the store and the issuer of the context. */
export const layer: Layer.Layer<CodexAuth, never, AuthStore | OAuth> = Layer.effect(CodexAuth, make)
