/**
 * Replies as HTTP: heads, bodies, and connections that break.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import type { Step } from "./codexEvents.ts"
import type { View } from "./codexQuota.ts"
import type * as Reply from "./codexReply.ts"

/** Waits, unless there is nothing to wait for: a test clock stands still. */
export const pause = (duration: Duration.Input): Effect.Effect<void> =>
  Duration.isPositive(Duration.fromInputUnsafe(duration)) ? Effect.sleep(duration) : Effect.void

const drop = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<never> =>
  Effect.suspend(() => {
    NodeHttpServerRequest.toIncomingMessage(request).socket.destroy()
    return Effect.never
  })

// The callback of an empty write comes after all that was written before it has left.
const flush = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    NodeHttpServerRequest.toIncomingMessage(request).socket.write("", () => resume(Effect.void))
  })

/** Sends a refusal. */
export const refuse = (
  request: HttpServerRequest.HttpServerRequest,
  reply: Reply.Refusal,
  quota: View,
  headers: Readonly<Record<string, string>>,
  plan: string
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  switch (reply._tag) {
    case "Dropped":
      return drop(request)
    case "Silent":
      return Effect.never
    case "Http": {
      const options = { status: reply.status, headers: { ...headers, ...reply.headers } }
      return Effect.succeed(
        typeof reply.body === "string"
          ? HttpServerResponse.text(reply.body, options)
          : HttpServerResponse.jsonUnsafe(reply.body, options)
      )
    }
    case "UsageLimit": {
      const resets_at = reply.resetsAt === undefined
        ? quota.fullUntil ?? quota.primaryResetAt
        : Math.floor(DateTime.toEpochMillis(reply.resetsAt) / 1000)
      const resets_in_seconds = Math.max(0, resets_at - quota.now)
      const limited = quota.fullUntil === undefined
        ? {
          "x-codex-primary-used-percent": "100",
          "x-codex-primary-reset-at": String(resets_at),
          "x-codex-primary-reset-after-seconds": String(resets_in_seconds)
        }
        : {}
      return Effect.succeed(HttpServerResponse.jsonUnsafe({
        error: {
          type: "usage_limit_reached",
          message: "The usage limit has been reached",
          plan_type: plan,
          resets_at,
          resets_in_seconds,
          eligible_promo: null
        }
      }, { status: 429, headers: { ...headers, ...quota.headers, ...limited } }))
    }
  }
}

/** Sends a stream step by step; the type of the content is told only when there is one. */
export const stream = (
  request: HttpServerRequest.HttpServerRequest,
  steps: ReadonlyArray<Step>,
  headers: Readonly<Record<string, string>>,
  contentType: string | undefined
): HttpServerResponse.HttpServerResponse => {
  const body = Stream.fromIterable(steps).pipe(
    Stream.mapEffect((step): Effect.Effect<Uint8Array> => {
      switch (step._tag) {
        case "Write":
          return Effect.as(pause(step.after), step.bytes)
        case "Reset":
          return Effect.andThen(flush(request), drop(request))
        case "Stall":
          return Effect.never
      }
    })
  )
  if (contentType !== undefined) return HttpServerResponse.stream(body, { headers, contentType })
  // A body of a stream has a type unless the type is empty; the empty header that is left of it is removed.
  return HttpServerResponse.empty({ status: 200, headers }).pipe(
    HttpServerResponse.setBody(HttpBody.stream(body, "")),
    HttpServerResponse.removeHeader("content-type")
  )
}
