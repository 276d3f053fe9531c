/**
 * The methods of the Bot API that send, edit and delete texts, show the bot at work, and answer buttons.
 *
 * Each refuses in Telegram's order (fields, chat, topic, reply, length) and in Telegram's words.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { decodeAny, decodeIds, type Desk, markupOf, type Method, type Methods } from "./desk.ts"
import { type Editable, inlineOf } from "./guests.ts"
import { limits } from "./limits.ts"
import { contentOf, isManager, wire } from "./messages.ts"
import { flag, integer, json, type Payload, text } from "./payload.ts"
import { refuse, type Refused } from "./refusals.ts"
import { isEmpty } from "./text.ts"
import { InlineResult, type Message } from "./types.ts"
import type { Room } from "./world.ts"

const deletableMillis = limits.deletableHours.most * 60 * 60 * 1000
const decodeInline = Schema.decodeUnknownOption(Schema.Array(InlineResult))
const actions = new Set(
  ("typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker " +
    "find_location record_video_note upload_video_note").split(" ")
)

/** The ids of a call that concerns several messages. */
export const idsOf = Effect.fnUntraced(function*(payload: Payload) {
  const ids = yield* json(payload, "message_ids", decodeIds)
  if (ids === undefined || ids.length === 0) return yield* refuse("messageIdsMissing")
  if (ids.length > limits.messageIds.most) return yield* refuse("messageIdsTooMany")
  return ids
})

