/**
 * Topics of forums and of private chats: the methods of the Bot API, and the changes that people make too.
 */
import * as Effect from "effect/Effect"
import type { Desk, Method, Methods } from "./desk.ts"
import { limits } from "./limits.ts"
import { type Content, isManager, putMessage } from "./messages.ts"
import { integer, type Payload, text } from "./payload.ts"
import { refuse } from "./refusals.ts"
import type { User } from "./types.ts"
import type { Room, TopicState, World } from "./world.ts"

const defaultColor = 0x6fb9f0

/** Opens a topic; the service message that tells of it gives the topic its number. */
export const openTopic = (world: World, room: Room, from: User, name: string, iconColor = defaultColor) =>
  Effect.suspend(() => {
    const threadId = room.nextMessageId()
    room.topics.set(threadId, { name, iconColor, creatorId: from.id, isClosed: false })
    return putMessage(world, room, from, {
      message_id: threadId,
      message_thread_id: threadId,
      is_topic_message: true,
      forum_topic_created: { name, icon_color: iconColor }
    })
  })

/** Changes a topic and tells so in it. */
export const changeTopic = (
  world: World,
  room: Room,
  from: User,
  threadId: number,
  state: TopicState,
  service: Content
) =>
  Effect.suspend(() => {
    room.topics.set(threadId, state)
    return putMessage(world, room, from, { message_thread_id: threadId, is_topic_message: true, ...service })
  })

/** Removes a topic with everything in it. */
export const dropTopic = (room: Room, threadId: number): void => {
  room.topics.delete(threadId)
  for (const message of room.messages.values()) {
    if (message.is_topic_message === true && message.message_thread_id === threadId) {
      room.messages.delete(message.message_id)
    }
  }
}

/** The methods at one desk. */
export const makeTopicMethods = (desk: Desk): Methods => {
  const { openRoom, world } = desk

  const forumOf = Effect.fnUntraced(function*(payload: Payload) {
    const room = yield* openRoom(payload)
    if (room.chat.type !== "private" && room.chat.is_forum !== true) return yield* refuse("notForum")
    return room
  })
  /** A topic that the bot may change: as an administrator, or because it made it. */
  const ownTopic = Effect.fnUntraced(function*(payload: Payload) {
    const room = yield* forumOf(payload)
    const threadId = integer(payload, "message_thread_id") ?? 0
    if (threadId <= 0) return yield* refuse("threadIdInvalid")
    const state = room.topics.get(threadId)
    if (state === undefined) return yield* refuse("topicIdInvalid")
    const mayChange = room.chat.type === "private" || isManager(room, world.bot.id) || state.creatorId === world.bot.id
    if (!mayChange) return yield* refuse("noRightToManageTopics")
    return { room, threadId, state }
  })
  const nameOf = (payload: Payload): string => (text(payload, "name") ?? "").trim().slice(0, limits.topicName.most)

  const createForumTopic: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* forumOf(payload)
    if (room.chat.type !== "private" && !isManager(room, world.bot.id)) return yield* refuse("noRightToCreateTopics")
    const name = nameOf(payload)
    if (name === "") return yield* refuse("topicNameEmpty")
    const color = integer(payload, "icon_color")
    const { message_id } = yield* openTopic(world, room, world.bot, name, color)
    return { message_thread_id: message_id, name, icon_color: color ?? defaultColor }
  })

  const editForumTopic: Method = Effect.fnUntraced(function*(payload) {
    const { room, state, threadId } = yield* ownTopic(payload)
    const name = nameOf(payload)
    if (name === "" || name === state.name) return yield* refuse("topicNotModified")
    yield* changeTopic(world, room, world.bot, threadId, { ...state, name }, { forum_topic_edited: { name } })
    return true
  })

  const setClosed = (isClosed: boolean): Method =>
    Effect.fnUntraced(function*(payload) {
      const { room, state, threadId } = yield* ownTopic(payload)
      if (room.chat.type === "private") return yield* refuse("notForum")
      if (state.isClosed === isClosed) return yield* refuse("topicNotModified")
      const service = isClosed ? { forum_topic_closed: {} } : { forum_topic_reopened: {} }
      yield* changeTopic(world, room, world.bot, threadId, { ...state, isClosed }, service)
      return true
    })

  const deleteForumTopic: Method = Effect.fnUntraced(function*(payload) {
    const { room, threadId } = yield* ownTopic(payload)
    dropTopic(room, threadId)
    return true
  })

  return {
    createForumTopic,
    editForumTopic,
    closeForumTopic: setClosed(true),
    reopenForumTopic: setClosed(false),
    deleteForumTopic
  }
}
