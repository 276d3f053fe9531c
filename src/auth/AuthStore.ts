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
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { CodexConfig } from "../CodexConfig.ts"
import { AuthFileInvalid, AuthFileNotFound, AuthStoreFailed } from "../CodexError.ts"
import * as AuthJson from "./AuthJson.ts"
import { realFile, removeFile, replaceFile } from "./internal/atomicFile.ts"
import { semaphoreFor } from "./internal/pathLocks.ts"

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

// A full disk and a read-only mount have no tag of their own, only the system's code.
const problemOf = ({ reason }: PlatformError): string =>
  reason._tag === "Unknown" && Predicate.hasProperty(reason.cause, "code") && Predicate.isString(reason.cause.code)
    ? reason.cause.code
    : reason._tag

/** Builds a store on the file at a path; a leading `~/` is the home folder. */
export const makeFile = Effect.fnUntraced(function*(
  path: string
): Effect.fn.Return<Service, never, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const location = yield* expandHome(path)
  // A path that cannot be resolved now will fail by name when it is read.
  const lockPath = yield* Effect.orElseSucceed(realFile(fs, paths, location), () => location)
  const semaphore = yield* semaphoreFor(lockPath)

  const failed = (operation: AuthStoreFailed["operation"]) => (error: PlatformError): AuthStoreFailed =>
    new AuthStoreFailed({ path: location, operation, problem: problemOf(error) })

  const read: Service["read"] = fs.readFileString(location).pipe(
    Effect.catchTag("PlatformError", (error) =>
      Effect.fail(
        error.reason._tag === "NotFound" ? new AuthFileNotFound({ path: location }) : failed("read")(error)
      )),
    Effect.flatMap((text) =>
      Effect.fromResult(Result.mapError(AuthJson.parse(Redacted.make(text)), invalid(location)))
    ),
    Effect.retry({ ...tornRead, while: (error) => error._tag === "AuthFileInvalid" })
  )

  return {
    location,
    read,
    write: (json) =>
      Effect.mapError(replaceFile(fs, paths, location, Redacted.value(AuthJson.stringify(json))), failed("write")),
    remove: Effect.mapError(removeFile(fs, paths, location), failed("remove")),
    exclusive: (self) => semaphore.withPermit(self)
  }
})

/** Provides the file at a path. */
export const layerFile = (
  path: string
): Layer.Layer<AuthStore, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(AuthStore, makeFile(path))

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
