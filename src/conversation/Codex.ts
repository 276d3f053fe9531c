/**
 * One turn of a conversation, whole: its place in the order, its limits, and its one end.
 *
 * A turn goes down once (personality, memory, request, backend) and comes up as one stream of events. It is a fiber of
 * the layer, which therefore waits for its end; a short queue stands between it and its reader. `ask` is the same turn
 * without a reader. However it ends, that is decided once, and then memory, usage and audit are written, once.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { RequestTimedOut, StreamInterrupted } from "../backend/BackendError.ts"
import { CodexBackend } from "../backend/CodexBackend.ts"
import type { WebSearchTool } from "../backend/CodexRequest.ts"
import * as Models from "../backend/Models.ts"
import * as Kinds from "../internal/kinds.ts"
import { optional, present, words } from "../internal/settings.ts"
import type { Audit } from "./Audit.ts"
import * as AnswerSoFar from "./internal/answer.ts"
import * as Askable from "./internal/askable.ts"
import * as Besides from "./internal/besides.ts"
import * as Ending from "./internal/ending.ts"
import * as Handover from "./internal/handover.ts"
import * as Observing from "./internal/observing.ts"
import * as Order from "./internal/order.ts"
import * as Reading from "./internal/reading.ts"
import * as Stores from "./internal/stores.ts"
import * as Watched from "./internal/watched.ts"
import type { Memory } from "./Memory.ts"
import type { ConversationKey, Prompt, UserId } from "./Message.ts"
import type { Personality } from "./Personality.ts"
import type { Answer, Status, TurnError, TurnEvent } from "./Turn.ts"
import { type ConversationBusy, MemoryFailed, type PromptEmpty, type PromptTooLong } from "./TurnError.ts"
import type { Usage, UsageMeter } from "./UsageMeter.ts"

/**
 * How conversations are held. Lengths are UTF-16 units.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** Instructions of every conversation. Default: `You are a helpful assistant.` */
  readonly systemPrompt?: string | undefined
  /** Longest prompt. Default: 50000. */
  readonly maxPromptLength?: number | undefined
  /** How many messages of a conversation are sent along. Default: 20. */
  readonly maxHistory?: number | undefined
  /**
   * How many tokens of a conversation are sent along, by an estimate on the large side: older turns stay where they are
   * kept. Default: 200000.
   */
  readonly maxHistoryTokens?: number | undefined
  /** How many prompts of one conversation may wait for the one that runs. Default: 20. */
  readonly maxWaiting?: number | undefined
  /** Until the answer begins, all attempts and pauses included. Default: 30 s. */
  readonly turnTimeout?: Duration.Input | undefined
  /** A whole turn, from its place in the order to its end. Default: 10 minutes. */
  readonly maxTurn?: Duration.Input | undefined
  /** How often a turn may call tools, several at once counting once; then it has to answer. Default: 8. */
  readonly maxRounds?: number | undefined
  /** Whether the backend searches the web: live, only what it has in store (`cached`), or how. Default: false. */
  readonly webSearch?: boolean | "cached" | Omit<WebSearchTool, "type"> | undefined
  /** Whether the backend draws pictures. Default: false. */
  readonly imageGeneration?: boolean | undefined
}

/**
 * What a turn gives, what it can end in, and how things stand between turns.
 *
 * @since 0.1.0
 * @category models
 */
export type { Answer, Picture, Source, Status, TurnError, TurnEvent } from "./Turn.ts"

/**
 * Conversations with Codex.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Asks and waits for the whole answer. */
  readonly ask: (prompt: Prompt) => Effect.Effect<Answer, TurnError>
  /** Asks and hands out the answer as it is written. Leaving the stream stops the turn and aborts the request. */
  readonly stream: (prompt: Prompt) => Stream.Stream<TurnEvent, TurnError>
  /**
   * Stops the answer that a conversation is being given; false when there is none, or when it is complete already.
   *
   * The request is aborted. The turn completes with the text so far, marked `stopped`, and is remembered so.
   */
  readonly stop: (conversation: ConversationKey) => Effect.Effect<boolean>
  /** Forgets a conversation. An answer that is being given goes on, and is not remembered. */
  readonly reset: (conversation: ConversationKey) => Effect.Effect<void, MemoryFailed>
  /**
   * Moves what was said in a conversation to another, behind what was said there: its chat has another id now.
   *
   * An answer that is being given stays where it was asked; move again when it is over.
   */
  readonly move: (from: ConversationKey, to: ConversationKey) => Effect.Effect<void, MemoryFailed>
  /** The connection, the login, the quota as last heard, and the usage since the start. */
  readonly status: Effect.Effect<Status>
  /** The models of the account. */
  readonly models: Effect.Effect<Models.List>
  /** A user's own instructions, if any. */
  readonly personality: (userId: UserId) => Effect.Effect<Option.Option<string>, MemoryFailed>
  /** Sets them; at most 2000 UTF-16 units. They stand before the system prompt from then on. */
  readonly setPersonality: (userId: UserId, text: string) => Effect.Effect<void, MemoryFailed | PromptTooLong>
  /** Goes back to none. */
  readonly clearPersonality: (userId: UserId) => Effect.Effect<void, MemoryFailed>
  /**
   * Forgets what is kept of a user: what they asked and were answered in all conversations, the personality, and what they
   * used. False when the store cannot look through all conversations: then those stay, and `reset` forgets each. Answers
   * that they are being given at that moment, or wait for, go on and are not remembered.
   */
  readonly forget: (userId: UserId) => Effect.Effect<boolean, MemoryFailed>
  /** The conversations that are being given an answer, or wait for one. */
  readonly busy: Effect.Effect<ReadonlyArray<string>>
  /** Longest prompt, and whether somebody chose it. */
  readonly bound: { readonly maxPromptLength: number; readonly isChosen: boolean }
}

