/**
 * The steps of an answer, and what is written down of them.
 *
 * In this process nothing is: a step is done, and that is that. Where a turn survives the process, a step that was done
 * is not done again, and the messages that it sent are known again.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"

/** How the steps of one turn are kept. */
export interface Steps {
  /** Whether what is written down outlives this process; then who is interrupted leaves everything as it is. */
  readonly isLasting: boolean
  /** Does something, or hands out what came of it before. */
  readonly once: <A, I>(
    name: string,
    success: Schema.Codec<A, I>,
    effect: Effect.Effect<NoInfer<A>>
  ) => Effect.Effect<A>
  /** Writes a number down in the middle of a step, where the step finds it when it begins again. */
  readonly mark: (name: string, value: number) => Effect.Effect<void>
  readonly marked: (name: string) => Effect.Effect<Option.Option<number>>
}

/** Nothing is written down: steps end with this process. */
export const fleeting: Steps = {
  isLasting: false,
  once: (_name, _success, effect) => effect,
  mark: () => Effect.void,
  marked: () => Effect.succeedNone
}

/** A step that is begun: how often it was, this time included, and how often whoever did went down without a word. */
export interface Attempt {
  readonly times: number
  readonly lost: number
}

/** The only attempt of a step that ends with its process. */
export const only: Attempt = { times: 1, lost: 0 }

// Whoever hands a step over may have lost the store, or be too busy for it.
const parting = Duration.seconds(5)

const begun = Effect.fnUntraced(function*(steps: Steps, name: string) {
  let times = 0
  let lost = 0
  while (Option.isSome(yield* steps.marked(`${name}/${times}`))) {
    if (Option.isNone(yield* steps.marked(`${name}/${times}/left`))) lost++
    times++
  }
  return { times: times + 1, lost }
})

/**
 * Does a step which may have been cut short before. When it is left to whoever begins it next that is written down: this
 * process was not killed by it.
 */
export const attempt = <A, I>(
  steps: Steps,
  name: string,
  success: Schema.Codec<A, I>,
  work: (attempt: Attempt) => Effect.Effect<NoInfer<A>>
): Effect.Effect<A> =>
  Effect.suspend(() => {
    let nth = 0
    const step = Effect.flatMap(begun(steps, name), (attempt) => {
      nth = attempt.times
      return Effect.andThen(steps.mark(`${name}/${nth - 1}`, nth), work(attempt))
    })
    // Outside of the step: what it gave may be lost, too, when it is taken away at that moment.
    return Effect.onInterrupt(steps.once(name, success, step), () =>
      nth === 0 ? Effect.void : steps.mark(`${name}/${nth - 1}/left`, nth).pipe(
        Effect.timeoutOption(parting),
        Effect.ignoreCause
      ))
  })

/** The messages of an answer as they are written down: for each part the ones that stood for it, oldest first. */
export const messages = Effect.fnUntraced(function*(steps: Steps) {
  const parts: Array<ReadonlyArray<number>> = []
  while (steps.isLasting) {
    const ids: Array<number> = []
    let next = yield* steps.marked(`Message/${parts.length}/0`)
    while (Option.isSome(next)) {
      ids.push(next.value)
      next = yield* steps.marked(`Message/${parts.length}/${ids.length}`)
    }
    if (ids.length === 0) break
    parts.push(ids)
  }
  return parts
})

/** Writes down the message that stands for a part, behind the ones before it. */
export const markMessage = (steps: Steps, part: number, nth: number, message: number): Effect.Effect<void> =>
  steps.mark(`Message/${part}/${nth}`, message)
