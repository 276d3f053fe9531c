/**
 * A whole Codex without sockets: `codexLive` with three doubles.
 *
 * Exchanges are scripted, the login is a text that never goes stale, and one HTTP client plays issuer, models and usage.
 * Everything else is the real thing: retries, refresh, limits, order, memory. Under `TestClock` a run is the same to the
 * millisecond.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as AuthStore from "../auth/AuthStore.ts"
import type { Addressed } from "../backend/CodexRequest.ts"
import * as Item from "../backend/Item.ts"
import type { ExchangeEvent, TokenUsage } from "../backend/ResponseEvent.ts"
import * as ResponseStream from "../backend/ResponseStream.ts"
import type * as RetryPolicy from "../backend/RetryPolicy.ts"
import * as CodexLive from "../CodexLive.ts"
import * as Audit from "../conversation/Audit.ts"
import type * as Memory from "../conversation/Memory.ts"
import type { RecordedTurn } from "./codex/CodexEmulator.ts"
import { played, toldItems } from "./ToldItems.ts"

/**
 * One scripted exchange: events that begin with `Opened` and end with `Completed`, or a failure.
 *
 * @since 0.1.0
 * @category models
 */
export type Reply = (request: Addressed) => Stream.Stream<ExchangeEvent, ResponseStream.ResponseStreamError>

/**
 * A request as the backend would have got it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Exchanged {
  readonly request: Addressed
  /** `token-1` at first, `token-2` after the first refresh, and so on. */
  readonly accessToken: string
}

/**
 * The script, and what it recorded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Queues answers; one exchange takes one. When the queue is empty the default answers. */
  readonly script: (...replies: ReadonlyArray<Reply>) => Effect.Effect<void>
  /** All requests so far, oldest first; one that is tried again counts again. */
  readonly requests: Effect.Effect<ReadonlyArray<Addressed>>
  /** All exchanges so far, with the token that each was made with. */
  readonly exchanges: Effect.Effect<ReadonlyArray<Exchanged>>
  /** How many answers are being given at this moment. */
  readonly running: Effect.Effect<number>
  /** All audit records so far, oldest first; none when the audit is a room of your own. */
  readonly audit: Effect.Effect<ReadonlyArray<Audit.AuditEvent>>
}

/**
 * The script and what it recorded, as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class TestCodex extends Context.Service<TestCodex, Service>()("effect-codex/TestCodex") {}

// One token for four characters is near enough for a number that only has to be the same every time.
const tokens = (text: string): number => Math.ceil(text.length / 4)

const usageOf = (request: Addressed, text: string): TokenUsage => {
  const inputTokens = tokens(request.instructions + request.input.map(Item.words).join(""))
  const outputTokens = tokens(text)
  return {
    inputTokens,
    cachedTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    totalTokens: inputTokens + outputTokens
  }
}

const opened: ExchangeEvent = { _tag: "Opened" }

/**
 * Answers in pieces, with a pause before each (default: none).
 *
 * @since 0.1.0
 * @category constructors
 */
export const deltas = (
  pieces: ReadonlyArray<string>,
  options: { readonly every?: Duration.Input | undefined } = {}
): Reply =>
(request) => {
  const text = pieces.join("")
  const { model } = request
  const pause = Effect.sleep(options.every ?? Duration.zero)
  const head: ReadonlyArray<ExchangeEvent> = [opened, { _tag: "Started", responseId: "resp_test", model }]
  const tail: ReadonlyArray<ExchangeEvent> = [
    { _tag: "MessageDone", text, phase: "answer" },
    { _tag: "Completed", responseId: "resp_test", model, usage: usageOf(request, text), incomplete: undefined }
  ]
  return Stream.fromIterable(head).pipe(
    Stream.concat(
      Stream.fromIterable(pieces).pipe(
        Stream.mapEffect((piece) => Effect.as(pause, { _tag: "TextDelta" as const, text: piece }))
      )
    ),
    Stream.concat(Stream.fromIterable(tail))
  )
}

/**
 * Answers at once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = (answer: string): Reply => deltas([answer])

/**
 * Fails at once, or after some text.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fails = (error: ResponseStream.ResponseStreamError, after: ReadonlyArray<string> = []): Reply => () =>
  Stream.fromIterable<ExchangeEvent>(
    after.length === 0 ? [] : [opened, ...after.map((piece) => ({ _tag: "TextDelta" as const, text: piece }))]
  ).pipe(Stream.concat(Stream.fail(error)))

/**
 * Never answers.
 *
 * @since 0.1.0
 * @category constructors
 */
export const never: Reply = () => Stream.never

/**
 * Plays exactly these events, behind an `Opened`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const events = (...list: ReadonlyArray<ExchangeEvent>): Reply => () => Stream.fromIterable([opened, ...list])

/**
 * Tells a turn again that was recorded with `CodexEmulator.recordTurns` or `CodexEmulator.readTurn`.
 *
 * The recording is read as an answer of the real backend is, with a pause before each piece of text (default: none). It
 * fails as the backend does, also when it stops in the middle: then with `StreamInterrupted`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const recorded = (
  turn: RecordedTurn,
  options: { readonly every?: Duration.Input | undefined } = {}
): Reply => played(() => turn.events, options)

/**
 * Answers with these items, told as the backend tells them: calls of tools, pictures, sources, refusals, thoughts. After a
 * call the answer waits for its output.
 *
 * A pause stands before each piece of text (default: none).
 *
 * @since 0.2.0
 * @category constructors
 */
export const items = (
  list: ReadonlyArray<Item.Item>,
  options: { readonly every?: Duration.Input | undefined } = {}
): Reply =>
  played((request) => {
    const { inputTokens, outputTokens, totalTokens } = usageOf(request, list.map(Item.words).join(""))
    const usage = { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: totalTokens }
    return toldItems(list, request.model, usage)
  }, options)

