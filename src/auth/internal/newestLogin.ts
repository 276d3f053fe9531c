/**
 * The newest login we know: the store's, or tokens that the store could not take.
 *
 * Refreshed tokens that cannot be written are worth more than what is in the store, whose refresh token is used
 * up. They are kept here and served until the store holds something else than what they replaced. Now and
 * then, and when the layer closes, the write is tried again.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { AuthStoreFailed } from "../AuthError.ts"
import * as AuthJson from "../AuthJson.ts"
import type * as AuthStore from "../AuthStore.ts"

export interface NewestLogin {
  readonly read: Effect.Effect<AuthJson.AuthJson, AuthStore.ReadError>
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
  triedAt: number
}

const pause = Duration.toMillis(Duration.minutes(1))

export const make = (store: AuthStore.Service): NewestLogin => {
  let unsaved: Unsaved | undefined = undefined

  // The newest of what the store holds and what it could not take; forgets the latter once it is out of date.
  const newest = (stored: AuthJson.AuthJson): AuthJson.AuthJson => {
    if (
      unsaved !== undefined &&
      (unsaved.replaced === undefined || !AuthJson.sameTokens(stored, unsaved.replaced))
    ) {
      unsaved = undefined
    }
    return unsaved?.json ?? stored
  }

  const read = Effect.matchEffect(store.read, {
    onSuccess: (stored) => Effect.sync(() => newest(stored)),
    onFailure: (error) =>
      Effect.suspend(() => {
        if (error._tag === "AuthFileNotFound" && unsaved?.replaced !== undefined) {
          unsaved = undefined // signed out elsewhere
        }
        return unsaved === undefined ? Effect.fail(error) : Effect.succeed(unsaved.json)
      })
  })

  const save: NewestLogin["save"] = (before, after) =>
    Effect.matchEffect(store.write(after), {
      onSuccess: () =>
        Effect.sync(() => {
          unsaved = undefined
          return undefined
        }),
      onFailure: Effect.fnUntraced(function*(failure) {
        const triedAt = yield* Clock.currentTimeMillis
        const first = unsaved === undefined
        unsaved = { json: after, replaced: unsaved === undefined ? before : unsaved.replaced, triedAt }
        if (first) {
          yield* Effect.logWarning(
            `${failure.message} The new tokens are kept in memory and are lost when this process ends. ${AuthStoreFailed.row.fix}`
          )
        }
        return failure
      })
    })

  const writeUnsaved = Effect.gen(function*() {
    yield* read
    if (unsaved !== undefined) {
      yield* store.write(unsaved.json)
      unsaved = undefined
      yield* Effect.logInfo(`The refreshed tokens are saved at ${store.location} now.`)
    }
  })

  const saveAgain: NewestLogin["saveAgain"] = Effect.fnUntraced(function*(options) {
    const now = yield* Clock.currentTimeMillis
    if (unsaved === undefined || (options?.atOnce !== true && now - unsaved.triedAt < pause)) {
      return
    }
    unsaved.triedAt = now
    yield* store.exclusive(writeUnsaved).pipe(
      Effect.catch((failure) => Effect.logDebug("The refreshed tokens still cannot be saved.", failure._tag))
    )
  })

  return {
    read,
    save,
    saveAgain,
    forget: Effect.sync(() => {
      unsaved = undefined
    })
  }
}
