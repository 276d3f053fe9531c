/**
 * A private file that is written whole or not at all, step by step: what is forced to disk, and what may go wrong.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as PlatformError from "effect/PlatformError"
import { removeFile, replaceFile } from "../src/auth/internal/atomicFile.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

const refusal = (method: string) =>
  Effect.fail(PlatformError.systemError({ _tag: "PermissionDenied", module: "FileSystem", method }))

/** A file in a folder of its own, and a file system that writes down what is forced to disk, and in which order. */
const setUp = Effect.gen(function*() {
  const real = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const folder = yield* real.makeTempDirectoryScoped()
  const path = paths.join(folder, "auth.json")
  yield* real.writeFileString(path, "a text that is longer than the next one", { mode: 0o644 })
  const steps: Array<string> = []
  const nameOf = (of: string): string => of === folder ? "the folder" : of === path ? "the file" : "a new file"
  const fs: FileSystem.FileSystem = {
    ...real,
    open: (of, options) =>
      Effect.map(real.open(of, options), (file) => {
        const { sync } = file
        const value = Effect.andThen(Effect.sync(() => steps.push(`${nameOf(of)} is on disk`)), sync)
        return Object.defineProperty(file, "sync", { value })
      }),
    rename: (from, to) => Effect.andThen(Effect.sync(() => steps.push("it has the name")), real.rename(from, to)),
    chmod: (of, mode) => Effect.andThen(Effect.sync(() => steps.push("it is private")), real.chmod(of, mode))
  }
  return { fs, path, paths, real, steps }
})

describe("a private file", () => {
  it.effect("has its new content on disk before it has the name, and the name on disk after it", () =>
    Effect.gen(function*() {
      const { fs, path, paths, real, steps } = yield* setUp
      yield* replaceFile(fs, paths, path, "new")
      assert.deepStrictEqual(steps, ["a new file is on disk", "it has the name", "the folder is on disk"])
      assert.strictEqual(yield* real.readFileString(path), "new")
    }).pipe(Effect.provide(platform)))

  it.effect("that cannot be replaced is written in place: whole, on disk, and private", () =>
    Effect.gen(function*() {
      const { fs, path, paths, real, steps } = yield* setUp
      yield* replaceFile({ ...fs, rename: () => refusal("rename") }, paths, path, "new")
      assert.deepStrictEqual(steps.slice(1), ["the file is on disk", "it is private", "the folder is on disk"])
      assert.strictEqual(yield* real.readFileString(path), "new")
      assert.strictEqual((yield* real.stat(path)).mode & 0o777, 0o600)
      assert.deepStrictEqual(yield* real.readDirectory(paths.dirname(path)), ["auth.json"], "no token lies beside it")
    }).pipe(Effect.provide(platform)))

  it.effect("that cannot be removed is emptied, on disk", () =>
    Effect.gen(function*() {
      const { fs, path, paths, real, steps } = yield* setUp
      assert.isTrue(yield* removeFile({ ...fs, remove: () => refusal("remove") }, paths, path))
      assert.deepStrictEqual(steps, ["the file is on disk", "it is private"])
      assert.strictEqual(yield* real.readFileString(path), "")
    }).pipe(Effect.provide(platform)))

  it.effect.each(["readDirectory", "stat"] as const)(
    "is written although nobody can tell what a killed process left beside it (%s)",
    (method) =>
      Effect.gen(function*() {
        const { fs, path, paths, real } = yield* setUp
        yield* real.writeFileString(paths.join(paths.dirname(path), ".auth.json.effect-codex-left"), "")
        yield* replaceFile({ ...fs, [method]: () => refusal(method) }, paths, path, "new")
        assert.strictEqual(yield* real.readFileString(path), "new")
      }).pipe(Effect.provide(platform))
  )
})
