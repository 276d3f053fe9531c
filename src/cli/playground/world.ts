/**
 * The playground: an emulated Telegram, an emulated ChatGPT, and between them the real bot, or a bot of your own.
 *
 * Everything listens on loopback. The login is written to a file and read from there, as in a deployment.
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as CodexEmulator from "../../testing/codex/CodexEmulator.ts"
import * as TelegramEmulator from "../../testing/telegram/TelegramEmulator.ts"
import { bot } from "../bot.ts"
import * as OwnBot from "./ownBot.ts"

/** The person at the terminal: an auth admin, because nobody else is let in. */
const you = { id: 7, firstName: "You" }

/** Who and what there is. */
export interface World {
  readonly chatgpt: CodexEmulator.Service
  readonly telegram: TelegramEmulator.Service
  /** The private chat of the one person with the bot. */
  readonly chat: TelegramEmulator.Conversation
  /** What a bot of your own writes to its output, and how it ended. */
  readonly said: Stream.Stream<string>
  /** Kills the bot without a warning, and starts it again; where it is no process of its own, that cannot be done. */
  readonly kill: Effect.Effect<boolean>
}

/** What is started. */
export interface Options {
  /** The pause before each word of an answer, in milliseconds. */
  readonly tokenDelay: number
  /** The file of a bot of your own. Default: the bot of this package. */
  readonly bot?: string | undefined
  /** The file and the arguments that start the bot of this package as a process. Default: it runs in this one. */
  readonly program?: readonly [string, ...ReadonlyArray<string>] | undefined
}

/** Starts everything; it stops with the scope. Fails when a bot of your own ends before it polls. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const files = yield* FileSystem.FileSystem
  const chatgpt = yield* CodexEmulator.make({ tokenDelay: options.tokenDelay })
  const telegram = yield* TelegramEmulator.make({ username: "codex_playground_bot" })
  const { chat } = yield* telegram.user(you)
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "effect-codex-playground-" })
  const authJsonPath = `${folder}/auth.json`
  yield* files.writeFileString(authJsonPath, yield* chatgpt.signIn(), { mode: 0o600 })
  const env = {
    TELEGRAM_API_ROOT: telegram.apiRoot,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_BOT_USERNAME: "codex_playground_bot",
    CODEX_AUTH_JSON_PATH: authJsonPath,
    CODEX_BASE_URL: chatgpt.baseUrl,
    CODEX_ISSUER: chatgpt.issuer,
    CODEX_ALLOWED_USER_IDS: String(you.id),
    CODEX_STORE_PATH: `${folder}/store.sqlite`
  }
  const lines = yield* Queue.unbounded<string>()
  const said = Stream.fromQueue(lines)
  const world: World = { chatgpt, telegram, chat, said, kill: Effect.succeed(false) }
  const program = options.bot === undefined ? options.program : [options.bot] as const
  if (program !== undefined) {
    const own = yield* OwnBot.start(
      program,
      env,
      // What the bot of this package writes is nobody's concern here, unless it does not start.
      (line) => options.bot !== undefined || line.startsWith("log> !") ? Queue.offer(lines, line) : Effect.void
    )
    // What it has said until then is why it ended.
    const early = Effect.tap(own.ended, () =>
      Effect.andThen(
        Effect.sleep("100 millis"),
        Effect.flatMap(Queue.clear(lines), Effect.forEach((line) => Console.error(line)))
      ))
    yield* Effect.raceFirst(telegram.polled, Effect.flatMap(early, Effect.fail))
    yield* Effect.forkScoped(Effect.flatMap(own.ended, ({ message }) => Queue.offer(lines, `! ${message}`)))
    return { ...world, kill: Effect.match(own.kill, { onFailure: () => false, onSuccess: () => true }) }
  }
  const running = bot({ stop: Effect.never, log: "none", manners: { paced: false }, drain: 0 }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  )
  yield* Effect.forkScoped(Effect.tapError(running, ({ message }) => Queue.offer(lines, `! ${message}`)))
  yield* telegram.polled
  return world
})
