/**
 * A bot whose traces, metrics and log lines go to an OpenTelemetry collector, at `OTEL_EXPORTER_OTLP_ENDPOINT` or on this
 * machine.
 *
 * The layers are Effect's own, over `fetch`: no SDK is installed, and nothing of Node is patched.
 */
import { Layer } from "effect"
import { CodexLive } from "effect-codex"
import { codex } from "effect-codex/telegram"
import { FetchHttpClient } from "effect/http"
import { Otlp } from "effect/observability"
import { Telegraf } from "telegraf"

const { CODEX_ALLOWED_USER_IDS = "", OTEL_EXPORTER_OTLP_ENDPOINT, TELEGRAM_API_ROOT } = process.env

const Telemetry = Otlp.layerJson({
  baseUrl: OTEL_EXPORTER_OTLP_ENDPOINT ?? "http://localhost:4318",
  resource: { serviceName: "my-bot" }
}).pipe(Layer.provide(FetchHttpClient.layer))

const bot = new Telegraf(process.env.TELEGRAM_BOT_TOKEN ?? "", {
  handlerTimeout: Infinity,
  telegram: { apiRoot: TELEGRAM_API_ROOT ?? "https://api.telegram.org" }
})
const chatgpt = codex({
  // Whatever is provided here sees all of the bot, the turns of the chats included.
  layer: Layer.provideMerge(CodexLive, Telemetry),
  allowedUserIds: CODEX_ALLOWED_USER_IDS.split(",").map(Number)
})
bot.use(chatgpt)
const stop = () => bot.stop()
await bot.launch(() => process.once("SIGINT", stop).once("SIGTERM", stop)).catch(({ message }) => {
  console.error(`The bot ended: ${message}`)
  process.exitCode = 1
})
// Sends what is not sent yet.
await chatgpt.dispose()
