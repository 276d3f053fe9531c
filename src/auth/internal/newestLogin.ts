/**
 * The newest login we know: the store's, or one that the store could not take.
 *
 * Tokens that cannot be written are worth more than what is in the store, whose refresh token is used up. They are
 * kept here and served until the store holds something else than what they replaced. Now and then, and when a layer
 * closes, the write is tried again. There is one for each store: who reads the login and who renews it see the same.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { AuthFileInvalid, AuthFileNotFound, AuthStoreFailed } from "../AuthError.ts"
import type * as AuthJson from "../AuthJson.ts"
import type * as AuthStore from "../AuthStore.ts"
import * as LoginDocument from "./loginDocument.ts"

export interface NewestLogin {
  readonly read: Effect.Effect<AuthJson.AuthJson, AuthStore.ReadError>
  /** The same for whoever is waited for: it fails where the store does not answer. */
  readonly readSoon: Effect.Effect<AuthJson.AuthJson, AuthStore.ReadError>
  /**
   * Writes `after`, which replaces `before`; when the store does not take it, it is kept here.
   *
   * Returns why the store did not take it.
   */
  readonly save: (
    before: AuthJson.AuthJson | undefined,
    after: AuthJson.AuthJson
  ) => Effect.Effect<AuthStoreFailed | undefined>
  /** Tries again to write what could not be written, at most once a minute unless `atOnce`. */
  readonly saveAgain: (options?: { readonly atOnce?: boolean }) => Effect.Effect<void>
  /** Drops what could not be written. */
  readonly forget: Effect.Effect<void>
}

interface Unsaved {
  readonly json: AuthJson.AuthJson
  /** What the store held when it refused; `undefined` for nothing that could be read. */
  readonly replaced: AuthJson.AuthJson | undefined
  readonly triedAt: number
}

/** How long a write that failed rests. */
const rest = Duration.toMillis(Duration.minutes(1))

/** How long a store may take. Ours are done by then, or have failed. */
const patience = Duration.seconds(15)

/** How long whoever closes waits for the right to write. */
const longestFarewell = Duration.minutes(1)

const isOurs = Schema.is(Schema.Union([AuthFileInvalid, AuthFileNotFound, AuthStoreFailed]))

/** What kind of thing broke, and not a word of what it says: that may be the tokens. */
const kindOf = <E>(cause: Cause.Cause<E>): string => {
  if (Cause.hasInterruptsOnly(cause)) return "interrupted"
  const defect = Cause.squash(cause)
  return defect instanceof Error ? defect.constructor.name : "it broke"
}

/** The store of the context, which may be somebody else's: one that throws, breaks or interrupts itself has failed. */
const soundly = (store: AuthStore.Service, operation: AuthStoreFailed["operation"]) => {
  const failed = (problem: string) => new AuthStoreFailed({ path: store.location, operation, problem })
  return {
    sound: <A, E>(run: () => Effect.Effect<A, E>): Effect.Effect<A, E | AuthStoreFailed> =>
      Effect.catchCauseIf(
        Effect.suspend(run),
        (cause) => !Option.exists(Cause.findErrorOption(cause), isOurs),
        (cause) => Effect.fail(failed(kindOf(cause)))
      ),
    soon: Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(failed(`nothing within ${Duration.format(patience)}`))
    })
  }
}

const make = (store: AuthStore.Service): NewestLogin => {
  const reading = soundly(store, "read")
  const writing = soundly(store, "write")
  const write = (json: AuthJson.AuthJson) => writing.soon(writing.sound(() => store.write(json)))
  const unsaved = Ref.makeUnsafe<Unsaved | undefined>(undefined)
  const forget = Ref.set(unsaved, undefined)

  // What could not be written is out of date once the store holds something else than what it replaced.
  const newest = (stored: AuthJson.AuthJson) =>
    Effect.map(
      Ref.updateAndGet(
        unsaved,
        (kept) => kept?.replaced !== undefined && LoginDocument.sameTokens(stored, kept.replaced) ? kept : undefined
      ),
      (kept) => kept?.json ?? stored
    )

  const read = Effect.matchEffect(reading.sound(() => store.read), {
    onSuccess: newest,
    onFailure: Effect.fnUntraced(function*(error) {
      const kept = yield* Ref.updateAndGet(
        unsaved,
        // Signed out elsewhere.
        (kept) => error._tag === "AuthFileNotFound" && kept?.replaced !== undefined ? undefined : kept
      )
      return kept === undefined ? yield* error : kept.json
    })
  })

  const save: NewestLogin["save"] = (before, after) =>
    Effect.matchEffect(write(after), {
      onSuccess: () => Effect.as(forget, undefined),
      onFailure: Effect.fnUntraced(function*(failure) {
        const triedAt = yield* Clock.currentTimeMillis
        const kept = yield* Ref.getAndUpdate(
          unsaved,
          (kept) => ({ json: after, replaced: kept === undefined ? before : kept.replaced, triedAt })
        )
        if (kept === undefined) {
          yield* Effect.logWarning(
            `${failure.message} The new tokens are kept in memory and are lost when this process ends. ${
              failure.fix("program")
            }`
          )
        }
        return failure
      })
    })

  const writeUnsaved = Effect.gen(function*() {
    yield* read
    const kept = yield* Ref.get(unsaved)
    if (kept !== undefined) {
      yield* write(kept.json)
      yield* forget
      yield* Effect.logInfo(`The refreshed tokens are saved at ${store.location} now.`)
    }
  })

  const saveAgain: NewestLogin["saveAgain"] = Effect.fnUntraced(function*(options) {
    const now = yield* Clock.currentTimeMillis
    const isDue = yield* Ref.modify(
      unsaved,
      (kept) =>
        kept !== undefined && (options?.atOnce === true || now - kept.triedAt >= rest)
          ? [true, { ...kept, triedAt: now }]
          : [false, kept]
    )
    if (isDue) {
      yield* writing.sound(() => store.exclusive(writeUnsaved)).pipe(
        Effect.timeoutOption(longestFarewell),
        Effect.catch((failure) => Effect.logDebug("The refreshed tokens still cannot be saved.", failure._tag))
      )
    }
  })

  return { read, readSoon: reading.soon(read), save, saveAgain, forget }
}

const all = new WeakMap<AuthStore.Service, NewestLogin>()

/** The one of this store. */
export const of = (store: AuthStore.Service): Effect.Effect<NewestLogin> =>
  Effect.sync(() => {
    const known = all.get(store) ?? make(store)
    all.set(store, known)
    return known
  })
