#!/usr/bin/env node
/**
 * The `effect-codex` command as a process.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stdio from "effect/Stdio"
import * as Cli from "./Cli.ts"

// Whoever reads no more has had enough: `effect-codex models | head -1`.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1))

NodeRuntime.runMain(
  Effect.flatMap(Stdio.Stdio, (stdio) => Effect.flatMap(stdio.args, Cli.run)).pipe(Effect.provide(NodeServices.layer)),
  {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) && typeof exit.value === "number" ? exit.value : 130)
  }
)
