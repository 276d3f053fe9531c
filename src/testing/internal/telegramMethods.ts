/**
 * The methods of the Bot API that act in chats, by lower-case name.
 *
 * Each refuses in Telegram's order (fields, chat, topic, reply, length) and in Telegram's words.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Limiter } from "./telegramLimits.ts"
import { contentOf, draftOf, type MessageContent, putMessage, wire } from "./telegramMessages.ts"
import { flag, integer, json, type Payload, text } from "./telegramPayload.ts"
import { format, maxCaption, maxText } from "./telegramText.ts"
import { badRequest, blockedByUser, Entity, type Message, type Refused, ReplyMarkup } from "./telegramTypes.ts"
import type { Room, World } from "./telegramWorld.ts"

/** A method: fields in, result out. */
export type Method = (payload: Payload) => Effect.Effect<unknown, Refused>

const decodeEntities = Schema.decodeUnknownOption(Schema.Array(Entity))
const decodeMarkup = Schema.decodeUnknownOption(ReplyMarkup)
const decodeAny = Schema.decodeUnknownOption(Schema.Unknown)

const typingMillis = 5_000
const deletableMillis = 48 * 60 * 60 * 1000
const largestDownload = 20 * 1024 * 1024
const actions = new Set(
  ("typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker " +
    "find_location record_video_note upload_video_note").split(" ")
)
const encoder = new TextEncoder()

const formatted = Effect.fnUntraced(function*(payload: Payload, field: "text" | "caption") {
  const entities = yield* json(payload, field === "text" ? "entities" : "caption_entities", decodeEntities)
  return yield* Effect.fromResult(format(text(payload, field) ?? "", text(payload, "parse_mode"), entities ?? []))
})

const markupOf = Effect.fnUntraced(function*(payload: Payload) {
  const markup = yield* json(payload, "reply_markup", decodeMarkup)
  for (const button of markup?.inline_keyboard?.flat() ?? []) {
    if (button.text === "") {
      return yield* badRequest("can't parse inline keyboard button: Field \"text\" must be non-empty")
    }
    if (Object.keys(button).length < 2) {
      return yield* badRequest(
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
      )
    }
    const size = button.callback_data === undefined ? undefined : encoder.encode(button.callback_data).length
    if (size !== undefined && (size < 1 || size > 64)) return yield* badRequest("BUTTON_DATA_INVALID")
  }
  return markup
})

