/**
 * What an author gets wrong, one statement each. None of it may compile, and the compiler has to say what is missing:
 * `test/Mistakes.test.ts` reads its words.
 */
import { Context, Layer, ManagedRuntime } from "effect"
import { Audit, CodexLive, codexLive, codexLiveConfig, Memory } from "effect-codex"
import { codex, codexProvider, TelegramDoor } from "effect-codex/telegram"

class Pg extends Context.Service<Pg, { readonly name: string }>()("mistakes/Pg") {}
declare const memoryPg: Layer.Layer<Memory.Memory, never, Pg>
const door = TelegramDoor.layer({ allowedUserIds: [1] })

// [no-door] a layer without a door
codex({ layer: CodexLive })
// [no-door-runtime] a runtime without a door
codex({ runtime: ManagedRuntime.make(CodexLive) })
// [core-option] a value of the core at the door
codex({ layer: CodexLive, allowedUserIds: [1], timeoutMs: 5 })
// [manner-without-access] a manner beside a layer that has its door
codex({ layer: Layer.merge(CodexLive, door), groupMentionOnly: false })
// [needs] a layer that still needs something
codex({ layer: Layer.merge(codexLive({ memory: memoryPg }), door) })
// [no-house] a door without the house
codex({ layer: door })
// [vibegram-typo] the form of vibegram/codex with a misspelt option
codex({ provider: codexProvider(), alowedUserIds: [1] })
// [nobody] a door that does not say who
TelegramDoor.layer({ commandPrefix: "ai" })
// [nearly-everybody] nearly everybody
TelegramDoor.layer({ allowedUserIds: "everyone" })
// [typo] a misspelt value
codexLive({ modle: "x", maxRetries: 1 })
// [typo-config] a misspelt room, over the environment
codexLiveConfig({ memmory: Memory.layerMemory })
// [wrong-room] the wrong room
codexLive({ memory: Audit.layerNone })
// [doors-setting] who may use a bot is the door's
codexLive({ allowedUserIds: [1] })
