/**
 * The answer of one turn while it is being read: what was said, by which model, and whether it has begun and ended.
 *
 * An answer that calls tools is read in rounds, and what the rounds before have said is data. Plain variables, since one
 * fiber writes them, for each delta: pieces are kept as they come and joined once.
 */
import * as Item from "../../backend/Item.ts"
import type { ResponseEvent, TokenUsage } from "../../backend/ResponseEvent.ts"
import { answerOf, type Turn } from "../Remembered.ts"
import type { TurnEvent } from "../Turn.ts"

/** Longest text that is taken in, in UTF-16 units. What goes on beyond it ends as cut. */
export const maxLength = 1_000_000

/** What a search of the backend is called. */
const searchName = "web_search"

/** What the rounds of a turn have said that are over: all that the next one needs to know. */
export interface Rounds {
  readonly count: number
  /** Everything in the order in which it was said; each call has its output. */
  readonly items: ReadonlyArray<Item.Item>
  /** What its reader has seen of the answer. */
  readonly shown: string
  readonly seal?: string | undefined
  readonly usage?: TokenUsage | undefined
}

/** Before the first round. */
export const noRounds: Rounds = { count: 0, items: [], shown: "" }

/** What is known of an answer so far. */
export interface AnswerSoFar {
  /** Takes what has come; says how the answer ended by it, if it did. One that calls tools goes on. */
  readonly read: (events: ReadonlyArray<ResponseEvent>) => "answered" | "cut" | undefined
  /** What a turn tells of events: a remark on the way to the answer is shown as thinking, a refusal as the answer. */
  readonly shown: (events: ReadonlyArray<ResponseEvent>) => ReadonlyArray<TurnEvent>
  /** The tools that this round wants called; none of a round that was cut short. */
  readonly calls: () => ReadonlyArray<Item.FunctionCall>
  /** A call is run from now on, until it is told what it gave. */
  readonly runs: (call: Item.FunctionCall) => void
  /** What a call gave, or that it is run, or nothing where it has not begun. */
  readonly became: (call: Item.FunctionCall) => Item.FunctionCallOutput | "running" | undefined
  /** The tool that has been at work longest. */
  readonly working: () => string | undefined
  /** Takes what a call gave. */
  readonly told: (output: Item.FunctionCallOutput) => void
  /** Begins the next round, when each call has its output. */
  readonly next: () => void
  /** Goes on with a turn that waited for an approval, whose calls have their outputs by now. */
  readonly resume: (turn: Turn, outputs: ReadonlyArray<Item.Item>) => void
  /** The turn that it goes on with. */
  readonly resumed: () => Turn | undefined
  /** What waits for an approval: everything said, and the outputs of the calls that need none. */
  readonly waiting: () => ReadonlyArray<Item.Item>
  /** What the rounds have said that are over. */
  readonly rounds: () => Rounds
  readonly hasBegun: () => boolean
  /** Its terminal event, once it is there. */
  readonly completed: () =>
    | { readonly usage: TokenUsage | undefined; readonly incomplete: string | undefined }
    | undefined
  readonly model: () => string | undefined
  /** The text of a whole answer: its messages count; deltas stand in for servers that send none. */
  readonly whole: () => string
  /** The text of an answer that was broken off: what its reader has seen. */
  readonly part: () => string
  /** What a whole answer consists of, commentary and calls included, in the order in which it came. */
  readonly items: () => ReadonlyArray<Item.Item>
  /** What there was of an answer that was broken off, as it is remembered: calls that were made, and the marked text. */
  readonly broken: (mark: (text: string) => string) => ReadonlyArray<Item.Item>
  /** Tokens of all rounds. */
  readonly usage: () => TokenUsage | undefined
  /** For whom its sealed items are sealed. */
  readonly seal: () => string | undefined
}

const below = (before: string, text: string): string =>
  before === "" || text === "" ? before + text : `${before}\n\n${text}`

const sum = (one: TokenUsage | undefined, other: TokenUsage | undefined): TokenUsage | undefined =>
  one === undefined || other === undefined ? one ?? other : {
    inputTokens: one.inputTokens + other.inputTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    totalTokens: one.totalTokens + other.totalTokens
  }

