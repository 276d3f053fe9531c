/**
 * The bot that `npm start` runs when `TELEGRAM_BOT_TOKEN` is set: Telegraf in front, an Effect application behind.
 *
 * All settings come from the environment (docs/settings.md lists them); `TELEGRAM_API_ROOT` points to
 * a Bot API server of your own. What is wrong is said in one line on stderr, and the exit code is 1. SIGINT and
 * SIGTERM stop the polling and give running answers fifteen seconds to end; a second one does not wait.
 */
import { NodeServices } from "@effect/platform-node"
import { Config, Console, Context, Data, DateTime, Effect, Layer, Option, Redacted, Schedule } from "effect"
import { Audit, Codex, CodexAuth, CodexError, codexLiveConfig, Memory, UsageMeter } from "effect-codex"
import * as Sqlite from "effect-codex/sqlite"
import { codex, TelegramDoor } from "effect-codex/telegram"
import { Telegraf, TelegramError } from "telegraf"

/** Why the bot is not running; `message` says what to do about it. */
class NotRunning extends Data.TaggedError("NotRunning")<{ readonly message: string }> {}

const telegramConfig = Config.all({
  token: Config.option(Config.Redacted("TELEGRAM_BOT_TOKEN")),
  apiRoot: Config.URL("TELEGRAM_API_ROOT").pipe(
    Config.map((url) => url.href.replace(/\/$/, "")),
    Config.withDefault("https://api.telegram.org")
  )
})

/** One line from a `ConfigError`: the variable, and what it should be. */
const misconfigured = ({ message }: Config.ConfigError): NotRunning => {
  const [, problem, variable] = /\(([^\n]*)\n\s*at \["(\w+)"\]/.exec(message) ?? []
  return new NotRunning({
    message: variable === undefined
      ? message.replace(/^SourceError: /, "").replaceAll(/\s+/g, " ")
      : `${variable} is not usable: ${problem}.`
  })
}

const unkept = (path: string): NotRunning =>
  new NotRunning({
    message: `Conversations cannot be kept in ${path}: it cannot be written, or is no database. Set CODEX_STORE_PATH.`
  })

const notRunning = (apiRoot: string) => (cause: unknown): NotRunning => {
  if (!(cause instanceof TelegramError)) {
    return new NotRunning({
      message: `Telegram could not be reached at ${new URL(apiRoot).host}: check the network and TELEGRAM_API_ROOT.`
    })
  }
  switch (cause.code) {
    case 401:
    case 404:
      return new NotRunning({
        message: `Telegram does not know this bot (${cause.code}): copy TELEGRAM_BOT_TOKEN again from @BotFather.`
      })
    case 409:
      return new NotRunning({
        message: "Another process polls with this token (409): stop it, or create a second bot at @BotFather."
      })
    default:
      return new NotRunning({ message: `Telegram refused to run the bot (${cause.code}): try again in a minute.` })
  }
}

/** Polls until it fails or is interrupted; then the updates that were handled are confirmed first. */
const poll = (bot: Telegraf, apiRoot: string) =>
  Effect.callback<void, NotRunning>((resume) => {
    const polling = bot.launch()
    polling.then(() => resume(Effect.void), (cause: unknown) => resume(Effect.fail(notRunning(apiRoot)(cause))))
    // `stop` throws as long as `launch` has not come to polling.
    return Effect.try(() => bot.stop()).pipe(
      Effect.retry(Schedule.spaced("50 millis")),
      Effect.andThen(Effect.tryPromise(() => polling)),
      Effect.timeout("5 seconds"),
      Effect.ignore
    )
  })

const stopSignal = Effect.callback<void>((resume) => {
  const stop = () => resume(Effect.void)
  process.once("SIGINT", stop).once("SIGTERM", stop)
  return Effect.sync(() => process.off("SIGINT", stop).off("SIGTERM", stop))
})

const warn = (text: string) => Console.error(`! ${text}`)

const program = Effect.gen(function*() {
  const { apiRoot, token } = yield* Effect.mapError(telegramConfig, misconfigured)
  if (Option.isNone(token)) {
    return yield* new NotRunning({ message: "TELEGRAM_BOT_TOKEN is not set: @BotFather gives you one." })
  }
  const door = yield* Effect.mapError(TelegramDoor.config, misconfigured)
  const store = yield* Effect.flatMap(Effect.mapError(Sqlite.config, misconfigured), Sqlite.pathOf)
  const house = codexLiveConfig({
    audit: Audit.layerLogger,
    memory: Memory.layerSql(),
    usageMeter: UsageMeter.layerSql
  })
  const services = yield* Layer.build(Layer.provide(house, Sqlite.layer({ path: store }))).pipe(
    Effect.mapError((error) => error._tag === "SqlError" ? unkept(store) : misconfigured(error))
  )

  const bot = new Telegraf(Redacted.value(token.value), { handlerTimeout: Infinity, telegram: { apiRoot } })
  const me = yield* Effect.tryPromise({ try: () => bot.telegram.getMe(), catch: notRunning(apiRoot) })
  bot.botInfo = me

  const chatgpt = codex({
    layer: Layer.merge(
      Layer.succeedContext(services),
      TelegramDoor.layer({ greet: true, ...door, botUsername: door.botUsername ?? me.username })
    )
  })
  yield* Effect.addFinalizer(() => Effect.promise(() => chatgpt.dispose()))
  bot.use(chatgpt)
  // Telegraf's errors carry what was sent, so only their kind is told.
  bot.catch((error, ctx) => {
    const kind = error instanceof TelegramError
      ? `Telegram answered ${error.code}`
      : error instanceof Error
      ? error.name
      : "?"
    console.error(`! Update ${ctx.update.update_id} could not be handled: ${kind}.`)
  })
  yield* Effect.tryPromise(() => bot.telegram.setMyCommands(chatgpt.commands)).pipe(
    Effect.catch(() => warn("Telegram did not take the command menu; everything else works."))
  )

  const { model = "the best of the account's list" } = yield* Context.get(services, Codex.Codex).status
  yield* Console.log(`@${me.username} is listening (model: ${model}). Stop it with Ctrl-C.`)
  const login = yield* Context.get(services, CodexAuth.CodexAuth).status
  if (login.problem === undefined) {
    const until = login.expiresAt === undefined ? "" : `, token until ${DateTime.formatIso(login.expiresAt)}`
    yield* Console.log(`Signed in with ${login.location}${until}.`)
  } else {
    yield* warn(CodexError.explain(login.problem).replaceAll("\n", " "))
  }
  yield* Console.log(`Conversations are kept in ${store}.`)
  if (door.allowedUserIds === "everybody") {
    yield* warn(`Everybody who finds @${me.username} can use up your quota: CODEX_ALLOWED_USER_IDS says so.`)
  }

  yield* Effect.raceFirst(poll(bot, apiRoot), stopSignal)
  yield* Console.log("Stopping: running answers are finished first.")
})

process.exitCode = await Effect.runPromise(
  Effect.scoped(program).pipe(
    Effect.provide(NodeServices.layer),
    Effect.andThen(Console.log("Stopped.")),
    Effect.as(0),
    Effect.catch((error) => Effect.as(Console.error(error.message), 1))
  )
)
