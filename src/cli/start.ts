/**
 * What `npm start` runs: the bot when `TELEGRAM_BOT_TOKEN` is set, else the playground, which needs nothing.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import process from "node:process"
import * as NodeWarnings from "./internal/nodeWarnings.ts"

NodeWarnings.hush()

const said = Effect.catch(({ exitCode = 1, message }: { readonly message: string; readonly exitCode?: number }) =>
  Effect.as(Console.error(message), exitCode)
)

const program = (process.env["TELEGRAM_BOT_TOKEN"] ?? "") === ""
  ? Effect.promise(() => import("./playground.ts")).pipe(
    Effect.flatMap(({ playground }) => playground()),
    Effect.as(0),
    said
  )
  : Effect.promise(() => import("./bot.ts")).pipe(Effect.flatMap(({ bot }) => bot()), Effect.as(0), said)

process.exitCode = await Effect.runPromise(Effect.provide(program, NodeServices.layer))
