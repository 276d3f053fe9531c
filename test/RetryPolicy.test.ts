import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { BackendUnavailable, NetworkFailed, RateLimited, RequestRejected } from "../src/backend/BackendError.ts"
import type { Item } from "../src/backend/Item.ts"
import type { ExchangeEvent } from "../src/backend/ResponseEvent.ts"
import type { ResponseStreamError } from "../src/backend/ResponseStream.ts"
import * as RetryPolicy from "../src/backend/RetryPolicy.ts"
import type { Retryable } from "../src/Failure.ts"
import { steady } from "./fixtures/backend.ts"

/** A moment of an exchange: so many seconds later, this. */
type Moment = readonly [seconds: number, what: ExchangeEvent | ResponseStreamError | "nothing more"]

const opened: ExchangeEvent = { _tag: "Opened" }
const alive: ExchangeEvent = { _tag: "Alive" }
const thought: ExchangeEvent = { _tag: "ReasoningDelta", text: "hm" }
const text: ExchangeEvent = { _tag: "TextDelta", text: "a" }
const end: ExchangeEvent = {
  _tag: "Completed",
  responseId: undefined,
  model: undefined,
  usage: undefined,
  incomplete: undefined
}
const down = new BackendUnavailable({ status: 503 })
const no = new RequestRejected({ status: 400 })
const busyFor = (seconds: number) => new RateLimited({ kind: "rate", retryAfter: Duration.seconds(seconds) })

const isError = (what: ExchangeEvent | ResponseStreamError): what is ResponseStreamError => what instanceof Error

const exchangeOf = (moments: ReadonlyArray<Moment>): Stream.Stream<ExchangeEvent, ResponseStreamError> =>
  Stream.fromIterable(moments).pipe(
    Stream.rechunk(1),
    Stream.mapEffect(([seconds, what]) =>
      Effect.delay(
        what === "nothing more" ? Effect.never : isError(what) ? Effect.fail(what) : Effect.succeed(what),
        Duration.seconds(seconds)
      )
    )
  )

/** Moves the clock in small steps until it is over. */
const inTime = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self)
    for (let i = 0; i < 20_000 && fiber.pollUnsafe() === undefined; i++) {
      yield* Effect.yieldNow
      if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
    }
    return yield* Fiber.join(fiber)
  })

const seconds = Effect.map(Clock.currentTimeMillis, (now) => now / 1000)

/** Seconds since now. */
const stopwatch = Effect.map(seconds, (start) => Effect.map(seconds, (now) => Math.round((now - start) * 10) / 10))

/** Runs exchanges, the last one for all that follow, and tells when each began, what was seen, and how it ended. */
const streamed = (
  layer: Layer.Layer<RetryPolicy.RetryPolicy>,
  exchanges: ReadonlyArray<ReadonlyArray<Moment>>,
  readerTakes: Duration.Input = 0
) =>
  Effect.gen(function*() {
    const { stream } = yield* RetryPolicy.RetryPolicy
    const elapsed = yield* stopwatch
    const at: Array<number> = []
    const seen: Array<string> = []
    const exchange = Stream.unwrap(Effect.map(elapsed, (now) => {
      at.push(now)
      return exchangeOf(exchanges[Math.min(at.length, exchanges.length) - 1] ?? [])
    }))
    const exit = yield* stream(exchange).pipe(
      Stream.rechunk(1),
      Stream.runForEach((event) => Effect.delay(Effect.sync(() => seen.push(event._tag)), readerTakes)),
      Effect.result
    )
    return {
      at,
      seen,
      after: yield* elapsed,
      end: exit._tag === "Success"
        ? "completed"
        : exit.failure._tag === "RequestTimedOut"
        ? exit.failure.phase
        : exit.failure._tag
    }
  }).pipe(inTime, Effect.provide(layer), steady)

/** The same for an effect: when each attempt began, and how it ended. */
const attempted = (
  layer: Layer.Layer<RetryPolicy.RetryPolicy>,
  attempt: Effect.Effect<string, ResponseStreamError>
) =>
  Effect.gen(function*() {
    const policy = yield* RetryPolicy.RetryPolicy
    const elapsed = yield* stopwatch
    const at: Array<number> = []
    const exit = yield* Effect.result(policy.effect(Effect.flatMap(elapsed, (now) => {
      at.push(now)
      return attempt
    })))
    const end = exit._tag === "Success"
      ? exit.success
      : exit.failure._tag === "RequestTimedOut"
      ? exit.failure.phase
      : exit.failure._tag
    return { at, end, after: yield* elapsed }
  }).pipe(inTime, Effect.provide(layer), steady)

const good: ReadonlyArray<Moment> = [[0, opened], [0, text], [0, end]]

