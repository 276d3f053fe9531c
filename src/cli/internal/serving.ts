/**
 * What only the bot program reads of the environment: how updates come, where it is reached, and what it writes.
 */
import * as Config from "effect/Config"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { words } from "../../internal/settings.ts"
import * as Webhook from "../../telegram/Webhook.ts"
import { exitCodes, misconfiguration } from "./outcome.ts"

/** Why the bot is not running; `message` says in a line what to do about it. */
export class NotRunning extends Data.TaggedError("NotRunning")<{
  readonly message: string
  readonly exitCode: number
}> {}

/** It was tried, and failed. */
export const failed = (message: string): NotRunning => new NotRunning({ message, exitCode: exitCodes.failed })

/** A setting is missing or wrong: nothing was done, and nothing is different at the next start. */
export const misused = (message: string): NotRunning => new NotRunning({ message, exitCode: exitCodes.usage })

/** One line from a `ConfigError`: the variable, and what it should be. */
export const misconfigured = (error: Config.ConfigError): NotRunning => misused(misconfiguration(error))

/** One line from a webhook that cannot be: the variable, and what it should be. */
export const badWebhook = ({ option, problem }: Webhook.BadWebhook): NotRunning =>
  misused(`TELEGRAM_WEBHOOK_${option === "url" ? "URL" : "SECRET"} is not usable: ${problem.replace(/^The/, "the")}`)

/** Whether a variable says something. */
export const isSet = (name: string) => Effect.map(Config.option(Config.String(name)), Option.isSome)

/** All of it. */
export const read = Effect.gen(function*() {
  const hasWebhook = yield* isSet("TELEGRAM_WEBHOOK_URL")
  if (hasWebhook && !(yield* isSet("TELEGRAM_WEBHOOK_SECRET"))) {
    return yield* misused(
      "TELEGRAM_WEBHOOK_SECRET is not set: without it, whoever knows the address could post to the bot. Make one up (openssl rand -hex 32)."
    )
  }
  const webhook = hasWebhook ? yield* Webhook.config : undefined
  const port = yield* Config.option(Config.Port("CODEX_BOT_PORT"))
  const host = (yield* words("CODEX_BOT_HOST")) ?? "127.0.0.1"
  const format = yield* Config.Literals(["plain", "json"], "CODEX_LOG_FORMAT").pipe(Config.withDefault("plain"))
  return { webhook, port: Option.getOrUndefined(port), host, format }
}).pipe(Effect.catchTag("ConfigError", (error) => Effect.fail(misconfigured(error))))
