/**
 * The mailboxes: order, bounds, and that nothing is left of one that is empty.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import type * as Joining from "../src/telegram/internal/joining.ts"
import * as Mailbox from "../src/telegram/internal/mailbox.ts"

/** Mailboxes whose turns take a second, and what was said of them. */
const setUp = (options: Partial<Mailbox.Options<string>> = {}) =>
  Effect.gen(function*() {
    const begun: Array<string> = []
    const ended: Array<string> = []
    const forsaken: Array<string> = []
    const rested: Array<string> = []
    let running = 0
    let most = 0
    const mailbox = yield* Mailbox.make<string>({
      waiting: 20,
      concurrency: 32,
      turn: ([entry]) =>
        Effect.sync(() => {
          begun.push(entry)
          most = Math.max(most, ++running)
        }).pipe(
          Effect.andThen(Effect.sleep("1 second")),
          Effect.andThen(Effect.sync(() => ended.push(entry))),
          Effect.ensuring(Effect.sync(() => running--))
        ),
      forsaken: (entry) => Effect.sync(() => forsaken.push(entry)),
      rested: (entry) => rested.push(entry),
      ...options
    })
    let updates = 0
    const offer = (key: string, entry: string, id = String(++updates)) => mailbox.offer(key, id, entry)
    const offerAll = (key: string, entries: ReadonlyArray<string>) =>
      Effect.forEach(entries, (entry) => offer(key, entry))
    return { mailbox, offer, offerAll, begun, ended, forsaken, rested, most: () => most }
  })

const numbers = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, index) => String(index))

const advance = (seconds: number) => Effect.forEach(numbers(seconds), () => TestClock.adjust("1 second"))

describe("a mailbox", () => {
  it.effect("answers what comes first first, one at a time, and those of others meanwhile", () =>
    Effect.gen(function*() {
      const { begun, mailbox, offerAll } = yield* setUp()
      yield* offerAll("a", ["a1", "a2", "a3"])
      yield* offerAll("b", ["b1", "b2"])
      assert.deepStrictEqual(begun, ["a1", "b1"])
      yield* advance(1)
      assert.deepStrictEqual(begun, ["a1", "b1", "a2", "b2"])
      yield* advance(2)
      yield* mailbox.drained
      assert.deepStrictEqual(begun.at(-1), "a3")
    }))

  it.effect("takes one that is answered and twenty that wait; what is refused may come again", () =>
    Effect.gen(function*() {
      const { begun, mailbox, offer, offerAll } = yield* setUp()
      assert.deepStrictEqual([...new Set(yield* offerAll("a", numbers(21)))], ["accepted"])
      assert.strictEqual(yield* offer("a", "late", "again"), "full")
      assert.strictEqual(yield* offer("b", "other"), "accepted")
      yield* advance(1)
      assert.strictEqual(yield* offer("a", "late", "again"), "accepted")
      yield* advance(21)
      yield* mailbox.drained
      assert.strictEqual(begun.length, 23)
    }))

  it.effect("drops an update that comes again, while it waits, while it is answered, and afterwards", () =>
    Effect.gen(function*() {
      const { begun, offer } = yield* setUp()
      yield* offer("a", "1", "x")
      assert.strictEqual(yield* offer("a", "1", "x"), "seen")
      yield* offer("a", "2", "y")
      assert.strictEqual(yield* offer("a", "2", "y"), "seen")
      yield* advance(2)
      assert.strictEqual(yield* offer("a", "1", "x"), "seen")
      assert.deepStrictEqual(begun, ["1", "2"])
    }))

  it.effect("remembers the last ten thousand updates, and no more", () =>
    Effect.gen(function*() {
      const { mailbox, offer } = yield* setUp({ turn: () => Effect.void })
      for (let update = 0; update <= 10_000; update++) {
        assert.strictEqual(yield* offer("a", "x", String(update)), "accepted")
        yield* mailbox.rests("a")
      }
      assert.strictEqual(yield* offer("a", "x", "1"), "seen")
      assert.strictEqual(yield* offer("a", "x", "0"), "accepted")
    }))

  it.effect("is gone when it is empty, and says so with its last entry", () =>
    Effect.gen(function*() {
      const { mailbox, offerAll, rested } = yield* setUp()
      yield* offerAll("a", ["1", "2"])
      const rests = yield* Effect.forkChild(mailbox.rests("a"), { startImmediately: true })
      yield* advance(1)
      assert.deepStrictEqual([mailbox.size(), rested.length], [1, 0])
      yield* advance(1)
      yield* Fiber.join(rests)
      assert.deepStrictEqual([mailbox.size(), rested], [0, ["2"]])
      yield* mailbox.rests("a")
    }))

  it.effect("of 100,000 entries for one keeps 21, and of 100,000 for a thousand 21 of each", () =>
    Effect.gen(function*() {
      const { begun, mailbox, offer } = yield* setUp({ turn: () => Effect.never })
      const counts = { accepted: 0, full: 0, seen: 0, closed: 0 }
      for (let update = 0; update < 100_000; update++) counts[yield* offer("a", "x")]++
      assert.deepStrictEqual(counts, { accepted: 21, full: 99_979, seen: 0, closed: 0 })
      for (let update = 0; update < 100_000; update++) counts[yield* offer(`of ${update % 1000}`, "x")]++
      // All 32 turns run: who gets none has twenty that wait.
      assert.strictEqual(counts.accepted, 21 + 31 * 21 + 969 * 20)
      assert.strictEqual(mailbox.size(), 1001)
      assert.deepStrictEqual(begun, [])
    }))
})

