/**
 * A bot of somebody's own as a process: it is told by its environment where its Telegram and its ChatGPT are.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import process from "node:process"

/** The bot is there no more. */
export class BotEnded extends Data.TaggedError("BotEnded")<{ readonly message: string }> {}

/**
 * Starts the file with this Node for the life of the scope, and tells what it writes. `kill` ends it without a warning, and
 * starts it again.
 */
export const start = Effect.fnUntraced(function*(
  [path, ...parameters]: readonly [string, ...ReadonlyArray<string>],
  env: Readonly<Record<string, string>>,
  tell: (line: string) => Effect.Effect<unknown>
) {
  const services = yield* Effect.context<Scope.Scope | ChildProcessSpawner.ChildProcessSpawner>()
  const launch = Effect.gen(function*() {
    const child = yield* ChildProcess.make(process.execPath, [...process.execArgv, path, ...parameters], {
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
    return child
  }).pipe(Effect.provideContext(services))
  let child = yield* launch
  let isKilled = false

  const ended: Effect.Effect<BotEnded> = Effect.suspend(() => child.exitCode).pipe(
    Effect.match({ onFailure: () => "by a signal", onSuccess: (code) => `with code ${code}` }),
    // Whoever has killed it has started another one by then.
    Effect.tap(() => Effect.repeat(Effect.sleep("10 millis"), { while: () => isKilled })),
    Effect.map((how) => new BotEnded({ message: `The bot ended ${how}.` }))
  )
  const lasting: Effect.Effect<BotEnded> = Effect.suspend(() => {
    const before = child
    return Effect.filterOrElse(ended, () => child === before, () => lasting)
  })

  return {
    ended: lasting,
    kill: Effect.gen(function*() {
      isKilled = true
      yield* Effect.ignore(child.kill({ killSignal: "SIGKILL" }))
      child = yield* launch
    }).pipe(Effect.ensuring(Effect.sync(() => {
      isKilled = false
    })))
  }
})
