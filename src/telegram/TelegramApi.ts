/**
 * Outgoing calls: the few Bot API methods we use, over whatever framework the bot is written with.
 *
 * No framework is imported. A context is recognised by its shape: `telegram.callApi` (Telegraf),
 * `client.callApi` (VibeGram), `api.raw` (grammY), or else the shortcuts `reply`, `sendChatAction` and
 * `replyWithDocument`.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { TelegramFailed } from "../CodexError.ts"
import * as Transport from "./internal/transport.ts"

/** Where an answer goes: always taken from the message that asked. */
export interface Destination {
  readonly chatId: number | string
  readonly threadId: number | undefined
  /** The message to reply to, where a reply helps (groups). */
  readonly replyTo: number | undefined
}

/** A file in memory. */
export interface Document {
  readonly name: string
  readonly content: Uint8Array
  readonly caption: string
  /** Whether forwarding and saving are refused by Telegram's clients. */
  readonly protect: boolean
}

export interface Service {
  /** Sends a plain text of 1 to 4096 UTF-16 units; gives the id of the message where the framework tells it. */
  readonly sendMessage: (
    to: Destination,
    text: string
  ) => Effect.Effect<Option.Option<number>, TelegramFailed>
  /** Shows the bot as busy for about five seconds. */
  readonly sendChatAction: (
    to: Destination,
    action: "typing" | "upload_document"
  ) => Effect.Effect<void, TelegramFailed>
  /** Sends a file. */
  readonly sendDocument: (to: Destination, document: Document) => Effect.Effect<void, TelegramFailed>
}

/** Outgoing calls as a service. */
export class TelegramApi extends Context.Service<TelegramApi, Service>()("effect-codex/TelegramApi") {}

// ---------------------------------------------------------------------------------------------------------
// Failures
// ---------------------------------------------------------------------------------------------------------

const Refusal = Schema.Struct({
  error_code: Schema.Int,
  description: Schema.optionalKey(Schema.String),
  parameters: Schema.optionalKey(Schema.Struct({ retry_after: Schema.optionalKey(Schema.Finite) }))
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
  [/blocked by the user|bot was kicked|user is deactivated/i, "blocked"],
  [/message is not modified/i, "notModified"],
  [/message is too long|caption is too long/i, "tooLong"],
  [/message thread not found/i, "threadNotFound"],
  [/message to (edit|delete|be replied) not found/i, "messageNotFound"],
  [/chat not found/i, "chatNotFound"]
]

// Numbers first: Telegram's texts change, and some quote what was sent.
const reasonOf = (code: number, description: string): TelegramFailed["reason"] => {
  if (code === 401) return "unauthorized"
  if (code === 429) return "rateLimited"
  if (code >= 500) return "unreachable"
  return descriptions.find(([pattern]) => pattern.test(description))?.[1] ?? "rejected"
}

/** Says what Telegram meant by refusing a call; what is no answer of Telegram's is `unreachable`. */
export const failureOf = (method: string, cause: unknown): TelegramFailed =>
  Option.match(decodeRefusal(cause), {
    onNone: () => new TelegramFailed({ method, reason: "unreachable" }),
    onSome: (found) => {
      const refusal = "response" in found
        ? found.response
        : "errorCode" in found
        ? { error_code: found.errorCode, description: found.description, parameters: undefined }
        : "retryAfter" in found
        ? { error_code: 429, description: undefined, parameters: { retry_after: found.retryAfter } }
        : found
      const retryAfter = refusal.parameters?.retry_after
      return new TelegramFailed({
        method,
        reason: reasonOf(refusal.error_code, refusal.description ?? ""),
        code: refusal.error_code,
        ...(retryAfter !== undefined && { retryAfter: Duration.seconds(retryAfter) })
      })
    }
  })

// ---------------------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------------------

const decodeSent = Schema.decodeUnknownOption(Schema.Struct({ message_id: Schema.Int }))

const place = (to: Destination) => ({
  chat_id: to.chatId,
  ...(to.threadId !== undefined && { message_thread_id: to.threadId })
})

const reply = (to: Destination) =>
  to.replyTo === undefined
    ? {}
    : { reply_parameters: { message_id: to.replyTo, allow_sending_without_reply: true } }

// Not every framework gives a call an end, and the next prompt of a conversation waits for it. VibeGram waits out
// rate limits within a call, so it is not short.
const patience = Duration.minutes(2)

/** The calls of one framework context; none when it offers no way out. */
export const fromContext = (context: object): Service => {
  const transport = Transport.find(context)

  const call = (method: string, run: (transport: Transport.Transport, means: Transport.Means) => Promise<unknown>) =>
    Option.match(transport, {
      onNone: () => Effect.fail(new TelegramFailed({ method, reason: "unsupported" })),
      onSome: (found) =>
        Effect.flatMap(FetchHttpClient.Fetch, (fetch) =>
          Effect.tryPromise({
            try: (signal) => run(found, { fetch, signal }),
            catch: (cause) => failureOf(method, cause)
          }).pipe(Effect.timeoutOrElse({
            duration: patience,
            orElse: () => Effect.fail(new TelegramFailed({ method, reason: "unreachable" }))
          })))
    })

  return {
    sendMessage: Effect.fn("TelegramApi.sendMessage")(function*(to: Destination, text: string) {
      const sent = yield* call("sendMessage", (transport, means) =>
        transport.call("sendMessage", {
          ...place(to),
          text,
          link_preview_options: { is_disabled: true },
          ...reply(to)
        }, means))
      return Option.map(decodeSent(sent), (message) => message.message_id)
    }),
    sendChatAction: (to, action) =>
      Effect.asVoid(
        call("sendChatAction", (transport, means) => transport.call("sendChatAction", { ...place(to), action }, means))
      ),
    sendDocument: Effect.fn("TelegramApi.sendDocument")(function*(to: Destination, document: Document) {
      yield* call("sendDocument", (transport, means) =>
        transport.upload(
          {
            ...place(to),
            caption: document.caption,
            protect_content: document.protect
          },
          document,
          means
        ))
    })
  }
}
