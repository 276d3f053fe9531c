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
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { EmptyResponse, RequestTimedOut, StreamInterrupted } from "../backend/BackendError.ts"
import { type BackendStatus, CodexBackend, type Models, type ResponsesError } from "../backend/CodexBackend.ts"
import type { CodexRequest, InputMessage } from "../backend/CodexRequest.ts"
import type { ResponseEvent, TokenUsage } from "../backend/ResponseEvent.ts"
import { CodexConfig } from "../CodexConfig.ts"
import { Audit, type AuditEvent } from "./Audit.ts"
import * as Reading from "./internal/reading.ts"
import { Memory } from "./Memory.ts"
import { type ConversationKey, defaultConversation, type Prompt, window } from "./Message.ts"
import { Settings } from "./Settings.ts"
import { MemoryFailed, PromptTooLong } from "./TurnError.ts"
import { type Usage, UsageMeter } from "./UsageMeter.ts"

/** The answer to a prompt. */
export interface Answer {
  readonly text: string
  /** The model that answered, as far as the backend says. */
  readonly model: string | undefined
  readonly usage: TokenUsage | undefined
  /** Why the text is cut short, when it is: `stopped`, or the backend's `max_output_tokens` or `content_filter`. */
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
  /**
   * Stops the answers that a conversation is being given, and says whether there were any.
   *
   * The request is aborted. The turn completes with the text so far, marked `stopped`, and is remembered so.
   */
  readonly stop: (conversation?: ConversationKey) => Effect.Effect<boolean>
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

/** How long a store may take to keep a turn. */
const patience = Duration.seconds(10)

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
      reasoningSummary: prompt.reasoningSummary,
      instructions: Option.match(personality, {
        onNone: () => systemPrompt,
        onSome: (own) => systemPrompt === "" ? own : `${own}\n\n${systemPrompt}`
      }),
      input: first === undefined ? [{ role: "user", text: prompt.text }] : [first, ...rest],
      sessionId: yield* sessionIdOf(conversation),
      origin: { userId: prompt.userId, chatId: prompt.chatId, conversation }
    } satisfies CodexRequest
  })

  const running = new Map<ConversationKey, Set<Deferred.Deferred<void>>>()

  /** A stop signal that `stop` finds as long as the scope is open. */
  const stoppable = Effect.fnUntraced(function*(conversation: ConversationKey) {
    const signal = yield* Deferred.make<void>()
    const signals = running.get(conversation) ?? new Set()
    yield* Effect.acquireRelease(
      Effect.sync(() => running.set(conversation, signals.add(signal))),
      () =>
        Effect.sync(() => {
          signals.delete(signal)
          if (signals.size === 0) running.delete(conversation)
        })
    )
    return signal
  })

  const stop = Effect.fn("Codex.stop")(function*(conversation: ConversationKey = defaultConversation) {
    const signals = [...running.get(conversation) ?? []]
    const stopped = yield* Effect.forEach(signals, (signal) => Deferred.succeed(signal, undefined))
    return stopped.includes(true)
  })

  const turn = Effect.fnUntraced(function*(prompt: Prompt) {
    const conversation = prompt.conversation ?? defaultConversation
    const began = yield* DateTime.now
    const reading = yield* Ref.make(Reading.nothing)
    const settled = yield* Ref.make(false)
    const stopped = yield* stoppable(conversation)

    const record = Effect.fnUntraced(function*(outcome: AuditEvent["outcome"], error: AuditEvent["error"]) {
      const now = yield* DateTime.now
      yield* audit.record({
        timestamp: began,
        userId: prompt.userId,
        chatId: prompt.chatId,
        provider: backend.name,
        model: (yield* Ref.get(reading)).model ?? prompt.model,
        outcome,
        duration: DateTime.distance(began, now),
        error
      })
    })

    const settle = Effect.fnUntraced(
      function*(answer: Omit<Answer, "remembered" | "model">, said: string) {
        yield* Ref.set(settled, true)
        const remembered = yield* memory.append(conversation, [
          { role: "user", content: prompt.text },
          { role: "assistant", content: said }
        ]).pipe(
          // An answer that is there does not wait for ever to be kept.
          Effect.interruptible,
          Effect.timeoutOrElse({
            duration: patience,
            orElse: () => Effect.fail(new MemoryFailed({ operation: "append" }))
          }),
          Effect.as(true),
          Effect.catch((failure) => Effect.as(Effect.logWarning(failure.message), false))
        )
        yield* meter.record({ userId: prompt.userId, tokens: answer.usage })
        yield* record(answer.incomplete === "stopped" ? "stopped" : "answered", undefined)
        const { model = prompt.model } = yield* Ref.get(reading)
        return { _tag: "Completed" as const, answer: { ...answer, model, remembered } satisfies Answer }
      },
      // An answer that is there is written down, even if its reader has just left.
      Effect.uninterruptible
    )

    const step = Effect.fnUntraced(function*(events: ReadonlyArray<ResponseEvent>) {
      const out: Array<TurnEvent> = []
      for (const event of events) {
        const now = yield* Ref.updateAndGet(reading, (before) => Reading.read(before, event))
        if (event._tag === "TextDelta" || event._tag === "ReasoningDelta" || event._tag === "Restarted") out.push(event)
        if (event._tag !== "Completed") continue
        const text = Reading.answerOf(now)
        if (text.trim() === "") {
          return yield* new EmptyResponse({ model: now.model ?? prompt.model ?? config.model })
        }
        out.push(yield* settle({ text, usage: event.usage, incomplete: event.incomplete }, text))
      }
      return [undefined, out] as const
    })

    // A stream that ends without having completed was stopped by us, or else by a backend that says nothing.
    const ending = Stream.unwrap(Effect.gen(function*() {
      if (yield* Ref.get(settled)) return Stream.empty
      if (!(yield* Deferred.isDone(stopped))) return Stream.fail(new StreamInterrupted({ problem: "closed early" }))
      const text = Reading.partOf(yield* Ref.get(reading))
      return Stream.fromEffect(settle(
        { text, usage: undefined, incomplete: "stopped" },
        text === "" ? "[Stopped by the user before it began.]" : `${text}\n\n[Stopped by the user.]`
      ))
    }))

    const outOfTime = Effect.delay(
      Effect.fail(new RequestTimedOut({ phase: "turn", after: config.turnTimeout })),
      config.turnTimeout
    )

    return Stream.unwrap(Effect.map(request(prompt, conversation), backend.responses)).pipe(
      Stream.mapAccumArrayEffect(() => undefined, (_, events) => step(events)),
      Stream.interruptWhen(Effect.raceFirst(Deferred.await(stopped), outOfTime)),
      Stream.concat(ending),
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
    return Option.isSome(last) && last.value._tag === "Completed"
      ? last.value.answer
      : yield* new StreamInterrupted({ problem: "closed early" })
  })

  return Codex.of({
    ask,
    stream,
    stop,
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
