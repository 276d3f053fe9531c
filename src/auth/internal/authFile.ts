/**
 * auth.json on a disk: looked at before it is read, read again only when it changed, written whole, and locked.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { withFileLock } from "../../internal/fileLock.ts"
import { inHome, Machine, type Mark } from "../../internal/machine.ts"
import { retried } from "../../internal/retrying.ts"
import { AuthFileInvalid, AuthFileNotFound, AuthStoreFailed } from "../AuthError.ts"
import * as AuthJson from "../AuthJson.ts"
import { canReplace, problemOf, realFile, removeFile, replaceFile } from "./atomicFile.ts"
import { semaphoreFor } from "./pathLocks.ts"

type ReadError = AuthFileNotFound | AuthFileInvalid | AuthStoreFailed

/** Far more than any login holds: 1 MB. */
const largest = 1_000_000n

/** The file may still be written to: old CLIs do so in place, so a reader may meet half a file, or an empty one. */
class Torn extends Schema.TaggedError<Torn>()("Torn", {
  means: Schema.Union([AuthFileNotFound, AuthFileInvalid])
}) {}

const whileTorn = { times: 5, schedule: Schedule.spaced("200 millis") }

/** How old a file must be, so that what it is counts, and nobody is in the middle of writing it. */
const settled = Duration.toMillis("1 second")

/** How old it must be, so that another write could not bear the same times: they are as fine as the kernel's clock. */
const distinct = Duration.toMillis("100 millis")

const ageOf = (info: FileSystem.File.Info, now: number): number =>
  Option.match(info.mtime, { onNone: () => 0, onSome: (time) => now - time.getTime() })

/** What changes when the content does. */
const markOf = ({ dev, ino, mtime, size }: FileSystem.File.Info): Mark => ({
  dev,
  ino: Option.getOrElse(ino, () => 0n),
  size,
  mtime: Option.match(mtime, { onNone: () => 0, onSome: (time) => time.getTime() })
})

const isSame = (one: Mark, other: Mark | undefined): boolean =>
  one.dev === other?.dev && one.ino === other.ino && one.size === other.size && one.mtime === other.mtime

interface Known {
  readonly mark: Mark
  /** Nothing, when we emptied the file ourselves. */
  readonly json: AuthJson.AuthJson | undefined
}

// Next to the real file, under a name that the CLI does not use: its own locks are `auth.lock` and `auth.json.lock`.
const lockSuffix = ".effect-codex.lock"

const reader = Effect.fnUntraced(function*(
  fs: FileSystem.FileSystem,
  location: string,
  failed: (operation: AuthStoreFailed["operation"]) => (error: PlatformError) => AuthStoreFailed
) {
  const machine = yield* Machine
  const known = yield* Ref.make<Known | undefined>(undefined)
  const invalid = (problem: AuthFileInvalid["problem"]) => new AuthFileInvalid({ path: location, problem })
  const orMissing = Effect.mapError((error: PlatformError) =>
    error.reason._tag === "NotFound" ? new AuthFileNotFound({ path: location }) : failed("read")(error)
  )

  const look = Effect.gen(function*(): Effect.fn.Return<AuthJson.AuthJson, ReadError | Torn> {
    // A pipe blocks whoever opens it, and a device never ends.
    const info = yield* orMissing(fs.stat(location))
    if (info.type !== "File") {
      return yield* invalid(info.type === "Directory" ? "a folder" : "not a regular file")
    }
    const { size } = info
    if (size > largest) {
      return yield* invalid("too large")
    }
    const mark = markOf(info)
    const before = yield* Ref.get(known)
    if (before !== undefined && isSame(before.mark, mark)) {
      return before.json ?? (yield* new AuthFileNotFound({ path: location }))
    }
    const age = ageOf(info, yield* Clock.currentTimeMillis)
    const parsed: Result.Result<AuthJson.AuthJson, AuthFileNotFound | AuthFileInvalid> = size === 0n
      // What a logout leaves of a file that cannot be removed.
      ? Result.fail(new AuthFileNotFound({ path: location }))
      : Result.mapError(AuthJson.parse(Redacted.make(yield* orMissing(fs.readFileString(location)))), invalid)
    if (Result.isFailure(parsed)) {
      return yield* age < settled ? new Torn({ means: parsed.failure }) : parsed.failure
    }
    yield* Ref.set(known, age < distinct ? undefined : { mark, json: parsed.success })
    return parsed.success
  })

  const read = retried(look, Effect.retry({ ...whileTorn, while: (error) => error._tag === "Torn" })).pipe(
    Effect.catchTag("Torn", ({ means }) => Effect.fail(means))
  )

  return {
    // A file that is what it was says nothing new, and every turn asks.
    read: Effect.flatMap(
      Ref.get(known),
      (before) =>
        before?.json !== undefined && isSame(before.mark, machine.glance?.(location))
          ? Effect.succeed(before.json)
          : read
    ),
    forget: Ref.set(known, undefined),
    removed: Effect.flatMap(Effect.option(fs.stat(location)), (info) =>
      Ref.set(
        known,
        Option.isSome(info) && info.value.size === 0n ? { mark: markOf(info.value), json: undefined } : undefined
      ))
  }
})

