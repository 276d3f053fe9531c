/**
 * What `npm start` runs: the bot when `TELEGRAM_BOT_TOKEN` is set, else the playground, which needs nothing.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import process from "node:process"

const program = process.env["TELEGRAM_BOT_TOKEN"]
  ? Effect.flatMap(Effect.promise(() => import("./bot.ts")), ({ bot }) => bot())
  : Effect.void

process.exitCode = await Effect.runPromise(
  program.pipe(
    Effect.as(0),
    Effect.catch((error) => Effect.as(Console.error(error.message), 1)),
    Effect.provide(NodeServices.layer)
  )
)