/** What begins with the same letter belongs together for three seconds; `a2+` is what has become of `a2`. */
const letters: Joining.Rules<string> = {
  voice: (entry) => entry.charAt(0),
  joins: ({ closesAt, pieces: [first] }, { at, entry }) =>
    at < closesAt && first.entry.charAt(0) === entry.charAt(0) && !entry.endsWith("+"),
  replaces: (entry, pieces) => entry.endsWith("+") && pieces.some((piece) => `${piece.entry}+` === entry),
  closesAt: ([{ at }]) => at + 3_000
}

const isEdit = (entry: string): boolean => entry.endsWith("+")

describe("what belongs together", () => {
  it.effect("takes one seat, and finds it where the mailbox is full", () =>
    Effect.gen(function*() {
      const { mailbox, offer } = yield* setUp({ rules: letters, waiting: 1 })
      assert.deepStrictEqual(
        [yield* offer("a", "b1"), yield* offer("a", "c1"), yield* offer("a", "b2")],
        ["accepted", "full", "accepted"]
      )
      assert.deepInclude(yield* mailbox.stop("a"), { dropped: 1 })
    }))

  it.effect("is asked when its own time has come, whatever is still waited for", () =>
    Effect.gen(function*() {
      const { begun, offer } = yield* setUp({ rules: letters })
      yield* offer("a", "b1")
      yield* advance(1)
      yield* offer("a", "c1")
      yield* advance(2)
      assert.deepStrictEqual(begun, ["b1"])
      yield* advance(1)
      assert.deepStrictEqual(begun, ["b1", "c1"])
    }))

  it.effect("is told to wait when it has waited for others, and not while it is waited for", () =>
    Effect.gen(function*() {
      const told: Array<string> = []
      const { offer } = yield* setUp({
        rules: letters,
        turn: () => Effect.never,
        patience: { millis: 1_000, over: (entry) => Effect.sync(() => told.push(entry)) }
      })
      yield* offer("a", "b1")
      yield* advance(3)
      yield* offer("a", "c1")
      yield* advance(3)
      assert.deepStrictEqual(told, [])
      yield* advance(1)
      assert.deepStrictEqual(told, ["c1"])
    }))

  it.effect("is waited for asleep, also when one has joined it", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.Clock
      let looks = 0
      const counted: Clock.Clock = {
        sleep: (duration) => clock.sleep(duration),
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        currentTimeNanos: clock.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        currentTimeMillis: Effect.suspend(() => {
          looks++
          return clock.currentTimeMillis
        })
      }
      const { begun, offerAll } = yield* Effect.provideService(setUp({ rules: letters }), Clock.Clock, counted)
      yield* Effect.provideService(offerAll("a", ["b1", "b2", "b3"]), Clock.Clock, counted)
      for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
      assert.isBelow(looks, 20)
      yield* advance(3)
      assert.deepStrictEqual(begun, ["b1"])
    }))

  it.effect("is not spared when nothing of it is answered yet, although something was before", () =>
    Effect.gen(function*() {
      const { mailbox, offer } = yield* setUp({ rules: letters })
      yield* offer("a", "b1")
      yield* advance(3)
      yield* offer("a", "c1")
      yield* advance(1)
      assert.deepStrictEqual(yield* mailbox.stop("a"), { dropped: 1, goesOn: false, isSpared: false })
    }))

  it.effect("is forsaken at the end also behind what was answered", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { forsaken, offer } = yield* Effect.provideService(setUp({ rules: letters }), Scope.Scope, scope)
      yield* offer("a", "b1")
      yield* advance(3)
      yield* offer("a", "c1")
      yield* advance(1)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(forsaken, ["c1"])
    }))
})

