/**
 * What a prompt asks the backend: personality, history and text, under an id that tells nobody whose it is.
 */
import * as Arr from "effect/Array"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { CodexRequest } from "../../backend/CodexRequest.ts"
import * as Item from "../../backend/Item.ts"
import { Memory } from "../Memory.ts"
import type { Message, Prompt } from "../Message.ts"
import { Personality } from "../Personality.ts"
import type { MemoryFailed } from "../TurnError.ts"
import type { Ending, Order } from "./order.ts"

/**
 * The last `maximum` messages of a history that may be sent along.
 *
 * It starts with a user message, since an answer without its question misleads the model.
 */
export const window = (history: ReadonlyArray<Message>, maximum: number): ReadonlyArray<Message> => {
  const spoken = history.filter((message) => message.role !== "system")
  const last = maximum <= 0 ? [] : spoken.slice(-maximum)
  const start = last.findIndex((message) => message.role === "user")
  return start === -1 ? [] : last.slice(start)
}

/** A name-based UUID (RFC 9562, version 3) from the MD5 of the name. */
const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-3${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`

/** Makes requests of prompts. */
export const make = Effect.fnUntraced(function*(
  options: { readonly maxHistory: number; readonly systemPrompt: string; readonly order: Order }
) {
  const memory = yield* Memory
  const personality = yield* Personality
  const digest = yield* Digest.Digest

  // The backend's cache needs a stable id for each conversation; it need not be handed the number of a chat.
  const sessionIdOf = (name: string) =>
    Effect.map(digest.digestHex(Digest.md5, new TextEncoder().encode(`effect-codex/session/${name}`)), uuidOf)

  return Effect.fnUntraced(function*(prompt: Prompt, ending: Ending): Effect.fn.Return<CodexRequest, MemoryFailed> {
    const own = prompt.userId === undefined ? Option.none() : yield* personality.get(prompt.userId)
    const history = prompt.conversation === undefined
      ? []
      : yield* options.order.alone(ending, memory.list(prompt.conversation, { last: options.maxHistory }))
    const said = window(history, options.maxHistory).map(({ content, role }): Item.Item =>
      Item.fromText(role === "assistant" ? "assistant" : "user", content)
    )
    const system = prompt.systemPrompt ?? options.systemPrompt
    return {
      model: prompt.model,
      reasoningEffort: prompt.reasoningEffort,
      reasoningSummary: prompt.reasoningSummary,
      instructions: Option.match(own, {
        onNone: () => system,
        onSome: (own) => system === "" ? own : `${own}\n\n${system}`
      }),
      input: Arr.append(said, {
        type: "message",
        role: "user",
        // A picture may come without a word; an empty text would be one that is refused.
        content: [
          ...prompt.text.trim() === "" ? [] : [{ type: "input_text" as const, text: prompt.text }],
          ...prompt.attachments ?? []
        ]
      }),
      sessionId: yield* sessionIdOf(prompt.conversation ?? `once/${yield* Random.next}`),
      origin: { userId: prompt.userId, chatId: prompt.chatId, conversation: prompt.conversation }
    }
  })
})
