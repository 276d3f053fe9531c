/**
 * One turn of a conversation, and what else a person can ask of it.
 *
 * A turn goes down once (settings, memory, request, backend) and comes up as one stream of events. `ask` is that
 * stream run to its end. Memory, usage and audit are written when the answer is complete, and only then; of a
 * turn that failed or was interrupted nothing is remembered but its line in the audit.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { type BackendStatus, CodexBackend, type Models, type ResponsesError } from "../backend/CodexBackend.ts"
import type { CodexRequest, InputMessage } from "../backend/CodexRequest.ts"
import type { ResponseEvent, TokenUsage } from "../backend/ResponseEvent.ts"
import { CodexConfig } from "../CodexConfig.ts"
import { EmptyResponse, type MemoryFailed, PromptTooLong, RequestTimedOut, StreamInterrupted } from "../CodexError.ts"
import { Audit, type AuditEvent } from "./Audit.ts"
import { Memory } from "./Memory.ts"
import { type ConversationKey, defaultConversation, type Prompt, window } from "./Message.ts"
import { Settings } from "./Settings.ts"
import { type Usage, UsageMeter } from "./UsageMeter.ts"

/** The answer to a prompt. */
export interface Answer {
  readonly text: string
  /** The model that answered, as far as the backend says. */
  readonly model: string | undefined
  readonly usage: TokenUsage | undefined
  /** Why the text is cut short, when it is: `max_output_tokens`, `content_filter`. */
  readonly incomplete: string | undefined
  /** False when the answer is whole but the store could not keep the turn. */
  readonly remembered: boolean
}

/** What happens in a turn; `Completed` comes last and once. */
export type TurnEvent =
  | { readonly _tag: "TextDelta"; readonly text: string }
  | { readonly _tag: "ReasoningDelta"; readonly text: string }
  /** The text so far is void; the answer starts over. */
  | { readonly _tag: "Restarted" }
  | { readonly _tag: "Completed"; readonly answer: Answer }

/** What a turn can end in. */
export type TurnError = ResponsesError | PromptTooLong | MemoryFailed

/** The connection and what was used so far. */
export interface Status extends BackendStatus {
  readonly provider: string
  readonly usage: Usage
}

export interface Service {
  /** Asks and waits for the whole answer. */
  readonly ask: (prompt: Prompt) => Effect.Effect<Answer, TurnError>
  /** Asks and hands out the answer as it is written. Closing the stream aborts the request. */
  readonly stream: (prompt: Prompt) => Stream.Stream<TurnEvent, TurnError>
  /** Forgets a conversation; without a key, the default one. */
  readonly reset: (conversation?: ConversationKey) => Effect.Effect<void, MemoryFailed>
  /** The connection, the login, the quota as last heard, and the usage since the start. */
  readonly status: Effect.Effect<Status>
  /** The models of the account. */
  readonly models: Effect.Effect<Models>
  /** A user's own instructions, if any. */
  readonly personality: (userId: number) => Effect.Effect<Option.Option<string>, MemoryFailed>
  /** Sets them; at most 2000 UTF-16 units. They stand before the system prompt from then on. */
  readonly setPersonality: (userId: number, text: string) => Effect.Effect<void, MemoryFailed | PromptTooLong>
  /** Goes back to none. */
  readonly clearPersonality: (userId: number) => Effect.Effect<void, MemoryFailed>
}

/** The conversation with Codex as a service. */
export class Codex extends Context.Service<Codex, Service>()("effect-codex/Codex") {}

/** What has been read of an answer. */
interface Reading {
  readonly deltas: string
  readonly answers: ReadonlyArray<string>
  readonly commentary: ReadonlyArray<string>
  readonly model: string | undefined
}

const nothingRead: Reading = { deltas: "", answers: [], commentary: [], model: undefined }

