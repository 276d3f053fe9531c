/**
 * A lock between processes, waited for to the millisecond: whoever has it here stands for another process.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { withFileLock } from "../src/internal/fileLock.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

/** Lets so many milliseconds pass, a look at the lock at a time; each look takes a turn of the event loop. */
const pass = (millis: number) =>
  Effect.repeat(
    Effect.andThen(
      TestClock.adjust("50 millis"),
      Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    ),
    { times: millis / 50 - 1 }
  )

/** A lock, and somebody who has it until they are let go. */
const held = Effect.gen(function*() {
  // Loaded at the first need otherwise, in no time that is counted here.
  yield* Effect.promise(() => import("node:sqlite"))
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/lock`
  const locked = <A, E>(self: Effect.Effect<A, E>) =>
    withFileLock(self, {
      places: [Effect.succeedSome(path)],
      onBusy: "busy" as const,
      onNone: Effect.die("there can be a lock")
    })
  const inside = yield* Deferred.make<void>()
  const leave = yield* Deferred.make<void>()
  const holder = yield* Effect.forkChild(
    locked(Effect.andThen(Deferred.succeed(inside, undefined), Deferred.await(leave)))
  )
  yield* Deferred.await(inside)
  return { locked, path, leave: Effect.andThen(Deferred.succeed(leave, undefined), Fiber.join(holder)) }
})

describe("a lock that somebody else has", () => {
  it.effect("is waited for a minute, and not longer", () =>
    Effect.gen(function*() {
      const { leave, locked } = yield* held
      const waiting = yield* Effect.forkChild(
        Effect.andThen(Effect.flip(locked(Effect.void)), Clock.currentTimeMillis),
        { startImmediately: true }
      )
      yield* pass(59_900)
      assert.isUndefined(waiting.pollUnsafe())
      yield* pass(200)
      assert.strictEqual(yield* Fiber.join(waiting), 60_000)
      yield* leave
    }).pipe(Effect.provide(platform)))

  it.effect("is had when they leave after fifty-nine seconds, and is free again behind whoever had it", () =>
    Effect.gen(function*() {
      const { leave, locked } = yield* held
      const waiting = yield* Effect.forkChild(locked(Effect.succeed("mine")), { startImmediately: true })
      yield* pass(59_000)
      yield* leave
      yield* pass(100)
      assert.strictEqual(yield* Fiber.join(waiting), "mine")
      assert.strictEqual(yield* locked(Effect.succeed("next")), "next")
    }).pipe(Effect.provide(platform)))

  it.effect("holds nobody back who has no time to wait, and whoever is inside may leave as well", () =>
    Effect.gen(function*() {
      const { leave, locked } = yield* held
      const waiting = yield* Effect.forkChild(locked(Effect.succeed("late")), { startImmediately: true })
      yield* pass(100)
      yield* Fiber.interrupt(waiting)
      yield* leave
      const inside = yield* Effect.forkChild(locked(Effect.never), { startImmediately: true })
      yield* pass(100)
      yield* Fiber.interrupt(inside)
      assert.strictEqual(yield* locked(Effect.succeed("free")), "free")
    }).pipe(Effect.provide(platform)))

  it.effect("costs no open file for each time that it is asked for in vain", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const open = Effect.map(
        Effect.orElseSucceed(fs.readDirectory("/proc/self/fd"), (): Array<string> => []),
        ({ length }) => length
      )
      const { leave, locked } = yield* held
      const before = yield* open
      const waiting = yield* Effect.forkChild(locked(Effect.void), { startImmediately: true })
      yield* pass(2000)
      assert.isBelow((yield* open) - before, 20)
      yield* leave
      yield* pass(100)
      yield* Fiber.join(waiting)
    }).pipe(Effect.provide(platform)))
})
