/**
 * What a turn tells, on its way to its reader: kept until it is read, and so much of it that the turn has to wait.
 *
 * There is one writer and one reader, so a list and two calls do: an Effect `Queue` lets its reader go on in a turn of the
 * event loop of its own, for each piece of an answer, and took a quarter of the steps of one.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"

/** The place between a turn and its reader. */
export interface Handover<A, E> {
  /** Hands over; waits while `ahead` or more are not read. */
  readonly tell: (more: ReadonlyArray<A>) => Effect.Effect<void>
  /** Nothing more is told. */
  readonly end: Effect.Effect<void>
  readonly pull: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E>
}

/** Waits until it is called on. */
const waiting = (listen: (call: (() => void) | undefined) => void): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    listen(() => resume(Effect.void))
    return Effect.sync(() => listen(undefined))
  })

/** A place where nothing is yet; behind all that is told there comes `last`. */
export const make = <A, E>(ahead: number, last: Effect.Effect<A, E>): Handover<A, E> => {
  let kept: Array<A> = []
  let isOver = false
  let isLast = false
  let reader: (() => void) | undefined
  let writer: (() => void) | undefined

  const callReader = (): void => {
    const call = reader
    reader = undefined
    call?.()
  }
  const isRead = waiting((call) => {
    writer = call
  })
  const isThere = waiting((call) => {
    reader = call
  })

  const pull: Handover<A, E>["pull"] = Effect.suspend(() => {
    if (isLast) return Cause.done()
    if (!Arr.isArrayNonEmpty(kept)) {
      isLast = isOver
      return isOver ? Effect.map(last, Arr.of) : Effect.andThen(isThere, pull)
    }
    const events = kept
    kept = []
    const call = writer
    writer = undefined
    call?.()
    return Effect.succeed(events)
  })

  return {
    pull,
    tell: (more) =>
      Effect.suspend(() => {
        for (const event of more) kept.push(event)
        callReader()
        return kept.length < ahead ? Effect.void : isRead
      }),
    end: Effect.sync(() => {
      isOver = true
      callReader()
    })
  }
}
