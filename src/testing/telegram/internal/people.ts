/**
 * People and groups: who there is, where they are, and what changes about that.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Modes } from "./bot.ts"
import { memberOf } from "./chats.ts"
import { converse, tell } from "./client.ts"
import type { Conversation, Place } from "./conversation.ts"
import { ImpossibleAct } from "./impossible.ts"
import { type Content, isManager, putMessage } from "./messages.ts"
import { changeTopic, dropTopic, openTopic } from "./topics.ts"
import { type Chat, type InlineResult, type Message, type User } from "./types.ts"
import type { Room, Standing, World } from "./world.ts"

/**
 * Who a person is.
 *
 * @since 0.2.0
 * @category models
 */
export interface Profile {
  readonly id: number
  readonly firstName: string
  readonly username?: string
  /** IETF tag of the client's language. */
  readonly languageCode?: string
  /** Another bot. Default: false. */
  readonly isBot?: boolean
  /** Whether voice messages may be sent to this person. Default: true. */
  readonly takesVoice?: boolean
}

/**
 * A topic of a forum or of a private chat.
 *
 * @since 0.2.0
 * @category models
 */
export interface Topic extends Place {
  readonly threadId: number
}

/**
 * What a group is from the start.
 *
 * @since 0.2.0
 * @category models
 */
export interface GroupOptions {
  readonly title: string
  readonly id?: number
  readonly username?: string
  /** Default: a supergroup without topics. */
  readonly kind?: "group" | "supergroup" | "forum"
  /** Default: somebody who does nothing else. */
  readonly owner?: Person
  /** What the bot is in it. Default: member. */
  readonly bot?: "member" | "administrator" | "absent"
}

/**
 * A group or supergroup. Changes are made by its owner, and each is told by a service message.
 *
 * @since 0.2.0
 * @category models
 */
export interface Group extends Place {
  /** Opens a topic. Only forums have any. */
  readonly topic: (title: string) => Effect.Effect<Topic>
  readonly renameTopic: (topic: Topic, title: string) => Effect.Effect<void>
  /** Closes a topic: only administrators may write there. */
  readonly closeTopic: (topic: Topic) => Effect.Effect<void>
  readonly reopenTopic: (topic: Topic) => Effect.Effect<void>
  /** Removes a topic with everything in it; the bot is then told that the thread is not found. */
  readonly deleteTopic: (topic: Topic) => Effect.Effect<void>
  readonly join: (person: Person) => Effect.Effect<void>
  readonly leave: (person: Person) => Effect.Effect<void>
  /** Makes the bot a member or an administrator, takes it out, or lets it in again. */
  readonly setBot: (standing: "member" | "administrator" | "kicked") => Effect.Effect<void>
  /** Makes a supergroup of a group: it goes on under another id, and the old one is refused with the new. */
  readonly upgrade: Effect.Effect<Group, ImpossibleAct>
}

/**
 * A query in the bot's inline mode.
 *
 * @since 0.2.0
 * @category models
 */
export interface InlineQuery {
  readonly id: string
  /** Suspends until the bot answers the query. */
  readonly results: Effect.Effect<ReadonlyArray<InlineResult>>
}

/**
 * A person.
 *
 * @since 0.2.0
 * @category models
 */
export interface Person {
  readonly user: User
  /** The private chat with the bot. */
  readonly chat: Conversation
  /** This person in a group or topic. The same place gives a fresh `nextBotMessage` each time. */
  readonly in: (place: Place) => Conversation
  /** The private chat with somebody else, where the bot is not. */
  readonly with: (other: Person) => Conversation
  /** Opens a topic in the private chat. */
  readonly topic: (title: string) => Effect.Effect<Conversation>
  /** Types `@bot text` in any chat, as far as the bot is concerned. */
  readonly inlineQuery: (text: string) => Effect.Effect<InlineQuery>
  /** Blocks the bot. */
  readonly block: Effect.Effect<void>
  readonly unblock: Effect.Effect<void>
}

const firstOwnerId = 900_000_000
const firstBetweenId = 9_000_000_000

