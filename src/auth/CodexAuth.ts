/**
 * A valid token on demand: the one owner of the credentials.
 *
 * It decides when a token is renewed; `TokenRefresh` does it. Where new tokens could not be saved, the old ones serve
 * as long as they live.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { present, words } from "../internal/settings.ts"
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
import * as LoginDocument from "./internal/loginDocument.ts"
import * as NewestLogin from "./internal/newestLogin.ts"
import * as Renewal from "./internal/renewal.ts"
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
 * @since 0.1.0
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
 * @since 0.1.0
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
 * @since 0.1.0
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
 * @since 0.1.0
 * @category models
 */
export interface SignedIn extends Status {
  /** Why the tokens are only in memory and end with this process; `undefined` when they are saved. */
  readonly unsaved: AuthStoreFailed | undefined
}

/**
 * Why a login was not taken over: the old one is still there.
 *
 * @since 0.1.0
 * @category errors
 */
export type SignInError = AccessTokenMissing | AccessTokenExpired | AuthStoreFailed

/**
 * What can be done with the login.
 *
 * @since 0.1.0
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
  /** The account of the login, as far as it is known: the cheap part of `status`. */
  readonly account: Effect.Effect<string | undefined>
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
 * @since 0.1.0
 * @category services
 */
export class CodexAuth extends Context.Service<CodexAuth, Service>()("effect-codex/CodexAuth") {}

// What stands in for the path of a text that was handed in.
const handedIn = "import:auth.json"

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, never, AuthStore | TokenRefresh | OAuth | Scope.Scope> {
  const store = yield* AuthStore
  const oauth = yield* OAuth
  const tokens = yield* TokenRefresh
  const newest = yield* NewestLogin.of(store)
  yield* Effect.addFinalizer(() => newest.saveAgain({ atOnce: true }))
  const renewal = yield* Renewal.make(store, tokens)

  const login = Effect.flatMap(newest.read, (json) => Effect.fromResult(Login.fromJson(store.location, json)))

  // A variable that is empty, handed over in code as it is, names no account.
  const named = options.accountId || undefined
  const accountId = (of: Login.Login): string | undefined => named ?? of.accountId

  const credentialsOf = ({ login: of, origin }: Renewal.Current): Credentials => ({
    accessToken: of.accessToken,
    accountId: accountId(of),
    plan: of.plan,
    residency: of.residency,
    isFedramp: of.isFedramp,
    expiresAt: of.expiresAt,
    origin
  })

  const refusalOf = (held: AuthJson.AuthJson) => Effect.map(tokens.refusal(held), Option.getOrUndefined)

  const credentials = Effect.fnUntraced(function*(): Effect.fn.Return<Credentials, CredentialsError> {
    yield* newest.saveAgain()
    const held = yield* login
    const now = yield* DateTime.now
    if (Login.isExpired(held, now)) {
      return credentialsOf(yield* renewal.renew(held))
    }
    const isDone = !Login.isDue(held, now) || (yield* refusalOf(held.json))?._tag === "AccessTokenExpired"
    return credentialsOf(isDone ? { login: held, origin: "store" } : yield* renewal.renewOrKeep(held))
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
      return credentialsOf({ login: held, origin: next })
    }
    if ((yield* refusalOf(held.json))?._tag === "AccessTokenExpired") {
      return yield* new Unauthorized({})
    }
    const better = credentialsOf(yield* renewal.replace(held))
    // After a reload there is one step only, also when it finds another reloaded token.
    return next === "refresh" ? { ...better, origin: next } : better
  })

  const account = Effect.match(login, { onFailure: () => named, onSuccess: accountId })

  const status: Service["status"] = Effect.gen(function*() {
    const found = yield* Effect.result(login)
    const unwritable = yield* renewal.unwritable
    if (Result.isFailure(found)) {
      return {
        location: store.location,
        signedIn: false,
        problem: found.failure,
        expiresAt: undefined,
        accountId: named,
        plan: undefined,
        canRefresh: false,
        unwritable
      }
    }
    const held = found.success
    const refusal = yield* refusalOf(held.json)
    const problem = refusal !== undefined && Renewal.isOver(held, refusal, yield* DateTime.now)
      ? refusal
      : yield* renewal.refusedWith(held)
    return {
      location: store.location,
      signedIn: problem === undefined,
      problem,
      expiresAt: held.expiresAt,
      accountId: accountId(held),
      plan: held.plan,
      canRefresh: refusal === undefined,
      unwritable
    }
  })

  const replace = Effect.fnUntraced(function*(next: Login.Login) {
    const before = yield* Effect.map(Effect.option(newest.read), Option.getOrUndefined)
    const held = before && Option.getOrUndefined(Result.getSuccess(Login.fromJson(store.location, before)))
    const keepsRest = before !== undefined && Login.sameAccount(held?.accountId ?? before.accountId, next.accountId)
    const json = keepsRest ? LoginDocument.inPlaceOf(next.json, before) : next.json
    const unsaved = yield* newest.save(before, LoginDocument.complete(json, yield* DateTime.now))
    yield* tokens.forget
    yield* renewal.forget
    return unsaved
  }, Effect.uninterruptible)

  const signInFrom = Effect.fnUntraced(function*(location: string, json: AuthJson.AuthJson) {
    const next = yield* Effect.fromResult(Login.fromJson(location, json))
    const refusal = yield* refusalOf(json)
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
    account,
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
 * The store is asked on each call, so a login made elsewhere is picked up at once. A store in which new tokens could
 * not be saved is warned of when the login is built, and again when another problem comes up.
 *
 * @since 0.1.0
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
export const config: Config.Config<Options> = Config.all({ accountId: words("CODEX_ACCOUNT_ID") })

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
