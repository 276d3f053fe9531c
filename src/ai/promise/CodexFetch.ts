/**
 * A `fetch` that is signed in to ChatGPT: for the `openai` package, the AI SDK, and whatever else takes a `fetch`.
 *
 * What such a client may ask, the backend takes in one form only: nothing stored, always as events. The client's own
 * address and key count for nothing: the login goes to the backend and nowhere else.
 */
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AuthStore from "../../auth/AuthStore.ts"
import { NetworkFailed } from "../../backend/BackendError.ts"
import * as CodexClient from "../../backend/CodexClient.ts"
import { CodexError } from "../../CodexError.ts"
import * as CodexRooms from "../../CodexRooms.ts"
import * as Endpoint from "../../Endpoint.ts"
import * as Kinds from "../../internal/kinds.ts"
import { stringify } from "../internal/json.ts"
import * as Answer from "./internal/answer.ts"
import * as Asked from "./internal/asked.ts"
import { parse } from "./internal/events.ts"
import * as Items from "./internal/items.ts"
import * as Refusal from "./internal/refusal.ts"

/**
 * Where the login is; every option may be left out.
 *
 * @since 0.2.0
 * @category models
 */
export interface CodexFetchOptions {
  /** A bare bearer token: no auth.json is read, nothing is refreshed. */
  readonly accessToken?: string | undefined
  /** The text of an auth.json; refreshed tokens live in memory only. */
  readonly authJson?: string | undefined
  /**
   * Default: what the environment says in `CODEX_AUTH_JSON_JSON` (the text of an auth.json) or `CODEX_AUTH_JSON_PATH`,
   * else `~/.codex/auth.json`.
   */
  readonly authJsonPath?: string | undefined
  /** Default: `https://chatgpt.com/backend-api/codex`. */
  readonly baseUrl?: string | undefined
  /** OAuth issuer. Default: `https://auth.openai.com`. */
  readonly issuer?: string | undefined
  /** Default: from the credentials. */
  readonly accountId?: string | undefined
  /** Default: none. */
  readonly deviceId?: string | undefined
  /** Whether expired access tokens are refreshed. Default: true. */
  readonly autoRefresh?: boolean | undefined
  /** What sends the requests, behind a proxy for example. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/**
 * A `fetch` that is signed in.
 *
 * @since 0.2.0
 * @category models
 */
export interface CodexFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Gives back what it holds; tokens that could not be saved are saved once more. */
  readonly close: () => Promise<void>
}

const loginOf = (
  options: CodexFetchOptions,
  httpClient: Layer.Layer<HttpClient.HttpClient>
): Layer.Layer<CodexRooms.LoginServices> => {
  const { accessToken, authJson, authJsonPath } = options
  const values = {
    httpClient,
    accountId: options.accountId,
    issuer: options.issuer,
    autoRefresh: options.autoRefresh
  }
  const isNamed = accessToken !== undefined || authJson !== undefined || authJsonPath !== undefined
  return isNamed
    ? CodexRooms.layerLogin({
      ...values,
      authJsonPath,
      accessToken: accessToken === undefined ? undefined : Redacted.make(accessToken),
      authJson: authJson === undefined ? undefined : Redacted.make(authJson)
    })
    : Layer.unwrap(
      Effect.suspend(() => AuthStore.config.parse(ConfigProvider.fromEnv())).pipe(
        Effect.orDie,
        Effect.map((login) => CodexRooms.layerLogin({ ...values, ...login }))
      )
    )
}

const isCodexError = Schema.is(CodexError)

/** What `fetch` itself would say when nobody answers; clients know it by its name and words. */
const nobodyThere = (cause: unknown): TypeError => new TypeError("fetch failed", { cause })

// No login is an answer of its own; all else is the network's.
const unsent = (host: string) => (error: HttpClientError.HttpClientError): Effect.Effect<Response, NetworkFailed> =>
  isCodexError(error.cause)
    ? Effect.succeed(Refusal.ofFailure(error.cause))
    : Effect.fail(new NetworkFailed({ host }))

