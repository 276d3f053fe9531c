/**
 * When a login is renewed: at once where its token is over, and otherwise only when that can end well.
 *
 * A token that still works is used on when the issuer is out of reach, and when what it would give could not be saved.
 */
import * as Clock from "effect/Clock"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { AuthStoreFailed, TokenRefreshFailed } from "../AuthError.ts"
import type * as AuthStore from "../AuthStore.ts"
import type * as TokenRefresh from "../TokenRefresh.ts"
import * as Login from "./login.ts"

/** A login to use, and how we came by it. */
export interface Current {
  readonly login: Login.Login
  readonly origin: "store" | TokenRefresh.Refreshed["origin"]
}

export interface Renewal {
  /** Why new tokens could not be saved, if so. */
  readonly unwritable: Effect.Effect<AuthStoreFailed | undefined>
  /** A better token, whatever it costs: this one is of no use. */
  readonly renew: (held: Login.Login) => Effect.Effect<Current, TokenRefresh.RefreshError>
  /** A better token, or this one, which still works. */
  readonly renewOrKeep: (held: Login.Login) => Effect.Effect<Current, TokenRefresh.RefreshError>
  /** A better token for one that the backend refused, although it is not over. */
  readonly replace: (refused: Login.Login) => Effect.Effect<Current, TokenRefresh.RefreshError>
  /** The final failure of `replace` for this very token. */
  readonly refusedWith: (held: Login.Login) => Effect.Effect<TokenRefreshFailed | undefined>
  /** Begins anew with another login. */
  readonly forget: Effect.Effect<void>
}

interface State {
  /** When a token that still works may be tried to be renewed again. */
  readonly restUntil: number
  /** Which problem with saving was told last. */
  readonly told: string | undefined
  /** The token that the backend refused, and the issuer gave nothing better for. */
  readonly refused: { readonly accessToken: Redacted.Redacted; readonly failure: TokenRefreshFailed } | undefined
}

const fresh: State = { restUntil: Number.NEGATIVE_INFINITY, told: undefined, refused: undefined }

const rest = Duration.toMillis(Duration.minutes(1))

// The issuer, or the right to ask it, is out of reach for now; or it is not the login that is refused.
const isPassing = (error: TokenRefresh.RefreshError): boolean =>
  error._tag === "TokenRefreshFailed"
    ? error.isRetryable || error.reason === "place"
    : error._tag === "AuthStoreFailed" && error.operation === "lock"

/** Builds it; a store in which new tokens could not be saved is warned of at once. */
export const make = Effect.fnUntraced(function*(
  store: AuthStore.Service,
  tokens: TokenRefresh.Service
): Effect.fn.Return<Renewal> {
  const state = yield* Ref.make(fresh)

  const unwritable: Renewal["unwritable"] = Effect.match(store.writable, {
    onFailure: (failure) => failure,
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

  const takeRest = Effect.flatMap(
    Clock.currentTimeMillis,
    (now) => Ref.update(state, (before) => ({ ...before, restUntil: now + rest }))
  )

  const renew: Renewal["renew"] = Effect.fnUntraced(
    function*(held) {
      const { json, origin } = yield* tokens.refresh(held.json)
      return { login: yield* Effect.fromResult(Login.fromJson(store.location, json)), origin }
    },
    Effect.tapError((error: TokenRefresh.RefreshError) => isPassing(error) ? takeRest : Effect.void)
  )

  const renewOrKeep: Renewal["renewOrKeep"] = Effect.fnUntraced(function*(login) {
    const same: Current = { login, origin: "store" }
    if ((yield* Clock.currentTimeMillis) < (yield* Ref.get(state)).restUntil) {
      return same
    }
    const problem = yield* unwritable
    if (problem !== undefined) {
      yield* tell(problem)
      yield* takeRest
      return same
    }
    return yield* Effect.catchIf(renew(login), isPassing, () => Effect.succeed(same))
  })

  return {
    unwritable,
    renew,
    renewOrKeep,
    replace: (held) =>
      Effect.tapErrorTag(renew(held), "TokenRefreshFailed", (failure) =>
        isPassing(failure)
          ? Effect.void
          : Ref.update(state, (before) => ({ ...before, refused: { accessToken: held.accessToken, failure } }))),
    refusedWith: (held) =>
      Effect.map(
        Ref.get(state),
        ({ refused }) => refused !== undefined && Login.sameAccessToken(held, refused) ? refused.failure : undefined
      ),
    forget: Ref.update(state, ({ told }) => ({ ...fresh, told }))
  }
})

/** Whether it is time to say that there is no way to renew the login: its token is over, or may not be trusted. */
export const isOver = (
  held: Login.Login,
  refusal: { readonly _tag: "AccessTokenExpired" | "TokenRefreshFailed" } | undefined,
  now: DateTime.Utc
): boolean => refusal?._tag === "TokenRefreshFailed" ? Login.isDue(held, now) : Login.isExpired(held, now)
