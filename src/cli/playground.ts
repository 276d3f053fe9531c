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
import process from "node:process"
import * as StopSignal from "./internal/stopSignal.ts"
import { converse, hint } from "./playground/converse.ts"
import { playScript } from "./playground/script.ts"
import * as World from "./playground/world.ts"

/** What is played with. */
export interface Options {
  /** The file of a bot of your own, which finds its Telegram at `TELEGRAM_API_ROOT`. Default: the bot of this package. */
  readonly bot?: string | undefined
}

/** The play came to no good end; `message` says in a line why. */
export class PlaygroundFailed extends Data.TaggedError("PlaygroundFailed")<{ readonly message: string }> {}

/** Nobody reads any more: `effect-codex playground | head`. */
const unread = Effect.callback<void, PlaygroundFailed>((resume) => {
  // Stays, because what is still written after the first failure fails as well.
  process.stdout.on(
    "error",
    ({ code, message }: NodeJS.ErrnoException) =>
      resume(code === "EPIPE" ? Effect.void : Effect.fail(new PlaygroundFailed({ message })))
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

/** Plays until somebody leaves, or the script is at its end; fails with a line on what is not as it should be. */
export const playground = Effect.fnUntraced(function*(options: Options = {}) {
  const played = process.stdin.isTTY || options.bot !== undefined ? chat(options.bot) : script
  yield* Effect.raceFirst(
    Effect.mapError(played, ({ message }) => new PlaygroundFailed({ message })),
    Effect.raceFirst(StopSignal.next, unread)
  )
})
