/**
 * The `effect-codex` command as a process, on a Node that has what it needs.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import * as Stdio from "effect/Stdio"
import process from "node:process"
import * as Cli from "./Cli.ts"
import * as OutboundProxy from "./internal/outboundProxy.ts"
import { exitCodes } from "./internal/outcome.ts"

/** Ends. A disk that is full is noticed by nobody else: `effect-codex ask … > answer.md`. */
const end = (code: number): void => {
  const failure: NodeJS.ErrnoException | null = process.stdout.errored
  if (failure === null || failure.code === "EPIPE") process.exit(code)
  process.stderr.write(`Not everything was written (${failure.message}).\n`)
  process.exit(exitCodes.failed)
}

// Whoever reads no more has had enough: `effect-codex models | head -1`.
process.stdout.on("error", () => end(exitCodes.done))

// As the bot does; that a proxy is not usable is told by the bot, and by the doctor.
const throughProxy = Effect.ignore(OutboundProxy.use).pipe(
  Effect.provideService(References.MinimumLogLevel, "None")
)

const running = Effect.runFork(
  throughProxy.pipe(
    Effect.andThen(Stdio.Stdio),
    Effect.flatMap((stdio) => Effect.flatMap(stdio.args, Cli.run)),
    Effect.provide(NodeServices.layer)
  )
)

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // A bot listens itself: it has answers to finish, and then it is done.
    if (process.listenerCount(signal) === 1) running.interruptUnsafe()
  })
}

running.addObserver((exit) => end(Exit.isSuccess(exit) ? exit.value : exitCodes.interrupted))
