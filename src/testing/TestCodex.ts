/**
 * A whole Codex without sockets: scripted answers, credentials that are always good, an audit that remembers.
 *
 * Everything above the backend is the real thing. Under `TestClock` a run is the same to the millisecond.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { DeviceLoginFailed } from "../auth/AuthError.ts"
import * as CodexAuth from "../auth/CodexAuth.ts"
import * as DeviceLogin from "../auth/DeviceLogin.ts"
import * as CodexBackend from "../backend/CodexBackend.ts"
import type { CodexRequest } from "../backend/CodexRequest.ts"
import type { ResponseEvent, TokenUsage } from "../backend/ResponseEvent.ts"
import * as ResponseStream from "../backend/ResponseStream.ts"
import * as CodexConfig from "../CodexConfig.ts"
import * as CodexLive from "../CodexLive.ts"
import * as Audit from "../conversation/Audit.ts"
import * as Memory from "../conversation/Memory.ts"
import type { RecordedTurn } from "./codex/internal/recording.ts"

/** One scripted answer: a stream of events that ends with `Completed` or fails. */
export type Reply = (request: CodexRequest) => Stream.Stream<ResponseEvent, CodexBackend.ResponsesError>

export interface Service {
  /** Queues answers; one request takes one. When the queue is empty the default answers. */
  readonly script: (...replies: ReadonlyArray<Reply>) => Effect.Effect<void>
  /** All requests so far, oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<CodexRequest>>
  /** How many answers are being given at this moment. */
  readonly running: Effect.Effect<number>
  /** All audit records so far, oldest first. */
  readonly audit: Effect.Effect<ReadonlyArray<Audit.AuditEvent>>
}

/** The script and what it recorded, as a service. */
export class TestCodex extends Context.Service<TestCodex, Service>()("effect-codex/TestCodex") {}

// One token for four characters is near enough for a number that only has to be the same every time.
const tokens = (text: string): number => Math.ceil(text.length / 4)

const usageOf = (request: CodexRequest, text: string): TokenUsage => {
  const inputTokens = tokens(request.instructions + request.input.map((message) => message.text).join(""))
  const outputTokens = tokens(text)
  return {
    inputTokens,
    cachedTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    totalTokens: inputTokens + outputTokens
  }
}