describe("an edit", () => {
  it.effect("of what is answered ends that, and is next; of what waits it is part of that; of all else nothing", () =>
    Effect.gen(function*() {
      const places: Array<Mailbox.Place> = []
      const asked: Array<ReadonlyArray<string>> = []
      const { offer } = yield* setUp({
        rules: { ...letters, joins: () => false, closesAt: ([{ at }]) => at },
        isEdit,
        turn: (entries, place) =>
          Effect.andThen(
            Effect.sync(() => {
              places.push(place)
              asked.push(entries)
            }),
            Effect.sleep("1 second")
          )
      })
      for (const entry of ["a1", "a2", "a3"]) yield* offer("a", entry)
      yield* Effect.yieldNow
      assert.deepStrictEqual(
        yield* Effect.forEach(["a1+", "a3+", "a4+"], (entry) => offer("a", entry)),
        ["accepted", "accepted", "seen"]
      )
      assert.isTrue(places[0]?.isStopped)
      yield* advance(2)
      // What has been answered is over.
      assert.strictEqual(yield* offer("a", "a1+", "once more"), "seen")
      yield* advance(3)
      assert.deepStrictEqual(asked, [["a1"], ["a1+"], ["a2"], ["a3", "a3+"]])
      assert.isFalse(places[1]?.isStopped)
    }))

  it.effect("of what was answered asks nothing while the next is still waited for", () =>
    Effect.gen(function*() {
      const { begun, offer } = yield* setUp({ rules: letters, isEdit })
      yield* offer("a", "b1")
      yield* advance(3)
      yield* offer("a", "c1")
      yield* advance(1)
      assert.strictEqual(yield* offer("a", "b1+"), "seen")
      yield* advance(3)
      assert.deepStrictEqual(begun, ["b1", "c1"])
    }))
})

describe("all mailboxes", () => {
  it.effect("answer no more than 32 at once, and who waits longest is next", () =>
    Effect.gen(function*() {
      const { begun, mailbox, most, offerAll } = yield* setUp()
      for (const key of numbers(40)) yield* offerAll(key, [`${key}a`, `${key}b`])
      assert.strictEqual(begun.length, 32)
      yield* advance(1)
      // Those who got none the first time come before anybody's second.
      assert.includeMembers(begun.slice(0, 40), numbers(40).map((key) => `${key}a`))
      yield* advance(2)
      yield* mailbox.drained
      assert.strictEqual(begun.length, 80)
      assert.strictEqual(most(), 32)
    }))

  it.effect("go on behind a turn that dies or is interrupted from within", () =>
    Effect.gen(function*() {
      const begun: Array<string> = []
      const { mailbox, offer } = yield* setUp({
        turn: ([entry]) => {
          begun.push(entry)
          return entry === "dies" ? Effect.die(new Error("a bug")) : entry === "goes" ? Effect.interrupt : Effect.void
        }
      })
      yield* offer("a", "dies")
      yield* offer("a", "second")
      yield* offer("a", "goes")
      yield* mailbox.drained
      assert.strictEqual(mailbox.size(), 0)
      assert.strictEqual(yield* offer("a", "third"), "accepted")
      yield* mailbox.drained
      assert.deepStrictEqual(begun, ["dies", "second", "goes", "third"])
    }))

  it.effect("do not begin behind one whose answerer goes away: it alone says so", () =>
    Effect.gen(function*() {
      const begun: Array<string> = []
      const { forsaken, mailbox, offerAll } = yield* setUp({
        turn: ([entry]) =>
          Effect.andThen(
            Effect.sync(() => begun.push(entry)),
            Effect.andThen(Effect.sleep("1 second"), Effect.interrupt)
          )
      })
      yield* offerAll("a", ["a1", "a2", "a3"])
      yield* advance(3)
      yield* mailbox.drained
      assert.deepStrictEqual(begun, ["a1"])
      assert.deepStrictEqual(forsaken, [])
    }))
})

/** A clock that can be put forward or back. */
const changing = Clock.clockWith((clock) =>
  Effect.sync(() => {
    let by = 0
    const wall = () => clock.currentTimeMillisUnsafe() + by
    const changed: Clock.Clock = {
      currentTimeMillisUnsafe: wall,
      currentTimeMillis: Effect.sync(wall),
      currentTimeNanosUnsafe: () => BigInt(wall()) * 1_000_000n,
      currentTimeNanos: Effect.sync(() => BigInt(wall()) * 1_000_000n),
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      sleep: (duration) => clock.sleep(duration)
    }
    return {
      on: Effect.provideService(Clock.Clock, changed),
      change: (millis: number) => {
        by += millis
      }
    }
  })
)

const hour = 3_600_000

