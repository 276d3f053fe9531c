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

// Whoever reads no more has had enough: `effect-codex models | head -1`.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1))

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

running.addObserver((exit) => process.exit(Exit.isSuccess(exit) ? exit.value : exitCodes.interrupted))
