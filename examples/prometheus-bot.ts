/** A bot that Prometheus reads: `http://127.0.0.1:9464/metrics`, or another `METRICS_PORT`. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Layer } from "effect"
import { CodexLive } from "effect-codex"
import { codex } from "effect-codex/telegram"
import { HttpRouter } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { createServer } from "node:http"
import { Telegraf } from "telegraf"

const { CODEX_ALLOWED_USER_IDS = "", METRICS_PORT = "9464", TELEGRAM_API_ROOT, TELEGRAM_BOT_TOKEN = "" } = process.env

const Metrics = HttpRouter.serve(PrometheusMetrics.layerHttp(), { disableLogger: true }).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: Number(METRICS_PORT) }))
)

const bot = new Telegraf(TELEGRAM_BOT_TOKEN, {
  handlerTimeout: Infinity,
  telegram: { apiRoot: TELEGRAM_API_ROOT ?? "https://api.telegram.org" }
})
const chatgpt = codex({
  layer: Layer.merge(CodexLive, Metrics),
  allowedUserIds: CODEX_ALLOWED_USER_IDS.split(",").map(Number)
})
bot.use(chatgpt)
const stop = () => bot.stop()
await bot.launch(() => process.once("SIGINT", stop).once("SIGTERM", stop)).catch(({ message }) => {
  console.error(`The bot ended: ${message}`)
  process.exitCode = 1
})
await chatgpt.dispose()