/**
 * The conversation with Codex as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class Codex extends Context.Service<Codex, Service>()("effect-codex/Codex") {}

const unknownUsage: Usage = {
  total: { requests: 0, inputTokens: 0, outputTokens: 0, totalTokens: 0 },
  perUser: new Map()
}

// How long a store may take for what somebody waits for beside a turn.
const patience = Duration.seconds(10)

const within = (operation: MemoryFailed["operation"]) =>
  Effect.timeoutOrElse({
    duration: patience,
    orElse: () => Effect.fail(new MemoryFailed({ operation }))
  })

// How much of an answer waits for a slow reader before the turn waits for it.
const ahead = 256

const kinds = { turnTimeout: Kinds.span, maxTurn: Kinds.span }

type Needs = CodexBackend | Models.Models | Memory | Personality | UsageMeter | Audit

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, never, Needs | Digest.Digest | Scope.Scope> {
  const backend = yield* CodexBackend
  const models = yield* Models.Models
  const memory = yield* Stores.memory
  const personality = yield* Stores.personality
  const meter = yield* Stores.meter
  const { maxHistory = 20, maxPromptLength = 50_000, systemPrompt = "You are a helpful assistant." } = options
  yield* Kinds.ensure("Codex.layer", kinds, options)
  const turnTimeout = Duration.fromInputUnsafe(options.turnTimeout ?? "30 seconds")
  const maxTurn = Duration.fromInputUnsafe(options.maxTurn ?? "10 minutes")
  const order = Order.make({ waiting: Math.max(0, options.maxWaiting ?? 20) })
  const reading = yield* Reading.make({
    order,
    maxHistory,
    maxHistoryTokens: options.maxHistoryTokens ?? 200_000,
    systemPrompt,
    maxRounds: options.maxRounds ?? 8,
    besides: Besides.toolsOf(options)
  })
  const settle = yield* Ending.make({ maxTurn, order })
  const turns = yield* FiberSet.make<void, PromptEmpty | PromptTooLong | ConversationBusy>()

  const check = Askable.check(maxPromptLength)

  const first = Duration.min(turnTimeout, maxTurn)
  const afterFirst = Duration.subtract(maxTurn, first)

  /** Fails when no answer begins, and cuts one that does not end. */
  const watch = (answer: AnswerSoFar.AnswerSoFar, ending: Order.Ending) =>
    Effect.sleep(first).pipe(
      Effect.andThen(Effect.suspend(() =>
        answer.hasBegun() || Duration.isLessThan(maxTurn, turnTimeout)
          ? Effect.sleep(afterFirst)
          : Effect.fail(new RequestTimedOut({ phase: "request", after: turnTimeout }))
      )),
      Effect.map(() => void ending.decide("cut"))
    )

  type Told = Deferred.Deferred<TurnEvent, TurnError>
  type Tell = Reading.Emit["tell"]

  const turn = (prompt: Prompt, emit: Tell | undefined, told: Told) => (ending: Order.Ending): Effect.Effect<void> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(DateTime.now, (began) => {
        const answer = AnswerSoFar.make(reading.mayCall)
        return Watched.read(
          reading.read(prompt, answer, ending, Observing.untilText(began, emit)),
          watch(answer, ending),
          ending
        ).pipe(
          restore,
          Effect.exit,
          Effect.flatMap((exit) => Effect.exit(settle(prompt, answer, ending, began, exit))),
          Effect.map(Exit.map((answer): TurnEvent => ({ _tag: "Completed", answer }))),
          Effect.flatMap((end) => Deferred.done(told, end)),
          Effect.asVoid
        )
      }).pipe(Observing.named(prompt))
    )

  /** Runs a turn as a fiber of the layer; who waits for it and leaves ends it, and sees its end. */
  const run = (prompt: Prompt, emit: Tell | undefined, told: Told): Effect.Effect<void> => {
    const checked = Effect.flatMap(check(prompt), () =>
      prompt.conversation === undefined
        ? Effect.suspend(() => turn(prompt, emit, told)(Order.makeEnding()))
        : order.inOrder(prompt.conversation, turn(prompt, emit, told))).pipe(Effect.tapError(Observing.refused))
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(
        FiberSet.run(turns, checked, { startImmediately: true }),
        (fiber) =>
          restore(Fiber.await(fiber)).pipe(
            Effect.onInterrupt(() => Fiber.interrupt(fiber)),
            // A turn has told its end, also when the layer closes meanwhile. Whoever never got a place is told so here.
            Effect.flatMap((exit) => Exit.isFailure(exit) ? Deferred.failCause(told, exit.cause) : Effect.void),
            Effect.asVoid
          )
      )
    )
  }

  const span = Effect.makeSpanScoped("Codex.stream")

  // Only the turn is under the span: `Stream.withSpan` would give it anew to each pull of the reader.
  // The end is not handed over with the rest: a reader who is slow would hold up `settle`, which nobody can interrupt.
  const stream: Service["stream"] = (prompt) =>
    Stream.transformPull(Stream.empty, (_, scope) =>
      Effect.flatMap(Scope.provide(span, scope), (span) => {
        const told = Deferred.makeUnsafe<TurnEvent, TurnError>()
        const { end, pull, tell } = Handover.make(ahead, Deferred.await(told))
        const running = run(prompt, tell, told).pipe(
          Effect.tapCause((cause) => Deferred.failCause(told, cause)),
          Effect.ensuring(end),
          Effect.withParentSpan(span, { captureStackTrace: false })
        )
        return Effect.as(Effect.forkIn(running, scope, { startImmediately: true }), pull)
      }))

  const ask = Effect.fnUntraced(function*(prompt: Prompt): Effect.fn.Return<Answer, TurnError> {
    const told = yield* Deferred.make<TurnEvent, TurnError>()
    // The exit of the span tells a failure, and holds no answer.
    yield* Effect.andThen(run(prompt, undefined, told), Effect.asVoid(Deferred.await(told))).pipe(
      Effect.withSpan("Codex.ask", undefined, { captureStackTrace: false })
    )
    const end = yield* Deferred.await(told)
    return end._tag === "Completed" ? end.answer : yield* new StreamInterrupted({ problem: "closed early" })
  })

  return Codex.of({
    ask,
    stream,
    stop: Effect.fn("Codex.stop")(order.stop),
    reset: Effect.fn("Codex.reset")((conversation) =>
      order.forget(conversation, memory.clear(conversation)).pipe(
        within("clear")
      )
    ),
    move: Effect.fn("Codex.move")((from, to) =>
      order.withWords(from, order.withWords(to, memory.move(from, to))).pipe(
        within("move"),
        Effect.when(Effect.succeed(from !== to)),
        Effect.asVoid
      )
    ),
    status: Effect.gen(function*() {
      const used = yield* Effect.result(within("list")(meter.usage))
      return {
        ...yield* backend.status,
        provider: backend.name,
        usage: Result.getOrElse(used, () => unknownUsage),
        usageProblem: Option.getOrUndefined(Result.getFailure(used))
      }
    }),
    models: models.list,
    personality: (userId) => within("list")(personality.get(userId)),
    setPersonality: (userId, text) => within("append")(personality.set(userId, text)),
    clearPersonality: (userId) => within("clear")(personality.clear(userId)),
    forget: Effect.fn("Codex.forget")((userId) =>
      order.forgetUser(userId, memory.forget(userId)).pipe(
        Effect.tap(personality.clear(userId)),
        Effect.tap(meter.forget(userId)),
        within("clear")
      )
    ),
    busy: order.busy,
    bound: { maxPromptLength, isChosen: options.maxPromptLength !== undefined }
  })
})

/**
 * Conversations over the rooms of the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<Codex, never, Needs> => Layer.provide(Layer.effect(Codex, make(options)), Digest.layerWebCrypto)

/**
 * `CODEX_SYSTEM_PROMPT`, `CODEX_WEB_SEARCH` (`true`, `false`, `cached`); the rest is set in code.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  systemPrompt: words("CODEX_SYSTEM_PROMPT"),
  webSearch: optional(Besides.searchConfig("CODEX_WEB_SEARCH"))
})

/**
 * `layer` with each option from the environment, or from a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<Codex, Config.ConfigError, Needs> => Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
