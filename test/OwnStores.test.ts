/**
 * Stores of one's own, held to what ours keep to: docs/stores.md prints these programs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Ref, Result, Semaphore } from "effect"
import { Audit, AuthJson, AuthStore, CodexError, Memory, Personality, UsageMeter } from "effect-codex"
import { StoreContract } from "effect-codex/testing"

// #region memory
const rows = new Map<string, ReadonlyArray<unknown>>()
const mine = Memory.layerStore({
  append: (key, turn) => Effect.sync(() => rows.set(key, [...rows.get(key) ?? [], turn])),
  list: (key) => Effect.sync(() => rows.get(key) ?? []),
  clear: (key) => Effect.sync(() => rows.delete(key))
})

describe("my store", () => {
  for (const { check, name } of StoreContract.memory) {
    it.effect(name, () => Effect.provide(check, mine))
  }
})
// #endregion

// #region login
/** What a secret manager offers, or a database, or a cloud: the text of an auth.json under a name. */
interface Secrets {
  readonly get: (name: string) => Effect.Effect<Option.Option<string>, Error>
  readonly put: (name: string, text: Option.Option<string>) => Effect.Effect<void, Error>
}

const loginIn = (secrets: Secrets) =>
  Layer.effect(
    AuthStore.AuthStore,
    Effect.gen(function*() {
      const location = "secret:codex"
      // What goes wrong there is told in words of ours, that hold no token.
      const failed = (operation: "read" | "write" | "remove") => () =>
        new CodexError.AuthStoreFailed({ path: location, operation, problem: "the secret manager does not answer" })
      const text = secrets.get("codex")
      // One refreshes at a time. Where several machines do, this is a lock that all of them see.
      const lock = yield* Semaphore.make(1)
      return AuthStore.AuthStore.of({
        location,
        read: Effect.gen(function*() {
          const found = yield* Effect.mapError(text, failed("read"))
          if (Option.isNone(found)) return yield* new CodexError.AuthFileNotFound({ path: location })
          return yield* Effect.fromResult(Result.mapError(
            AuthJson.parse(Redacted.make(found.value)),
            (problem) => new CodexError.AuthFileInvalid({ path: location, problem })
          ))
        }),
        writable: Effect.asVoid(Effect.mapError(text, failed("write"))),
        write: (json) =>
          Effect.mapError(
            secrets.put("codex", Option.some(Redacted.value(AuthJson.stringify(json)))),
            failed("write")
          ),
        remove: Effect.andThen(secrets.put("codex", Option.none()), Effect.succeed(true)).pipe(
          Effect.when(Effect.map(text, Option.isSome)),
          Effect.map(Option.isSome),
          Effect.mapError(failed("remove"))
        ),
        exclusive: (self) => lock.withPermit(self)
      })
    })
  )

describe("my login", () => {
  const kept = Ref.makeUnsafe(Option.none<string>())
  const secrets: Secrets = { get: () => Ref.get(kept), put: (_, text) => Ref.set(kept, text) }
  for (const { check, name } of StoreContract.authStore) {
    it.effect(name, () => Effect.provide(check, loginIn(secrets)))
  }
})
// #endregion

// #region others
const personalities = new Map<unknown, string>()
const personality = Layer.succeed(Personality.Personality, {
  get: (userId) => Effect.sync(() => Option.fromUndefinedOr(personalities.get(userId))),
  set: (userId, text) =>
    text.length > 2000
      ? new CodexError.PromptTooLong({ what: "personality", length: text.length, maximum: 2000 })
      : Effect.sync(() => void personalities.set(userId, text)),
  clear: (userId) => Effect.sync(() => void personalities.delete(userId))
})

const records: Array<Audit.AuditEvent> = []
const audit = Audit.layerCallback((event) => Effect.sync(() => records.push(event)))

describe("my other stores", () => {
  for (const { check, name } of StoreContract.personality) it.effect(name, () => Effect.provide(check, personality))
  for (const { check, name } of StoreContract.audit) it.effect(name, () => Effect.provide(check, audit))
  for (const { check, name } of StoreContract.usageMeter) {
    it.effect(name, () => Effect.provide(check, UsageMeter.layerMemory))
  }
})
// #endregion

describe("a check that a store does not pass", () => {
  const failuresOf = <S>(checks: ReadonlyArray<StoreContract.Check<S>>, store: Layer.Layer<S>) =>
    Effect.forEach(
      checks,
      ({ check, name }) =>
        Effect.map(Effect.result(Effect.provide(check, store)), (end) => ({
          name,
          message: Result.isFailure(end) ? end.failure.message : ""
        }))
    ).pipe(Effect.map((all) => all.filter(({ message }) => message !== "")))

  it.effect("says what was expected", () =>
    Effect.gen(function*() {
      const forgetful = Memory.layerStore({
        append: () => Effect.void,
        list: () => Effect.succeed([]),
        clear: () => Effect.void
      })
      const failures = yield* failuresOf(StoreContract.memory, forgetful)
      assert.match(failures[0]?.message ?? "", /^Expected \[.*\], and found \[\]\.$/)
      assert.isAtLeast(failures.length, 4)
    }))

  const login = Result.getOrThrow(AuthJson.parse(Redacted.make("{\"tokens\":{\"access_token\":\"a\"}}")))
  const broken = (change: (store: AuthStore.Service) => Partial<AuthStore.Service>) =>
    Layer.effect(
      AuthStore.AuthStore,
      Effect.map(AuthStore.AuthStore, (store) => ({ ...store, ...change(store) }))
    ).pipe(Layer.provide(Layer.fresh(AuthStore.layerJson({ tokens: { access_token: "a" } }))))

  it.effect.each<readonly [string, (store: AuthStore.Service) => Partial<AuthStore.Service>, RegExp]>([
    ["lets all sections run at once", () => ({ exclusive: (self) => self }), /^one section runs/],
    ["forgets what it does not know", ({ write }) => ({ write: () => write(login) }), /^a login comes back whole/],
    ["keeps what is removed", () => ({ remove: Effect.succeed(true) }), /^a login that is removed/],
    ["shows a token", () => ({ location: "https://secrets?key=contract-secret-a" }), /^where it lies/]
  ])("names an AuthStore that %s, and no token", ([, change, name]) =>
    Effect.gen(function*() {
      const failures = yield* failuresOf(StoreContract.authStore, broken(change))
      assert.isTrue(failures.some((failure) => name.test(failure.name)), JSON.stringify(failures))
      assert.notInclude(JSON.stringify(failures.map(({ message }) => message)), "contract-secret")
    }))

  it.effect("is passed by no login of one process's own memory, where several are to share it", () =>
    Effect.gen(function*() {
      const checks = StoreContract.sharedAuthStore(AuthStore.layerJson({ tokens: { access_token: "a" } }))
      const failures = yield* failuresOf(checks, Layer.empty)
      assert.isAtLeast(failures.length, 4)
    }))
})
