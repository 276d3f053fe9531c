/**
 * Real processes: started, spoken to line by line, killed.
 *
 * Where hundreds of them start, most of the time would go into loading modules: a script is made one file first.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

/** A process that runs until it ends, is killed, or the scope of its test closes. */
export interface Running {
  /** Waits for the next line that it prints; `undefined` at its end. */
  readonly line: Effect.Effect<string | undefined>
  /** Gives it a line. */
  readonly tell: (line: string) => Effect.Effect<void>
  /** Kills it without warning, and waits until it is gone. */
  readonly kill: Effect.Effect<void>
}

const gone = (child: ChildProcessByStdio<Writable, Readable, null>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) resume(Effect.void)
    else child.once("exit", () => resume(Effect.void))
  })

/** Makes one file of a script of `test/fixtures`, in a folder; its path. */
export const bundle = (script: string, folder: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const build = await rolldown({
      input: fileURLToPath(new URL(`../fixtures/${script}`, import.meta.url)),
      platform: "node",
      resolve: { conditionNames: ["effect-codex-source", "node", "import"] }
    })
    const file = `${folder}/${script.replace(/\.ts$/, ".mjs")}`
    await build.write({ file, format: "esm", codeSplitting: false })
    return file
  })

/** Starts a bundled script in a Node of its own. */
export const start = (file: string, args: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [file, ...args], {
        stdio: ["pipe", "pipe", "inherit"],
        env: { ...process.env, NODE_COMPILE_CACHE: `${file}.cache` }
      })
      // A killed process hangs up on its parent.
      child.stdin.on("error", () => {})
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return {
        line: Effect.map(Effect.promise(() => lines.next()), (next) => next.done === true ? undefined : next.value),
        tell: (line: string) => Effect.sync(() => void child.stdin.write(`${line}\n`)),
        kill: Effect.andThen(Effect.sync(() => child.kill("SIGKILL")), gone(child))
      }
    }),
    (running) => running.kill
  )