/** The methods at one desk. */
export const makeTextMethods = (desk: Desk): Methods => {
  const { formatted, openRoom, pace, send, world } = desk

  /** The bot's own message that an edit is meant for. */
  const editable = Effect.fnUntraced(function*(payload: Payload) {
    const id = integer(payload, "message_id")
    if ((id ?? 0) === 0 && (text(payload, "chat_id") ?? "") === "") return yield* inlineOf(world, payload)
    if (id === undefined) return yield* refuse("messageIdMissing")
    const room = yield* openRoom(payload)
    const message = room.messages.get(id)
    if (message === undefined) return yield* refuse("editNotFound")
    if (message.from.id !== world.bot.id || message.forward_origin !== undefined) return yield* refuse("editForbidden")
    return { room, message, isInline: false }
  })
  const edit = Effect.fnUntraced(function*({ isInline, message: before, room }: Editable, after: Message) {
    if (JSON.stringify(contentOf(before)) === JSON.stringify(contentOf(after))) return yield* refuse("notModified")
    yield* pace(room)
    const at = yield* Clock.currentTimeMillis
    const edited = { ...after, edit_date: Math.floor(at / 1000) }
    world.put(at, edited, "edited")
    return isInline || wire(edited)
  })

  const sendMessage: Method = Effect.fnUntraced(function*(payload) {
    const { entities, text } = yield* formatted(payload, "text")
    if (isEmpty(text)) return yield* refuse("textEmpty")
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
    if (isEmpty(text)) return yield* refuse("textEmpty")
    const found = yield* editable(payload)
    const { isInline, message } = found
    if (message.text === undefined) return yield* refuse("editWithoutText")
    if (text.length > limits.text.most) return yield* refuse(isInline ? "inlineTooLong" : "textTooLong")
    const markup = yield* markupOf(payload)
    const preview = yield* json(payload, "link_preview_options", decodeAny)
    const { entities: _, link_preview_options: __, reply_markup: ___, ...rest } = message
    return yield* edit(found, {
      ...rest,
      text,
      ...(entities.length > 0 && { entities }),
      ...(preview !== undefined && { link_preview_options: preview }),
      ...(markup !== undefined && { reply_markup: markup })
    })
  })

  const editMessageCaption: Method = Effect.fnUntraced(function*(payload) {
    const { entities, text: caption } = yield* formatted(payload, "caption")
    const found = yield* editable(payload)
    const { message } = found
    if (message.text !== undefined) return yield* refuse("editWithoutCaption")
    if (caption.length > limits.caption.most) return yield* refuse("captionTooLong")
    const markup = yield* markupOf(payload)
    const { caption: _, caption_entities: __, reply_markup: ___, ...rest } = message
    return yield* edit(found, {
      ...rest,
      ...(caption !== "" && { caption }),
      ...(entities.length > 0 && { caption_entities: entities }),
      ...(markup !== undefined && { reply_markup: markup })
    })
  })

  const editMessageReplyMarkup: Method = Effect.fnUntraced(function*(payload) {
    const found = yield* editable(payload)
    const markup = yield* markupOf(payload)
    const { reply_markup: _, ...rest } = found.message
    return yield* edit(found, { ...rest, ...(markup !== undefined && { reply_markup: markup }) })
  })

  const refusalToDelete = (room: Room, message: Message, at: number): Refused | undefined =>
    at - message.date * 1000 > deletableMillis
      ? refuse("deleteTooOld")
      : message.from.id !== world.bot.id && room.chat.type !== "private" && !isManager(room, world.bot.id)
      ? refuse("deleteForbidden")
      : undefined

  const deleteMessage: Method = Effect.fnUntraced(function*(payload) {
    const id = integer(payload, "message_id")
    if (id === undefined) return yield* refuse("messageIdMissing")
    const room = yield* openRoom(payload)
    const message = room.messages.get(id)
    if (message === undefined) return yield* refuse("deleteNotFound")
    const at = yield* Clock.currentTimeMillis
    const refusal = refusalToDelete(room, message, at)
    if (refusal !== undefined) return yield* refusal
    world.remove(at, message)
    return true
  })

  /** What cannot be deleted is left out. */
  const deleteMessages: Method = Effect.fnUntraced(function*(payload) {
    const ids = yield* idsOf(payload)
    const room = yield* openRoom(payload)
    const at = yield* Clock.currentTimeMillis
    for (const id of ids) {
      const message = room.messages.get(id)
      if (message !== undefined && refusalToDelete(room, message, at) === undefined) world.remove(at, message)
    }
    return true
  })

  const sendChatAction: Method = Effect.fnUntraced(function*(payload) {
    const action = text(payload, "action") ?? ""
    if (!actions.has(action)) return yield* refuse("actionUnknown")
    const room = yield* openRoom(payload)
    const wanted = integer(payload, "message_thread_id") ?? 0
    // The General topic of a forum is number 1 for actions, and none for messages.
    const isGeneral = wanted === 1 && room.chat.is_forum === true
    const topic = isGeneral ? 0 : wanted
    if (topic !== 0 && !room.topics.has(topic)) return yield* refuse("threadNotFound")
    const at = yield* Clock.currentTimeMillis
    // In a forum what names no topic is taken, and shown in none.
    if (room.chat.is_forum !== true || wanted !== 0) room.typingUntil.set(topic, at + limits.typingSeconds.most * 1000)
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

  const answerCallbackQuery: Method = Effect.fnUntraced(function*(payload) {
    const id = text(payload, "callback_query_id") ?? ""
    const waiting = world.callbacks.get(id)
    const answer = {
      ...(text(payload, "text") !== undefined && { text: text(payload, "text") ?? "" }),
      ...(flag(payload, "show_alert") && { show_alert: true as const }),
      ...(text(payload, "url") !== undefined && { url: text(payload, "url") ?? "" })
    }
    if ((answer.text?.length ?? 0) > limits.callbackAnswer.most) return yield* refuse("callbackAnswerTooLong")
    if (waiting === undefined || !Deferred.doneUnsafe(waiting.answer, Effect.succeed(answer))) {
      return yield* refuse("callbackUnknown")
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

  const answerInlineQuery: Method = Effect.fnUntraced(function*(payload) {
    const results = (yield* json(payload, "results", decodeInline)) ?? []
    if (results.length > limits.inlineResults.most) return yield* refuse("inlineResultsTooMany")
    const waiting = world.inline.get(text(payload, "inline_query_id") ?? "")
    if (waiting === undefined || !Deferred.doneUnsafe(waiting, Effect.succeed(results))) {
      return yield* refuse("callbackUnknown")
    }
    return true
  })

  return {
    sendMessage,
    editMessageText,
    editMessageCaption,
    editMessageReplyMarkup,
    deleteMessage,
    deleteMessages,
    sendChatAction,
    answerCallbackQuery,
    answerInlineQuery
  }
}
