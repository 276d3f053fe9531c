/**
 * The `effect-codex` command: its tree, and how a run of it ends.
 */
import * as Cause from "effect/Cause"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { version } from "../internal/client.ts"
import { ask } from "./ask.ts"
import { botCommand } from "./botCommand.ts"
import { doctor } from "./doctor.ts"
import * as BotLog from "./internal/botLog.ts"
import { exitCodes, misused } from "./internal/outcome.ts"
import { login } from "./login.ts"
import { logout } from "./logout.ts"
import { models } from "./models.ts"
import { playgroundCommand } from "./playgroundCommand.ts"
import * as Screen from "./Screen.ts"
import { status } from "./status.ts"

/** The environment, and behind it what a file says. */
const settings = Effect.fnUntraced(function*(envFile: Option.Option<string>) {
  const environment = yield* ConfigProvider.ConfigProvider
  if (Option.isNone(envFile)) return environment
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(envFile.value).pipe(
    Effect.mapError(() => misused(`There is no file of settings that can be read at ${envFile.value} (--env-file).`))
  )
  return ConfigProvider.orElse(environment, ConfigProvider.fromDotEnvContents(text))
})

/** The whole tree. */
export const command = Command.make("effect-codex").pipe(
  Command.withSharedFlags({
    envFile: Flag.String("env-file").pipe(
      Flag.withMetavar(".env"),
      Flag.withDescription("A file of settings; what the environment says counts over it"),
      Flag.optional
    )
  }),
  Command.withDescription(
    "ChatGPT through a Codex session token: sign in, look at the account, ask, and run a Telegram bot."
  ),
  Command.withSubcommands([playgroundCommand, login, status, models, ask, botCommand, doctor, logout]),
  Command.provideEffect(ConfigProvider.ConfigProvider, ({ envFile }) => settings(envFile)),
  Command.withExamples([
    { command: "effect-codex playground", description: "Try it" },
    { command: "effect-codex login", description: "Sign in" },
    { command: "effect-codex ask What is 6 x 7?", description: "Ask" },
    { command: "effect-codex bot --env-file .env", description: "Run the bot of these settings" },
    { command: "effect-codex doctor --env-file .env", description: "Find out why it does not run" }
  ])
)

/** What is asked for goes to stdout, what went wrong to stderr: a wrong word is not buried under a page of help. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(
        Screen.printable(
          `${event.errors.map(({ message }) => message).join("\n")}\n\nSee \`${event.commandPath.join(" ")} --help\`.`
        )
      )
      : CliOutput.defaultPresenter.present(event)
}

const environment = Layer.mergeAll(
  Screen.layer,
  CliConfig.layer({
    builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel]
  }),
  CliOutput.layerPresenter(presenter),
  // The answer of a command goes to stdout; what is logged meanwhile must not get into it.
  Logger.layer([BotLog.aside])
).pipe(Layer.provideMerge(TerminalCapabilities.layer))

/** Runs a command line; the exit code, after everything was said. */
export const run = Effect.fnUntraced(
  function*(args: ReadonlyArray<string>) {
    const screen = yield* Screen.Screen
    const exit = yield* Effect.exit(Command.runWith(command, { version })(args))
    if (Exit.isSuccess(exit)) return exitCodes.done
    if (Cause.hasInterruptsOnly(exit.cause)) return exitCodes.interrupted
    const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    switch (error?._tag) {
      case "ShowHelp":
        return error.errors.length > 0 ? exitCodes.usage : exitCodes.done
      case "CommandFailed":
        if (error.message !== "") yield* screen.warn(error.message)
        return error.exitCode
      case undefined:
        yield* screen.warn(`This is a bug of effect-codex ${version}:\n${Cause.pretty(exit.cause)}`)
        return exitCodes.failed
      default:
        yield* screen.warn(error?.message ?? "")
        return exitCodes.usage
    }
  },
  Effect.provide(environment)
)