/** Where locks can lie that are not next to their file: a folder that is this user's alone. */
const ownFolder = Effect.fnUntraced(function*(fs: FileSystem.FileSystem) {
  const folder = yield* (yield* Machine).temporary
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
  const { mode } = yield* fs.stat(folder)
  yield* fs.access(folder, { writable: true })
  return (mode & 0o022) === 0 ? Option.some(folder) : Option.none()
}, Effect.orElseSucceed(() => Option.none<string>()))

/**
 * Builds the store on the file at a path.
 *
 * Its exclusive section holds between processes, also of several machines when their shared file system carries
 * locks. It fails when another process does not leave its own for a minute.
 */
export const make = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const location = Option.getOrElse(yield* inHome(path), () => paths.resolve(path))
  // A path that cannot be resolved now will fail by name when it is read.
  const real = Effect.orElseSucceed(realFile(fs, paths, location), () => location)
  const semaphore = yield* semaphoreFor(yield* real)
  const onBusy = new AuthStoreFailed({ path: location, operation: "lock", problem: "another process holds the lock" })

  const failed = (operation: AuthStoreFailed["operation"]) => (error: PlatformError): AuthStoreFailed =>
    new AuthStoreFailed({ path: location, operation, problem: problemOf(error) })

  const alone = yield* Effect.cached(Effect.logWarning(
    `There can be no lock between processes for ${location}: neither its folder nor the folder for temporary files ` +
      "can be written. Only one process may use this login."
  ))

  const elsewhere = (target: string) =>
    Effect.map(ownFolder(fs), Option.map((folder) => paths.join(folder, `${Hash.string(target)}${lockSuffix}`)))

  const startsAlone = Effect.gen(function*() {
    const target = yield* real
    const folder = paths.dirname(target)
    return (yield* Effect.isSuccess(fs.access(folder))) &&
      !(yield* Effect.isSuccess(fs.access(folder, { writable: true }))) &&
      Option.isNone(yield* elsewhere(target))
  })
  yield* Effect.when(alone, startsAlone)

  const { forget, read, removed } = yield* reader(fs, location, failed)

  return {
    location,
    read,
    writable: Effect.mapError(canReplace(fs, paths, location), failed("write")),
    write: (json: AuthJson.AuthJson) =>
      replaceFile(fs, paths, location, Redacted.value(AuthJson.stringify(json))).pipe(
        Effect.mapError(failed("write")),
        Effect.ensuring(forget)
      ),
    remove: Effect.ensuring(Effect.mapError(removeFile(fs, paths, location), failed("remove")), removed),
    exclusive: <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | AuthStoreFailed, R> =>
      semaphore.withPermit(Effect.gen(function*() {
        const target = yield* real
        const places = [Effect.succeedSome(`${target}${lockSuffix}`), elsewhere(target)]
        // Where there is no folder, nothing is there that would need a lock.
        return yield* (yield* Effect.isSuccess(fs.access(paths.dirname(target))))
          ? withFileLock(self, { places, onBusy, onNone: alone })
          : self
      }))
  }
})
