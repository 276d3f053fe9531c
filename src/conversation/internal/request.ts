/**
 * What a prompt asks the backend: personality, history and text, under an id that tells nobody whose it is.
 */
import * as Arr from "effect/Array"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { CodexRequest } from "../../backend/CodexRequest.ts"
import type * as Item from "../../backend/Item.ts"
import type { Prompt, Speaker } from "../Message.ts"
import { isOfMessages, type Turn } from "../Remembered.ts"
import { MemoryFailed } from "../TurnError.ts"
import type { Ending, Order } from "./order.ts"
import * as Stores from "./stores.ts"
import { estimated } from "./tokens.ts"

const isBy = (role: "user" | "assistant") => (item: Item.Item): boolean => item.type === "message" && item.role === role

const noteStart = "[The next message is from "

/** Says who speaks, in a message of its own: what they say stays as it is. */
const noteOf = ({ name }: Speaker): Item.Told => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: `${noteStart}${JSON.stringify(name)}, which is a name and nothing else.]` }]
})

/** Says it once, of a conversation that is one person's: what does not change is cached. */
const introduced = (instructions: string, speaker: Speaker | undefined): string =>
  speaker === undefined || speaker.isOneOfMany
    ? instructions
    : [instructions, `You speak with ${JSON.stringify(speaker.name)}, which is a name and nothing else.`]
      .filter((part) => part !== "").join("\n\n")

const isNote = (item: Item.Item): boolean =>
  item.type === "message" && item.role === "user" && item.content.length === 1 &&
  item.content.some((part) => part.type === "input_text" && part.text.startsWith(noteStart))

/** How many messages a turn counts for: each of the person's, and one answer, however many parts it has. */
const countOf = (turn: Turn): number => {
  const answers = turn.items.filter(isBy("assistant")).length
  return turn.items.filter((item) => isBy("user")(item) && !isNote(item)).length +
    (isOfMessages(turn) ? answers : Math.min(1, answers))
}

/** A turn from its question on, for an answer without its question misleads the model. */
const fromQuestion = (items: ReadonlyArray<Item.Item>): ReadonlyArray<Item.Item> => {
  const start = items.findIndex(isBy("user"))
  return start === -1 ? [] : items.slice(start)
}

/**
 * What may be sent along of a history: its last turns, `maximum` messages and about `tokens` tokens at the most, beginning
 * with a question. A turn that waits for an approval goes along whatever it takes.
 */
export const window = (
  history: ReadonlyArray<Turn>,
  maximum: number,
  tokens = Number.POSITIVE_INFINITY
): ReadonlyArray<Turn> => {
  const sent: Array<Turn> = []
  let room = Math.max(0, maximum)
  let left = tokens
  for (const [age, turn] of history.toReversed().entries()) {
    if (room === 0) break
    left -= left === Number.POSITIVE_INFINITY ? 0 : estimated(turn)
    // What is older is not sent either: a history with a gap misleads the model.
    if (left < 0 && !(age === 0 && turn.incomplete === "approval")) break
    const count = countOf(turn)
    // Stores of messages may hold more questions in a row than there is room.
    const items = fromQuestion(count > room ? turn.items.slice(-room) : turn.items)
    if (items.length > 0) sent.unshift(items.length === turn.items.length ? turn : { ...turn, items })
    room = Math.max(0, room - count)
  }
  return sent
}

/** What a person says in one message, the text and what goes along with it; before it, who that is. */
export const askedOf = ({ attachments = [], speaker, text }: Prompt): Arr.NonEmptyReadonlyArray<Item.Told> => {
  const said: Item.Told = {
    type: "message",
    role: "user",
    // A picture may come without a word; an empty text would be one that is refused.
    content: [
      ...text.trim() === "" && attachments.length > 0 ? [] : [{ type: "input_text", text } as const],
      ...attachments
    ]
  }
  return speaker?.isOneOfMany === true ? [noteOf(speaker), said] : [said]
}

const nonEmpty = <A>(all: ReadonlyArray<A>): Arr.NonEmptyReadonlyArray<A> | undefined =>
  Arr.isReadonlyArrayNonEmpty(all) ? all : undefined

// How long a store may take to tell what was said.
const patiently = Effect.timeoutOrElse({
  duration: "10 seconds",
  orElse: () => Effect.fail(new MemoryFailed({ operation: "list" }))
})

/** For whom the items of turns are sealed, as far as that is known. */
const sealsOf = (turns: ReadonlyArray<Turn>): ReadonlyMap<Item.Item, string> =>
  new Map(turns.flatMap(({ items, seal }) => seal === undefined ? [] : items.map((item) => [item, seal] as const)))

/** A name-based UUID (RFC 9562, version 3) from the MD5 of the name. */
const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-3${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`

const mostIds = 1_000

/** Makes requests of prompts. */
export const make = Effect.fnUntraced(function*(
  options: {
    readonly maxHistory: number
    readonly maxHistoryTokens: number
    readonly systemPrompt: string
    readonly order: Order
  }
) {
  const memory = yield* Stores.memory
  const personality = yield* Stores.personality
  const digest = yield* Digest.Digest

  // The backend's cache needs a stable id for each conversation; it need not be handed the number of a chat.
  // The latest are kept: each takes 10 us, and a conversation asks again.
  const latest = new Map<string, string>()
  const sessionIdOf = (name: string): Effect.Effect<string> => {
    const known = latest.get(name)
    return known !== undefined
      ? Effect.succeed(known)
      : Effect.map(digest.digestHex(Digest.md5, new TextEncoder().encode(`effect-codex/session/${name}`)), (hex) => {
        const id = uuidOf(hex)
        if (latest.size >= mostIds) latest.clear()
        latest.set(name, id)
        return id
      })
  }

  /** `goesOn`: the turn that is gone on with, as it was before. */
  return Effect.fnUntraced(function*(
    prompt: Prompt,
    ending: Ending,
    goesOn?: Turn
  ): Effect.fn.Return<CodexRequest, MemoryFailed> {
    const own = prompt.userId === undefined ? Option.none() : yield* patiently(personality.get(prompt.userId))
    const history = prompt.conversation === undefined
      ? []
      : yield* patiently(options.order.alone(
        ending,
        memory.list(prompt.conversation, { last: Math.ceil(Math.max(0, options.maxHistory) / 2) })
      ))
    const others = prompt.turn === undefined ? history : history.filter(({ id }) => id !== prompt.turn)
    const earlier = goesOn === undefined ? others : [...others.slice(0, -1), goesOn]
    const sent = window(earlier, options.maxHistory, options.maxHistoryTokens)
    const system = prompt.systemPrompt ?? options.systemPrompt
    return {
      model: prompt.model,
      reasoningEffort: prompt.reasoningEffort,
      reasoningSummary: prompt.reasoningSummary,
      instructions: introduced(
        Option.match(own, {
          onNone: () => system,
          onSome: (own) => system === "" ? own : `${own}\n\n${system}`
        }),
        prompt.speaker
      ),
      input: prompt.approval === undefined
        ? Arr.appendAll(sent.flatMap(({ items }) => items), askedOf(prompt))
        : nonEmpty(sent.flatMap(({ items }) => items)) ?? askedOf(prompt),
      seals: sealsOf(sent),
      sessionId: yield* sessionIdOf(prompt.conversation ?? `once/${yield* Random.next}`),
      origin: { userId: prompt.userId, chatId: prompt.chatId, conversation: prompt.conversation }
    }
  })
})
