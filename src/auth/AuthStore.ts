/**
 * Where auth.json lives, and one exclusive section over it.
 *
 * A store keeps and returns the login; when to refresh it is `CodexAuth`'s affair, and how is `TokenRefresh`'s. Write
 * another layer to keep the login elsewhere.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { SqlClient } from "effect/sql/SqlClient"
import { home } from "../internal/machine.ts"
import { optional, present, words } from "../internal/settings.ts"
import { AuthFileInvalid, AuthFileNotFound, type AuthStoreFailed } from "./AuthError.ts"
import * as AuthJson from "./AuthJson.ts"
import * as AuthFile from "./internal/authFile.ts"
import * as LoginDocument from "./internal/loginDocument.ts"

/**
 * Where the login comes from: the first of these that is set wins.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** A bare bearer token. It cannot be refreshed. Default: none. */
  readonly accessToken?: Redacted.Redacted | undefined
  /** The text of an auth.json, from a secret manager. Refreshed tokens live in memory only. Default: none. */
  readonly authJson?: Redacted.Redacted | undefined
  /**
   * Path of auth.json; a leading `~/` is the home folder.
   *
   * Default: `auth.json` in `CODEX_HOME`, else in `.codex` of the home folder.
   */
  readonly authJsonPath?: string | undefined
}

/**
 * Why the login could not be read.
 *
 * @since 0.1.0
 * @category errors
 */
export type ReadError = AuthFileNotFound | AuthFileInvalid | AuthStoreFailed

/**
 * What a home of the login can do.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Where the login lives: a path, or what stands in for one. Safe to show. */
  readonly location: string
  /** What the store holds now: a login that was made elsewhere shows at once. */
  readonly read: Effect.Effect<AuthJson.AuthJson, ReadError>
  /**
   * Fails with what `write` would fail with, as far as that can be known without writing.
   *
   * Asked before a refresh token is spent, and whenever the state of the login is shown: it must be cheap, and must
   * not remember an answer for longer than a few seconds.
   */
  readonly writable: Effect.Effect<void, AuthStoreFailed>
  /** Replaces the login as a whole: after a failure the old one is still there. */
  readonly write: (json: AuthJson.AuthJson) => Effect.Effect<void, AuthStoreFailed>
  /** Removes the login; true when there was one. */
  readonly remove: Effect.Effect<boolean, AuthStoreFailed>
  /** Runs an effect while nobody else who uses this store is in its own. */
  readonly exclusive: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | AuthStoreFailed, R>
}

/**
 * The home of the login as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class AuthStore extends Context.Service<AuthStore, Service>()("effect-codex/AuthStore") {}

// As the Codex CLI has it; the home folder is `USERPROFILE`, else `HOME`, else what the system knows of its user.
const defaultPath: Effect.Effect<string, never, Path.Path> = Effect.gen(function*() {
  const paths = yield* Path.Path
  const folder = yield* words("CODEX_HOME").pipe(
    Effect.flatMap(Effect.fromNullishOr),
    Effect.catch(() => Effect.map(home, (folder) => paths.join(folder, ".codex")))
  )
  return paths.join(folder, "auth.json")
})

const invalid = (path: string) => (problem: AuthJson.Problem): AuthFileInvalid => new AuthFileInvalid({ path, problem })

/**
 * Provides the file at a path; a leading `~/` is the home folder. Use it when the login is one that the Codex CLI made
 * or shares.
 *
 * The file is replaced as a whole, and written in place only where it cannot be replaced: one that is a mount of its
 * own, or in a folder that cannot be written. The exclusive section holds between processes, also of several machines
 * when their shared file system carries locks. It fails when another process does not leave its own for a minute; where
 * there can be no lock, a warning says so when the store is built.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (
  path: string
): Layer.Layer<AuthStore, never, FileSystem.FileSystem | Path.Path> => Layer.effect(AuthStore, AuthFile.make(path))

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
    writable: Effect.void,
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
 * Use it for a process that is always started with a fresh login: refreshed tokens are lost with the process, and the
 * ones it began with do not work again.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerJson = (json: Redacted.Redacted | AuthJson.Document): Layer.Layer<AuthStore> => {
  const location = "memory:auth.json"
  const parsed = AuthJson.parse(json)
  return Layer.effect(
    AuthStore,
    makeMemory(location, Result.mapError(parsed, invalid(location)))
  )
}

/**
 * Provides a bare access token, which cannot be refreshed. Use it in scripts that end before the token does.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAccessToken = (accessToken: Redacted.Redacted): Layer.Layer<AuthStore> =>
  Layer.effect(AuthStore, makeMemory("memory:access_token", Result.succeed(LoginDocument.fromAccessToken(accessToken))))

/**
 * Provides a login that several machines share: a row of the table `codex_auth`, which is made at the first use.
 *
 * Provide a `SqlClient`: `@effect/sql-pg` for Postgres, `effect-codex/sqlite` for processes of one machine. The row holds
 * the tokens in the clear: the database must be private. The exclusive section is a lease in that row, by the database's
 * clock: when its holder dies it is over after 15 seconds, and what a holder writes that was overtaken is refused. `name`
 * tells the logins of one database apart. Default: `codex`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSql = (
  options: { readonly name?: string | undefined } = {}
): Layer.Layer<AuthStore, never, SqlClient> =>
  Layer.effect(
    AuthStore,
    // Loaded by those who use it: it brings Effect's SQL along.
    Effect.flatMap(Effect.promise(() => import("./internal/authSql.ts")), ({ make }) => make(options))
  )

/**
 * Provides the login that the options name: an access token, else a text, else a file, else the file of the Codex CLI.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<AuthStore, never, FileSystem.FileSystem | Path.Path> =>
  options.accessToken !== undefined
    ? layerAccessToken(options.accessToken)
    : options.authJson !== undefined
    ? layerJson(options.authJson)
    : options.authJsonPath !== undefined
    ? layerFile(options.authJsonPath)
    : Layer.effect(AuthStore, Effect.flatMap(defaultPath, AuthFile.make))

/**
 * The variables that name the login: `CODEX_AUTH_JSON_JSON` and `CODEX_AUTH_JSON_PATH`. One that is empty is not set.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  authJson: optional(Config.Redacted("CODEX_AUTH_JSON_JSON")),
  authJsonPath: words("CODEX_AUTH_JSON_PATH")
})

/**
 * Provides the login that the environment names, or that a `Config` of your own names.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<AuthStore, Config.ConfigError, FileSystem.FileSystem | Path.Path> =>
  Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
