/**
 * A bot of somebody's own as a process: it is told by its environment where its Telegram and its ChatGPT are.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as Stream from "effect/Stream"
import process from "node:process"

/** The bot is there no more. */
export class BotEnded extends Data.TaggedError("BotEnded")<{ readonly message: string }> {}

/** Starts the file with this Node for the life of the scope, and tells what it writes. */
export const start = Effect.fnUntraced(function*(
  path: string,
  env: Readonly<Record<string, string>>,
  tell: (line: string) => Effect.Effect<unknown>
) {
  const child = yield* ChildProcess.make(process.execPath, [...process.execArgv, path], {
    // What would lead it to another account is not its to know.
    env: { ...env, CODEX_AUTH_JSON_JSON: undefined, CODEX_ACCESS_TOKEN: undefined },
    extendEnv: true,
    stdin: "ignore",
    killSignal: "SIGTERM",
    forceKillAfter: "3 seconds"
  })
  yield* child.all.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => tell(`log> ${line}`)),
    Effect.ignore,
    Effect.forkScoped
  )
  const ended = child.exitCode.pipe(
    Effect.match({ onFailure: () => "by a signal", onSuccess: (code) => `with code ${code}` }),
    Effect.map((how) => new BotEnded({ message: `The bot ended ${how}.` }))
  )
  return { ended }
})
