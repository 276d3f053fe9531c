/**
 * Outgoing calls: the few Bot API methods we use, over whatever framework the bot is written with.
 *
 * No framework is imported. A context is recognised by its shape: `client.callApi` (VibeGram), `telegram.callApi`
 * (Telegraf), `api.raw` (grammY), or else the shortcuts `reply`, `sendChatAction` and `replyWithDocument`. A bot without a
 * framework brings a `BotClient`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as BotClient from "./BotClient.ts"
import type { Content, Destination, Document } from "./Content.ts"
import * as Calling from "./internal/calling.ts"
import type { CallOptions } from "./internal/calling.ts"
import * as Download from "./internal/download.ts"
import * as MovedChats from "./internal/movedChats.ts"
import * as Pacer from "./internal/pacer.ts"
import {
  actionPlace,
  body,
  decodeFile,
  decodeInline,
  idOf,
  isAdmin,
  isOnDisk,
  place,
  plain,
  reply,
  replyInForm,
  unparsed
} from "./internal/payloads.ts"
import * as Transport from "./internal/transport.ts"
import { TelegramDoor } from "./TelegramDoor.ts"
import { TelegramFailed } from "./TelegramError.ts"

export type { Button, Content, Destination, Document } from "./Content.ts"
export type { CallOptions } from "./internal/calling.ts"
export type { Bounds, Download } from "./internal/download.ts"

export interface Service {
  /** Whether messages can be edited and deleted, or only sent. */
  readonly canEdit: boolean
  /** Where a message for a chat goes by now. What was sent to a group before it moved is out of reach. */
  readonly whereabouts: (to: Destination) => Destination
  /** Why nothing would arrive there soon, as far as earlier calls tell. */
  readonly closed: (to: Destination) => Effect.Effect<Option.Option<TelegramFailed>>
  /** Whether nobody has asked this since something arrived there: that nothing does is said once. */
  readonly isNews: (to: Destination) => boolean
  /** Sends a message, to where its chat is by now; gives its id where the framework tells it. */
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
  /** Takes the buttons of a message away. */
  readonly removeButtons: (to: Destination, messageId: number) => Effect.Effect<void, TelegramFailed>
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
  /** Reads a file that somebody sent. */
  readonly download: (
    from: Destination,
    fileId: string,
    bounds: Download.Bounds
  ) => Effect.Effect<Download.Download, TelegramFailed>
  /** Whether somebody is an admin of a chat; false where Telegram does not say so. */
  readonly isChatAdmin: (chatId: number, userId: number) => Effect.Effect<boolean>
  /** Answers the press of a button with a short note. */
  readonly answerCallback: (to: Destination, callbackId: string, text: string) => Effect.Effect<void, TelegramFailed>
  /** Answers, once, where the bot is no member; gives the inline id of the message. */
  readonly answerGuest: (
    to: Destination,
    queryId: string,
    text: string
  ) => Effect.Effect<Option.Option<string>, TelegramFailed>
  /** Changes a message that has an inline id. */
  readonly editInline: (
    to: Destination,
    inlineMessageId: string,
    content: Content,
    options?: CallOptions
  ) => Effect.Effect<void, TelegramFailed>
}

/** Outgoing calls as a service. */
export class TelegramApi extends Context.Service<TelegramApi, Service>()("effect-codex/TelegramApi") {}

const noPhoto = new Set<string>(["unsupported", "tooLong"])
const isRefused = ({ code, reason }: TelegramFailed): boolean => reason === "rejected" && code === 400

/**
 * A span for a call. `Effect.fn` would take down a stack for each call and for each update, which has a way out of its own:
 * eight for a small turn.
 */
const spanned = (name: string) => Effect.withSpan(`TelegramApi.${name}`, {}, { captureStackTrace: false })