describe("RetryPolicy.layerNone", () => {
  it.effect("makes one exchange, whatever it ends in", () =>
    Effect.gen(function*() {
      for (const failure of [down, busyFor(1), no, new NetworkFailed({ host: "h" })]) {
        const answer = yield* streamed(RetryPolicy.layerNone, [[[0, failure]], good])
        assert.deepStrictEqual([answer.at.length, answer.end], [1, failure._tag])
        const effect = yield* attempted(RetryPolicy.layerNone, Effect.fail(failure))
        assert.deepStrictEqual([effect.at.length, effect.end], [1, failure._tag])
      }
      const broken = yield* streamed(RetryPolicy.layerNone, [[[0, opened], [0, text], [0, down]], good])
      assert.deepStrictEqual([broken.seen, broken.end], [["Opened", "TextDelta"], "BackendUnavailable"])
    }))

  it.effect("cuts nothing off", () =>
    Effect.gen(function*() {
      const answer = yield* streamed(RetryPolicy.layerNone, [[[400, opened], [400, text], [400, end]]])
      assert.deepStrictEqual([answer.end, answer.after], ["completed", 1200])
      const effect = yield* attempted(RetryPolicy.layerNone, Effect.delay(Effect.succeed("done"), "10 minutes"))
      assert.strictEqual(effect.end, "done")
    }))
})

describe("RetryPolicy.layerSchedule", () => {
  const everyThree = Schedule.spaced("3 seconds").pipe(Schedule.upTo({ times: 4 }))

  it.effect("takes any schedule, for what may pass", () =>
    Effect.gen(function*() {
      const layer = RetryPolicy.layerSchedule(everyThree)
      assert.deepStrictEqual((yield* streamed(layer, [[[0, down]]])).at, [0, 3, 6, 9, 12])
      assert.deepStrictEqual((yield* attempted(layer, Effect.fail(down))).at, [0, 3, 6, 9, 12])
      assert.strictEqual((yield* streamed(layer, [[[0, no]]])).at.length, 1)
      assert.strictEqual((yield* attempted(layer, Effect.fail(no))).at.length, 1)
    }))

  it.effect("tells the schedule which failure it is, with the pause that the server asks for", () =>
    Effect.gen(function*() {
      const asTold = Schedule.recurs(2).pipe(
        Schedule.setInputType<Retryable>(),
        Schedule.modifyDelay(({ input }) => Effect.succeed(input.retryAfter ?? Duration.seconds(1)))
      )
      const { at } = yield* streamed(RetryPolicy.layerSchedule(asTold), [[[0, busyFor(7)]], [[0, down]], good])
      assert.deepStrictEqual(at, [0, 7, 8])
    }))

  it.effect("keeps the limits of the house", () =>
    Effect.gen(function*() {
      const layer = RetryPolicy.layerSchedule(Schedule.forever, { connectTimeout: "4 seconds" })
      const { after, at, end } = yield* streamed(layer, [[[0, "nothing more"]]])
      assert.deepStrictEqual([after, at.length, end], [60, 15, "connect"])
    }))
})

