/** The smallest program: `node examples/ten-line-program.ts What is 6 x 7?` */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect } from "effect"
import { Codex, CodexLive } from "effect-codex"

const program = Effect.gen(function*() {
  const codex = yield* Codex.Codex
  const { text } = yield* codex.ask({ text: process.argv.slice(2).join(" ") })
  yield* Console.log(text)
})

NodeRuntime.runMain(Effect.provide(program, CodexLive))
