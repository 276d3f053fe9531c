/**
 * The way in for raw updates over a scripted Codex, in virtual time.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Item from "../../src/backend/Item.ts"
import * as Intake from "../../src/telegram/Intake.ts"
import * as Telegram from "../../src/telegram/TelegramApi.ts"
import { TelegramDoor } from "../../src/telegram/TelegramDoor.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as Contexts from "./contexts.ts"
import { type DoorOptions, makeDoor } from "./door.ts"

export const bot: Intake.Bot = { id: 1, username: "my_bot" }

/** What a bot says, besides the previews of an answer. */
export const setUp = (
  options: DoorOptions = {},
  values: TestCodex.Options<never, never, never, never, never, never, never, never, never, never> = {},
  answer?: Parameters<typeof Contexts.outbox>[0]
) =>
  Effect.gen(function*() {
    const outbox = Contexts.outbox(answer)
    const services = yield* Layer.build(
      Intake.layerLocal(bot).pipe(
        Layer.provide([
          Layer.succeed(TelegramDoor, makeDoor({ streaming: "off", ...options })),
          Layer.succeed(Telegram.TelegramApi, Telegram.fromContext(Contexts.telegraf(outbox, {})))
        ]),
        Layer.provideMerge(TestCodex.layer(values))
      )
    )
    const test = Context.get(services, TestCodex.TestCodex)
    return {
      outbox,
      ...Context.get(services, Intake.Intake),
      ...test,
      /** The last message of each request: what was asked. */
      asked: Effect.map(test.requests, (all) => all.map(({ input }) => Item.words(input.at(-1))))
    }
  })