/** Nothing has been said yet, but for what rounds before have. `mayCall` says whether calls are answered. */
export const make = (mayCall = false, before: Rounds = noRounds): AnswerSoFar => {
  let rounds = before
  const running = new Map<string, string>()
  let outputs = new Map<string, Item.FunctionCallOutput>()
  let isFirst = true
  let resumed: Turn | undefined
  let deltas: Array<string> = []
  let answers: Array<string> = []
  let commentary: Array<string> = []
  let messages: Array<Item.Item> = []
  let items: Array<Item.Item> = []
  let called: Array<Item.FunctionCall> = []
  let seal: string | undefined
  let written = 0
  let repeated = 0
  let voided = before.shown
  let model: string | undefined
  let hasBegun = false
  let completed: ReturnType<AnswerSoFar["completed"]>

  const current = () => deltas.length === 0 ? answers.join("\n\n") : deltas.join("")
  // Until something takes its place, text that was started over is all there is.
  const part = () => {
    const text = current()
    return text === "" ? voided : below(rounds.shown, text)
  }

  /** Forgets what this round has said: it is void, or stands in `rounds`. */
  const unsay = (): void => {
    deltas = []
    answers = []
    commentary = []
    messages = []
    items = []
    called = []
    written = 0
    repeated = 0
  }

  const readOne = (event: ResponseEvent): void => {
    switch (event._tag) {
      case "TextDelta":
      case "RefusalDelta":
        if (event._tag === "TextDelta" && event.phase === "commentary") return
        deltas.push(event.text)
        written += event.text.length
        return
      case "MessageDone":
        repeated += event.text.length
        ;(event.phase === "answer" ? answers : commentary).push(event.text)
        messages.push({
          ...Item.fromText("assistant", event.text),
          ...event.phase === "commentary" && { phase: "commentary" }
        })
        return
      case "ItemDone":
        items.push(event.item)
        seal = event.seal ?? seal
        return
      case "ToolCallDone":
        if (event.kind !== "function") return
        called.push({
          type: "function_call",
          call_id: event.callId,
          name: event.name,
          ...event.namespace !== undefined && { namespace: event.namespace },
          arguments: event.arguments
        })
        return
      case "Restarted":
        voided = part()
        unsay()
        seal = undefined
        return
      case "Started":
        model = event.model ?? model
        return
      case "Completed":
        model = event.model ?? model
        completed = { usage: event.usage, incomplete: event.incomplete }
        return
      default:
    }
  }

  const wholeRound = () =>
    answers.length > 0 ? answers.join("\n\n") : commentary.length > 0 ? commentary.join("\n\n") : deltas.join("")

  // A backend of one's own may tell messages, or deltas, and no items.
  const said = (): ReadonlyArray<Item.Item> => {
    const known = new Set(items.flatMap((item) => item.type === "function_call" ? [item.call_id] : []))
    const all = [...items, ...called.filter(({ call_id }) => !known.has(call_id))]
    if (items.some((item) => item.type === "message")) return all
    if (messages.length > 0) return [...items, ...messages, ...all.slice(items.length)]
    const text = wholeRound()
    return text === "" && all.length > 0
      ? all
      : [...items, Item.fromText("assistant", text), ...all.slice(items.length)]
  }

  const calls = (): ReadonlyArray<Item.FunctionCall> =>
    completed === undefined || completed.incomplete !== undefined
      ? []
      : said().flatMap((item) => item.type === "function_call" ? [item] : [])

  const all = () => [...rounds.items, ...said()]

  const usage = () => sum(rounds.usage, completed?.usage)

  /** The calls of this round with their outputs, once it has some. */
  const made = (unmade: string): ReadonlyArray<Item.Item> => {
    const wanted = mayCall ? calls() : []
    return wanted.length === 0 ? [] : [
      ...said(),
      ...wanted.map(({ call_id }) =>
        outputs.get(call_id) ?? { type: "function_call_output" as const, call_id, output: unmade }
      )
    ]
  }

  const forget = (): void => {
    unsay()
    outputs = new Map()
    completed = undefined
    isFirst = true
  }

  const shown = (events: ReadonlyArray<ResponseEvent>): ReadonlyArray<TurnEvent> => {
    const told: Array<TurnEvent> = []
    const tell = (text: string): void => {
      told.push({ _tag: "TextDelta", text: isFirst && rounds.shown !== "" ? `\n\n${text}` : text })
      isFirst = false
    }
    for (const event of events) {
      switch (event._tag) {
        case "TextDelta":
          if (event.phase === "commentary") told.push({ _tag: "ReasoningDelta", text: event.text })
          else tell(event.text)
          break
        case "RefusalDelta":
          tell(event.text)
          break
        case "ReasoningDelta":
          told.push({ _tag: "ReasoningDelta", text: event.text })
          break
        case "SearchStarted":
          told.push({ _tag: "ToolStarted", name: searchName, callId: event.itemId ?? searchName })
          break
        case "SearchDone":
          told.push({ _tag: "ToolDone", name: searchName, callId: event.itemId ?? searchName, failed: false })
          break
        case "Restarted":
          isFirst = true
          told.push(event)
          // Only this round is void.
          if (rounds.shown !== "") told.push({ _tag: "TextDelta", text: rounds.shown })
          break
        default:
      }
    }
    return told
  }

  return {
    read: (events) => {
      hasBegun = true
      for (const event of events) readOne(event)
      if (Math.max(written, repeated) + rounds.shown.length > maxLength && completed === undefined) return "cut"
      return completed === undefined || (mayCall && calls().length > 0) ? undefined : "answered"
    },
    shown,
    calls,
    runs: ({ call_id, name }) => {
      running.set(call_id, name)
    },
    became: ({ call_id }) => running.has(call_id) ? "running" : outputs.get(call_id),
    working: () => running.values().next().value,
    told: (output) => {
      running.delete(output.call_id)
      outputs.set(output.call_id, output)
    },
    next: () => {
      rounds = {
        count: rounds.count + 1,
        items: [...rounds.items, ...made("")],
        shown: part(),
        seal: seal ?? rounds.seal,
        usage: usage()
      }
      voided = rounds.shown
      forget()
    },
    resume: (turn, outputs) => {
      resumed = turn
      rounds = { ...rounds, items: outputs, seal: turn.seal }
    },
    resumed: () => resumed,
    waiting: () => [...all(), ...outputs.values()],
    rounds: () => rounds,
    hasBegun: () => hasBegun,
    completed: () => completed,
    model: () => model,
    whole: () => rounds.count === 0 ? wholeRound() : answerOf(all()),
    part,
    items: all,
    broken: (mark) => {
      const calls = made("[Stopped before it was done.]")
      const before = [...rounds.items, ...calls]
      const text = calls.length > 0 ? "" : current()
      return [
        ...before,
        Item.fromText("assistant", mark(text === "" && before.length === 0 ? part() : text))
      ]
    },
    usage,
    seal: () => seal ?? rounds.seal
  }
}
