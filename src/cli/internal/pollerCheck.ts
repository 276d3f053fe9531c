/**
 * Whether another process polls with the same token.
 *
 * Telegram lets only the newest poll live, so that looking for one ends it: whoever looks says so. A bot that runs here and
 * tells of its health knows it already, and is asked first.
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { TelegramFailed } from "../../telegram/TelegramError.ts"
import { printable } from "../Screen.ts"
import * as Finding from "./finding.ts"
import * as Serving from "./serving.ts"

const other = Finding.warning(
  "poller",
  "another process polls with this token",
  "Stop it, or create a second bot at @BotFather: Telegram gives each update to one of the two."
)

const Readiness = Schema.fromJsonString(Schema.Struct({ ok: Schema.Boolean, is: Schema.String }))

/** What the bot that runs here says of its polling, where it listens. */
const running = Effect.gen(function*() {
  const { host, port, webhook } = yield* Serving.read
  if (port === undefined && webhook === undefined) return Option.none()
  const at = `${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port ?? 8080}`
  const client = yield* HttpClient.HttpClient
  const response = yield* client.get(`http://${at}/ready`)
  const { is } = yield* Schema.decodeEffect(Readiness)(yield* response.text)
  return Option.some({ at, is: printable(is).slice(0, 40) })
}).pipe(
  Effect.scoped,
  Effect.timeout("2 seconds"),
  Effect.orElseSucceed(() => Option.none<{ readonly at: string; readonly is: string }>())
)

/** A poll that is held for long enough to be ended by another one, and confirms nothing. */
export const probe = { payload: { timeout: 8, limit: 1 }, within: "20 seconds" } as const

/** Asks the bot that runs here; without one it polls, where that was asked for. */
export const poller = Effect.fnUntraced(function*(
  poll: Effect.Effect<unknown, TelegramFailed>,
  isAsked: boolean
): Effect.fn.Return<Finding.Finding, never, HttpClient.HttpClient> {
  const bot = yield* running
  if (Option.isSome(bot)) {
    const { at, is } = bot.value
    if (is === "otherPoller") return other
    if (is === "polling") return Finding.ok("poller", `the bot at ${at} polls, and nobody else does`)
    return Finding.skipped("poller", `the bot at ${at} does not poll (${is})`)
  }
  if (!isAsked) {
    return Finding.skipped(
      "poller",
      "not looked for, since that interrupts whoever polls: stop this bot and say --poller, or give it CODEX_BOT_PORT"
    )
  }
  const said = yield* Effect.result(poll)
  if (Result.isSuccess(said)) return Finding.ok("poller", "nobody else polls")
  return said.failure.code === 409 ? other : Finding.skipped("poller", "Telegram does not say")
})
