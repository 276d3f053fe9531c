/**
 * The other side of the chat: what people do with their clients, and what they see.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { putMessage, replyDraft, wire } from "./telegramMessages.ts"
import { format, split } from "./telegramText.ts"
import { type Chat, type Entity, ImpossibleAct, type Message, type User } from "./telegramTypes.ts"
import { type CallbackAnswer, type Room, topicOf, type World } from "./telegramWorld.ts"

/** Who a person is. */
export interface Profile {
  readonly id: number
  readonly firstName: string
  readonly username?: string
  /** IETF tag of the client's language. */
  readonly languageCode?: string
  /** Another bot. Default: false. */
  readonly isBot?: boolean
}

/** A group, or one topic of it or of a private chat. */
export interface Place {
  readonly chat: Chat
  readonly threadId?: number
}

/** A topic of a forum or of a private chat. */
export interface Topic extends Place {
  readonly threadId: number
}

/** A group or supergroup. */
export interface Group extends Place {
  /** Opens a topic. Only forums have any. */
  readonly topic: (title: string) => Effect.Effect<Topic>
  /** Closes a topic for good; the bot is then told that the thread is not found. */
  readonly deleteTopic: (topic: Topic) => Effect.Effect<void>
}

/** How a message is sent. */
export interface SendOptions {
  /** Id of the message that is answered to. */
  readonly replyTo?: number
  /** Formatting made in the client; commands, mentions, hashtags and links are found without it. */
  readonly entities?: ReadonlyArray<Entity>
}

/** A text file that is sent. */
export interface TextFile {
  readonly fileName: string
  readonly text: string
  readonly caption?: string
  /** Default: `text/plain`. */
  readonly mimeType?: string
  readonly replyTo?: number
}

/** A button was pressed. */
export interface Press {
  /** Id of the callback query. */
  readonly id: string
  /** Suspends until the bot answers the query. */
  readonly answer: Effect.Effect<CallbackAnswer>
}

/** One person in one place. */
export interface Conversation extends Place {
  /** Sends a text, cut into several messages as clients do when it is longer than 4096 UTF-16 units. */
  readonly send: (text: string, options?: SendOptions) => Effect.Effect<ReadonlyArray<Message>, ImpossibleAct>
  readonly sendDocument: (file: TextFile) => Effect.Effect<Message, ImpossibleAct>
  /** Edits an own text. */
  readonly edit: (messageId: number, text: string) => Effect.Effect<Message, ImpossibleAct>
  /** Deletes a message for everybody; bots are not told. */
  readonly remove: (messageId: number) => Effect.Effect<void, ImpossibleAct>
  /** Presses the inline button that carries the data. */
  readonly press: (messageId: number, data: string) => Effect.Effect<Press, ImpossibleAct>
  /** Everything that is visible here now, oldest first. */
  readonly messages: Effect.Effect<ReadonlyArray<Message>>
  /** Suspends until a visible message of the bot satisfies the predicate, by sending or by an edit; the newest wins. */
  readonly waitFor: (predicate: (message: Message) => boolean) => Effect.Effect<Message>
  /** As `waitFor`, for a text or caption: equal to a string, or matching an expression. */
  readonly botText: (match: string | RegExp) => Effect.Effect<Message>
  /** Suspends until the bot has sent one more message; each is given out once, as it looks then. */
  readonly nextBotMessage: Effect.Effect<Message>
  /** Whether the bot is shown as typing (or uploading) now. */
  readonly isTyping: Effect.Effect<boolean>
}

/** A person. */
export interface Person {
  readonly user: User
  /** The private chat with the bot. */
  readonly chat: Conversation
  /** This person in a group or topic. The same place gives a fresh `nextBotMessage` each time. */
  readonly in: (place: Place) => Conversation
  /** Opens a topic in the private chat. */
  readonly topic: (title: string) => Effect.Effect<Conversation>
  /** Blocks the bot. */
  readonly block: Effect.Effect<void>
  readonly unblock: Effect.Effect<void>
}

const encoder = new TextEncoder()