/** The methods over one world; the limiter, if any, holds back messages and edits. */
export const makeChatMethods = (
  world: World,
  limiter: Limiter | undefined
): Readonly<Record<string, Method>> => {
  const roomOf = Effect.fnUntraced(function*(payload: Payload) {
    const id = text(payload, "chat_id") ?? ""
    if (id === "") return yield* badRequest("chat_id is empty")
    const room = id.startsWith("@")
      ? [...world.rooms.values()].find(({ chat }) => chat.type !== "private" && `@${chat.username}` === id)
      : world.rooms.get(Number(id))
    if (room === undefined) return yield* badRequest("chat not found")
    return room
  })
  /** The chat, if the bot may act in it. */
  const openRoom = Effect.fnUntraced(function*(payload: Payload) {
    const room = yield* roomOf(payload)
    return room.isBlocked ? yield* blockedByUser : room
  })
  const pace = Effect.fnUntraced(function*(room: Room) {
    const refusal = limiter?.(yield* Clock.currentTimeMillis, room.chat)
    if (refusal !== undefined) return yield* refusal
  })
  const send = Effect.fnUntraced(function*(payload: Payload, room: Room, content: MessageContent) {
    const markup = yield* markupOf(payload)
    const draft = yield* draftOf(room, payload)
    if ((content.text?.length ?? 0) > maxText) return yield* badRequest("message is too long")
    if ((content.caption?.length ?? 0) > maxCaption) return yield* badRequest("message caption is too long")
    yield* pace(room)
    const message = yield* putMessage(world, room, world.bot, {
      ...draft,
      ...content,
      ...(markup !== undefined && { reply_markup: markup })
    })
    return wire(message)
  })
  /** The bot's own message that an edit is meant for. */
  const editable = Effect.fnUntraced(function*(payload: Payload) {
    const id = integer(payload, "message_id")
    if (id === undefined) return yield* badRequest("message identifier is not specified")
    const room = yield* openRoom(payload)
    const message = room.messages.get(id)
    if (message === undefined) return yield* badRequest("message to edit not found")
    if (message.from.id !== world.bot.id) return yield* badRequest("message can't be edited")
    return { room, message }
  })
  const edit = Effect.fnUntraced(function*(room: Room, before: Message, after: Message) {
    if (JSON.stringify(contentOf(before)) === JSON.stringify(contentOf(after))) {
      return yield* badRequest(
        "message is not modified: specified new message content and reply markup are exactly the same as a current " +
          "content and reply markup of the message"
      )
    }
    yield* pace(room)
    const at = yield* Clock.currentTimeMillis
    const edited = { ...after, edit_date: Math.floor(at / 1000) }
    world.put(at, edited, "edited")
    return wire(edited)
  })

  const sendMessage: Method = Effect.fnUntraced(function*(payload) {
    const { entities, text } = yield* formatted(payload, "text")
    if (text === "") return yield* badRequest("message text is empty")
    const room = yield* openRoom(payload)
    const preview = yield* json(payload, "link_preview_options", decodeAny)
    return yield* send(payload, room, {
      text,
      ...(entities.length > 0 && { entities }),
      ...(preview !== undefined && { link_preview_options: preview })
    })
  })

  const editMessageText: Method = Effect.fnUntraced(function*(payload) {
    const { entities, text } = yield* formatted(payload, "text")
    if (text === "") return yield* badRequest("message text is empty")
    const { message, room } = yield* editable(payload)
    if (message.text === undefined) return yield* badRequest("there is no text in the message to edit")
    if (text.length > maxText) return yield* badRequest("message is too long")
    const markup = yield* markupOf(payload)
    const preview = yield* json(payload, "link_preview_options", decodeAny)
    const { entities: _, link_preview_options: __, reply_markup: ___, ...rest } = message
    return yield* edit(room, message, {
      ...rest,
      text,
      ...(entities.length > 0 && { entities }),
      ...(preview !== undefined && { link_preview_options: preview }),
      ...(markup !== undefined && { reply_markup: markup })
    })
  })

  const editMessageCaption: Method = Effect.fnUntraced(function*(payload) {
    const { entities, text: caption } = yield* formatted(payload, "caption")
    const { message, room } = yield* editable(payload)
    if (message.text !== undefined) return yield* badRequest("there is no caption in the message to edit")
    if (caption.length > maxCaption) return yield* badRequest("message caption is too long")
    const markup = yield* markupOf(payload)
    const { caption: _, caption_entities: __, reply_markup: ___, ...rest } = message
    return yield* edit(room, message, {
      ...rest,
      ...(caption !== "" && { caption }),
      ...(entities.length > 0 && { caption_entities: entities }),
      ...(markup !== undefined && { reply_markup: markup })
    })
  })

  const editMessageReplyMarkup: Method = Effect.fnUntraced(function*(payload) {
    const { message, room } = yield* editable(payload)
    const markup = yield* markupOf(payload)
    const { reply_markup: _, ...rest } = message
    return yield* edit(room, message, { ...rest, ...(markup !== undefined && { reply_markup: markup }) })
  })

  const deleteMessage: Method = Effect.fnUntraced(function*(payload) {
    const id = integer(payload, "message_id")
    if (id === undefined) return yield* badRequest("message identifier is not specified")
    const room = yield* openRoom(payload)
    const message = room.messages.get(id)
    if (message === undefined) return yield* badRequest("message to delete not found")
    const at = yield* Clock.currentTimeMillis
    if (at - message.date * 1000 > deletableMillis) return yield* badRequest("message can't be deleted for everyone")
    if (message.from.id !== world.bot.id && room.chat.type !== "private") {
      return yield* badRequest("message can't be deleted")
    }
    world.remove(at, message)
    return true
  })

  const sendChatAction: Method = Effect.fnUntraced(function*(payload) {
    const action = text(payload, "action") ?? ""
    if (!actions.has(action)) return yield* badRequest("wrong parameter action in request")
    const room = yield* openRoom(payload)
    const wanted = integer(payload, "message_thread_id") ?? 0
    // The General topic of a forum is number 1 for actions, and none for messages.
    const topic = wanted === 1 && room.chat.is_forum === true ? 0 : wanted
    if (topic !== 0 && !room.topics.has(topic)) return yield* badRequest("message thread not found")
    const at = yield* Clock.currentTimeMillis
    room.typingUntil.set(topic, at + typingMillis)
    world.note({
      at,
      chatId: room.chat.id,
      ...(topic !== 0 && { threadId: topic }),
      kind: "action",
      from: "bot",
      messageId: 0,
      text: action
    })
    return true
  })

  const sendDocument: Method = Effect.fnUntraced(function*(payload) {
    const field = text(payload, "document")
    const upload = payload.uploads.get(field?.startsWith("attach://") === true ? field.slice(9) : "document")
    if (upload === undefined && (field ?? "") === "") return yield* badRequest("there is no document in the request")
    const { entities, text: caption } = yield* formatted(payload, "caption")
    const room = yield* openRoom(payload)
    if (upload?.bytes.length === 0) return yield* badRequest("file must be non-empty")
    const known = field === undefined ? undefined : world.files.get(field)
    if (upload === undefined && known === undefined) {
      return yield* badRequest("wrong file identifier/HTTP URL specified")
    }
    const document = upload === undefined ? known?.document : world.store(upload)
    return yield* send(payload, room, {
      ...(document !== undefined && { document }),
      ...(caption !== "" && { caption }),
      ...(entities.length > 0 && { caption_entities: entities })
    })
  })

  const getFile: Method = Effect.fnUntraced(function*(payload) {
    const file = world.files.get(text(payload, "file_id") ?? "")
    if (file === undefined) return yield* badRequest("invalid file_id")
    const { file_id, file_size, file_unique_id } = file.document
    if (file_size > largestDownload) return yield* badRequest("file is too big")
    return { file_id, file_unique_id, file_size, file_path: file.path }
  })

  const answerCallbackQuery: Method = Effect.fnUntraced(function*(payload) {
    const id = text(payload, "callback_query_id") ?? ""
    const waiting = world.callbacks.get(id)
    const answer = {
      ...(text(payload, "text") !== undefined && { text: text(payload, "text") ?? "" }),
      ...(flag(payload, "show_alert") && { show_alert: true as const }),
      ...(text(payload, "url") !== undefined && { url: text(payload, "url") ?? "" })
    }
    if ((answer.text?.length ?? 0) > 200) return yield* badRequest("MESSAGE_TOO_LONG")
    if (waiting === undefined || !Deferred.doneUnsafe(waiting.answer, Effect.succeed(answer))) {
      return yield* badRequest("query is too old and response timeout expired or query ID is invalid")
    }
    world.note({
      at: yield* Clock.currentTimeMillis,
      chatId: waiting.chatId,
      kind: "answered",
      from: "bot",
      messageId: waiting.messageId,
      text: answer.text ?? ""
    })
    return true
  })

  return {
    sendmessage: sendMessage,
    editmessagetext: editMessageText,
    editmessagecaption: editMessageCaption,
    editmessagereplymarkup: editMessageReplyMarkup,
    deletemessage: deleteMessage,
    sendchataction: sendChatAction,
    senddocument: sendDocument,
    getfile: getFile,
    answercallbackquery: answerCallbackQuery,
    getchat: (payload) => Effect.map(roomOf(payload), ({ chat }) => chat)
  }
}
