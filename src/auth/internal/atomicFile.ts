/**
 * A private file that is written whole or not at all.
 *
 * The new content goes to a temporary file in the same folder, is forced to disk, and takes the name of the
 * old one. A symlink stays a symlink: what it points to is replaced.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Random from "effect/Random"

/** The file that a path stands for at the end of all symlinks; it need not exist. */
export const realFile = (
  fs: FileSystem.FileSystem,
  paths: Path.Path,
  path: string
): Effect.Effect<string, PlatformError> =>
  fs.realPath(path).pipe(
    Effect.catchReason("PlatformError", "NotFound", () =>
      Effect.matchEffect(fs.readLink(path), {
        // A link whose target is yet to be written.
        onSuccess: (link) => realFile(fs, paths, paths.resolve(paths.dirname(path), link)),
        onFailure: () => Effect.succeed(path)
      }))
  )

const temporaryName = Effect.map(
  Random.nextIntBetween(0, 2 ** 48),
  (number) => `.auth-${number.toString(36).padStart(10, "0")}`
)

/** Replaces or creates the file, mode 600; missing folders are made with mode 700. */
export const replaceFile = Effect.fnUntraced(function*(
  fs: FileSystem.FileSystem,
  paths: Path.Path,
  path: string,
  content: string
): Effect.fn.Return<void, PlatformError> {
  const target = yield* realFile(fs, paths, path)
  const folder = paths.dirname(target)
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
  const temporary = paths.join(folder, yield* temporaryName)
  const written = Effect.scoped(Effect.gen(function*() {
    const file = yield* fs.open(temporary, { flag: "wx", mode: 0o600 })
    yield* file.writeAll(new TextEncoder().encode(content))
    yield* file.sync
  }))
  yield* written.pipe(
    Effect.andThen(fs.rename(temporary, target)),
    Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true })))
  )
  // The rename itself is safe only once the folder is on disk; not every system can open a folder.
  yield* Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder, { flag: "r" }), (handle) => handle.sync)))
})

/** Removes the file that the path stands for; true when there was one. */
export const removeFile = Effect.fnUntraced(function*(
  fs: FileSystem.FileSystem,
  paths: Path.Path,
  path: string
): Effect.fn.Return<boolean, PlatformError> {
  const target = yield* realFile(fs, paths, path)
  return yield* fs.remove(target).pipe(
    Effect.as(true),
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(false))
  )
})
