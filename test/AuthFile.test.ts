/**
 * auth.json on a disk, at its bounds: how old, how large, how private things may be.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import * as AuthJson from "../src/auth/AuthJson.ts"
import * as AuthFile from "../src/auth/internal/authFile.ts"
import { Machine } from "../src/internal/machine.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const text = (length: number): string => {
  const login = JSON.stringify({ tokens: { access_token: "whole" } })
  return login + " ".repeat(length - login.length)
}

const json = Result.getOrThrow(AuthJson.parse(Redacted.make(text(100))))

const now = Date.parse("2026-02-03T04:05:06Z")

describe("auth.json", () => {
  it.effect.each(
    [
      [1000, 1, "is said to be no JSON at once"],
      [999, 2, "may still be written to, until it is a second old"]
    ] as const
  )("that is %i ms old (looks: %i): %s", ([age, looks]) =>
    Effect.gen(function*() {
      yield* TestClock.setTime(now)
      const real = yield* FileSystem.FileSystem
      const path = `${yield* folder}/auth.json`
      yield* real.writeFileString(path, "{\"tokens\":")
      let looked = 0
      const fs: FileSystem.FileSystem = {
        ...real,
        stat: (file) =>
          Effect.map(real.stat(file), (info) => {
            if (file === path) looked++
            return { ...info, mtime: Option.some(new Date(now - age)) }
          })
      }
      const store = yield* Effect.provideService(AuthFile.make(path), FileSystem.FileSystem, fs)
      const reading = yield* Effect.forkChild(Effect.flip(store.read), { startImmediately: true })
      while (reading.pollUnsafe() === undefined) {
        // The disk takes its time: until it has been looked at, none may pass.
        if (looks > 1 && looked > 0) yield* TestClock.adjust("100 millis")
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
      assert.strictEqual(looked, looks)
    }).pipe(Effect.provide(platform)))

  it.effect("may have a million bytes and not one more", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(now)
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* folder}/auth.json`
      const store = yield* AuthFile.make(path)
      yield* fs.writeFileString(path, text(1_000_000))
      assert.deepStrictEqual((yield* store.read).tokens, json.tokens)
      yield* fs.writeFileString(path, text(1_000_001))
      assert.include((yield* Effect.flip(store.read)).message, "larger than 1 MB")
    }).pipe(Effect.provide(platform)))

  it.effect("that we have emptied is signed out at once, and nobody waits for what might still be written", () =>
    Effect.gen(function*() {
      const real = yield* FileSystem.FileSystem
      const path = `${yield* folder}/auth.json`
      const busy = Effect.fail(PlatformError.systemError({ _tag: "Busy", module: "FileSystem", method: "remove" }))
      const fs = { ...real, remove: () => busy, rename: () => busy }
      const store = yield* Effect.provideService(AuthFile.make(path), FileSystem.FileSystem, fs)
      yield* real.writeFileString(path, text(100))
      assert.deepStrictEqual((yield* store.read).tokens, json.tokens)
      assert.isTrue(yield* store.remove)
      // Time stands still here: whoever waits, waits for ever.
      assert.strictEqual((yield* Effect.flip(store.read))._tag, "AuthFileNotFound")
      yield* store.write(json)
      assert.deepStrictEqual((yield* store.read).tokens, json.tokens)
    }).pipe(Effect.provide(platform)))

  it.effect("is not locked in a folder for temporary files that others can write to", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const [home, temporary] = [yield* folder, yield* folder]
      const path = `${home}/auth.json`
      // Takes the place of the lock next to the file.
      yield* fs.makeDirectory(`${path}.effect-codex.lock`)
      const locks = Effect.flatMap(AuthFile.make(path), (store) => store.exclusive(fs.readDirectory(temporary))).pipe(
        Effect.provideService(Machine, { home: Effect.succeed(home), temporary: Effect.succeed(temporary) })
      )
      yield* fs.chmod(temporary, 0o722)
      assert.deepStrictEqual(yield* locks, [])
      yield* fs.chmod(temporary, 0o755)
      assert.strictEqual((yield* locks).length, 1)
    }).pipe(Effect.provide(platform)))
})