const kinds: { readonly [K in keyof Required<CodexFetchOptions>]: Kinds.Kindly } = {
  accessToken: Kinds.text,
  authJson: Kinds.text,
  authJsonPath: Kinds.text,
  baseUrl: Kinds.address,
  issuer: Kinds.address,
  accountId: Kinds.text,
  deviceId: Kinds.text,
  autoRefresh: Kinds.flag,
  fetch: Kinds.callable
}
const known: Kinds.Kinds = kinds

/** In place of one whose options are wrong: its clients show what they are answered, and nothing of what is thrown. */
const refusing = (problem: string): CodexFetch => {
  const { message } = new Kinds.OptionInvalid({ of: "codexFetch", problem })
  return Object.assign(() => Promise.resolve(Refusal.ofBody(message)), { close: () => Promise.resolve() })
}

/**
 * Makes a `fetch` for clients of the Responses API: `new OpenAI({ apiKey: "unused", fetch: codexFetch() })`, or
 * `createOpenAI({ apiKey: "unused", fetch: codexFetch() })` of the AI SDK.
 *
 * It sends `store: false` and `stream: true` whatever the client says, and collects the events for a client that does
 * not stream. What the backend would refuse is answered at once with a 400 whose `error.param` names the field; a login
 * that is missing or over with a 401; an option that is wrong with a 400 that names it. Only when nobody answers does it reject, as `fetch` does.
 *
 * @since 0.2.0
 * @category constructors
 */
export const codexFetch = (written: CodexFetchOptions = {}): CodexFetch => {
  const options = Kinds.given(written ?? {}, Kinds.isSet)
  const problem = Kinds.firstProblem(options, (name, value) => Kinds.problemOf(known, name, value))
  if (problem !== undefined) return refusing(problem)
  const baseUrl = (options.baseUrl ?? Endpoint.codex.baseUrl).replace(/\/+$/, "")
  const host = URL.parse(baseUrl)?.host ?? "the backend"
  const items = Items.make()
  const http = options.fetch === undefined
    ? FetchHttpClient.layer
    : Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, options.fetch))
  const login = loginOf(options, http)
  const runtime = ManagedRuntime.make(
    CodexClient.layerHttpClient({ baseUrl, deviceId: options.deviceId }).pipe(Layer.provide([login, http]))
  )

  const ask = Effect.fnUntraced(function*(request: Request) {
    const path = new URL(request.url).pathname
    if (request.method !== "POST" || !path.endsWith("/responses")) {
      return Refusal.ofPath(`${request.method} ${path}`)
    }
    const json = parse(yield* Effect.orElseSucceed(Effect.tryPromise(() => request.text()), () => ""))
    if (json === undefined) return Refusal.ofBody("The body of the request is no JSON object.")
    const asked = Asked.read(json, items)
    if (Result.isFailure(asked)) return Refusal.ofField(asked.failure)
    const { body, session } = asked.success
    return yield* HttpClientRequest.post("/responses").pipe(
      HttpClientRequest.accept("text/event-stream"),
      HttpClientRequest.bodyText(stringify(body), "application/json"),
      HttpClientRequest.setHeaders(session === undefined ? {} : { "session-id": session.replace(/[^\x20-\x7e]/g, "") }),
      HttpClient.execute,
      Effect.matchEffect({
        onFailure: unsent(host),
        onSuccess: Answer.from(asked.success, { host, items, signal: request.signal })
      })
    )
  })

  const call = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    return runtime.runPromiseExit(ask(request), { signal: request.signal }).then((exit) => {
      if (Exit.isSuccess(exit)) return exit.value
      return Promise.reject(
        request.signal.aborted ? Answer.reasonOf(request.signal) : nobodyThere(Cause.squash(exit.cause))
      )
    })
  }
  return Object.assign(call, { close: () => runtime.dispose() })
}
