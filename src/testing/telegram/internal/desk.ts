/**
 * What most methods of the Bot API begin and end with: find the chat, read the formatted text and the buttons, keep
 * the pace, put the message there.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Limiter } from "./flood.ts"
import { limits } from "./limits.ts"
import { type Content, placeOf, putMessage, wire } from "./messages.ts"
import { json, parseMode, type Payload, text } from "./payload.ts"
import { chatUpgraded, refuse, type Refused } from "./refusals.ts"
import { format } from "./text.ts"
import { Entity, ReplyMarkup } from "./types.ts"
import type { Room, World } from "./world.ts"

/** A method: fields in, result out. */
export type Method = (payload: Payload) => Effect.Effect<unknown, Refused>

/** Methods by the names that the Bot API documents. */
export type Methods = Readonly<Record<string, Method>>

const decodeEntities = Schema.decodeUnknownOption(Schema.Array(Entity))
const decodeMarkup = Schema.decodeUnknownOption(ReplyMarkup)
/** Takes any JSON. */
export const decodeAny = Schema.decodeUnknownOption(Schema.Unknown)
/** Takes ids of messages. */
export const decodeIds = Schema.decodeUnknownOption(Schema.Array(Schema.Int))

const encoder = new TextEncoder()

const checked = Effect.fnUntraced(function*(markup: ReplyMarkup | undefined) {
  for (const button of markup?.inline_keyboard?.flat() ?? []) {
    if (button.text === "") return yield* refuse("buttonTextEmpty")
    if (Object.keys(button).length < 2) return yield* refuse("buttonWithoutAction")
    const size = button.callback_data === undefined ? undefined : encoder.encode(button.callback_data).length
    if (size !== undefined && (size < 1 || size > limits.callbackData.most)) return yield* refuse("buttonDataInvalid")
  }
  return markup
})

/** The buttons of a call. */
export const markupOf = (payload: Payload) => Effect.flatMap(json(payload, "reply_markup", decodeMarkup), checked)

/** Buttons that stand inside of something else that a call gives. */
export const markupIn = (raw: unknown) =>
  raw === undefined ? Effect.undefined : Effect.flatMap(
    Effect.mapError(Effect.fromOption(decodeMarkup(raw)), () => refuse("fieldInvalid", { field: "reply markup" })),
    checked
  )

/** The desk of one world; the limiter, if any, holds back messages and edits. */
export const makeDesk = (world: World, limiter: Limiter | undefined) => {
  /** A mention by id is kept when the bot has seen the person. */
  const known = (entities: ReadonlyArray<Entity>): ReadonlyArray<Entity> =>
    entities.flatMap((entity) => {
      if (entity.type !== "text_mention" || entity.user === undefined) return [entity]
      const user = world.users.get(entity.user.id)
      return user === undefined ? [] : [{ ...entity, user }]
    })

  const formatText = Effect.fnUntraced(
    function*(source: string, parseMode: string | undefined, given: ReadonlyArray<Entity>) {
      const { entities, text } = yield* Effect.fromResult(format(source, parseMode, given))
      return { text, entities: known(entities) }
    }
  )

  /** Text or caption of a call, parsed. */
  const formatted = Effect.fnUntraced(function*(payload: Payload, field: "text" | "caption") {
    const entities = yield* json(payload, field === "text" ? "entities" : "caption_entities", decodeEntities)
    return yield* formatText(text(payload, field) ?? "", parseMode(payload), entities ?? [])
  })

  /** The caption of a call as a message has it. */
  const captionOf = Effect.fnUntraced(function*(payload: Payload) {
    const { entities, text } = yield* formatted(payload, "caption")
    const content: Content = {
      ...(text !== "" && { caption: text }),
      ...(entities.length > 0 && { caption_entities: entities })
    }
    return content
  })

  /** The chat of a call, whether or not the bot may act in it. */
  const roomOf = Effect.fnUntraced(function*(payload: Payload, field: string = "chat_id") {
    const id = text(payload, field) ?? ""
    if (id === "") return yield* refuse("chatIdEmpty")
    const room = id.startsWith("@")
      ? [...world.rooms.values()].find(({ chat }) => chat.type !== "private" && `@${chat.username}` === id)
      : world.rooms.get(Number(id))
    if (room === undefined || room.between !== undefined) return yield* refuse("chatNotFound")
    return room
  })

  /** The chat of a call, if the bot may act in it. */
  const openRoom = Effect.fnUntraced(function*(payload: Payload, field?: string) {
    const room = yield* roomOf(payload, field)
    if (room.upgradedTo !== undefined) return yield* chatUpgraded(room.upgradedTo.id)
    const standing = room.standings.get(world.bot.id)
    if (standing === "left") return yield* refuse("notMember", { kind: room.chat.type })
    if (standing !== "kicked") return room
    return yield* room.chat.type === "private" ? refuse("blockedByUser") : refuse("kicked", { kind: room.chat.type })
  })

  const pace = Effect.fnUntraced(function*(room: Room, count: number = 1) {
    const refusal = limiter?.(yield* Clock.currentTimeMillis, room.chat, count)
    if (refusal !== undefined) return yield* refusal
  })

  const checkLength = Effect.fnUntraced(function*(content: Content) {
    if ((content.text?.length ?? 0) > limits.text.most) return yield* refuse("textTooLong")
    if ((content.caption?.length ?? 0) > limits.caption.most) return yield* refuse("captionTooLong")
  })

  /** Sends one message of the bot; checks come in Telegram's order: buttons, topic, reply, length, pace. */
  const send = Effect.fnUntraced(function*(payload: Payload, room: Room, content: Content) {
    const markup = yield* markupOf(payload)
    const place = yield* placeOf(world, room, payload)
    yield* checkLength(content)
    yield* pace(room)
    const message = yield* putMessage(world, room, world.bot, {
      ...place,
      ...content,
      ...(markup !== undefined && { reply_markup: markup })
    })
    return wire(message)
  })

  return { world, formatText, formatted, captionOf, roomOf, openRoom, pace, checkLength, send }
}

/** The desk of one world. */
export type Desk = ReturnType<typeof makeDesk>
