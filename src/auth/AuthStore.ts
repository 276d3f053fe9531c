/**
 * Where auth.json lives, and one exclusive section over it.
 *
 * A store keeps and returns the login; when to refresh it is `CodexAuth`'s affair. Write another layer to keep
 * the login elsewhere: `read`, `write`, `remove`, and an `exclusive` that lets one refresh happen at a time.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { CodexConfig } from "../CodexConfig.ts"
import { AuthFileInvalid, AuthFileNotFound, AuthStoreFailed } from "./AuthError.ts"
import * as AuthJson from "./AuthJson.ts"
import { realFile, removeFile, replaceFile } from "./internal/atomicFile.ts"
import { withFileLock } from "./internal/fileLock.ts"
import { semaphoreFor } from "./internal/pathLocks.ts"
import * as StoreLock from "./StoreLock.ts"

/** Why the login could not be read. */
export type ReadError = AuthFileNotFound | AuthFileInvalid | AuthStoreFailed

export interface Service {
  /** Where the login lives: a path, or what stands in for one. Safe to show. */
  readonly location: string
  readonly read: Effect.Effect<AuthJson.AuthJson, ReadError>
  /** Replaces the login as a whole: after a failure the old one is still there. */
  readonly write: (json: AuthJson.AuthJson) => Effect.Effect<void, AuthStoreFailed>
  /** Removes the login; true when there was one. */
  readonly remove: Effect.Effect<boolean, AuthStoreFailed>
  /** Runs an effect while nobody else who uses this store is in its own. */
  readonly exclusive: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | AuthStoreFailed, R>
}

/** The home of the login as a service. */
export class AuthStore extends Context.Service<AuthStore, Service>()("effect-codex/AuthStore") {}

// Without any home the path stays as it is written, and the file is not found there by that name.
const unknownHome = "~"

const home: Effect.Effect<string> = Config.String("USERPROFILE").pipe(
  Config.orElse(() => Config.String("HOME")),
  Effect.orElseSucceed(() => unknownHome)
)

/**
 * Where the Codex CLI keeps auth.json: in `CODEX_HOME`, else in `.codex` of the home folder
 * (`USERPROFILE`, else `HOME`).
 */
export const defaultPath: Effect.Effect<string, never, Path.Path> = Effect.gen(function*() {
  const paths = yield* Path.Path
  const folder = yield* Config.String("CODEX_HOME").pipe(
    Effect.catch(() => Effect.map(home, (folder) => paths.join(folder, ".codex")))
  )
  return paths.join(folder, "auth.json")
})

const expandHome = Effect.fnUntraced(function*(path: string) {
  if (!path.startsWith("~/")) return (yield* Path.Path).resolve(path)
  const folder = yield* home
  return folder === unknownHome ? path : (yield* Path.Path).join(folder, path.slice(2))
})

// Old CLIs write in place, so a reader may meet half a file.
const tornRead = { times: 5, schedule: Schedule.spaced(Duration.millis(200)) }

const invalid = (path: string) => (problem: AuthJson.Problem): AuthFileInvalid => new AuthFileInvalid({ path, problem })

const parsed = (path: string, text: string): Effect.Effect<AuthJson.AuthJson, AuthFileInvalid> =>
  Effect.fromResult(Result.mapError(AuthJson.parse(Redacted.make(text)), invalid(path)))

// A full disk and a read-only mount have no tag of their own, only the system's code.
const problemOf = ({ reason }: PlatformError): string =>
  reason._tag === "Unknown" && Predicate.hasProperty(reason.cause, "code") && Predicate.isString(reason.cause.code)
    ? reason.cause.code
    : reason._tag

// Next to the real file, under a name that the CLI does not use: its own locks are `auth.lock` and `auth.json.lock`.
const lockSuffix = ".effect-codex.lock"

/**
 * Builds a store on the file at a path; a leading `~/` is the home folder.
 *
 * The exclusive section holds between processes, also of several machines when their shared file system carries
 * locks. It fails when another process does not leave its own for a minute.
 */
export const makeFile = Effect.fnUntraced(function*(
  path: string
): Effect.fn.Return<Service, never, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const location = yield* expandHome(path)
  // A path that cannot be resolved now will fail by name when it is read.
  const real = Effect.orElseSucceed(realFile(fs, paths, location), () => location)
  const semaphore = yield* semaphoreFor(yield* real)
  const held = new AuthStoreFailed({ path: location, operation: "lock", problem: "another process holds the lock" })

  const failed = (operation: AuthStoreFailed["operation"]) => (error: PlatformError): AuthStoreFailed =>
    new AuthStoreFailed({ path: location, operation, problem: problemOf(error) })

  const read: Service["read"] = fs.readFileString(location).pipe(
    Effect.catchTag("PlatformError", (error) =>
      Effect.fail(
        error.reason._tag === "NotFound" ? new AuthFileNotFound({ path: location }) : failed("read")(error)
      )),
    Effect.flatMap((text) => parsed(location, text)),
    Effect.retry({ ...tornRead, while: (error) => error._tag === "AuthFileInvalid" })
  )

  return {
    location,
    read,
    write: (json) =>
      Effect.mapError(replaceFile(fs, paths, location, Redacted.value(AuthJson.stringify(json))), failed("write")),
    remove: Effect.mapError(removeFile(fs, paths, location), failed("remove")),
    exclusive: (self) =>
      semaphore.withPermit(
        Effect.flatMap(real, (path) => withFileLock(self, { path: `${path}${lockSuffix}`, onBusy: held }))
      )
  }
})

