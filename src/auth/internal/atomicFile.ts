/**
 * A private file that is written whole or not at all.
 *
 * The new content goes to a temporary file in the same folder, is forced to disk, and takes the name of the
 * old one. A symlink stays a symlink: what it points to is replaced. A file that is a mount of its own cannot be
 * replaced, and one in a folder of somebody else's neither: only those are written in place, and forced to disk.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
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

/** What the system calls a problem: its own code where `PlatformError` has no tag for it. */
export const problemOf = ({ reason }: PlatformError): string =>
  reason._tag === "Unknown" && Predicate.hasProperty(reason.cause, "code") && Predicate.isString(reason.cause.code)
    ? reason.cause.code
    : reason._tag

// EBUSY is a mount point; EACCES and EPERM have one tag.
const refusals = new Set(["Busy", "PermissionDenied", "EXDEV", "EROFS"])

/** Whether the place refuses the operation, and not the disk. */
const isRefused = (error: PlatformError): boolean => refusals.has(problemOf(error))

const inPlace = (
  fs: FileSystem.FileSystem,
  target: string,
  change: (file: FileSystem.File) => Effect.Effect<void, PlatformError>
): Effect.Effect<void, PlatformError> =>
  Effect.scoped(Effect.gen(function*() {
    const file = yield* fs.open(target, { flag: "r+" })
    yield* change(file)
    yield* file.sync
    yield* Effect.ignore(fs.chmod(target, 0o600))
  }))

/** Does in place what is refused otherwise; a file that is not there leaves the refusal as it is. */
const orInPlace = (
  self: Effect.Effect<void, PlatformError>,
  fs: FileSystem.FileSystem,
  target: string,
  change: (file: FileSystem.File) => Effect.Effect<void, PlatformError>
): Effect.Effect<void, PlatformError> =>
  Effect.catchIf(
    self,
    isRefused,
    (refusal) =>
      Effect.catchReason(inPlace(fs, target, change), "PlatformError", "NotFound", () => Effect.fail(refusal))
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
  const bytes = new TextEncoder().encode(content)
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
  const temporary = paths.join(folder, yield* temporaryName)
  const written = Effect.scoped(Effect.gen(function*() {
    const file = yield* fs.open(temporary, { flag: "wx", mode: 0o600 })
    yield* file.writeAll(bytes)
    yield* file.sync
  }))
  const replaced = written.pipe(
    Effect.andThen(fs.rename(temporary, target)),
    Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true })))
  )
  yield* orInPlace(
    replaced,
    fs,
    target,
    (file) => Effect.andThen(file.writeAll(bytes), file.truncate(bytes.byteLength))
  )
  yield* Effect.ignore(sweep(fs, paths, folder))
  // The rename itself is safe only once the folder is on disk; not every system can open a folder.
  yield* Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder, { flag: "r" }), (handle) => handle.sync)))
})

/** Removes the file that the path stands for, or empties it where it cannot be removed; true when there was one. */
export const removeFile = Effect.fnUntraced(function*(
  fs: FileSystem.FileSystem,
  paths: Path.Path,
  path: string
): Effect.fn.Return<boolean, PlatformError> {
  const target = yield* realFile(fs, paths, path)
  return yield* Effect.gen(function*() {
    const { size } = yield* fs.stat(target)
    yield* orInPlace(fs.remove(target), fs, target, (file) => file.truncate(0))
    return size > 0n
  }).pipe(Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(false)))
})

// A mount hides from `rename` until it is tried; only the kernel's list tells it before. Elsewhere the device does.
const isMounted = Effect.fnUntraced(function*(fs: FileSystem.FileSystem, paths: Path.Path, target: string) {
  const listed = yield* Effect.option(fs.readFileString("/proc/self/mountinfo"))
  if (Option.isSome(listed)) {
    const name = target.replaceAll(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`)
    return listed.value.split("\n").some((line) => line.split(" ")[4] === name)
  }
  const [file, folder] = yield* Effect.all([fs.stat(target), fs.stat(paths.dirname(target))])
  return file.dev !== folder.dev
})

/**
 * Fails with what `replaceFile` would fail with, and changes nothing. A file that is not there yet passes.
 *
 * The file itself is opened for writing, as modes alone do not tell what a mount or a superuser may.
 */
export const canReplace = Effect.fnUntraced(function*(
  fs: FileSystem.FileSystem,
  paths: Path.Path,
  path: string
): Effect.fn.Return<void, PlatformError> {
  const target = yield* realFile(fs, paths, path)
  yield* Effect.scoped(fs.open(target, { flag: "r+" })).pipe(
    Effect.asVoid,
    Effect.catchReason("PlatformError", "NotFound", () => Effect.void),
    Effect.catchIf(
      isRefused,
      Effect.fnUntraced(function*(refusal) {
        if (problemOf(refusal) === "EROFS" || (yield* isMounted(fs, paths, target))) {
          return yield* refusal
        }
        const temporary = paths.join(paths.dirname(target), yield* temporaryName)
        yield* Effect.scoped(fs.open(temporary, { flag: "wx", mode: 0o600 })).pipe(
          Effect.andThen(fs.remove(temporary, { force: true }))
        )
      })
    )
  )
})