/** Whether a bot with privacy mode gets to see a group message. */
const concernsBot = (bot: User, message: Message): boolean => {
  const text = message.text ?? message.caption ?? ""
  const name = `@${bot.username}`.toLowerCase()
  return message.reply_to_message?.from.id === bot.id ||
    (message.entities ?? message.caption_entities ?? []).some((entity) => {
      const part = text.slice(entity.offset, entity.offset + entity.length).toLowerCase()
      return entity.type === "bot_command"
        ? !part.includes("@") || part.endsWith(name)
        : entity.type === "mention"
        ? part === name
        : entity.type === "text_mention" && entity.user?.id === bot.id
    })
}

const addTopic = (room: Room, title: string): Topic => {
  const threadId = room.nextMessageId()
  room.topics.set(threadId, title)
  return { chat: room.chat, threadId }
}

const converse = (world: World, room: Room, user: User, threadId: number, readsAll: boolean): Conversation => {
  const { bot, updates } = world
  const given = new Set<number>()

  const visible = (): ReadonlyArray<Message> =>
    [...room.messages.values()].filter((message) => topicOf(message) === threadId)
  const fromBot = (): ReadonlyArray<Message> => visible().filter((message) => message.from.id === bot.id)
  const deliver = (at: number, kind: "message" | "edited_message", message: Message): void => {
    if (room.chat.type === "private" || readsAll || concernsBot(bot, message)) updates.push(at, kind, wire(message))
  }
  const find = Effect.fnUntraced(function*(act: "edit" | "remove" | "press", messageId: number) {
    const message = visible().find((message) => message.message_id === messageId)
    return message ?? (yield* new ImpossibleAct({ act, reason: `there is no message ${messageId} here` }))
  })
  const checkSend = Effect.fnUntraced(function*(replyTo: number | undefined) {
    if (room.isBlocked) return yield* new ImpossibleAct({ act: "send", reason: "the bot is blocked" })
    if (threadId !== 0 && !room.topics.has(threadId)) {
      return yield* new ImpossibleAct({ act: "send", reason: "the topic is gone" })
    }
    if (replyTo !== undefined && !room.messages.has(replyTo)) {
      return yield* new ImpossibleAct({ act: "send", reason: `there is no message ${replyTo} to reply to` })
    }
  })
  const waitFor: Conversation["waitFor"] = (predicate) =>
    world.until(() => Option.fromUndefinedOr(fromBot().findLast(predicate)))

  return {
    chat: room.chat,
    ...(threadId !== 0 && { threadId }),
    send: Effect.fnUntraced(function*(text, options = {}) {
      yield* checkSend(options.replyTo)
      const parts = split(text, options.entities ?? [])
      if (parts.length === 0) return yield* new ImpossibleAct({ act: "send", reason: "the text is empty" })
      return yield* Effect.forEach(
        parts,
        Effect.fnUntraced(function*(part, index) {
          const message = yield* putMessage(world, room, user, {
            ...replyDraft(room, threadId, index === 0 ? options.replyTo : undefined),
            text: part.text,
            ...(part.entities.length > 0 && { entities: part.entities })
          })
          deliver(yield* Clock.currentTimeMillis, "message", message)
          return message
        })
      )
    }),
    sendDocument: Effect.fnUntraced(function*(file) {
      yield* checkSend(file.replyTo)
      const [caption] = split(file.caption ?? "", [])
      const document = world.store({
        name: file.fileName,
        type: file.mimeType ?? "text/plain",
        bytes: encoder.encode(file.text)
      })
      const message = yield* putMessage(world, room, user, {
        ...replyDraft(room, threadId, file.replyTo),
        document,
        ...(caption !== undefined && { caption: caption.text }),
        ...(caption !== undefined && caption.entities.length > 0 && { caption_entities: caption.entities })
      })
      deliver(yield* Clock.currentTimeMillis, "message", message)
      return message
    }),
    edit: Effect.fnUntraced(function*(messageId, text) {
      const message = yield* find("edit", messageId)
      if (message.from.id !== user.id || message.text === undefined) {
        return yield* new ImpossibleAct({ act: "edit", reason: "it is not a text of this person" })
      }
      const formatted = yield* Effect.mapError(
        Effect.fromResult(format(text, undefined, [])),
        (refused) => new ImpossibleAct({ act: "edit", reason: refused.description })
      )
      if (formatted.text === "") return yield* new ImpossibleAct({ act: "edit", reason: "the text is empty" })
      const at = yield* Clock.currentTimeMillis
      const { entities: _, ...rest } = message
      const edited: Message = {
        ...rest,
        text: formatted.text,
        edit_date: Math.floor(at / 1000),
        ...(formatted.entities.length > 0 && { entities: formatted.entities })
      }
      world.put(at, edited, "edited")
      deliver(at, "edited_message", edited)
      return edited
    }),
    remove: Effect.fnUntraced(function*(messageId) {
      const message = yield* find("remove", messageId)
      world.remove(yield* Clock.currentTimeMillis, message)
    }),
    press: Effect.fnUntraced(function*(messageId, data) {
      const message = yield* find("press", messageId)
      if (!(message.reply_markup?.inline_keyboard ?? []).flat().some((button) => button.callback_data === data)) {
        return yield* new ImpossibleAct({ act: "press", reason: `message ${messageId} has no such button` })
      }
      const id = `${4_000_000 + world.nextId("callback")}`
      const answer = Deferred.makeUnsafe<CallbackAnswer>()
      const at = yield* Clock.currentTimeMillis
      world.callbacks.set(id, { chatId: room.chat.id, messageId, answer })
      world.note({
        at,
        chatId: room.chat.id,
        ...(threadId !== 0 && { threadId }),
        kind: "pressed",
        from: "user",
        messageId,
        text: data
      })
      const query = { id, from: user, message: wire(message), chat_instance: `${room.chat.id}`, data }
      updates.push(at, "callback_query", query)
      return { id, answer: Deferred.await(answer) }
    }),
    messages: Effect.sync(visible),
    waitFor,
    botText: (match) =>
      waitFor((message) => {
        const text = message.text ?? message.caption ?? ""
        return typeof match === "string" ? text === match : text.search(match) !== -1
      }),
    nextBotMessage: Effect.map(
      world.until(() => Option.fromUndefinedOr(fromBot().find((message) => !given.has(message.message_id)))),
      (message) => {
        given.add(message.message_id)
        return message
      }
    ),
    isTyping: Effect.map(Clock.currentTimeMillis, (at) => at < (room.typingUntil.get(threadId) ?? 0))
  }
}

