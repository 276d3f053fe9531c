/**
 * The account that a command is about: that of the environment, or of the file that `--path` names.
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as CodexLive from "../../CodexLive.ts"
import { type CommandFailed, misconfigured } from "./outcome.ts"

/** Which auth.json. */
export const path = Flag.String("path").pipe(
  Flag.withMetavar("auth.json"),
  Flag.withDescription(
    "The login to use. Default: CODEX_AUTH_JSON_JSON, CODEX_AUTH_JSON_PATH, else the file of the Codex CLI"
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

/** Everything, for this login. */
export const layer = (
  path: Option.Option<string>,
  over: CodexLive.Values = {}
): Layer.Layer<CodexLive.Services, CommandFailed> =>
  Layer.unwrap(
    Effect.mapBoth(values(path), {
      onFailure: misconfigured,
      onSuccess: (values) => CodexLive.codexLive({ ...values, ...over })
    })
  )
