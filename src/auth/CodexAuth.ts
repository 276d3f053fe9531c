/**
 * A valid token on demand: the one owner of the credentials.
 *
 * It decides when a token is renewed; `TokenRefresh` does it. Where new tokens could not be saved, the old ones serve
 * as long as they live.
 */
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { optional, present } from "../internal/settings.ts"
import {
  type AccessTokenExpired,
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
import { OAuth } from "./OAuth.ts"
import { TokenRefresh } from "./TokenRefresh.ts"

/**
 * What may be set about the login.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** ChatGPT account id (the workspace), sent as a header. Default: from the credentials. */
  readonly accountId?: string | undefined
}

/**
 * What a request needs to be let in.
 *
 * @since 0.2.0
 * @category models
 */
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

/**
 * Why there are no credentials.
 *
 * @since 0.2.0
 * @category errors
 */
export type CredentialsError =
  | AuthFileNotFound
  | AuthFileInvalid
  | AuthStoreFailed
  | AccessTokenMissing
  | AccessTokenExpired
  | TokenRefreshFailed

/**
 * What can be told about the login without a secret.
 *
 * @since 0.2.0
 * @category models
 */
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
  /**
   * Why new tokens could not be saved, with path and cure: after the next refresh the login would be in memory only,
   * and end with this process. `undefined` when they can be.
   */
  readonly unwritable: AuthStoreFailed | undefined
}

/**
 * The login after it was replaced.
 *
 * @since 0.2.0
 * @category models
 */
export interface SignedIn extends Status {
  /** Why the tokens are only in memory and end with this process; `undefined` when they are saved. */
  readonly unsaved: AuthStoreFailed | undefined
}

/**
 * Why a login was not taken over: the old one is still there.
 *
 * @since 0.2.0
 * @category errors
 */
export type SignInError = AccessTokenMissing | AccessTokenExpired | AuthStoreFailed

/**
 * What can be done with the login.
 *
 * @since 0.2.0
 * @category models
 */
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

/**
 * The login as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class CodexAuth extends Context.Service<CodexAuth, Service>()("effect-codex/CodexAuth") {}

// How long a token that still works is used on after it could not be renewed, before that is tried again.
const rest = Duration.toMillis(Duration.minutes(1))

// What stands in for the path of a text that was handed in.
const handedIn = "import:auth.json"

// The issuer, or the right to ask it, is out of reach for now; or it is not the login that is refused.
const isPassing = (error: CredentialsError): boolean =>
  error._tag === "TokenRefreshFailed"
    ? error.isRetryable || error.reason === "place"
    : error._tag === "AuthStoreFailed" && error.operation === "lock"

interface State {
  /** When a renewal may be tried again. */
  readonly restUntil: number
  /** Which problem with saving was told last. */
  readonly told: string | undefined
  /** The token that the backend refused, and the issuer gave nothing better for. */
  readonly refused: { readonly accessToken: Redacted.Redacted; readonly failure: TokenRefreshFailed } | undefined
}

const fresh: State = { restUntil: Number.NEGATIVE_INFINITY, told: undefined, refused: undefined }

