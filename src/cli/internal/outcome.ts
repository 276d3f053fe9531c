/**
 * How a command ends: what the person reads on stderr, and the exit code.
 */
import type * as Config from "effect/Config"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import {
  AccessTokenExpired,
  AccessTokenMissing,
  AuthFileInvalid,
  AuthFileNotFound,
  Unauthorized
} from "../../auth/AuthError.ts"
import { explain, type Explained } from "../../Failure.ts"

/** The exit codes of every command; the page of the commands prints them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  warning: 3,
  interrupted: 130
} as const

/** What each exit code means, for the help and the page. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: "done; `doctor`: all is well",
  failed: "it failed, and stderr says why; `doctor`: something is broken",
  usage: "the command line or a setting is wrong; nothing was done",
  warning: "`doctor` only: nothing is broken, and something deserves attention",
  interrupted: "interrupted, for example by Ctrl-C"
}

/** A command that did not do what was asked. An empty message says that everything was said already. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>("effect-codex/CommandFailed")("CommandFailed", {
  message: Schema.String,
  exitCode: Schema.Int
}) {
  override readonly [Runtime.errorExitCode] = this.exitCode
}

const needsLogin = Schema.is(
  Schema.Union([AuthFileNotFound, AuthFileInvalid, AccessTokenMissing, AccessTokenExpired, Unauthorized])
)

/** A failure of the library, in words for whoever runs the command. */
export const told = (error: Explained): string =>
  `${explain(error, "program")}${needsLogin(error) ? "\n`effect-codex login` signs in as well." : ""}`

/** A failure of the library. */
export const failed = (error: Explained): CommandFailed =>
  new CommandFailed({ message: told(error), exitCode: exitCodes.failed })

/** Everything was said already. */
export const silent = (exitCode: number): CommandFailed => new CommandFailed({ message: "", exitCode })

/** The command line is right, and yet nothing can be done with it. */
export const misused = (message: string): CommandFailed => new CommandFailed({ message, exitCode: exitCodes.usage })

/** One sentence from a `ConfigError`: the variable, and what it should be. */
export const misconfiguration = ({ message }: Config.ConfigError): string => {
  const [, problem, variable] = /\(([^\n]*)\n\s*at \["(\w+)"\]/.exec(message) ?? []
  return variable === undefined
    ? message.replace(/^SourceError: /, "").replaceAll(/\s+/g, " ")
    : `${variable} is not usable: ${problem}.`
}

/** A variable that cannot be used: nothing was done. */
export const misconfigured = (error: Config.ConfigError): CommandFailed => misused(misconfiguration(error))
