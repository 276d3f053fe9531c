/**
 * The playground as a program: a chat with the real bot, or a bot of your own, and nothing leaves this machine.
 *
 * At a terminal a person chats; anywhere else (a pipe, a file, CI) a script plays, and it fails when an answer is not as it
 * should be.
 */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import process from "node:process"
import { exitCodes } from "./internal/outcome.ts"
import * as StopSignal from "./internal/stopSignal.ts"
import { converse, hint } from "./playground/converse.ts"
import { playScript } from "./playground/script.ts"
import * as World from "./playground/world.ts"

/** What is played with. */
export interface Options {
  /** The file of a bot of your own, which finds its Telegram at `TELEGRAM_API_ROOT`. Default: the bot of this package. */
  readonly bot?: string | undefined
}

/** The play came to no good end, or did not begin; `message` says in a line why. */
export class PlaygroundFailed extends Data.TaggedError("PlaygroundFailed")<{
  readonly message: string
  readonly exitCode: number
}> {}

const failed = ({ message }: { readonly message: string }): PlaygroundFailed =>
  new PlaygroundFailed({ message, exitCode: exitCodes.failed })

/** Nobody reads any more: `effect-codex playground | head`. */
const unread = Effect.callback<void, PlaygroundFailed>((resume) => {
  // Stays, because what is still written after the first failure fails as well.
  process.stdout.on(
    "error",
    (error: NodeJS.ErrnoException) => resume(error.code === "EPIPE" ? Effect.void : Effect.fail(failed(error)))
  )
})

const header = (own: string | undefined): string =>
  `No account, no token: this Telegram and this ChatGPT are emulated on this machine; ${
    own === undefined ? "the bot is real" : `the bot is ${own}`
  }.`

const chat = Effect.fnUntraced(function*(own: string | undefined) {
  yield* Console.log(`${header(own)}\n${hint}`)
  // A process of its own can be killed. Both programs of this package run the bot when they are told so.
  const [, file] = process.argv
  const world = yield* World.make({ tokenDelay: 30, bot: own, program: file === undefined ? undefined : [file, "bot"] })
  const isStyled = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"
  yield* converse(world, process.stdin, process.stdout, isStyled)
}, Effect.scoped)

const script = Effect.gen(function*() {
  yield* Console.log(`${header(undefined)} Nobody is at the terminal, so a script plays.\n`)
  yield* playScript(yield* World.make({ tokenDelay: 1 }), Duration.seconds(5))
}).pipe(Effect.scoped)

/** A bot that is not there is nothing to begin with. */
const checked = Effect.fnUntraced(function*(path: string) {
  const files = yield* FileSystem.FileSystem
  const isFile = yield* Effect.orElseSucceed(Effect.map(files.stat(path), ({ type }) => type === "File"), () => false)
  if (!isFile) {
    return yield* new PlaygroundFailed({ message: `There is no file ${path}.`, exitCode: exitCodes.usage })
  }
})

/** Plays until somebody leaves, or the script is at its end; fails with a line on what is not as it should be. */
export const playground = Effect.fnUntraced(function*(options: Options = {}) {
  if (options.bot !== undefined) yield* checked(options.bot)
  const played = process.stdin.isTTY || options.bot !== undefined ? chat(options.bot) : script
  yield* Effect.raceFirst(
    Effect.mapError(played, failed),
    Effect.raceFirst(StopSignal.next, unread)
  )
})
