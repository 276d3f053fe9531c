/**
 * What is done for single updates beside the answers: commands, notices, the way of a prompt into its mailbox.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as LiveReply from "../reply/LiveReply.ts"
import * as TelegramApi from "../TelegramApi.ts"
import { type Lane, Turns, type TurnsUnavailable } from "../Turns.ts"

/** How many errands of a kind may be under way for one conversation; what comes on top is left undone. */
const mostErrands = 20

/** What is under way for single updates. */
export interface Service {
  /**
   * Runs an errand in the background, unless there are too many like it already; gives the fiber.
   *
   * It fails only when nothing can be accepted: that is for who brought the update to tell.
   */
  readonly begin: <R>(
    api: TelegramApi.Service,
    to: TelegramApi.Destination,
    kind: string,
    work: Effect.Effect<void, TurnsUnavailable, R>
  ) => Effect.Effect<Fiber.Fiber<void, TurnsUnavailable> | undefined, never, Exclude<R, TelegramApi.TelegramApi>>
  /** Whether this is the first time that a lane is full since it rested. */
  readonly isNews: (lane: Lane) => Effect.Effect<boolean>
  /** Whether somebody has not been told something within this time. */
  readonly isFirst: (person: string, within: Duration.Duration) => Effect.Effect<boolean>
  /** Waits until nothing is under way. */
  readonly idle: Effect.Effect<void>
}

/** What is under way for single updates, as a service: it ends with its layer. */
export class Errands extends Context.Service<Errands, Service>()("effect-codex/internal/errands") {}

const nameOf = ({ bot, conversation }: Lane): string => JSON.stringify([bot, conversation])

const make = Effect.gen(function*() {
  const turns = yield* Turns
  const fibers = yield* FiberSet.make<void, TurnsUnavailable>()
  const run = yield* FiberSet.runtime(yield* FiberSet.make<void>())()
  const full = new Set<string>()
  const told = new Map<string, number>()
  const counts = new Map<string, number>()

  return Errands.of({
    begin: Effect.fnUntraced(function*(api, to, kind, work) {
      const underWay = counts.get(kind) ?? 0
      if (underWay >= mostErrands) return undefined
      counts.set(kind, underWay + 1)
      const over = Effect.sync(() => {
        const left = (counts.get(kind) ?? 1) - 1
        if (left === 0) counts.delete(kind)
        else counts.set(kind, left)
      })
      return yield* FiberSet.run(
        fibers,
        work.pipe(
          Effect.catchCauseIf(Cause.hasDies, (cause) =>
            Effect.andThen(
              Effect.logError("An update could not be handled.", cause),
              LiveReply.say(to, LiveReply.broken)
            )),
          Effect.ensuring(over),
          Effect.provideService(TelegramApi.TelegramApi, api)
        ),
        { startImmediately: true }
      )
    }),
    isNews: (lane) =>
      Effect.sync(() => {
        const name = nameOf(lane)
        if (full.has(name)) return false
        full.add(name)
        run(Effect.ensuring(turns.rests(lane), Effect.sync(() => full.delete(name))))
        return true
      }),
    isFirst: (person, within) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        for (const [other, until] of told) if (until <= now) told.delete(other)
        if (told.has(person)) return false
        told.set(person, now + Duration.toMillis(within))
        return true
      }),
    idle: FiberSet.awaitEmpty(fibers)
  })
})

/** Errands that end with the layer. */
export const layer: Layer.Layer<Errands, never, Turns> = Layer.effect(Errands, make)

/**
 * The kind of an errand, of which there are only so many at once in a lane; what is said aloud is listened to for all
 * chats together, and leaves the transcriber to those who ask.
 */
export const kindOf = (tag: string, lane: Lane): string => tag === "Spoken" ? tag : `${tag} ${nameOf(lane)}`
