/**
 * The `effect-codex` command: in this process with everything around it made up, and as a process of its own, with and
 * without a terminal.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import * as Cli from "../../src/cli/Cli.ts"

/** What a run left. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type Environment = Readonly<Record<string, string>>

/** Runs a command line in this process. Without `terminal` nobody watches; `stdin` is what is piped in. */
export const inside = Effect.fnUntraced(function*(
  args: ReadonlyArray<string>,
  options: {
    readonly env?: Environment
    readonly stdin?: string
    readonly terminal?: { readonly columns: number; readonly rows: number }
    readonly files?: Layer.Layer<FileSystem.FileSystem>
  } = {}
): Effect.fn.Return<Outcome> {
  let stdout = ""
  let stderr = ""
  const isTerminal = Effect.succeed(options.terminal !== undefined)
  const terminal = Terminal.make({
    columns: Effect.succeed(options.terminal?.columns ?? 0),
    rows: Effect.succeed(options.terminal?.rows ?? 0),
    size: Effect.die("nobody asks"),
    readInput: Effect.die("nobody asks"),
    readLine: Effect.die("nobody asks"),
    display: (text) => Effect.sync(() => void (stdout += text))
  })
  const said = Console.Console.of({
    ...globalThis.console,
    log: (...words: ReadonlyArray<unknown>) => void (stdout += `${words.join(" ")}\n`),
    error: (...words: ReadonlyArray<unknown>) => void (stderr += `${words.join(" ")}\n`)
  })
  const around = Layer.mergeAll(
    options.files ?? Layer.empty,
    Layer.succeed(Terminal.Terminal, terminal),
    Layer.succeed(Console.Console, said),
    Stdio.layerTest({
      stdin: Stream.make(new TextEncoder().encode(options.stdin ?? "")),
      stdinIsTerminal: isTerminal,
      stdoutIsTerminal: isTerminal
    }),
    ConfigProvider.layer(ConfigProvider.fromEnv({ env: options.env ?? {} }))
  )
  const code = yield* Effect.provide(Cli.run(args), Layer.provideMerge(around, NodeServices.layer))
  return { code, stdout, stderr }
})

/** Makes one file of the command, in a folder; its path. */
export const bundle = (folder: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const build = await rolldown({
      input: fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url)),
      platform: "node",
      logLevel: "silent",
      resolve: { conditionNames: ["effect-codex-source", "node", "import"] }
    })
    const file = `${folder}/effect-codex.mjs`
    await build.write({ file, format: "esm", codeSplitting: false })
    return file
  })

/** Whether this machine has `script`, which gives a command a terminal. */
export const hasTerminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0

// A skip that nobody sees would read as a pass.
if (!hasTerminals) console.warn("script(1) is not on this machine: no command is tried at a terminal here.")

/** A process that runs. */
export interface Running {
  /** Waits until its output, both streams in one, holds this. */
  readonly sees: (text: string) => Effect.Effect<void>
  readonly type: (text: string) => Effect.Effect<void>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  readonly ended: Effect.Effect<Outcome>
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/** Starts the bundled command; it is killed when the scope closes. At a terminal, stderr is part of stdout. */
export const start = Effect.fnUntraced(function*(
  file: string,
  args: ReadonlyArray<string>,
  options: {
    readonly env: Environment
    readonly terminal?: boolean
    readonly stdin?: string
    /** A file that it writes to, which is not read. */
    readonly stdout?: string
  }
): Effect.fn.Return<Running, never, Scope.Scope> {
  const { PATH = "" } = process.env
  const command = [process.execPath, file, ...args]
  const line = `exec ${command.map(quoted).join(" ")}`
  const [program = "", ...rest] = options.terminal === true
    ? ["script", "-qec", line, "/dev/null"]
    : options.stdout !== undefined
    ? ["sh", "-c", `${line} > ${quoted(options.stdout)}`]
    : command
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(program, rest, { env: { PATH, TERM: "xterm", NODE_COMPILE_CACHE: `${file}.cache`, ...options.env } })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  let stdout = ""
  let stderr = ""
  const waiting = new Set<() => void>()
  const heard = () => waiting.forEach((look) => look())
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text
    heard()
  })
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text
    heard()
  })
  child.stdin.on("error", () => {})
  if (options.terminal !== true) child.stdin.end(options.stdin ?? "")
  const closed = new Promise<Outcome>((resolve) =>
    child.once("close", (code) => {
      resolve({ code, stdout: stdout.replaceAll("\r\n", "\n"), stderr })
      heard()
    })
  )
  return {
    sees: (text) =>
      Effect.callback((resume) => {
        const look = () => {
          if ((stdout + stderr).includes(text)) resume(Effect.void)
          else if (child.exitCode !== null) resume(Effect.die(`ended without "${text}": ${stdout}${stderr}`))
        }
        waiting.add(look)
        look()
        return Effect.sync(() => waiting.delete(look))
      }),
    type: (text) => Effect.sync(() => void child.stdin.write(text)),
    signal: (signal) => Effect.sync(() => void child.kill(signal)),
    ended: Effect.promise(() => closed)
  }
})
