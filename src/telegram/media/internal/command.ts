/**
 * Speech to text by a program of this machine: the file in, the text out of what it prints.
 *
 * Loaded when the first program is run, so that a bot without one does not load what starts programs.
 */
import * as NodeChildProcessSpawner from "@effect/platform-node/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as ChildProcess from "effect/process/ChildProcess"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as CommandLine from "effect/process/CommandLine"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import process from "node:process"

/** How a program ended: with what it printed, or with a code, too much, or not at all. */
export type Outcome =
  | { readonly _tag: "Printed"; readonly text: string }
  | { readonly _tag: "Exited"; readonly code: number }
  | { readonly _tag: "TooLong" }
  | { readonly _tag: "Unstartable" }

const place = "{file}"

// Who runs and where things lie; whatever else the bot was told, such as its token, is not for a program to know.
const passedOn = new Set(
  ("PATH HOME USER LOGNAME LANG LANGUAGE TZ TMPDIR TMP TEMP XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME LD_LIBRARY_PATH " +
    "DYLD_LIBRARY_PATH CUDA_VISIBLE_DEVICES OMP_NUM_THREADS HF_HOME SYSTEMROOT WINDIR COMSPEC PATHEXT USERPROFILE APPDATA " +
    "LOCALAPPDATA").split(" ")
)

const environment = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => passedOn.has(name.toUpperCase()) || /^LC_[A-Z]+$/.test(name))
  )

const settings = (): ChildProcess.CommandOptions => ({
  env: environment(),
  extendEnv: false,
  stdin: "ignore",
  // Nobody reads it, and a full pipe would hold the program up.
  stderr: "ignore",
  forceKillAfter: "2 seconds"
})

/** Words are a program and its arguments; a text is for the shell, and may have pipes. */
const commandOf = (command: string | ReadonlyArray<string>, file: string): ChildProcess.Command => {
  if (typeof command !== "string") {
    const [program = "", ...words] = command.some((word) => word.includes(place)) ? command : [...command, place]
    return ChildProcess.make(program, words.map((word) => word.replaceAll(place, file)), settings())
  }
  const script = command.includes(place) ? command : `${command} ${place}`
  const quoted = Result.getOrElse(CommandLine.quote(file), () => "''")
  return ChildProcess.make(script.replaceAll(place, quoted), { ...settings(), shell: "/bin/sh" })
}

const platform = NodeChildProcessSpawner.layer.pipe(
  Layer.provide(NodePath.layer),
  Layer.provideMerge(NodeFileSystem.layer)
)

/** Runs a program on a file that nobody else can read, and that is gone afterwards, as is the program. */
export const run = Effect.fnUntraced(
  function*(
    command: string | ReadonlyArray<string>,
    speech: { readonly bytes: Uint8Array; readonly name: string },
    mostBytes: number
  ) {
    const services = yield* Layer.build(platform)
    const fs = Context.get(services, FileSystem.FileSystem)
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "effect-codex-" })
    const file = `${folder}/${speech.name}`
    yield* fs.writeFile(file, speech.bytes, { mode: 0o600 })
    const running = yield* Context.get(services, ChildProcessSpawner).spawn(commandOf(command, file))
    const decoder = new TextDecoder()
    let size = 0
    let text = ""
    yield* running.stdout.pipe(
      Stream.takeWhile((part) => {
        size += part.length
        return size <= mostBytes
      }),
      Stream.runForEach((part) => Effect.sync(() => text += decoder.decode(part, { stream: true })))
    )
    if (size > mostBytes) return { _tag: "TooLong" } satisfies Outcome
    const code = yield* running.exitCode
    return code === 0
      ? { _tag: "Printed", text: text + decoder.decode() } satisfies Outcome
      : { _tag: "Exited", code } satisfies Outcome
  },
  Effect.scoped,
  // What the platform says may name the place of the file; that the program could not be started says enough.
  Effect.orElseSucceed((): Outcome => ({ _tag: "Unstartable" }))
)
