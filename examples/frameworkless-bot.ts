/** A bot without a framework: updates are polled by an Effect stream, and handed to the door. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer } from "effect"
import { codexLiveConfig } from "effect-codex"
import { BotClient, Intake, Polling, TelegramDoor } from "effect-codex/telegram"
import { FetchHttpClient } from "effect/http"

const bot = Effect.gen(function*() {
  const me = yield* BotClient.me
  return yield* Effect.gen(function*() {
    const { handle } = yield* Intake.Intake
    const polling = yield* Polling.Polling
    yield* Effect.log(`@${me.username} is listening.`)
    return yield* polling.run(handle)
  }).pipe(Effect.provide(Intake.layerClient(me)))
})

bot.pipe(
  Effect.provide(
    Polling.layer().pipe(
      Layer.provideMerge(BotClient.layerConfig()),
      Layer.provide(FetchHttpClient.layer),
      Layer.merge(Layer.merge(codexLiveConfig(), TelegramDoor.layerConfig()))
    )
  ),
  NodeRuntime.runMain
)
