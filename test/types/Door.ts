/**
 * How the middleware may be furnished, and what must not compile. The compiler is the test.
 */
import { expectTypeOf } from "@effect/vitest"
import { Effect, Layer, ManagedRuntime } from "effect"
import { CodexLive, codexLive } from "effect-codex"
import { codex, type CodexMiddleware, codexProvider, TelegramDoor } from "effect-codex/telegram"

const door = TelegramDoor.layer({ allowedUserIds: [1] })
const runtime = ManagedRuntime.make(codexLive())
const fromEnvironment = Layer.merge(CodexLive, TelegramDoor.layerConfig())
const whole = Layer.merge(CodexLive, door)

export const compiles = (): void => {
  expectTypeOf(codex({ layer: whole })).toEqualTypeOf<CodexMiddleware>()
  expectTypeOf(codex({ runtime: ManagedRuntime.make(whole) })).toEqualTypeOf<CodexMiddleware>()
  codex({ layer: whole, background: false, drainMs: 0 })
  codex({ layer: CodexLive, allowedUserIds: [1] })
  codex({ layer: CodexLive, allowedUserIds: "everybody", streaming: "off", topics: "perUser" })
  codex({ layer: CodexLive, allowedChatIds: ["@channel", -1] })
  codex({ runtime, allowedUserIds: [] })
  codex({ layer: fromEnvironment })
  codex({ provider: codexProvider() })
  codex({ provider: codexProvider(), allowedUserIds: [], allowedChatIds: [] })
  // What is taken on can be said in every form.
  codex({ provider: codexProvider(), takes: ["text"], greet: true, botUsername: false })
  codex({ layer: CodexLive, allowedUserIds: [1], takes: ["text", "photo"] })
  codex({ layer: Layer.merge(CodexLive, TelegramDoor.layer({ allowedUserIds: [1], takes: ["text"] })) })
  TelegramDoor.layer({ allowedChatIds: [1] })
}

export const doesNotCompile = (): void => {
  // @ts-expect-error nobody said who may use the bot
  codex({ layer: CodexLive })
  // @ts-expect-error nor here
  codex({ runtime: ManagedRuntime.make(CodexLive) })
  // @ts-expect-error nor by its manners
  codex({ layer: CodexLive, streaming: "off" })
  // @ts-expect-error nothing to answer with
  codex({ allowedUserIds: [1] })
  // @ts-expect-error two houses
  codex({ layer: whole, runtime: ManagedRuntime.make(whole) })
  // @ts-expect-error a provider beside a house
  codex({ layer: whole, provider: codexProvider() })
  // @ts-expect-error a layer without a conversation
  codex({ layer: Layer.succeedContext(Effect.runSync(Effect.context<never>())), allowedUserIds: [1] })
  // @ts-expect-error what codexLive knows has no effect here
  codex({ layer: CodexLive, allowedUserIds: [1], systemPrompt: "x" })
  // @ts-expect-error manners beside a layer that has its door
  codex({ layer: whole, streaming: "off" })
  // @ts-expect-error a word that is none
  codex({ layer: CodexLive, allowedUserIds: "anybody" })
  // @ts-expect-error a kind that is none
  codex({ layer: CodexLive, allowedUserIds: [1], takes: ["texts"] })
  // @ts-expect-error manners beside a layer that has its door
  codex({ layer: whole, takes: ["text"] })
  // @ts-expect-error a door has to say who may
  TelegramDoor.layer({})
  // @ts-expect-error also when it has manners
  TelegramDoor.layer({ streaming: "off" })
}