/**
 * Repeats the prompt: the default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const echo: Reply = (request) => text(`Echo: ${Item.words(request.input.at(-1))}`)(request)

const json = (value: unknown): string => JSON.stringify(value)

// The number of a token stands in its signature, since everything else in it must be what a real one says.
const tokenOf = (number: number): string =>
  [
    Base64Url.encode(json({ alg: "none", typ: "JWT" })),
    Base64Url.encode(json({
      // The year 2100: no `TestClock` comes that far by accident.
      exp: 4_102_444_800,
      "https://api.openai.com/auth": { chatgpt_account_id: "test-account", chatgpt_plan_type: "test" }
    })),
    `token-${number}`
  ].join(".")

const login = Redacted.make(json({
  auth_mode: "chatgpt",
  OPENAI_API_KEY: null,
  tokens: {
    id_token: tokenOf(0),
    access_token: tokenOf(1),
    refresh_token: "test-refresh-token",
    account_id: "test-account"
  },
  last_refresh: "2026-01-01T00:00:00Z"
}))

const model = "test-model"

/** What issuer and backend say to everything but a prompt. */
const answerOf = (path: string, refreshes: number): unknown => {
  if (path.endsWith("/deviceauth/usercode")) {
    return { device_auth_id: "test", user_code: "TEST-12345", interval: "1" }
  }
  if (path.endsWith("/deviceauth/token")) return { authorization_code: "test", code_verifier: "test" }
  if (path.endsWith("/oauth/token")) {
    return { id_token: tokenOf(0), access_token: tokenOf(refreshes + 1), refresh_token: `test-refresh-${refreshes}` }
  }
  if (path.endsWith("/models")) {
    return {
      models: [{
        slug: model,
        display_name: "Test model",
        visibility: "list",
        supported_reasoning_levels: [{ effort: "low" }, { effort: "high" }]
      }]
    }
  }
  return path.endsWith("/wham/usage") ? { plan_type: "test", rate_limit: { limit_reached: false } } : {}
}

const client: Effect.Effect<HttpClient.HttpClient> = Effect.map(
  Ref.make(0),
  (refreshes) =>
    HttpClient.make((request, { pathname }) =>
      Effect.map(
        pathname.endsWith("/oauth/token") ? Ref.updateAndGet(refreshes, (count) => count + 1) : Ref.get(refreshes),
        (count) => HttpClientResponse.fromWeb(request, Response.json(answerOf(pathname, count)))
      )
    )
)

const signatureOf = (token: Redacted.Redacted): string => Redacted.value(token).split(".").at(-1) ?? ""

const makeScript = Effect.gen(function*() {
  const queue = yield* Ref.make<ReadonlyArray<Reply>>([])
  const exchanges = yield* Ref.make<ReadonlyArray<Exchanged>>([])
  const running = yield* Ref.make(0)
  const records = yield* Ref.make<ReadonlyArray<Audit.AuditEvent>>([])
  const next = Ref.modify(queue, ([first = echo, ...rest]) => [first, rest] as const)

  const exchange: ResponseStream.Service["exchange"] = (request, { accessToken }) =>
    Stream.unwrap(Effect.gen(function*() {
      yield* Ref.update(exchanges, (before) => [...before, { request, accessToken: signatureOf(accessToken) }])
      yield* Ref.update(running, (count) => count + 1)
      const reply = yield* next
      return Stream.ensuring(reply(request), Ref.update(running, (count) => count - 1))
    }))

  return Context.empty().pipe(
    Context.add(ResponseStream.ResponseStream, { exchange }),
    Context.add(Audit.Audit, { record: (event) => Ref.update(records, (before) => [...before, event]) }),
    Context.add(TestCodex, {
      script: (...replies) => Ref.update(queue, (before) => [...before, ...replies]),
      requests: Effect.map(Ref.get(exchanges), (all) => all.map(({ request }) => request)),
      exchanges: Ref.get(exchanges),
      running: Ref.get(running),
      audit: Ref.get(records)
    })
  )
})

/**
 * Values as for `codexLive`, and the rooms that a test may furnish.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options<EP, RP, EM, RM, EN, RN, EU, RU, EA, RA, EK = never, RK = never, RT = never>
  extends CodexLive.Values, CodexLive.ConversationRooms<EM, RM, EN, RN, EU, RU, EA, RA, EK, RK, RT>
{
  /** Default: `RetryPolicy.layer`. */
  readonly retryPolicy?: Layer.Layer<RetryPolicy.RetryPolicy, EP, RP> | undefined
}

/**
 * Everything `codexLive` offers, without a socket, a file or an environment, and `TestCodex` beside it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <
  EP = never,
  RP = never,
  EM = never,
  RM = never,
  EN = never,
  RN = never,
  EU = never,
  RU = never,
  EA = never,
  RA = never,
  EK = never,
  RK = never,
  RT = never
>(
  options: Options<EP, RP, EM, RM, EN, RN, EU, RU, EA, RA, EK, RK, RT> = {}
): Layer.Layer<
  CodexLive.Services | TestCodex,
  EP | EM | EN | EU | EA | EK,
  RP | RM | RK | RT | Exclude<RN | RU | RA, Memory.Memory>
> => {
  const script = Layer.effectContext(makeScript)
  return CodexLive.codexLive({
    ...options,
    responseStream: script,
    authStore: AuthStore.layerJson(login),
    httpClient: Layer.effect(HttpClient.HttpClient, client),
    audit: options.audit ?? script
  }).pipe(Layer.provideMerge(script))
}
