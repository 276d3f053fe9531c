/**
 * `effect-codex bot`: the bot of the environment.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommandFailed } from "./internal/outcome.ts"

/** Runs it. */
export const botCommand = Command.make(
  "bot",
  {
    log: Flag.Literals("log", ["plain", "json"]).pipe(
      Flag.withDescription("Lines for a person, or JSON. Default: CODEX_LOG_FORMAT, else plain"),
      Flag.optional
    ),
    port: Flag.Int("port").pipe(
      Flag.withMetavar("port"),
      Flag.filter((port) => port >= 1 && port <= 65_535, (port) => `${port} is no port: it is one of 1 to 65535`),
      Flag.withDescription(
        "Where /health, /ready and the webhook are. Default: CODEX_BOT_PORT, else 8080 for a webhook, else none"
      ),
      Flag.optional
    ),
    deleteWebhook: Flag.Boolean("delete-webhook").pipe(
      Flag.withDescription("Delete a webhook that is set for this bot, and poll"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*({ deleteWebhook, log, port }) {
    // Only this command needs a database and a server.
    const { bot } = yield* Effect.promise(() => import("./bot.ts"))
    yield* bot({ deleteWebhook, log: Option.getOrUndefined(log), port: Option.getOrUndefined(port) }).pipe(
      Effect.catchTag(
        "NotRunning",
        ({ exitCode, message }) => Effect.fail(new CommandFailed({ message, exitCode }))
      )
    )
  })
).pipe(
  Command.withDescription(
    "Run the Telegram bot that the settings describe, until SIGINT or SIGTERM: TELEGRAM_BOT_TOKEN, who may use it " +
      "(CODEX_ALLOWED_USER_IDS), and a login. It polls, or takes a webhook where TELEGRAM_WEBHOOK_URL is set. Running " +
      "answers have fifteen seconds to end; a second signal does not wait."
  ),
  Command.withShortDescription("Run the Telegram bot of the settings"),
  Command.withExamples([
    { command: "effect-codex bot --env-file .env", description: "With the settings of a file" },
    { command: "effect-codex bot --log json --port 8080", description: "Under a supervisor that asks /health" }
  ])
)
