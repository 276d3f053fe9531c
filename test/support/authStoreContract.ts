/**
 * The contract of `AuthStore` that its authors run (`effect-codex/testing`), run against each layer of ours.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"
import * as AuthJson from "../../src/auth/AuthJson.ts"
import { AuthStore } from "../../src/auth/AuthStore.ts"
import * as StoreContract from "../../src/testing/StoreContract.ts"

interface Options {
  /** Whether two processes that build the layer share a login. */
  readonly isShared: boolean
}

/** Runs the suite over a login that `make` makes anew for each check. */
export const authStoreContract = <E>(
  name: string,
  make: Effect.Effect<Layer.Layer<AuthStore, E>, never, Scope.Scope>,
  { isShared }: Options
) =>
  describe(`the contract of AuthStore, kept by ${name}`, () => {
    for (const { check, name } of StoreContract.authStore) {
      it.effect(name, () => Effect.flatMap(make, (login) => Effect.provide(check, login)), 20_000)
      if (!isShared) continue
      it.effect(`between two processes: ${name}`, () =>
        Effect.flatMap(make, (login) =>
          Effect.forEach(
            StoreContract.sharedAuthStore(login).filter((shared) => shared.name === name),
            (shared) => shared.check,
            { discard: true }
          )), 20_000)
    }

    it.effect("shows no token in what it is", () =>
      Effect.gen(function*() {
        const store = yield* AuthStore
        yield* store.write(
          Result.getOrThrow(AuthJson.parse(Redacted.make("{\"tokens\":{\"access_token\":\"SECRET\"}}")))
        )
        assert.notInclude(inspect([store, yield* store.read], { depth: 10, showHidden: true }), "SECRET")
      }).pipe((self) => Effect.flatMap(make, (login) => Effect.provide(self, login))))
  })
