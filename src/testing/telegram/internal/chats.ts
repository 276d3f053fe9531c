/**
 * The methods of the Bot API that look at a chat and its members, and that mark messages in it: pins and reactions.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Desk, Method, Methods } from "./desk.ts"
import { limits, reactionEmoji } from "./limits.ts"
import { isManager, putMessage, wire } from "./messages.ts"
import { integer, json, type Payload, text } from "./payload.ts"
import { refuse } from "./refusals.ts"
import { Reaction, type User } from "./types.ts"
import { type Room, serviceOf, topicOf, type World } from "./world.ts"

const decodeReactions = Schema.decodeUnknownOption(Schema.Array(Reaction))

/** Sets what somebody thinks of a message, and shows it. */
export const react = (
  world: World,
  room: Room,
  from: User,
  messageId: number,
  reactions: ReadonlyArray<Reaction>,
  at: number
): void => {
  const byUser = room.reactions.get(messageId) ?? new Map<number, ReadonlyArray<Reaction>>()
  if (JSON.stringify(byUser.get(from.id) ?? []) === JSON.stringify(reactions)) return
  byUser.set(from.id, reactions)
  room.reactions.set(messageId, byUser)
  const message = room.messages.get(messageId)
  const topic = message === undefined ? 0 : topicOf(message)
  world.note({
    at,
    chatId: room.chat.id,
    ...(topic !== 0 && { threadId: topic }),
    kind: "reacted",
    from: from.id === world.bot.id ? "bot" : "user",
    messageId,
    text: reactions.map(({ emoji, type }) => emoji ?? type).join("")
  })
}

/** A member as the Bot API shows it. */
export const memberOf = (room: Room, user: User) => ({
  user,
  status: room.standings.get(user.id) ?? "left",
  ...(room.standings.get(user.id) === "creator" && { is_anonymous: false }),
  ...(room.standings.get(user.id) === "administrator" && {
    can_be_edited: false,
    is_anonymous: false,
    can_manage_chat: true,
    can_delete_messages: true,
    can_pin_messages: true,
    can_manage_topics: room.chat.is_forum === true
  })
})

/** The methods at one desk. */
export const makeChatMethods = (desk: Desk): Methods => {
  const { openRoom, roomOf, world } = desk

  const getChat: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* roomOf(payload)
    const pinned = room.messages.get([...room.pinned].at(-1) ?? 0)
    return { ...room.chat, ...(pinned !== undefined && { pinned_message: wire(pinned) }) }
  })

  const getChatMember: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* openRoom(payload)
    const user = world.users.get(integer(payload, "user_id") ?? 0)
    if (user === undefined) return yield* refuse("userNotFound")
    return memberOf(room, user)
  })

  const getChatAdministrators: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* openRoom(payload)
    if (room.chat.type === "private") return yield* refuse("noAdministrators")
    return [...room.standings.keys()].flatMap((id) => {
      const user = world.users.get(id)
      const isShown = user !== undefined && isManager(room, id) && (!user.is_bot || id === world.bot.id)
      return isShown ? [memberOf(room, user)] : []
    })
  })

  const getChatMemberCount: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* openRoom(payload)
    return [...room.standings.values()].filter((standing) => !["left", "kicked"].includes(standing)).length
  })

  const setMessageReaction: Method = Effect.fnUntraced(function*(payload) {
    const reactions = (yield* json(payload, "reaction", decodeReactions)) ?? []
    const room = yield* openRoom(payload)
    const messageId = integer(payload, "message_id") ?? 0
    const message = room.messages.get(messageId)
    if (message === undefined) return yield* refuse("reactNotFound")
    if (reactions.length > limits.reactions.most) return yield* refuse("reactionsTooMany")
    const isListed = reactions.every(({ emoji, type }) => type === "emoji" && reactionEmoji.has(emoji ?? ""))
    if (!isListed || serviceOf(message) !== undefined) return yield* refuse("reactionInvalid")
    react(world, room, world.bot, messageId, reactions, yield* Clock.currentTimeMillis)
    return true
  })

  const pinnable = Effect.fnUntraced(function*(payload: Payload) {
    const room = yield* openRoom(payload)
    if (room.chat.type !== "private" && !isManager(room, world.bot.id)) return yield* refuse("noRightToPin")
    return room
  })

  const pinChatMessage: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* pinnable(payload)
    const message = room.messages.get(integer(payload, "message_id") ?? 0)
    if (message === undefined || serviceOf(message) !== undefined) return yield* refuse("pinNotFound")
    if (room.pinned.has(message.message_id)) return true
    room.pinned.add(message.message_id)
    yield* putMessage(world, room, world.bot, { pinned_message: wire(message) })
    return true
  })

  const unpinChatMessage: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* pinnable(payload)
    const wanted = text(payload, "message_id") === undefined
      ? [...room.pinned].at(-1)
      : integer(payload, "message_id")
    if (wanted === undefined || !room.messages.has(wanted)) return yield* refuse("unpinNotFound")
    room.pinned.delete(wanted)
    return true
  })

  const unpinAllChatMessages: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* pinnable(payload)
    room.pinned.clear()
    return true
  })

  return {
    getChat,
    getChatMember,
    getChatAdministrators,
    getChatMemberCount,
    setMessageReaction,
    pinChatMessage,
    unpinChatMessage,
    unpinAllChatMessages
  }
}
