/**
 * A bot whose quota is used up goes on with another provider: a real Telegraf bot between both emulators.
 */
import { assert, describe, it } from "@effect/vitest"
import { ExecutionPlan, Layer, Stream } from "effect"
import { Codex, codexLive, RetryPolicy } from "effect-codex"
import { CodexLanguageModel, ModelBackend } from "effect-codex/ai"
import { LanguageModel, Model } from "effect/ai"
import * as Effect from "effect/Effect"
import { Reply } from "../../src/testing/codex/CodexEmulator.ts"
import { start } from "./stack.ts"

/** Another provider, which says how many messages it was shown. */
const neighbour = (asked: Array<string>) =>
  Model.make(
    "neighbour",
    "neighbour-1",
    Layer.effect(
      LanguageModel.LanguageModel,
      LanguageModel.make({
        generateText: () => Effect.succeed([]),
        streamText: ({ prompt }) => {
          asked.push(JSON.stringify(prompt))
          return Stream.make(
            { type: "text-start", id: "0" },
            { type: "text-delta", id: "0", delta: `The neighbour has read ${prompt.content.length} messages.` },
            { type: "text-end", id: "0" },
            { type: "finish", reason: "stop", usage: { inputTokens: { total: 3 }, outputTokens: { total: 5 } } }
          )
        }
      })
    )
  )

describe("a bot over an ExecutionPlan", () => {
  it.live("asks the neighbour when the quota is used up, with the same history and nothing sealed, and comes home", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const plan = ExecutionPlan.make(
        { provide: CodexLanguageModel.model("gpt-5.6-sol"), attempts: 1 },
        { provide: neighbour(asked) }
      )
      const { ada, server } = yield* start({
        plugin: { paced: false },
        house: (login) =>
          Codex.layer().pipe(
            Layer.provideMerge(ModelBackend.layerExecutionPlan(plan)),
            Layer.provideMerge(codexLive({ ...login, retryPolicy: RetryPolicy.layerNone }))
          )
      })
      yield* server.script(Reply.text("Nice to meet you, Ada.", { reasoning: "She has a name." }))
      yield* ada.chat.send("My name is Ada.")
      yield* ada.chat.botText("Nice to meet you, Ada.")
      yield* server.setQuota({ primary: 100 })
      yield* ada.chat.send("What is my name?")
      yield* ada.chat.botText("The neighbour has read 4 messages.")
      assert.include(asked[0], "My name is Ada.")
      assert.notMatch(asked[0] ?? "", /encrypted|sealed|rs_/)
      yield* ada.chat.send("/codex status")
      yield* ada.chat.botText(/Quota, 5-hour: 0 % left/)
      yield* server.setQuota({ primary: 1 })
      yield* server.script(Reply.text("Welcome back."))
      yield* ada.chat.send("And now?")
      yield* ada.chat.botText("Welcome back.")
      const last = JSON.stringify((yield* server.requests).findLast(({ path }) => path.endsWith("/responses"))?.body)
      assert.include(last, "encrypted_content")
      assert.include(last, "The neighbour has read 4 messages.")
    }))
})
