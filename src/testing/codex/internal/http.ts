/**
 * Replies as HTTP: heads and bodies.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import type * as FaultScript from "../../faults/FaultScript.ts"
import type { Step } from "./events.ts"
import type { View } from "./quota.ts"
import * as Reply from "./reply.ts"

/** Sends a whole response. */
export const whole = (
  reply: Reply.Http,
  headers: Readonly<Record<string, string>> = {}
): HttpServerResponse.HttpServerResponse => {
  const options = { status: reply.status, headers: { ...headers, ...reply.headers } }
  return typeof reply.body === "string"
    ? HttpServerResponse.text(reply.body, options)
    : HttpServerResponse.jsonUnsafe(reply.body, options)
}

/** Says that a window of the quota is full, or seems to be. */
export const usageLimit = (reply: Reply.UsageLimit, quota: View, plan: string): Reply.Http => {
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
  return Reply.http({
    status: 429,
    headers: { ...quota.headers, ...limited },
    body: {
      error: {
        type: "usage_limit_reached",
        message: "The usage limit has been reached",
        plan_type: plan,
        resets_at,
        resets_in_seconds,
        eligible_promo: null
      }
    }
  })
}

/** What the servers themselves say when they answer with this status. */
export const words = (fault: Extract<FaultScript.Fault, { readonly _tag: "Answer" }>): Reply.Http => {
  const { message, retryAfter, status } = fault
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }
  if (message !== undefined) return { ...Reply.refused(status, null, message), headers }
  switch (status) {
    case 401:
      return Reply.unauthorized()
    case 403:
      return Reply.modelForbidden()
    case 429:
      return { ...Reply.rateLimited(), headers }
    default:
      return status >= 500
        ? { ...Reply.unavailable({ status }), headers }
        : Reply.http({ status, headers, body: { detail: status === 404 ? "Not Found" : "The request was refused." } })
  }
}

/** Sends a stream step by step; the type of the content is told only when there is one. */
export const stream = (
  steps: ReadonlyArray<Step>,
  headers: Readonly<Record<string, string>>,
  contentType: string | undefined
): HttpServerResponse.HttpServerResponse => {
  // Without a pause between them the events go out in one write each all the same.
  const body = Stream.fromIterable(steps).pipe(
    Stream.mapEffect((step) =>
      Duration.isPositive(step.after) ? Effect.as(Effect.sleep(step.after), step.bytes) : Effect.succeed(step.bytes)
    )
  )
  if (contentType !== undefined) return HttpServerResponse.stream(body, { headers, contentType })
  // A body of a stream has a type unless the type is empty; the empty header that is left of it is removed.
  return HttpServerResponse.empty({ status: 200, headers }).pipe(
    HttpServerResponse.setBody(HttpBody.stream(body, "")),
    HttpServerResponse.removeHeader("content-type")
  )
}