const read = (reading: Reading, event: ResponseEvent): Reading => {
  switch (event._tag) {
    case "Started":
      return { ...reading, model: event.model ?? reading.model }
    case "TextDelta":
      return { ...reading, deltas: reading.deltas + event.text }
    case "MessageDone":
      return event.phase === "answer"
        ? { ...reading, answers: [...reading.answers, event.text] }
        : { ...reading, commentary: [...reading.commentary, event.text] }
    case "Restarted":
      return nothingRead
    case "Completed":
      return { ...reading, model: event.model ?? reading.model }
    case "ReasoningDelta":
    case "QuotaSeen":
      return reading
  }
}

/** Whole messages count; deltas stand in for servers that send no messages. */
const textOf = ({ answers, commentary, deltas }: Reading): string =>
  answers.length > 0 ? answers.join("\n\n") : commentary.length > 0 ? commentary.join("\n\n") : deltas

/** A name-based UUID (RFC 9562, version 3) from the MD5 of the name. */
const uuidOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-3${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`

export const make: Effect.Effect<
  Service,
  never,
  CodexBackend | Memory | Settings | UsageMeter | Audit | Digest.Digest
> = Effect.gen(function*() {
  const config = yield* CodexConfig
  const backend = yield* CodexBackend
  const memory = yield* Memory
  const settings = yield* Settings
  const meter = yield* UsageMeter
  const audit = yield* Audit
  const digest = yield* Digest.Digest

  // The backend's cache needs a stable id for each conversation; it need not be handed the number of a chat.
  const sessionIdOf = (conversation: ConversationKey) =>
    Effect.map(
      digest.digestHex(Digest.md5, new TextEncoder().encode(`effect-codex/session/${conversation}`)),
      uuidOf
    )

  const request = Effect.fn("Codex.request")(function*(prompt: Prompt, conversation: ConversationKey) {
    if (prompt.text.length > config.maxPromptLength) {
      return yield* new PromptTooLong({
        what: "message",
        length: prompt.text.length,
        maximum: config.maxPromptLength
      })
    }
    const personality = prompt.userId === undefined ? Option.none() : yield* settings.personality(prompt.userId)
    const history = yield* memory.list(conversation)
    const [first, ...rest] = [
      ...window(history, config.maxHistory),
      { role: "user" as const, content: prompt.text }
    ].map((message): InputMessage => ({
      role: message.role === "assistant" ? "assistant" : "user",
      text: message.content
    }))
    const systemPrompt = prompt.systemPrompt ?? config.systemPrompt
    return {
      model: prompt.model,
      reasoningEffort: prompt.reasoningEffort,
      instructions: Option.match(personality, {
        onNone: () => systemPrompt,
        onSome: (own) => systemPrompt === "" ? own : `${own}\n\n${systemPrompt}`
      }),
      input: first === undefined ? [{ role: "user", text: prompt.text }] : [first, ...rest],
      sessionId: yield* sessionIdOf(conversation),
      origin: { userId: prompt.userId, chatId: prompt.chatId, conversation }
    } satisfies CodexRequest
  })

  const turn = Effect.fnUntraced(function*(prompt: Prompt) {
    const conversation = prompt.conversation ?? defaultConversation
    const began = yield* DateTime.now
    const model = yield* Ref.make(prompt.model)
    const settled = yield* Ref.make(false)

    const record = Effect.fnUntraced(function*(outcome: AuditEvent["outcome"], error: AuditEvent["error"]) {
      const now = yield* DateTime.now
      yield* audit.record({
        timestamp: began,
        userId: prompt.userId,
        chatId: prompt.chatId,
        provider: backend.name,
        model: yield* Ref.get(model),
        outcome,
        duration: DateTime.distance(began, now),
        error
      })
    })

    const complete = Effect.fnUntraced(
      function*(reading: Reading, event: Extract<ResponseEvent, { _tag: "Completed" }>) {
        const text = textOf(reading)
        yield* Ref.set(model, reading.model ?? prompt.model)
        yield* Ref.set(settled, true)
        const remembered = yield* memory.append(conversation, [
          { role: "user", content: prompt.text },
          { role: "assistant", content: text }
        ]).pipe(
          Effect.as(true),
          Effect.catch((failure) => Effect.as(Effect.logWarning(failure.message), false))
        )
        yield* meter.record({ userId: prompt.userId, tokens: event.usage })
        yield* record("answered", undefined)
        return {
          text,
          model: reading.model ?? prompt.model,
          usage: event.usage,
          incomplete: event.incomplete,
          remembered
        } satisfies Answer
      },
      // An answer that is there is written down, even if its reader has just left.
      Effect.uninterruptible
    )

    const step = Effect.fnUntraced(function*(before: Reading, events: ReadonlyArray<ResponseEvent>) {
      const out: Array<TurnEvent> = []
      let reading = before
      for (const event of events) {
        reading = read(reading, event)
        switch (event._tag) {
          case "TextDelta":
          case "ReasoningDelta":
          case "Restarted":
            out.push(event)
            break
          case "Started":
          case "MessageDone":
          case "QuotaSeen":
            break
          case "Completed":
            if (textOf(reading).trim() === "") {
              return yield* new EmptyResponse({ model: reading.model ?? prompt.model ?? config.model })
            }
            out.push({ _tag: "Completed", answer: yield* complete(reading, event) })
        }
      }
      return [reading, out] as const
    })

    const closedEarly = Stream.unwrap(
      Effect.map(
        Ref.get(settled),
        (done) => done ? Stream.empty : Stream.fail(new StreamInterrupted({ problem: "closed early" }))
      )
    )

    const outOfTime = Effect.delay(
      Effect.fail(new RequestTimedOut({ phase: "turn", after: config.turnTimeout })),
      config.turnTimeout
    )

    return Stream.unwrap(Effect.map(request(prompt, conversation), backend.responses)).pipe(
      Stream.mapAccumArrayEffect(() => nothingRead, step),
      Stream.concat(closedEarly),
      Stream.interruptWhen(outOfTime),
      Stream.onExit((exit) =>
        Effect.flatMap(Ref.get(settled), (done) => {
          if (done) return Effect.void
          const failure = Exit.isFailure(exit) ? Cause.findErrorOption(exit.cause) : Option.none<TurnError>()
          return Option.match(failure, {
            onNone: () =>
              record(
                Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause) ? "failed" : "interrupted",
                undefined
              ),
            onSome: (error) => record("failed", { tag: error._tag, message: error.message })
          })
        })
      )
    )
  })

  const stream = (prompt: Prompt): Stream.Stream<TurnEvent, TurnError> =>
    Stream.unwrap(turn(prompt)).pipe(Stream.withSpan("Codex.stream"))

  const ask = Effect.fn("Codex.ask")(function*(prompt: Prompt) {
    const last = yield* Stream.runLast(stream(prompt))
    return yield* Option.match(last, {
      onNone: () => Effect.fail(new StreamInterrupted({ problem: "closed early" })),
      onSome: (event) =>
        event._tag === "Completed"
          ? Effect.succeed(event.answer)
          : Effect.fail(new StreamInterrupted({ problem: "closed early" }))
    })
  })

  return Codex.of({
    ask,
    stream,
    reset: Effect.fn("Codex.reset")((conversation = defaultConversation) => memory.clear(conversation)),
    status: Effect.gen(function*() {
      const connection = yield* backend.status
      return { ...connection, provider: backend.name, usage: yield* meter.usage }
    }),
    models: backend.models,
    personality: settings.personality,
    setPersonality: settings.setPersonality,
    clearPersonality: settings.clearPersonality
  })
})

/** The conversation over a backend, a memory, settings, a meter and an audit. */
export const layer: Layer.Layer<Codex, never, CodexBackend | Memory | Settings | UsageMeter | Audit> = Layer.effect(
  Codex,
  make
).pipe(Layer.provide(Digest.layerWebCrypto))
