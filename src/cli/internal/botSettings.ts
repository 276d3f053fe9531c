/**
 * The settings of the bot program, and what is said when they are not usable.
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Sqlite from "../../Sqlite.ts"
import * as BotClient from "../../telegram/BotClient.ts"
import * as TelegramDoor from "../../telegram/TelegramDoor.ts"
import * as Serving from "./serving.ts"

/** Everything that the environment says of a bot. */
export const read = Effect.gen(function*() {
  if (!(yield* Serving.isSet("TELEGRAM_BOT_TOKEN"))) {
    return yield* Serving.misused("TELEGRAM_BOT_TOKEN is not set: @BotFather gives you one.")
  }
  const client = yield* BotClient.config
  // Whoever does not know their id yet is told it by the bot, which for that has to run.
  const door = yield* TelegramDoor.configOrNobody
  const store = yield* Effect.flatMap(Sqlite.config, Sqlite.pathOf)
  return { client, door, store, ...yield* Serving.read }
}).pipe(Effect.catchTag("ConfigError", (error) => Effect.fail(Serving.misconfigured(error))))

/** The settings of a bot. */
export type Settings = Effect.Success<typeof read>

/** The environment, and behind it what a file says. */
export const withEnvFile = Effect.fnUntraced(function*(path: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(path).pipe(
    Effect.mapError(() => Serving.misused(`There is no file of settings that can be read at ${path} (--env-file).`))
  )
  const environment = yield* ConfigProvider.ConfigProvider
  return ConfigProvider.orElse(environment, ConfigProvider.fromDotEnvContents(text))
})