/** The people and groups of a world. */
export const makePeople = (world: World, readsAllGroupMessages: boolean) => {
  const roomAt = (chat: Chat): Room => world.rooms.get(chat.id) ?? world.addRoom(chat)

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
      const room = roomAt({ id: profile.id, type: "private", ...names })
      const setBlocked = (isBlocked: boolean): Effect.Effect<void> =>
        Effect.map(Clock.currentTimeMillis, (at) => {
          if (room.isBlocked === isBlocked) return
          room.isBlocked = isBlocked
          const [before, after] = isBlocked ? ["member", "kicked"] : ["kicked", "member"]
          world.note({
            at,
            chatId: room.chat.id,
            kind: isBlocked ? "blocked" : "unblocked",
            from: "user",
            messageId: 0,
            text: ""
          })
          world.updates.push(at, "my_chat_member", {
            chat: room.chat,
            from: user,
            date: Math.floor(at / 1000),
            old_chat_member: { user: world.bot, status: before },
            new_chat_member: { user: world.bot, status: after }
          })
        })
      const at = (place: Place): Conversation =>
        converse(world, roomAt(place.chat), user, place.threadId ?? 0, readsAllGroupMessages)
      return {
        user,
        chat: at({ chat: room.chat }),
        in: at,
        topic: (title) => Effect.sync(() => at(addTopic(room, title))),
        block: setBlocked(true),
        unblock: setBlocked(false)
      }
    })

  const group = (options: {
    readonly title: string
    readonly id?: number
    readonly username?: string
    readonly kind?: "group" | "supergroup" | "forum"
  }): Effect.Effect<Group> =>
    Effect.sync(() => {
      const kind = options.kind ?? "supergroup"
      const number = world.nextId("chat")
      const chat: Chat = {
        id: options.id ?? (kind === "group" ? -5_000_000 - number : -1_001_000_000_000 - number),
        type: kind === "group" ? "group" : "supergroup",
        title: options.title,
        ...(options.username !== undefined && { username: options.username }),
        ...(kind === "forum" && { is_forum: true as const })
      }
      const room = roomAt(chat)
      return {
        chat,
        topic: (title) => Effect.sync(() => addTopic(room, title)),
        deleteTopic: (topic) =>
          Effect.sync(() => {
            room.topics.delete(topic.threadId)
          })
      }
    })

  return { user, group }
}