/** Provides the file at a path. */
export const layerFile = (
  path: string
): Layer.Layer<AuthStore, never, FileSystem.FileSystem | Path.Path> => Layer.effect(AuthStore, makeFile(path))

const makeMemory = Effect.fnUntraced(function*(
  location: string,
  initial: Result.Result<AuthJson.AuthJson, AuthFileInvalid>
): Effect.fn.Return<Service> {
  const held = yield* Ref.make<Result.Result<AuthJson.AuthJson, ReadError>>(initial)
  const semaphore = yield* Semaphore.make(1)
  const none = Result.fail(new AuthFileNotFound({ path: location }))
  return {
    location,
    read: Effect.flatMap(Ref.get(held), Effect.fromResult),
    write: (json) => Ref.set(held, Result.succeed(json)),
    remove: Effect.map(
      Ref.getAndSet(held, none),
      (before) => Result.isSuccess(before) || before.failure._tag !== "AuthFileNotFound"
    ),
    exclusive: (self) => semaphore.withPermit(self)
  }
})

/**
 * Provides a login that lives in memory: the text of an auth.json, or the object a secret manager made of it.
 *
 * Refreshed tokens are lost with the process, and the ones it began with do not work again.
 */
export const layerJson = (json: Redacted.Redacted | AuthJson.Document): Layer.Layer<AuthStore> => {
  const location = "memory:auth.json"
  const parsed = Redacted.isRedacted(json) ? AuthJson.parse(json) : AuthJson.fromUnknown(json)
  return Layer.effect(
    AuthStore,
    makeMemory(location, Result.mapError(parsed, invalid(location)))
  )
}

/** Provides a bare access token, which cannot be refreshed. */
export const layerAccessToken = (accessToken: Redacted.Redacted): Layer.Layer<AuthStore> =>
  Layer.effect(AuthStore, makeMemory("memory:access_token", Result.succeed(AuthJson.fromAccessToken(accessToken))))

/** Builds a store on one key of the `KeyValueStore` of the context. */
export const makeKeyValueStore = Effect.fnUntraced(function*(
  options: { readonly key?: string } = {}
): Effect.fn.Return<Service, never, KeyValueStore.KeyValueStore | StoreLock.StoreLock> {
  const values = yield* KeyValueStore.KeyValueStore
  const lock = yield* StoreLock.StoreLock
  const key = options.key ?? "codex/auth.json"
  const location = `store:${key}`

  // The error of a store may quote what it could not store.
  const failed = (operation: AuthStoreFailed["operation"]) => () =>
    new AuthStoreFailed({ path: location, operation, problem: "KeyValueStoreError" })

  return {
    location,
    read: Effect.gen(function*() {
      const text = yield* Effect.mapError(values.get(key), failed("read"))
      return text === undefined
        ? yield* new AuthFileNotFound({ path: location })
        : yield* parsed(location, text)
    }),
    write: (json) => Effect.mapError(values.set(key, Redacted.value(AuthJson.stringify(json))), failed("write")),
    remove: Effect.mapError(
      Effect.andThen(values.has(key), (had) => Effect.as(values.remove(key), had)),
      failed("remove")
    ),
    exclusive: (self) => StoreLock.withLease(self, { lock, key, location })
  }
})

/**
 * Provides a login that several machines share: one key of a `KeyValueStore`, and a lease on it from `StoreLock`.
 *
 * The key (default: `codex/auth.json`) holds the tokens in the clear: the store must be private, and its `set`
 * must replace a value as a whole. Both hold for Redis and SQL, and not for `KeyValueStore.layerFileSystem`.
 */
export const layerKeyValueStore = (
  options: { readonly key?: string } = {}
): Layer.Layer<AuthStore, never, KeyValueStore.KeyValueStore | StoreLock.StoreLock> =>
  Layer.effect(AuthStore, makeKeyValueStore(options))

/** Provides what `CodexConfig` asks for: its access token, its auth JSON, its path, or else the default path. */
export const layerConfig: Layer.Layer<AuthStore, never, FileSystem.FileSystem | Path.Path> = Layer.unwrap(
  Effect.gen(function*() {
    const settings = yield* CodexConfig
    if (settings.accessToken !== undefined) {
      return layerAccessToken(settings.accessToken)
    }
    if (settings.authJson !== undefined) {
      return layerJson(settings.authJson)
    }
    return layerFile(settings.authJsonPath ?? (yield* defaultPath))
  })
)
