/**
 * How updates reach the bot: it polls, or it has a webhook that they are posted to; never both.
 *
 * The updates of one chat go one after another, chats side by side. What is not answered with a 2xx is sent again: at
 * once, then after 2, 4, 8, … up to 60 seconds, or when `Retry-After` says, until the update is a day old. The double
 * never leaves the machine: a webhook elsewhere is accepted, and all that is said about it is that it cannot be reached.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- the names of statuses; nothing runs on it.
import { STATUS_CODES } from "node:http"
import type { Method, Methods } from "./desk.ts"
import { limits } from "./limits.ts"
import { flag, fromText, integer, json, type Payload, text } from "./payload.ts"
import { refuse } from "./refusals.ts"
import type { Update } from "./types.ts"
import type { Pending, Updates } from "./updates.ts"

interface Hook {
  readonly url: string
  readonly secret: string | undefined
  readonly connections: number
  readonly seats: Semaphore.Semaphore
  /** Chats whose updates are under way. */
  readonly busy: Set<number>
  lastError: { readonly at: number; readonly message: string } | undefined
}

/** How a delivery ended; a wait of 0 leaves the pause to the double. */
type Outcome =
  | { readonly _tag: "Accepted"; readonly reply: Readonly<Record<string, unknown>> }
  | { readonly _tag: "Failed"; readonly message: string; readonly wait: number }

const defaultConnections = 40
const longestPause = 60
const longestRetryAfter = 3600
const decodeNames = Schema.decodeUnknownOption(Schema.Array(Schema.String))
/** What a bot cannot do by its answer to a webhook. */
const notByReply = new Set(["deletewebhook", "setwebhook", "close", "logout"])

