/**
 * The account that a command is about: that of the environment, or of the file that `--path` names.
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as CodexLive from "../../CodexLive.ts"
import * as Keeping from "./keeping.ts"
import * as KeptLogin from "./keptLogin.ts"
import { CommandFailed, misconfigured } from "./outcome.ts"

/** Which auth.json. */
export const path = Flag.String("path").pipe(
  Flag.withMetavar("auth.json"),
  Flag.withDescription(
    "The login to use. Default: that in CODEX_STORE_URL, CODEX_AUTH_JSON_JSON, CODEX_AUTH_JSON_PATH, else the file of the Codex CLI"
  ),
  Flag.optional
)

/** Whether programs read it. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON document instead of text"),
  Flag.withDefault(false)
)

/** Words, however they are quoted. */
export const words = (name: string) => Argument.String(name).pipe(Argument.variadic())

/** The settings of the environment, with `--path` over them. */
export const values = (path: Option.Option<string>): Effect.Effect<CodexLive.Values, Config.ConfigError> =>
  Effect.map(CodexLive.config, (environment): CodexLive.Values =>
    Option.match(path, {
      onNone: () => environment,
      onSome: (authJsonPath) => ({ ...environment, authJson: undefined, authJsonPath })
    }))

/**
 * Everything, for this login: that of the database which the bot's instances share, where they do and have one. `changes`:
 * the command makes or ends a login, and does so there in any case.
 */
export const layer = (
  path: Option.Option<string>,
  { changes = false, ...over }: CodexLive.Values & { readonly changes?: boolean } = {}
): Layer.Layer<CodexLive.Services, CommandFailed, FileSystem.FileSystem | Path.Path> =>
  Layer.unwrap(Effect.gen(function*() {
    const given = { ...yield* Effect.mapError(values(path), misconfigured), ...over }
    const url = Option.isSome(path) ? Option.none() : yield* Keeping.url.pipe(
      Effect.mapError(({ exitCode, message }) => new CommandFailed({ message, exitCode }))
    )
    return Option.match(url, {
      onNone: () => CodexLive.codexLive(given),
      onSome: (url) => CodexLive.codexLive({ ...given, authStore: KeptLogin.certain(url, { changes }) })
    })
  }))
