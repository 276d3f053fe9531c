/**
 * What an error means that a framework rejects a call with: Telegram's refusal, a line that broke, or a bug.
 *
 * Each framework wraps them differently. Nothing of what was sent, and no token, is in what comes out.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { TelegramFailed } from "../TelegramError.ts"

const Refusal = Schema.Struct({
  error_code: Schema.Int,
  description: Schema.optionalKey(Schema.String),
  parameters: Schema.optionalKey(
    Schema.Struct({
      retry_after: Schema.optionalKey(Schema.Finite),
      migrate_to_chat_id: Schema.optionalKey(Schema.Int)
    })
  )
})

// Telegraf nests the answer in `response`, grammY spreads it over the error, VibeGram has its own names for it
// and an error of its own for 429.
const decodeRefusal = Schema.decodeUnknownOption(Schema.Union([
  Refusal,
  Schema.Struct({ response: Refusal }),
  Schema.Struct({ errorCode: Schema.Int, description: Schema.optionalKey(Schema.String) }),
  Schema.Struct({ code: Schema.Literal("RATE_LIMIT"), retryAfter: Schema.Finite })
]))

const descriptions: ReadonlyArray<readonly [RegExp, TelegramFailed["reason"]]> = [
  // Where words may be sent, pictures and files need not be.
  [
    /not enough rights to send (?!photos|documents)|no rights to send|WRITE_FORBIDDEN|chat was (deleted|deactivated)/i,
    "blocked"
  ],
  [/message is not modified/i, "notModified"],
  [/message is too long|MESSAGE_TOO_LONG|caption is too long|file is too big/i, "tooLong"],
  [/message thread not found|TOPIC_DELETED/i, "threadNotFound"],
  [/TOPIC_CLOSED/i, "threadClosed"],
  [
    /message to (edit|delete|be replied|reply) not found|replied message not found|MESSAGE_ID_INVALID/i,
    "messageNotFound"
  ],
  [/chat not found/i, "chatNotFound"],
  [/upgraded to a supergroup/i, "chatMoved"]
]

// Numbers first: Telegram's texts change, and some quote what was sent.
const reasonOf = (code: number, description: string): TelegramFailed["reason"] => {
  if (code === 401) return "unauthorized"
  if (code === 429) return "rateLimited"
  if (code >= 500) return "unreachable"
  if (code === 403) return "blocked"
  return descriptions.find(([pattern]) => pattern.test(description))?.[1] ?? "rejected"
}

// What a connection fails with before anything was sent; frameworks wrap it once or twice.
const beforeSending: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"])

const wrappers = ["cause", "error", "originalError"] as const

/** Whether an error, or one that it wraps, is of a kind; frameworks wrap them once or twice. */
const holds = (cause: unknown, isOf: (error: object) => boolean, depth = 0): boolean =>
  Predicate.isObject(cause) && depth < 6 &&
  (isOf(cause) || wrappers.some((field) => field in cause && holds(Reflect.get(cause, field), isOf, depth + 1)))

const neverLeft = (cause: unknown): boolean => holds(cause, (error) => "code" in error && beforeSending.has(error.code))

const isProgramError = (error: object): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

// The platforms say with a `TypeError` that a connection failed as well: with its cause, or in words of their own.
const isConnectionError = (error: object): boolean =>
  error instanceof TypeError &&
  (error.cause !== undefined || /fetch|network|connection|terminated|load failed/i.test(error.message))

const isMisused = (cause: unknown): boolean =>
  holds(cause, isProgramError) && !holds(cause, (error) => isConnectionError(error))

const decodeUnsupported = Schema.decodeUnknownOption(Schema.TaggedStruct("Unsupported", {}))

// Errors about addresses quote them, and the address of every call holds the token.
const withoutToken = (text: string): string => text.replace(/\d{3,}:[\w-]+/g, "[token]").slice(0, 2000)

/** What can be told in a log of an error that was thrown on the way to Telegram. */
const tellable = (cause: unknown): Error => {
  const { message, name, stack } = cause instanceof Error ? cause : new Error(String(cause))
  return Object.assign(new Error(withoutToken(message)), { name, stack: withoutToken(stack ?? message) })
}

/**
 * Says what Telegram meant by refusing a call.
 *
 * What is no answer of Telegram's is `misused` when it is the error of a program, else `unreachable`.
 */
export const failureOf = (method: string, cause: unknown): TelegramFailed =>
  Option.match(decodeRefusal(cause), {
    onNone: () =>
      Option.isSome(decodeUnsupported(cause))
        ? new TelegramFailed({ method, reason: "unsupported" })
        : isMisused(cause)
        ? new TelegramFailed({ method, reason: "misused", cause: tellable(cause) })
        : new TelegramFailed({ method, reason: "unreachable", ...(neverLeft(cause) && { neverArrived: true }) }),
    onSome: (found) => {
      const refusal = "response" in found
        ? found.response
        : "errorCode" in found
        ? { error_code: found.errorCode, description: found.description, parameters: undefined }
        : "retryAfter" in found
        ? {
          error_code: 429,
          description: undefined,
          parameters: { retry_after: found.retryAfter, migrate_to_chat_id: undefined }
        }
        : found
      const { migrate_to_chat_id: movedTo, retry_after: retryAfter } = refusal.parameters ?? {}
      return new TelegramFailed({
        method,
        reason: movedTo === undefined ? reasonOf(refusal.error_code, refusal.description ?? "") : "chatMoved",
        code: refusal.error_code,
        ...(movedTo !== undefined && { movedTo }),
        ...(retryAfter !== undefined && { retryAfter: Duration.seconds(retryAfter) })
      })
    }
  })