/** The people and groups of a world. */
export const makePeople = (world: World, modes: Modes) => {
  const { bot } = world
  const roomAt = (chat: Chat): Room => world.rooms.get(chat.id) ?? world.addRoom(chat)

  /** Two people by themselves. What they have written has a number of its own here; the bot is told that of one of them. */
  const betweenRoom = (one: User, other: User): Room => {
    const room = world.addRoom({ id: firstBetweenId + world.nextId("chat"), type: "private" }, [one, other])
    room.standings.set(bot.id, "left").set(one.id, "member").set(other.id, "member")
    return room
  }

  /** Puts a service message and tells the bot. */
  const announce = Effect.fnUntraced(function*(room: Room, message: Effect.Effect<Message>) {
    const put = yield* message
    tell(world, room, yield* Clock.currentTimeMillis, "message", put, modes)
    return put
  })
  const service = (room: Room, from: User, content: Content) => announce(room, putMessage(world, room, from, content))

  const setStanding = Effect.fnUntraced(function*(room: Room, from: User, user: User, standing: Standing) {
    const at = yield* Clock.currentTimeMillis
    const before = memberOf(room, user)
    room.standings.set(user.id, standing)
    const isBot = user.id === bot.id
    if (!isBot && !isManager(room, bot.id)) return
    world.updates.push(at, room.chat.id, isBot ? "my_chat_member" : "chat_member", {
      chat: room.chat,
      from,
      date: Math.floor(at / 1000),
      old_chat_member: before,
      new_chat_member: memberOf(room, user)
    })
  })

  const user = (profile: Profile): Effect.Effect<Person> =>
    Effect.sync(() => {
      const names = {
        first_name: profile.firstName,
        ...(profile.username !== undefined && { username: profile.username })
      }
      const user: User = {
        id: profile.id,
        is_bot: profile.isBot === true,
        ...names,
        ...(profile.languageCode !== undefined && { language_code: profile.languageCode })
      }
      world.users.set(user.id, user)
      if (profile.takesVoice === false) world.voiceless.add(user.id)
      const room = roomAt({ id: profile.id, type: "private", ...names })
      room.standings.set(user.id, "member")
      const setBlocked = Effect.fnUntraced(function*(isBlocked: boolean) {
        if ((room.standings.get(bot.id) === "kicked") === isBlocked) return
        const at = yield* Clock.currentTimeMillis
        const kind = isBlocked ? "blocked" : "unblocked"
        world.note({ at, chatId: room.chat.id, kind, from: "user", messageId: 0, text: "" })
        yield* setStanding(room, user, bot, isBlocked ? "kicked" : "member")
      })
      const at = (place: Place): Conversation => converse(world, roomAt(place.chat), user, place.threadId ?? 0, modes)
      return {
        user,
        chat: at({ chat: room.chat }),
        in: at,
        with: (other) => {
          const pair = [user.id, other.user.id].sort((one, next) => one - next)
          const known = [...world.rooms.values()].find(({ between }) =>
            between !== undefined && pair.every((id) => between.some((person) => person.id === id))
          )
          return converse(world, known ?? betweenRoom(user, other.user), user, 0, modes)
        },
        topic: (title) =>
          Effect.map(
            announce(room, openTopic(world, room, user, title)),
            ({ message_id }) => at({ chat: room.chat, threadId: message_id })
          ),
        inlineQuery: Effect.fnUntraced(function*(query) {
          const id = `${5_000_000 + world.nextId("callback")}`
          const results = Deferred.makeUnsafe<ReadonlyArray<InlineResult>>()
          world.inline.set(id, results)
          const at = yield* Clock.currentTimeMillis
          world.updates.push(at, user.id, "inline_query", { id, from: user, query, offset: "" })
          return { id, results: Deferred.await(results) }
        }),
        block: setBlocked(true),
        unblock: setBlocked(false)
      }
    })

  const groupAt = (room: Room, owner: User): Group => {
    const changed = (topic: Topic, change: { readonly name?: string; readonly isClosed?: boolean }, content: Content) =>
      Effect.suspend(() => {
        const state = room.topics.get(topic.threadId)
        return state === undefined
          ? Effect.void
          : announce(room, changeTopic(world, room, owner, topic.threadId, { ...state, ...change }, content))
      })
    return {
      chat: room.chat,
      topic: (title) =>
        Effect.map(
          announce(room, openTopic(world, room, owner, title)),
          ({ message_id }) => ({ chat: room.chat, threadId: message_id })
        ),
      renameTopic: (topic, name) => changed(topic, { name }, { forum_topic_edited: { name } }),
      closeTopic: (topic) => changed(topic, { isClosed: true }, { forum_topic_closed: {} }),
      reopenTopic: (topic) => changed(topic, { isClosed: false }, { forum_topic_reopened: {} }),
      deleteTopic: (topic) => Effect.sync(() => dropTopic(room, topic.threadId)),
      join: Effect.fnUntraced(function*({ user }) {
        yield* setStanding(room, user, user, "member")
        yield* service(room, user, { new_chat_members: [user] })
      }),
      leave: Effect.fnUntraced(function*({ user }) {
        yield* setStanding(room, user, user, "left")
        yield* service(room, user, { left_chat_member: user })
      }),
      setBot: Effect.fnUntraced(function*(standing) {
        const before = room.standings.get(bot.id)
        if (before === standing) return
        yield* setStanding(room, owner, bot, standing)
        if (standing === "kicked") yield* service(room, owner, { left_chat_member: bot })
        if (before === "kicked" || before === "left") yield* service(room, owner, { new_chat_members: [bot] })
      }),
      upgrade: Effect.gen(function*() {
        if (room.chat.type !== "group" || room.upgradedTo !== undefined) {
          return yield* new ImpossibleAct({ act: "upgrade", reason: "it is no group" })
        }
        const chat: Chat = { ...room.chat, id: superId(world.nextId("chat")), type: "supergroup" }
        const next = world.addRoom(chat)
        for (const [id, standing] of room.standings) next.standings.set(id, standing)
        yield* service(room, owner, { migrate_to_chat_id: chat.id })
        room.upgradedTo = chat
        yield* service(next, owner, { migrate_from_chat_id: room.chat.id })
        return groupAt(next, owner)
      })
    }
  }

  const group = (options: GroupOptions): Effect.Effect<Group> =>
    Effect.sync(() => {
      const kind = options.kind ?? "supergroup"
      const number = world.nextId("chat")
      const owner: User = options.owner?.user ??
        { id: firstOwnerId + number, is_bot: false, first_name: `Owner of ${options.title}` }
      const room = roomAt({
        id: options.id ?? (kind === "group" ? -5_000_000 - number : superId(number)),
        type: kind === "group" ? "group" : "supergroup",
        title: options.title,
        ...(options.username !== undefined && { username: options.username }),
        ...(kind === "forum" && { is_forum: true as const })
      })
      world.users.set(owner.id, owner)
      room.standings.set(owner.id, "creator")
      room.standings.set(bot.id, options.bot === "absent" ? "left" : options.bot ?? "member")
      return groupAt(room, owner)
    })

  return { user, group }
}

const superId = (number: number): number => -1_001_000_000_000 - number