/**
 * Builds the login over a store, an issuer and the renewal of tokens.
 *
 * The store is asked on each call, so a login made elsewhere is picked up at once. A store in which new tokens could
 * not be saved is warned of when the login is built, and again when another problem comes up.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, never, AuthStore | TokenRefresh | OAuth | Scope.Scope> {
  const store = yield* AuthStore
  const oauth = yield* OAuth
  const tokens = yield* TokenRefresh
  const newest = yield* NewestLogin.of(store)
  yield* Effect.addFinalizer(() => newest.saveAgain({ atOnce: true }))
  const state = yield* Ref.make(fresh)

  const unwritable = Effect.match(store.writable, {
    onFailure: (failure): AuthStoreFailed | undefined => failure,
    onSuccess: () => undefined
  })

  const tell = Effect.fnUntraced(function*(failure: AuthStoreFailed) {
    const before = yield* Ref.getAndUpdate(state, (now) => ({ ...now, told: failure.message }))
    if (before.told !== failure.message) {
      yield* Effect.logWarning(
        `${failure.message} New tokens will be in memory only, and the login ends with this process after the next ` +
          `refresh. ${failure.fix("program")}`
      )
    }
  })

  yield* Effect.catch(store.writable, tell)

  const login = Effect.flatMap(newest.read, (json) => Effect.fromResult(Login.fromJson(store.location, json)))

  const accountId = (of: Login.Login): string | undefined => options.accountId ?? of.accountId

  const credentialsOf = (of: Login.Login, origin: Credentials["origin"]): Credentials => ({
    accessToken: of.accessToken,
    accountId: accountId(of),
    plan: of.plan,
    residency: of.residency,
    isFedramp: of.isFedramp,
    expiresAt: of.expiresAt,
    origin
  })

  const takeRest = Effect.flatMap(
    Clock.currentTimeMillis,
    (now) => Ref.update(state, (before) => ({ ...before, restUntil: now + rest }))
  )

  const renew = Effect.fnUntraced(
    function*(held: Login.Login) {
      const { json, origin } = yield* tokens.refresh(held.json)
      return credentialsOf(yield* Effect.fromResult(Login.fromJson(store.location, json)), origin)
    },
    Effect.tapError((error: CredentialsError) => isPassing(error) ? takeRest : Effect.void)
  )

  // The token in hand still works: what stands in the way of a better one is no reason to be without.
  const renewOrKeep = Effect.fnUntraced(function*(held: Login.Login, now: DateTime.Utc) {
    if (DateTime.toEpochMillis(now) < (yield* Ref.get(state)).restUntil) {
      return credentialsOf(held, "store")
    }
    const problem = yield* unwritable
    if (problem !== undefined) {
      yield* tell(problem)
      yield* takeRest
      return credentialsOf(held, "store")
    }
    return yield* renew(held).pipe(Effect.catchIf(isPassing, () => Effect.succeed(credentialsOf(held, "store"))))
  })

  const credentials = Effect.fn("CodexAuth.credentials")(function*(): Effect.fn.Return<Credentials, CredentialsError> {
    yield* newest.saveAgain()
    const held = yield* login
    const now = yield* DateTime.now
    if (!Login.isDue(held, now)) {
      return credentialsOf(held, "store")
    }
    if (Login.isExpired(held, now)) {
      return yield* renew(held)
    }
    const refusal = Option.getOrUndefined(yield* tokens.refusal(held.json))
    return refusal?._tag === "AccessTokenExpired" ? credentialsOf(held, "store") : yield* renewOrKeep(held, now)
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
    const refusal = Option.getOrUndefined(yield* tokens.refusal(held.json))
    if (refusal?._tag === "AccessTokenExpired") {
      return yield* new Unauthorized({})
    }
    const better = yield* Effect.tapErrorTag(
      renew(held),
      "TokenRefreshFailed",
      (failure) => Ref.update(state, (before) => ({ ...before, refused: { accessToken: held.accessToken, failure } }))
    )
    // After a reload there is one step only, also when it finds another reloaded token.
    return next === "refresh" ? { ...better, origin: next } : better
  })

  const status: Service["status"] = Effect.gen(function*() {
    const held = yield* Effect.result(login)
    const { location } = store
    if (Result.isFailure(held)) {
      return {
        location,
        signedIn: false,
        problem: held.failure,
        expiresAt: undefined,
        accountId: options.accountId,
        plan: undefined,
        canRefresh: false,
        unwritable: yield* unwritable
      }
    }
    const now = yield* DateTime.now
    const refusal = Option.getOrUndefined(yield* tokens.refusal(held.success.json))
    // A token that still works is a problem only when the issuer has refused the next one.
    const isOver = refusal?._tag === "AccessTokenExpired"
      ? Login.isExpired(held.success, now)
      : Login.isDue(held.success, now)
    const { refused } = yield* Ref.get(state)
    const problem = isOver
      ? refusal
      : refused !== undefined && !isPassing(refused.failure) && Login.sameAccessToken(held.success, refused)
      ? refused.failure
      : undefined
    return {
      location,
      signedIn: problem === undefined,
      problem,
      expiresAt: held.success.expiresAt,
      accountId: accountId(held.success),
      plan: held.success.plan,
      canRefresh: refusal === undefined,
      unwritable: yield* unwritable
    }
  })

  const replace = Effect.fnUntraced(function*(next: Login.Login) {
    const before = yield* Effect.map(Effect.option(newest.read), Option.getOrUndefined)
    const held = before && Option.getOrUndefined(Result.getSuccess(Login.fromJson(store.location, before)))
    const keepsRest = before !== undefined && Login.sameAccount(held?.accountId ?? before.accountId, next.accountId)
    const json = keepsRest ? AuthJson.inPlaceOf(next.json, before) : next.json
    const unsaved = yield* newest.save(before, AuthJson.complete(json, yield* DateTime.now))
    yield* tokens.forget
    yield* Ref.update(state, (before) => ({ ...fresh, told: before.told }))
    return unsaved
  }, Effect.uninterruptible)

  const signInFrom = Effect.fnUntraced(function*(location: string, json: AuthJson.AuthJson) {
    const next = yield* Effect.fromResult(Login.fromJson(location, json))
    const refusal = Option.getOrUndefined(yield* tokens.refusal(json))
    if (refusal?._tag === "AccessTokenExpired" && Login.isExpired(next, yield* DateTime.now)) {
      return yield* refusal
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

/**
 * Provides the login over the store, the issuer and the renewal of tokens of the context.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<CodexAuth, never, AuthStore | TokenRefresh | OAuth> =>
  Layer.effect(CodexAuth, make(options))

/**
 * The variable of the login: `CODEX_ACCOUNT_ID`.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({ accountId: optional(Config.String("CODEX_ACCOUNT_ID")) })

/**
 * Provides the login as the environment, or a `Config` of your own, sets it.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<CodexAuth, Config.ConfigError, AuthStore | TokenRefresh | OAuth> =>
  Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