/** Sends what answers something, also where that is gone: not every server, nor every transformer of a bot, lets it go out so. */
const withoutReply = <A>(
  to: Destination,
  send: (to: Destination) => Effect.Effect<A, TelegramFailed>
): Effect.Effect<A, TelegramFailed> =>
  Effect.catchIf(
    send(to),
    ({ reason }) => reason === "messageNotFound" && to.replyTo !== undefined,
    () => send({ ...to, replyTo: undefined })
  )

/** An edit, of which it counts as done that a message is like this already. */
const unchanged = (
  edit: Effect.Effect<unknown, TelegramFailed>,
  done: () => void
): Effect.Effect<void, TelegramFailed> =>
  Effect.asVoid(Effect.catchIf(edit, ({ reason }) => reason === "notModified", () => Effect.sync(done)))

/** The calls of a way out, at a pace; none when there is none. */
const make = (
  transport: Option.Option<Transport.Transport>,
  pacer: Pacer.Service,
  moved: MovedChats.Service
): Service => {
  const { call, post } = Calling.make(transport, pacer, moved)
  const canEdit = Option.isSome(transport) && transport.value.isComplete

  // A group has no topics before it is a supergroup, whose messages are numbered anew.
  const whereabouts = (to: Destination): Destination => {
    const chatId = moved.places.get(String(to.chatId))
    return chatId === undefined ? to : { chatId, threadId: undefined, replyTo: undefined }
  }

  /** Sends to where a chat is, also when the refusal is what tells. Shortcuts know no other chat than their own. */
  const sending = <A>(
    to: Destination,
    send: (to: Destination) => Effect.Effect<A, TelegramFailed>
  ): Effect.Effect<A, TelegramFailed> => {
    const sent = Effect.suspend(() => send(whereabouts(to)))
    return Effect.catchIf(sent, ({ movedTo }) => canEdit && movedTo !== undefined, () => sent)
  }

  return {
    canEdit,
    whereabouts,
    closed: (to) => pacer.closed(whereabouts(to).chatId, "sendMessage"),
    isNews: (to) => pacer.isNews(whereabouts(to).chatId),
    sendMessage: (to, content, options) =>
      sending(to, (to) => {
        const send = (to: Destination) =>
          post("sendMessage", to, { ...place(to), ...body(content), ...plain, ...reply(to) }, options)
        return Effect.map(withoutReply(to, send), idOf)
      }).pipe(spanned("sendMessage")),
    editMessage: (to, messageId, content, options) => {
      const payload = { chat_id: to.chatId, message_id: messageId, ...body(content), ...plain }
      return unchanged(
        post("editMessageText", to, payload, options),
        () => options?.onSent?.(Option.some(messageId))
      ).pipe(spanned("editMessage"))
    },
    deleteMessage: (to, messageId) =>
      Effect.asVoid(post("deleteMessage", to, { chat_id: to.chatId, message_id: messageId })).pipe(
        spanned("deleteMessage")
      ),
    removeButtons: (to, messageId) =>
      Effect.asVoid(post("editMessageReplyMarkup", to, { chat_id: to.chatId, message_id: messageId })).pipe(
        spanned("removeButtons")
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
      // Telegram shows none in the direct messages of a channel.
      to.directTopicId !== undefined ? Effect.void : sending(
        to,
        (to) => Effect.asVoid(post("sendChatAction", to, { ...actionPlace(to), action }, { priority: "typing" }))
      ),
    sendDocument: (to, document) =>
      sending(to, (to) => {
        const { as = "document", caption, protect } = document
        const upload = (to: Destination, kind: "document" | "photo", caption: { readonly caption?: string }) => {
          const file = { ...document, as: kind }
          const payload = { ...place(to), ...replyInForm(to), ...caption, ...unparsed, protect_content: protect }
          return call(
            Transport.methodFor(file),
            to,
            (transport, means) => transport.upload(payload, file, means)
          )
        }
        const send = (to: Destination) =>
          upload(to, as, caption === "" ? {} : { caption }).pipe(
            // The file is what counts, whatever a transformer of the bot does to its caption, and whatever kind it is.
            Effect.catchIf(
              (error) => isRefused(error) || (as === "photo" && noPhoto.has(error.reason)),
              () => upload(to, "document", {})
            )
          )
        return Effect.map(withoutReply(to, send), idOf)
      }).pipe(spanned("sendDocument")),
    download: Effect.fnUntraced(
      function*(from: Destination, fileId: string, bounds: Download.Bounds) {
        const file = decodeFile(yield* post("getFile", from, { file_id: fileId }, { priority: "unseen" }))
        if (Option.exists(file, ({ file_path }) => isOnDisk(file_path))) {
          yield* Effect.logWarning(
            "The Bot API server keeps files on its own disk, from where no bot can download them: start it without --local."
          )
          return yield* new TelegramFailed({ method: "getFile", reason: "unsupported" })
        }
        const url = Option.flatMap(
          Option.all({ file, transport }),
          ({ file, transport }) => Option.fromUndefinedOr(transport.fileUrl(file.file_path))
        )
        if (Option.isNone(url)) return yield* new TelegramFailed({ method: "getFile", reason: "unsupported" })
        if (bounds.wanted === undefined && Option.exists(file, ({ file_size = 0 }) => file_size > bounds.most)) {
          return yield* new TelegramFailed({ method: "getFile", reason: "tooLong" })
        }
        return yield* Download.read(url.value, bounds)
      },
      spanned("download")
    ),
    isChatAdmin: (chatId, userId) =>
      post(
        "getChatMember",
        { chatId, threadId: undefined, replyTo: undefined },
        { chat_id: chatId, user_id: userId },
        { priority: "unseen" }
      ).pipe(Effect.map(isAdmin), Effect.orElseSucceed(() => false)),
    answerCallback: (to, callbackId, text) =>
      Effect.asVoid(
        post("answerCallbackQuery", to, { callback_query_id: callbackId, text }, { priority: "unseen" })
      ),
    answerGuest: (to, queryId, text) =>
      Effect.map(
        post("answerGuestQuery", to, {
          guest_query_id: queryId,
          result: { type: "article", id: "answer", title: text, input_message_content: { message_text: text } }
        }),
        (sent) => Option.map(decodeInline(sent), ({ inline_message_id }) => inline_message_id)
      ),
    editInline: (to, inlineMessageId, content, options) =>
      unchanged(
        post("editMessageText", to, { inline_message_id: inlineMessageId, ...body(content), ...plain }, options),
        () => options?.onSent?.(Option.none())
      ).pipe(spanned("editInline"))
  }
}

/** The calls of one framework context, at a pace; none when it offers no way out. */
export const fromContext = (
  context: object,
  pacer: Pacer.Service = Pacer.unpaced,
  moved: MovedChats.Service = MovedChats.make()
): Service => make(Transport.find(context), pacer, moved)

/** The calls of a bot without a framework, at a pace. */
export const fromClient = (
  client: BotClient.Service,
  pacer: Pacer.Service = Pacer.unpaced,
  moved: MovedChats.Service = MovedChats.make()
): Service =>
  make(
    Option.some({
      isComplete: true,
      call: client.call,
      upload: (payload, file) => client.upload(Transport.methodFor(file), payload, { field: file.as, ...file }),
      fileUrl: client.fileUrl
    }),
    pacer,
    moved
  )

/** The calls of the bot of a `BotClient`, at the pace of the door. */
export const layerClient: Layer.Layer<TelegramApi, never, BotClient.BotClient | TelegramDoor> = Layer.effect(
  TelegramApi,
  Effect.gen(function*() {
    const { paced } = yield* TelegramDoor
    return fromClient(
      yield* BotClient.BotClient,
      paced ? yield* Pacer.make : Pacer.unpaced,
      yield* MovedChats.MovedChats
    )
  })
).pipe(Layer.provide(MovedChats.layer))
