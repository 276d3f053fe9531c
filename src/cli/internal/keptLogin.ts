/**
 * The login of a bot with these settings, for commands beside it: that of the database which instances share, or of the
 * environment.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as AuthStore from "../../auth/AuthStore.ts"
import * as Keeping from "./keeping.ts"
import { CommandFailed, misconfigured } from "./outcome.ts"

const storeOf = (url: Redacted.Redacted) => ({ _tag: "Postgres", url } as const)

const own = Effect.map(Layer.build(AuthStore.layerConfig()), (services) => Context.get(services, AuthStore.AuthStore))

const sharedIn = (store: Keeping.Store) =>
  Layer.build(Layer.provide(AuthStore.layerSql(), Layer.fresh(Keeping.database(store, "A login")))).pipe(
    Effect.map((services) => Context.get(services, AuthStore.AuthStore))
  )

/** The login that a bot of these settings has, without bringing one along: that of the database, if it is there. */
export const present = Layer.effect(
  AuthStore.AuthStore,
  Effect.gen(function*() {
    const url = yield* Effect.orElseSucceed(Keeping.url, () => Option.none<Redacted.Redacted>())
    if (Option.isNone(url)) return yield* own
    const shared = yield* Effect.option(sharedIn(storeOf(url.value)))
    return Option.isNone(shared) || (yield* Keeping.isWithoutLogin(shared.value)) ? yield* own : shared.value
  })
)

/** The same, for a command that must not take another one for it: where the database is away, it fails. */
export const certain = (url: Redacted.Redacted, how: { readonly changes: boolean }) =>
  Layer.effect(
    AuthStore.AuthStore,
    Effect.gen(function*() {
      const shared = yield* Effect.mapError(
        sharedIn(storeOf(url)),
        ({ exitCode, message }) =>
          new CommandFailed({ message: `${message.replace(/\.$/, "")}, or say --path.`, exitCode })
      )
      // Whoever has several databases sees which one it is.
      const named = { ...shared, location: `${shared.location} in ${Keeping.placeOf(storeOf(url))}` }
      return !how.changes && (yield* Keeping.isWithoutLogin(shared))
        ? yield* Effect.mapError(own, misconfigured)
        : named
    })
  )