describe("a clock that is put back", () => {
  /** One that joins what comes within 300 ms. */
  const joining: Joining.Rules<string> = {
    voice: () => "",
    joins: ({ closesAt }, { at }) => at < closesAt,
    closesAt: (pieces) => (pieces.at(-1) ?? pieces[0]).at + 300
  }
  const joined = Effect.gen(function*() {
    const asked: Array<ReadonlyArray<string>> = []
    const clock = yield* changing
    const world = yield* setUp({
      rules: joining,
      turn: (entries) => Effect.andThen(Effect.sync(() => asked.push(entries)), Effect.sleep("1 second"))
    }).pipe(clock.on)
    return {
      asked,
      change: clock.change,
      offer: (entry: string) => clock.on(world.offer("a", entry)),
      put: (id: string, at: number) => clock.on(world.mailbox.put("a", id, { entry: id, at }))
    }
  })

  it.effect("does not make what waits for more wait longer", () =>
    Effect.gen(function*() {
      const { asked, change, offer } = yield* joined
      yield* offer("one")
      yield* TestClock.adjust("200 millis")
      change(-hour)
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(asked, [["one"]])
    }))

  it.effect("does not bring what comes later before what waits", () =>
    Effect.gen(function*() {
      const { asked, change, offer } = yield* joined
      yield* offer("one")
      yield* TestClock.adjust("300 millis")
      yield* offer("two")
      yield* TestClock.adjust("400 millis")
      change(-hour)
      yield* offer("three")
      yield* TestClock.adjust("5 seconds")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(asked, [["one"], ["two"], ["three"]])
    }))

  it.effect("leaves what comes when nothing waits as long as it would have been", () =>
    Effect.gen(function*() {
      const { asked, change, offer } = yield* joined
      change(-hour)
      yield* offer("one")
      yield* TestClock.adjust("300 millis")
      assert.deepStrictEqual(asked, [["one"]])
    }))

  it.effect("and was put back between two processes lets what is found again go first, as it was, and does not hold it up", () =>
    Effect.gen(function*() {
      const { asked, offer, put } = yield* joined
      yield* put("found", hour)
      yield* put("with it", hour + 200)
      yield* put("alone", hour + 900)
      yield* offer("later")
      yield* TestClock.adjust("302 millis")
      yield* TestClock.adjust("5 seconds")
      yield* TestClock.adjust("5 seconds")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(asked[0], ["found", "with it"])
      assert.strictEqual(asked.flat().join(), "found,with it,alone,later")
    }))
})

describe("a stop", () => {
  it.effect("drops what waits, says how many, and leaves other mailboxes alone", () =>
    Effect.gen(function*() {
      const { begun, mailbox, offerAll } = yield* setUp()
      yield* offerAll("a", ["a1", "a2", "a3"])
      yield* offerAll("b", ["b1", "b2"])
      assert.deepInclude(yield* mailbox.stop("a"), { dropped: 2 })
      assert.deepStrictEqual(yield* mailbox.stop("a"), { dropped: 0, goesOn: false, isSpared: true })
      assert.deepStrictEqual(yield* mailbox.stop("nobody"), { dropped: 0, goesOn: false, isSpared: false })
      yield* advance(3)
      yield* mailbox.drained
      assert.deepStrictEqual(begun, ["a1", "b1", "b2"])
    }))

  it.effect("tells a turn that has not asked yet; one that has is not spared", () =>
    Effect.gen(function*() {
      const places: Array<Mailbox.Place> = []
      const { mailbox, offer } = yield* setUp({
        turn: (_, place) => Effect.andThen(Effect.sync(() => places.push(place)), Effect.never)
      })
      yield* offer("a", "1")
      yield* offer("b", "1")
      const [first, second] = places
      if (second !== undefined) second.hasBegun = true
      assert.isTrue((yield* mailbox.stop("a")).isSpared)
      assert.isFalse((yield* mailbox.stop("b")).isSpared)
      assert.deepStrictEqual([first?.isStopped, second?.isStopped], [true, true])
    }))
})

describe("at the end of the scope", () => {
  it.effect("what runs is interrupted, one of each that only wait is forsaken, and nothing is taken any more", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const interrupted: Array<string> = []
      const started = yield* Deferred.make<void>()
      const { forsaken, mailbox, offerAll } = yield* Effect.provideService(
        setUp({
          concurrency: 1,
          turn: ([entry]) =>
            Effect.andThen(Deferred.succeed(started, undefined), Effect.never).pipe(
              Effect.onInterrupt(() => Effect.sync(() => interrupted.push(entry)))
            )
        }),
        Scope.Scope,
        scope
      )
      yield* offerAll("a", ["a1", "a2"])
      yield* Deferred.await(started)
      yield* offerAll("b", ["b1", "b2", "b3"])
      yield* offerAll("c", ["c1"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(interrupted, ["a1"])
      assert.deepStrictEqual(forsaken, ["b1", "c1"])
      assert.strictEqual(yield* mailbox.offer("d", "x", "late"), "closed")
      assert.strictEqual(mailbox.size(), 0)
    }))
})