describe("RetryPolicy.layer", () => {
  it.effect("pauses as the server asks, never less, whatever chance says", () =>
    Effect.gen(function*() {
      for (let seed = 0; seed < 20; seed++) {
        const elapsed = yield* stopwatch
        const pause = yield* Effect.gen(function*() {
          const policy = yield* RetryPolicy.RetryPolicy
          const at: Array<number> = []
          yield* inTime(Effect.result(policy.effect(Effect.flatMap(elapsed, (now) => {
            at.push(now)
            return at.length === 1 ? Effect.fail(busyFor(7)) : Effect.void
          }))))
          return at[1]
        }).pipe(Effect.provide(RetryPolicy.layer()), Random.withSeed(`seed ${seed}`))
        assert.strictEqual(pause, 7)
      }
    }))

  it.effect("gives or takes a fifth of its own pauses, so that not everybody comes back at once", () =>
    Effect.gen(function*() {
      const pauses = yield* Effect.forEach(
        Array.from({ length: 30 }, (_, one) => `seed ${one}`),
        (seed) =>
          Effect.gen(function*() {
            const policy = yield* RetryPolicy.RetryPolicy
            const at: Array<number> = []
            const asking = yield* Effect.forkChild(policy.effect(Effect.flatMap(Clock.currentTimeMillis, (now) => {
              at.push(now)
              return at.length === 1 ? Effect.fail(down) : Effect.void
            })))
            while (at.length < 2) yield* TestClock.adjust("5 millis")
            yield* Fiber.join(asking)
            return (at[1] ?? 0) - (at[0] ?? 0)
          }).pipe(Effect.provide(RetryPolicy.layer()), Random.withSeed(seed))
      )
      assert.isAtLeast(Math.min(...pauses), 400)
      assert.isAtMost(Math.max(...pauses), 605)
      assert.isAbove(Math.max(...pauses) - Math.min(...pauses), 100)
    }))

  it.effect("does not begin a pause that does not fit, and tells the failure in place of a limit", () =>
    Effect.gen(function*() {
      const layer = RetryPolicy.layer({ requestTimeout: "10 seconds", connectTimeout: "9 seconds", maxRetries: 5 })
      // What attempts and pauses took counts, for an effect and for an answer.
      for (const [takes, attempts, after] of [[4.3, 2, 9.1], [0, 5, 7.5]] as const) {
        const answer = yield* streamed(layer, [[[takes, down]]])
        const effect = yield* attempted(layer, Effect.delay(Effect.fail(down), Duration.seconds(takes)))
        assert.deepStrictEqual([answer.at.length, answer.after, answer.end], [attempts, after, "BackendUnavailable"])
        assert.deepStrictEqual([effect.at.length, effect.after, effect.end], [attempts, after, "BackendUnavailable"])
      }
      const told = yield* streamed(layer, [[[0, busyFor(10)]]])
      assert.deepStrictEqual([told.after, told.end], [0, "RateLimited"])
    }))

  it.effect("counts no time after a head, and what is left of the limit when the answer breaks", () =>
    Effect.gen(function*() {
      const layer = RetryPolicy.layer({ requestTimeout: "10 seconds", connectTimeout: "9 seconds", maxRetries: 5 })
      const flowing: ReadonlyArray<Moment> = [
        [8, opened],
        ...Array.from({ length: 20 }, (): Moment => [20, text]),
        [1, end]
      ]
      const long = yield* streamed(layer, [flowing])
      assert.deepStrictEqual([long.end, long.after, long.at.length], ["completed", 409, 1])
      const broken = yield* streamed(layer, [[[8, opened], [100, text], [0, down]], [[2, opened], [0, end]]])
      assert.deepStrictEqual([broken.end, broken.at, broken.after], ["request", [0, 108.5], 110])
      const mended = yield* streamed(layer, [[[8, opened], [100, text], [0, down]], [[1, opened], [50, end]]])
      assert.deepStrictEqual([mended.end, mended.at], ["completed", [0, 108.5]])
    }))

  it.effect("takes every sign of life for life", () =>
    Effect.gen(function*() {
      const layer = RetryPolicy.layer({ maxRetries: 0 })
      for (const sign of [alive, thought, text]) {
        const answer = yield* streamed(layer, [[[0, opened], [299, sign], [299, sign], [299, end]]])
        assert.strictEqual(answer.end, "completed")
      }
    }))

  it.effect("ends at silence, before text and after it, and does not ask again", () =>
    Effect.gen(function*() {
      const starts: ReadonlyArray<ReadonlyArray<Moment>> = [
        [[3, opened], [0, "nothing more"]],
        [[3, opened], [0, text], [0, "nothing more"]],
        [[3, opened], [0, alive], [300.2, text]]
      ]
      for (const start of starts) {
        const { after, at, end } = yield* streamed(RetryPolicy.layer(), [start, good])
        assert.deepStrictEqual([end, at.length], ["idle", 1])
        assert.strictEqual(after, 303)
      }
    }))

  it.effect("sees a silence in time that is shorter than the wait for a head, or after a wait without a limit", () =>
    Effect.gen(function*() {
      const start: ReadonlyArray<Moment> = [[1, opened], [0, "nothing more"]]
      for (const wait of [Duration.seconds(20), Duration.infinity]) {
        const layer = RetryPolicy.layer({ idleTimeout: "3 seconds", connectTimeout: wait, requestTimeout: wait })
        const { after, end } = yield* streamed(layer, [start])
        assert.strictEqual(end, "idle")
        assert.strictEqual(after, 4)
      }
    }))

  it.effect("needs one fiber and one timer for an answer, however many chunks it has", () =>
    Effect.gen(function*() {
      const { stream } = yield* RetryPolicy.RetryPolicy
      const clock = yield* Clock.Clock
      let timers = 0
      const counting: Clock.Clock = {
        monotonicTimeNanos: clock.monotonicTimeNanos,
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        currentTimeMillis: clock.currentTimeMillis,
        currentTimeNanos: clock.currentTimeNanos,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        sleep: (duration) => Effect.suspend(() => (timers++, clock.sleep(duration)))
      }
      // No chunk is there at once.
      const chunks = Stream.fromIterable<ExchangeEvent>([opened, ...Array.from({ length: 1000 }, () => text), end])
        .pipe(
          Stream.rechunk(1),
          Stream.mapEffect((event) => Effect.as(Effect.yieldNow, event))
        )
      const seen = yield* Effect.provideService(Stream.runCollect(stream(chunks)), Clock.Clock, counting)
      assert.strictEqual(seen.length, 1002)
      assert.strictEqual(timers, 1)
    }).pipe(Effect.provide(RetryPolicy.layer())))

  it.effect("never takes a slow reader for silence, or for a slow server", () =>
    Effect.gen(function*() {
      const layer = RetryPolicy.layer({ idleTimeout: "3 seconds", requestTimeout: "5 seconds" })
      const many = [[0, opened], ...Array.from({ length: 60 }, (): Moment => [0, text]), [0, end]] as const
      const { end: ending, seen } = yield* streamed(layer, [many], "10 seconds")
      assert.deepStrictEqual([ending, seen.length], ["completed", 62])
    }))

  it.effect("sees a silence that comes after a slow reader", () =>
    Effect.gen(function*() {
      const { after, end } = yield* streamed(
        RetryPolicy.layer({ idleTimeout: "5 seconds" }),
        [[[1, opened], [0, text], [0, "nothing more"]]],
        "20 seconds"
      )
      assert.deepStrictEqual([end, after], ["idle", 46])
    }))

  it.effect("starts an answer over aloud only after text, and each time", () =>
    Effect.gen(function*() {
      const { end: ending, seen } = yield* streamed(RetryPolicy.layer({ maxRetries: 4 }), [
        [[0, opened], [0, thought], [0, down]],
        [[0, opened], [0, text], [0, down]],
        [[0, down]],
        [[0, opened], [0, text], [0, down]],
        good
      ])
      assert.strictEqual(ending, "completed")
      assert.strictEqual(
        seen.join(" "),
        "Opened ReasoningDelta Opened TextDelta Restarted Opened TextDelta Restarted Opened TextDelta Completed"
      )
    }))

  it.effect("announces that an answer starts over once any of it was given, be it no text", () =>
    Effect.gen(function*() {
      const thinking: Item = { type: "reasoning", summary: [] }
      const given: ReadonlyArray<ExchangeEvent> = [
        { _tag: "ItemDone", item: thinking },
        { _tag: "ToolCallStarted", callId: "c", name: "f" },
        { _tag: "RefusalDelta", text: "No" },
        { _tag: "ImagePartial", index: 0, base64: "" }
      ]
      for (const event of given) {
        const { seen } = yield* streamed(RetryPolicy.layer(), [[[0, opened], [0, event], [0, down]], good])
        assert.include(seen, "Restarted", event._tag)
      }
      const remark: ExchangeEvent = { _tag: "TextDelta", text: "Looking", phase: "commentary" }
      const { seen } = yield* streamed(RetryPolicy.layer(), [[[0, opened], [0, remark], [0, down]], good])
      assert.notInclude(seen, "Restarted")
    }))

  it.effect("fails where an answer breaks that has handed out a call: it is not started over", () =>
    Effect.gen(function*() {
      const call: ExchangeEvent = { _tag: "ToolCallDone", kind: "function", callId: "c", name: "f", arguments: "{}" }
      const broken = yield* streamed(RetryPolicy.layer(), [[[0, opened], [0, call], [0, down]], good])
      assert.deepStrictEqual([broken.at, broken.end], [[0], "BackendUnavailable"])
      assert.notInclude(broken.seen, "Restarted")
    }))

  it.effect("closes an exchange that failed before it begins the next, and the last one with its answer", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const note = (what: string) => Effect.sync(() => log.push(what))
      let attempts = 0
      const attempt = Stream.unwrap(Effect.suspend(() => {
        const name = ++attempts
        return Effect.as(
          Effect.acquireRelease(note(`opened ${name}`), () => note(`closed ${name}`)),
          exchangeOf(name < 3 ? [[0, opened], [0, down]] : good)
        )
      }))
      yield* RetryPolicy.RetryPolicy.use(({ stream }) => Stream.runDrain(stream(attempt))).pipe(
        inTime,
        Effect.provide(RetryPolicy.layer({ maxRetries: 2 })),
        steady
      )
      assert.deepStrictEqual(log, ["opened 1", "closed 1", "opened 2", "closed 2", "opened 3", "closed 3"])
    }))

  it.effect("lets go of an attempt that took too long, and of one that its caller left", () =>
    Effect.gen(function*() {
      let left = 0
      const attempt = Effect.onInterrupt(Effect.never, () => Effect.sync(() => left++))
      const layer = RetryPolicy.layer({ maxRetries: 1, connectTimeout: "1 second" })
      assert.deepStrictEqual((yield* attempted(layer, attempt)).end, "connect")
      assert.strictEqual(left, 2)
      const waiting = yield* RetryPolicy.RetryPolicy.use(({ effect }) => effect(attempt)).pipe(
        Effect.provide(layer),
        Effect.forkChild
      )
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting)
      assert.strictEqual(left, 3)
    }))
})