const isHere = (url: string): boolean => {
  const host = URL.canParse(url) ? new URL(url).hostname : ""
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Polling and the webhook over one queue; `perform` carries out a method that the bot answers a webhook with. */
export const makeDelivery = Effect.fnUntraced(function*(
  updates: Updates,
  perform: (method: string, payload: Payload) => Effect.Effect<unknown>
) {
  const scope = yield* Effect.scope
  const client = Context.get(yield* Layer.build(FetchHttpClient.layer), HttpClient.HttpClient)
  const bell = yield* Queue.unbounded<void>()
  const ring = (): void => {
    if (hook !== undefined) Queue.offerUnsafe(bell, undefined)
  }
  let hook: Hook | undefined
  updates.onPush = ring

  const post = Effect.fnUntraced(
    function*(hook: Hook, update: Update): Effect.fn.Return<Outcome, HttpClientError.HttpClientError> {
      const response = yield* HttpClientRequest.post(hook.url).pipe(
        hook.secret === undefined
          ? (request) => request
          : HttpClientRequest.setHeader("x-telegram-bot-api-secret-token", hook.secret),
        HttpClientRequest.bodyJsonUnsafe(update),
        client.execute
      )
      const body = yield* response.text
      const { headers, status } = response
      if (status >= 200 && status <= 299) {
        return { _tag: "Accepted", reply: fromText(body, headers["content-type"] ?? "") ?? {} }
      }
      const wait = Math.min(Math.max(Number.parseInt(headers["retry-after"] ?? "", 10) || 0, 0), longestRetryAfter)
      return {
        _tag: "Failed",
        message: `Wrong response from the webhook: ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd(),
        wait
      }
    }
  )
  const deliver = (hook: Hook, update: Update): Effect.Effect<Outcome> =>
    isHere(hook.url)
      ? hook.seats.withPermit(post(hook, update)).pipe(
        Effect.timeoutOrElse({
          duration: limits.webhookSeconds.most * 1000,
          orElse: () => Effect.succeed<Outcome>({ _tag: "Failed", message: "Read timeout expired", wait: 0 })
        }),
        Effect.orElseSucceed((): Outcome => ({ _tag: "Failed", message: "Connection refused", wait: 0 })),
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
        // The address may hold a secret, and spans show addresses.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        Effect.provideService(HttpClient.TracerPropagationEnabled, false)
      )
      : Effect.succeed({ _tag: "Failed", message: "Connection timed out", wait: 0 })

  const answered = (reply: Readonly<Record<string, unknown>>): Effect.Effect<unknown> => {
    const { method, ...fields } = reply
    const name = typeof method === "string" ? method : ""
    const isAllowed = name !== "" && !notByReply.has(name.toLowerCase()) && !name.toLowerCase().startsWith("get")
    return isAllowed ? perform(name, { fields, uploads: new Map() }) : Effect.void
  }

  const oldest = Effect.fnUntraced(function*(chatId: number) {
    const at = yield* Clock.currentTimeMillis
    return updates.pending(at).find((pending) => pending.chatId === chatId)
  })

  /** Delivers what one chat has, until there is nothing left or the webhook is another. */
  const work = Effect.fnUntraced(
    function*(target: Hook, chatId: number) {
      let next: Pending | undefined = yield* oldest(chatId)
      let fails = 0
      while (next !== undefined && hook === target) {
        const outcome: Outcome = yield* deliver(target, next.update)
        if (outcome._tag === "Accepted") {
          updates.confirm(next.update.update_id)
          fails = 0
          yield* answered(outcome.reply)
        } else {
          target.lastError = { at: yield* Clock.currentTimeMillis, message: outcome.message }
          const pause = outcome.wait > 0 ? outcome.wait : fails === 0 ? 0 : Math.min(longestPause, 2 ** fails)
          fails++
          if (pause > 0) yield* Effect.sleep(pause * 1000)
        }
        next = yield* oldest(chatId)
      }
    },
    (effect, target, chatId) =>
      Effect.ensuring(
        effect,
        Effect.sync(() => {
          target.busy.delete(chatId)
          if (updates.size() > 0) ring()
        })
      )
  )

  yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
    yield* Queue.take(bell)
    const target = hook
    if (target === undefined) return
    for (const { chatId } of updates.pending(yield* Clock.currentTimeMillis)) {
      if (target.busy.has(chatId)) continue
      target.busy.add(chatId)
      yield* Effect.forkIn(work(target, chatId), scope)
    }
  })))

  const getUpdates: Method = Effect.fnUntraced(function*(payload) {
    if (hook !== undefined) return yield* refuse("webhookIsActive")
    return yield* updates.poll({
      offset: integer(payload, "offset") ?? 0,
      limit: Math.min(Math.max(integer(payload, "limit") ?? limits.updates.most, 1), limits.updates.most),
      timeout: integer(payload, "timeout") ?? 0,
      allowed: yield* json(payload, "allowed_updates", decodeNames)
    })
  })

  const setWebhook: Method = Effect.fnUntraced(function*(payload) {
    const url = text(payload, "url") ?? ""
    const secret = text(payload, "secret_token")
    const allowed = yield* json(payload, "allowed_updates", decodeNames)
    if (secret !== undefined && secret.length > limits.secretToken.most) return yield* refuse("secretTooLong")
    if (secret !== undefined && !/^[\w-]*$/.test(secret)) return yield* refuse("secretInvalid")
    // As a Bot API server of one's own does, but only for this machine.
    if (url !== "" && !URL.canParse(url)) return yield* refuse("webhookNotHttps")
    if (url !== "" && !url.startsWith("https:") && !isHere(url)) return yield* refuse("webhookNotHttps")
    if (allowed !== undefined) updates.allow(allowed)
    if (flag(payload, "drop_pending_updates")) updates.clear()
    if (url === "") {
      hook = undefined
      return true
    }
    const connections = Math.min(
      Math.max(integer(payload, "max_connections") ?? defaultConnections, 1),
      limits.webhookConnections.most
    )
    hook = {
      url,
      secret: secret === "" ? undefined : secret,
      connections,
      seats: yield* Semaphore.make(connections),
      busy: new Set(),
      lastError: undefined
    }
    updates.terminate()
    ring()
    return true
  })

  const deleteWebhook: Method = (payload) =>
    Effect.sync(() => {
      hook = undefined
      if (flag(payload, "drop_pending_updates")) updates.clear()
      return true
    })

  const getWebhookInfo: Method = () =>
    Effect.sync(() => ({
      url: hook?.url ?? "",
      has_custom_certificate: false,
      pending_update_count: updates.size(),
      ...(hook !== undefined && { max_connections: hook.connections }),
      ...(hook?.lastError !== undefined && {
        last_error_date: Math.floor(hook.lastError.at / 1000),
        last_error_message: hook.lastError.message
      }),
      ...(updates.allowed().length > 0 && { allowed_updates: updates.allowed() })
    }))

  const methods: Methods = { getUpdates, setWebhook, deleteWebhook, getWebhookInfo }
  return methods
})
