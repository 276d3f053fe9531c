/**
 * The playground: a chat with the real bot, and nothing leaves this machine.
 *
 * At a terminal a person chats; anywhere else (a pipe, a file, CI) a script plays, and the exit code is 1 when an
 * answer is not as it should be.
 */
import { Console, Duration, Effect } from "effect"
import { playScript } from "./script.ts"
import { converse } from "./terminal.ts"
import * as World from "./world.ts"

const header = "No account, no token: this Telegram and this ChatGPT are emulated on this machine; the bot is real."

const chat = Effect.gen(function*() {
  yield* Console.log(`${header} Try /codex help; /quit ends.`)
  yield* converse(yield* World.make(30), process.stdin, process.stdout)
})

const script = Effect.gen(function*() {
  yield* Console.log(`${header} Nobody is at the terminal, so a script plays.\n`)
  yield* playScript(yield* World.make(1), Duration.seconds(5))
})

/** Somebody wants to stop, or nobody reads any more: `npm start | head`. */
const leave = Effect.callback<void, NodeJS.ErrnoException>((resume) => {
  const done = () => resume(Effect.void)
  process.once("SIGINT", done).once("SIGTERM", done).once("SIGHUP", done)
  // Stays, because what is still written after the first failure fails as well.
  process.stdout.on(
    "error",
    (error: NodeJS.ErrnoException) => resume(error.code === "EPIPE" ? Effect.void : Effect.fail(error))
  )
})

process.exitCode = await Effect.runPromise(
  Effect.raceFirst(Effect.scoped(process.stdin.isTTY ? chat : script), leave).pipe(
    Effect.as(0),
    Effect.catch((error) => Effect.as(Console.error(`! ${error.message}`), 1))
  )
)
