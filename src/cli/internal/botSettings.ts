/**
 * The settings of the bot program, and what is said when they are not usable.
 */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Sqlite from "../../Sqlite.ts"
import * as BotClient from "../../telegram/BotClient.ts"
import * as TelegramDoor from "../../telegram/TelegramDoor.ts"
import * as Webhook from "../../telegram/Webhook.ts"
import { misconfiguration } from "./outcome.ts"

/** Why the bot is not running; `message` says in a line what to do about it. */
export class NotRunning extends Data.TaggedError("NotRunning")<{ readonly message: string }> {}

/** One line from a `ConfigError`: the variable, and what it should be. */
export const misconfigured = (error: Config.ConfigError): NotRunning =>
  new NotRunning({ message: misconfiguration(error) })

const Port = Config.Port("CODEX_BOT_PORT")

const isSet = (name: string) => Effect.map(Config.option(Config.String(name)), Option.isSome)

/** Everything that the environment says of a bot. */
export const read = Effect.gen(function*() {
  if (!(yield* isSet("TELEGRAM_BOT_TOKEN"))) {
    return yield* new NotRunning({ message: "TELEGRAM_BOT_TOKEN is not set: @BotFather gives you one." })
  }
  const client = yield* BotClient.config
  const door = yield* TelegramDoor.config
  const store = yield* Effect.flatMap(Sqlite.config, Sqlite.pathOf)
  const hasWebhook = yield* isSet("TELEGRAM_WEBHOOK_URL")
  if (hasWebhook && !(yield* isSet("TELEGRAM_WEBHOOK_SECRET"))) {
    return yield* new NotRunning({
      message:
        "TELEGRAM_WEBHOOK_SECRET is not set: without it, whoever knows the address could post to the bot. Make one up (openssl rand -hex 32)."
    })
  }
  const webhook = hasWebhook ? yield* Webhook.config : undefined
  const port = yield* Config.option(Port)
  const host = yield* Config.String("CODEX_BOT_HOST").pipe(Config.withDefault("127.0.0.1"))
  const format = yield* Config.Literals(["plain", "json"], "CODEX_LOG_FORMAT").pipe(Config.withDefault("plain"))
  return { client, door, store, webhook, port: Option.getOrUndefined(port), host, format }
}).pipe(Effect.catchTag("ConfigError", (error) => Effect.fail(misconfigured(error))))

/** The settings of a bot. */
export type Settings = Effect.Success<typeof read>

/** The environment, and behind it what a file says. */
export const withEnvFile = Effect.fnUntraced(function*(path: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(path).pipe(
    Effect.mapError(() =>
      new NotRunning({ message: `There is no file of settings that can be read at ${path} (--env-file).` })
    )
  )
  const environment = yield* ConfigProvider.ConfigProvider
  return ConfigProvider.orElse(environment, ConfigProvider.fromDotEnvContents(text))
})
