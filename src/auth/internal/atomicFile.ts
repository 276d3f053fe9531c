/**
 * A private file that is written whole or not at all.
 *
 * The new content goes to a temporary file in the same folder, is forced to disk, and takes the name of the
 * old one. A symlink stays a symlink: what it points to is replaced.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
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

// A prefix of our own: what others leave half done is not ours to sweep.
const temporaryPrefix = ".auth.json.effect-codex-"

const temporaryName = Effect.map(
  Random.nextIntBetween(0, 2 ** 48),
  (number) => `${temporaryPrefix}${number.toString(36).padStart(10, "0")}`
)

/** How old a temporary file must be before it counts as left behind by a process that was killed. */
const leftBehind = Duration.minutes(1)

// What a killed process left holds tokens too.
const sweep = Effect.fnUntraced(function*(fs: FileSystem.FileSystem, paths: Path.Path, folder: string) {
  const now = yield* DateTime.now
  for (const name of yield* fs.readDirectory(folder)) {
    if (!name.startsWith(temporaryPrefix)) continue
    const path = paths.join(folder, name)
    const { mtime } = yield* fs.stat(path)
    const age = Option.map(mtime, (time) => DateTime.distance(DateTime.fromDateUnsafe(time), now))
    if (Option.exists(age, Duration.isGreaterThan(leftBehind))) {
      yield* fs.remove(path, { force: true })
    }
  }
})

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
  yield* Effect.ignore(sweep(fs, paths, folder))
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
