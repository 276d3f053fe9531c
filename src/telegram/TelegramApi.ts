/**
 * Outgoing calls: the few Bot API methods we use, over whatever framework the bot is written with.
 *
 * No framework is imported. A context is recognised by its shape: `client.callApi` (VibeGram), `telegram.callApi`
 * (Telegraf), `api.raw` (grammY), or else the shortcuts `reply`, `sendChatAction` and `replyWithDocument`.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Pacer from "./internal/pacer.ts"
import * as Transport from "./internal/transport.ts"
import type { MessageEntity } from "./richtext/RichText.ts"
import { TelegramFailed } from "./TelegramError.ts"

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

/** A button under a message. */
export interface Button {
  readonly text: string
  /** What comes back when it is pressed, at most 64 bytes. */
  readonly data: string
}

/** What a message shows. */
export interface Content {
  /** 1 to 4096 UTF-16 units. */
  readonly text: string
  readonly entities?: ReadonlyArray<MessageEntity> | undefined
  readonly button?: Button | undefined
}

/** How a call is made. */
export interface CallOptions {
  /** Default: `final`. */
  readonly priority?: Pacer.Priority | undefined
  /** Asked when the turn of an edit has come: what to show by now. Default: the content it was made with. */
  readonly newest?: (() => Content) | undefined
  /**
   * Told the id of the message, where the framework tells it.
   *
   * With it the call is not interrupted once it is under way: what was sent is always written down.
   */
  readonly onSent?: ((messageId: Option.Option<number>) => void) | undefined
  /**
   * Done when a call that was given up comes through all the same: not every framework can abort one.
   *
   * What it showed stands over whatever was shown since.
   */
  readonly late?: ((messageId: Option.Option<number>) => Effect.Effect<void>) | undefined
}