/** Answers in pieces, with a pause before each (default: none). */
export const deltas = (
  pieces: ReadonlyArray<string>,
  options: { readonly every?: Duration.Input | undefined } = {}
): Reply =>
(request) => {
  const text = pieces.join("")
  const model = request.model ?? CodexConfig.defaults.model
  const pause = Effect.sleep(options.every ?? Duration.zero)
  const head: ReadonlyArray<ResponseEvent> = [{ _tag: "Started", responseId: "resp_test", model }]
  const tail: ReadonlyArray<ResponseEvent> = [
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

/** Answers at once. */
export const text = (answer: string): Reply => deltas([answer])

/** Fails at once, or after some text. */
export const fails = (error: CodexBackend.ResponsesError, after: ReadonlyArray<string> = []): Reply => () =>
  Stream.fromIterable(after.map((piece) => ({ _tag: "TextDelta" as const, text: piece }))).pipe(
    Stream.concat(Stream.fail(error))
  )

/** Never answers. */
export const never: Reply = () => Stream.never

/** Plays exactly these events. */
export const events = (...list: ReadonlyArray<ResponseEvent>): Reply => () => Stream.fromIterable(list)

const encoder = new TextEncoder()

/**
 * Tells a turn again that was recorded with `CodexEmulator.recordTurns` or `CodexEmulator.readTurn`.
 *
 * The recording is read as an answer of the real backend is, with a pause before each piece of text (default: none). It
 * fails as the backend does, also when it stops in the middle: then with `StreamInterrupted`.
 */
export const recorded = (
  turn: RecordedTurn,
  options: { readonly every?: Duration.Input | undefined } = {}
): Reply =>
(request) => {
  const pause = Effect.sleep(options.every ?? Duration.zero)
  return Stream.fromIterable(turn.events).pipe(
    Stream.map((event) => encoder.encode(`data: ${JSON.stringify(event)}\n\n`)),
    ResponseStream.decode({
      exchange: {
        model: request.model ?? CodexConfig.defaults.model,
        host: "recorded",
        status: 200,
        headers: {},
        sent: Redacted.make([request.instructions, ...request.input.map((message) => message.text)])
      }
    }),
    Stream.tap((event) => event._tag === "TextDelta" ? pause : Effect.void)
  )
}

/** Repeats the prompt: the default. */
export const echo: Reply = (request) => text(`Echo: ${request.input.at(-1)?.text ?? ""}`)(request)

const makeBackend = Effect.gen(function*() {
  const { model, reasoningEffort } = yield* CodexConfig.CodexConfig
  const queue = yield* Ref.make<ReadonlyArray<Reply>>([])
  const requests = yield* Ref.make<ReadonlyArray<CodexRequest>>([])
  const running = yield* Ref.make(0)
  const records = yield* Ref.make<ReadonlyArray<Audit.AuditEvent>>([])

  const next = Ref.modify(queue, ([first = echo, ...rest]) => [first, rest] as const)

  const backend = CodexBackend.CodexBackend.of({
    name: "test",
    responses: (request) =>
      Stream.unwrap(Effect.gen(function*() {
        yield* Ref.update(requests, (before) => [...before, request])
        yield* Ref.update(running, (count) => count + 1)
        const reply = yield* next
        return reply({ ...request, model: request.model ?? model }).pipe(
          Stream.ensuring(Ref.update(running, (count) => count - 1))
        )
      })),
    models: Effect.succeed({
      source: "built-in",
      models: [{ id: model, displayName: undefined, description: undefined, reasoningEfforts: ["low", "high"] }]
    }),
    usage: Effect.succeed({ plan: "test", limitReached: false, windows: [] }),
    status: Effect.succeed({ connected: true, model, reasoningEffort, auth: Option.none(), quota: Option.none() })
  })

  return Context.empty().pipe(
    Context.add(CodexBackend.CodexBackend, backend),
    Context.add(Audit.Audit, { record: (event) => Ref.update(records, (before) => [...before, event]) }),
    Context.add(TestCodex, {
      script: (...replies) => Ref.update(queue, (before) => [...before, ...replies]),
      requests: Ref.get(requests),
      running: Ref.get(running),
      audit: Ref.get(records)
    })
  )
})

/** The scripted backend, the recording audit, and the script. */
export const layerBackend: Layer.Layer<CodexBackend.CodexBackend | Audit.Audit | TestCodex> = Layer.effectContext(
  makeBackend
)

const makeAuth = Effect.gen(function*() {
  const signedIn = yield* Ref.make(true)
  const credentials: CodexAuth.Credentials = {
    accessToken: Redacted.make("test-access-token"),
    accountId: "test-account",
    plan: "test",
    residency: undefined,
    isFedramp: false,
    expiresAt: undefined,
    origin: "store"
  }
  const status = Effect.map(Ref.get(signedIn), (yes): CodexAuth.Status => ({
    location: "memory",
    signedIn: yes,
    problem: undefined,
    expiresAt: undefined,
    accountId: "test-account",
    plan: "test",
    canRefresh: true,
    unwritable: undefined
  }))
  const signIn = Effect.andThen(
    Ref.set(signedIn, true),
    Effect.map(status, (now): CodexAuth.SignedIn => ({ ...now, unsaved: undefined }))
  )

  const auth = CodexAuth.CodexAuth.of({
    credentials: Effect.succeed(credentials),
    recover: () => Effect.succeed({ ...credentials, origin: "refresh" }),
    status,
    signIn: () => signIn,
    imported: () => signIn,
    exported: Effect.succeed(Redacted.make("{}")),
    signOut: Ref.getAndSet(signedIn, false)
  })

  const issued = Effect.map(DateTime.now, (now): DeviceLogin.CodeIssued => ({
    _tag: "CodeIssued",
    flow: "deviceauth",
    userCode: "TEST-12345",
    verificationUri: "https://example.com/device",
    verificationUriComplete: undefined,
    expiresIn: Duration.minutes(15),
    expiresAt: DateTime.add(now, { minutes: 15 })
  }))

  return Context.empty().pipe(
    Context.add(CodexAuth.CodexAuth, auth),
    Context.add(DeviceLogin.DeviceLogin, {
      signIn: () =>
        Stream.concat(
          Stream.fromEffect(issued),
          Stream.fromEffect(Effect.map(signIn, (now): DeviceLogin.SignedIn => ({ ...now, _tag: "SignedIn" })))
        ),
      grant: () => Stream.fail(new DeviceLoginFailed({ reason: "notEnabled" }))
    })
  )
})

/** Credentials that are always good, and a device login that succeeds at once. */
export const layerAuth: Layer.Layer<CodexAuth.CodexAuth | DeviceLogin.DeviceLogin> = Layer.effectContext(makeAuth)

/**
 * Everything `CodexLive` offers, without a socket, a file or an environment, and `TestCodex` beside it.
 *
 * Settings are given as to `codexLive`; `memory` may be swapped as there.
 */
export const layer = (
  options: CodexConfig.Options & { readonly memory?: Layer.Layer<Memory.Memory> | undefined } = {}
): Layer.Layer<CodexLive.Services | TestCodex> =>
  CodexLive.layerConversation.pipe(
    Layer.provideMerge(Layer.mergeAll(layerBackend, layerAuth, options.memory ?? Memory.layerMemory)),
    Layer.provide(CodexConfig.layer(options))
  )