export interface Service {
  /** Whether messages can be edited and deleted, or only sent. */
  readonly canEdit: boolean
  /** Why nothing would arrive there soon, as far as earlier calls tell. */
  readonly closed: (to: Destination) => Effect.Effect<Option.Option<TelegramFailed>>
  /** Sends a message; gives its id where the framework tells it. */
  readonly sendMessage: (
    to: Destination,
    content: Content,
    options?: CallOptions
  ) => Effect.Effect<Option.Option<number>, TelegramFailed>
  /** Changes a message; that it is like this already counts as done. */
  readonly editMessage: (
    to: Destination,
    messageId: number,
    content: Content,
    options?: CallOptions
  ) => Effect.Effect<void, TelegramFailed>
  readonly deleteMessage: (to: Destination, messageId: number) => Effect.Effect<void, TelegramFailed>
  /** Shows a draft in a private chat for 30 seconds; the same id animates it. Needs Bot API 9.5. */
  readonly sendDraft: (
    to: Destination,
    draftId: number,
    content: Content,
    options?: CallOptions
  ) => Effect.Effect<void, TelegramFailed>
  /** Shows the bot as busy for about five seconds. */
  readonly sendChatAction: (
    to: Destination,
    action: "typing" | "upload_document"
  ) => Effect.Effect<void, TelegramFailed>
  /** Sends a file; gives the id of its message where the framework tells it. */
  readonly sendDocument: (
    to: Destination,
    document: Document
  ) => Effect.Effect<Option.Option<number>, TelegramFailed>
  /** Reads a file that somebody sent, at most 64 KiB of it; what is longer fails as `tooLong`. */
  readonly download: (from: Destination, fileId: string) => Effect.Effect<Redacted.Redacted, TelegramFailed>
  /** Answers the press of a button with a short note. */
  readonly answerCallback: (to: Destination, callbackId: string, text: string) => Effect.Effect<void, TelegramFailed>
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

const idOf = (sent: unknown): Option.Option<number> => Option.map(decodeSent(sent), (message) => message.message_id)

const decodeFile = Schema.decodeUnknownOption(
  Schema.Struct({ file_path: Schema.String, file_size: Schema.optionalKey(Schema.Int) })
)

const longestDownload = 64 * 1024

const place = (to: Destination) => ({
  chat_id: to.chatId,
  ...(to.threadId !== undefined && { message_thread_id: to.threadId })
})

const reply = (to: Destination) =>
  to.replyTo === undefined
    ? {}
    : { reply_parameters: { message_id: to.replyTo, allow_sending_without_reply: true } }

// Not every framework gives a call an end, and the next prompt of a conversation waits for it. A large file takes its
// time.
const patience = Duration.minutes(2)

// A final must not wait that long for a preview that hangs.
const previewPatience = Duration.seconds(20)

// Plugins and transformers of a bot put their own parse mode where there is none, and then any `<` or `.` gets a text
// refused. Telegram takes the empty one as none.
const unparsed = { parse_mode: "" }

const body = ({ button, entities, text }: Content) => ({
  text,
  ...unparsed,
  ...(entities !== undefined && entities.length > 0 && { entities }),
  ...(button !== undefined && {
    reply_markup: { inline_keyboard: [[{ text: button.text, callback_data: button.data }]] }
  })
})

/** Waits a while, beside everything else, for a call that was given up. */
const afterAll = (pending: Promise<unknown>, late: NonNullable<CallOptions["late"]>) =>
  Effect.tryPromise({ try: () => pending, catch: () => "failed" as const }).pipe(
    Effect.timeoutOption(patience),
    Effect.orElseSucceed(() => Option.none<unknown>()),
    Effect.flatMap(Option.match({ onNone: () => Effect.void, onSome: (sent) => late(idOf(sent)) })),
    Effect.forkDetach,
    Effect.asVoid
  )

const plain = { link_preview_options: { is_disabled: true } }

/** The calls of one framework context, at a pace; none when it offers no way out. */
export const fromContext = (context: object, pacer: Pacer.Service = Pacer.unpaced): Service => {
  const transport = Transport.find(context)
  const told = new Set<string>()

  /** A bug is told once: a message that cannot be edited would tell it with every preview. */
  const tell = (error: TelegramFailed) =>
    Effect.suspend(() => {
      if (error.reason !== "misused" || told.has(error.method)) return Effect.void
      told.add(error.method)
      return Effect.logError(error.message, Cause.die(error.cause))
    })

  const call = (
    method: string,
    to: Destination,
    run: (transport: Transport.Transport, means: Transport.Means) => Promise<unknown>,
    { late, onSent, priority = "final" }: CallOptions = {}
  ): Effect.Effect<unknown, TelegramFailed> =>
    Option.match(transport, {
      onNone: () => Effect.fail(new TelegramFailed({ method, reason: "unsupported" })),
      onSome: (found) => {
        const made = Effect.flatMap(FetchHttpClient.Fetch, (fetch) => {
          let pending: Promise<unknown> = Promise.resolve()
          return Effect.tryPromise({
            try: (signal) => pending = run(found, { fetch, signal }),
            catch: (cause) => failureOf(method, cause)
          }).pipe(
            Effect.tapError(tell),
            Effect.timeoutOrElse({
              duration: priority === "final" ? patience : previewPatience,
              orElse: () =>
                Effect.andThen(
                  late === undefined ? Effect.void : afterAll(pending, late),
                  Effect.fail(new TelegramFailed({ method, reason: "unreachable" }))
                )
            })
          )
        })
        return pacer.run(
          { chatId: to.chatId, priority, method },
          onSent === undefined
            ? made
            : Effect.uninterruptible(Effect.tap(made, (sent) => Effect.sync(() => onSent(idOf(sent)))))
        )
      }
    })

  const post = (method: string, to: Destination, payload: Transport.Payload, options?: CallOptions) =>
    call(
      method,
      to,
      (transport, means) => {
        const newest = options?.newest?.()
        return transport.call(method, newest === undefined ? payload : { ...payload, ...body(newest) }, means)
      },
      options
    )

  return {
    canEdit: Option.exists(transport, (found) => found.isComplete),
    closed: (to) => pacer.closed(to.chatId, "sendMessage"),
    sendMessage: Effect.fn("TelegramApi.sendMessage")((to: Destination, content: Content, options?: CallOptions) =>
      Effect.map(post("sendMessage", to, { ...place(to), ...body(content), ...plain, ...reply(to) }, options), idOf)
    ),
    editMessage: Effect.fn("TelegramApi.editMessage")(
      (to: Destination, messageId: number, content: Content, options?: CallOptions) => {
        const payload = { chat_id: to.chatId, message_id: messageId, ...body(content), ...plain }
        return post("editMessageText", to, payload, options).pipe(
          Effect.asVoid,
          Effect.catchIf((error) => error.reason === "notModified", () =>
            Effect.sync(() => {
              options?.onSent?.(Option.some(messageId))
            }))
        )
      }
    ),
    deleteMessage: Effect.fn("TelegramApi.deleteMessage")((to: Destination, messageId: number) =>
      Effect.asVoid(post("deleteMessage", to, { chat_id: to.chatId, message_id: messageId }))
    ),
    sendDraft: (to, draftId, { entities, text }, options) =>
      Effect.asVoid(
        post(
          "sendMessageDraft",
          to,
          { ...place(to), draft_id: draftId, can_stop: true, ...body({ text, entities }) },
          options
        )
      ),
    sendChatAction: (to, action) =>
      Effect.asVoid(post("sendChatAction", to, { ...place(to), action }, { priority: "typing" })),
    sendDocument: Effect.fn("TelegramApi.sendDocument")((to: Destination, document: Document) => {
      const payload = { ...place(to), caption: document.caption, ...unparsed, protect_content: document.protect }
      return Effect.map(
        call("sendDocument", to, (transport, means) => transport.upload(payload, document, means)),
        idOf
      )
    }),
    download: Effect.fn("TelegramApi.download")(function*(from: Destination, fileId: string) {
      const file = decodeFile(yield* post("getFile", from, { file_id: fileId }))
      const url = Option.flatMap(
        Option.all({ file, transport }),
        ({ file, transport }) => Option.fromUndefinedOr(transport.fileUrl(file.file_path))
      )
      if (Option.isNone(url)) return yield* new TelegramFailed({ method: "getFile", reason: "unsupported" })
      if (Option.exists(file, ({ file_size = 0 }) => file_size > longestDownload)) {
        return yield* new TelegramFailed({ method: "getFile", reason: "tooLong" })
      }
      const fetch = yield* FetchHttpClient.Fetch
      const text = yield* Effect.tryPromise({
        try: async (signal) => {
          const response = await fetch(Redacted.value(url.value), { signal })
          return response.ok ? await response.text() : undefined
        },
        catch: () => new TelegramFailed({ method: "getFile", reason: "unreachable" })
      })
      if (text === undefined) return yield* new TelegramFailed({ method: "getFile", reason: "rejected" })
      return Redacted.make(text.slice(0, longestDownload))
    }),
    answerCallback: (to, callbackId, text) =>
      Effect.asVoid(
        post("answerCallbackQuery", to, { callback_query_id: callbackId, text }, { priority: "callback" })
      )
  }
}
