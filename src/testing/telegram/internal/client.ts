/**
 * The client of a person: carries out what they do, refuses what no client offers, shows what is there.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Modes } from "./bot.ts"
import { react } from "./chats.ts"
import type { Conversation, DocumentToSend, FileToSend, ReplyOptions, SendOptions } from "./conversation.ts"
import { imageSize, type Media, type OtherFileKind } from "./files.ts"
import { albumsAnew, forwarded } from "./forwards.ts"
import { inlineIdOf, isMentioned, summon } from "./guests.ts"
import { ImpossibleAct } from "./impossible.ts"
import { limits } from "./limits.ts"
import { type Content, isManager, putMessage, replyPlace, wire } from "./messages.ts"
import type { Upload } from "./payload.ts"
import { format, split } from "./text.ts"
import { captioned, things } from "./things.ts"
import { statesOf } from "./timeline.ts"
import { type Message, type User } from "./types.ts"
import { type CallbackAnswer, isIn, type Room, serviceOf, topicOf, type World } from "./world.ts"

const encoder = new TextEncoder()
/** The smallest picture there is: one pixel. */
const pixel = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (character) => character.charCodeAt(0)
)
// How a page of Ogg begins.
const silence = encoder.encode("OggS\0\x02".padEnd(28, "\0"))

const otherFiles: Readonly<Record<OtherFileKind, readonly [name: string, type: string]>> = {
  audio: ["song.mp3", "audio/mpeg"],
  video: ["film.mp4", "video/mp4"],
  videoNote: ["note.mp4", "video/mp4"],
  animation: ["moving.mp4", "video/mp4"],
  sticker: ["sticker.webp", "image/webp"]
}

const uploadOf = (file: FileToSend, name: string, type: string, bytes: Uint8Array): Upload => ({
  name: file.fileName ?? name,
  type: file.mimeType ?? type,
  bytes: file.bytes ?? (file.text === undefined ? bytes : encoder.encode(file.text))
})

/** Whether a bot with privacy mode gets to see a group message. */
const concernsBot = (bot: User, message: Message): boolean => {
  const text = message.text ?? message.caption ?? ""
  const name = `@${bot.username}`.toLowerCase()
  return serviceOf(message) !== undefined || message.reply_to_message?.from.id === bot.id ||
    isMentioned(bot, message) ||
    (message.entities ?? message.caption_entities ?? []).some((entity) => {
      const part = text.slice(entity.offset, entity.offset + entity.length).toLowerCase()
      return entity.type === "bot_command"
        ? !part.includes("@") || part.endsWith(name)
        : entity.type === "text_mention" && entity.user?.id === bot.id
    })
}

/** Tells the bot of a message, if it is there to hear it. */
export const tell = (
  world: World,
  room: Room,
  at: number,
  kind: "message" | "edited_message",
  message: Message,
  modes: Modes
): void => {
  const { bot, updates } = world
  if (!isIn(room, bot.id)) {
    if (modes.hasGuestMode && kind === "message") summon(world, room, at, message)
    return
  }
  const hears = room.chat.type === "private" || modes.readsAllGroupMessages || isManager(room, bot.id) ||
    concernsBot(bot, message)
  if (hears) updates.push(at, room.chat.id, kind, wire(message))
}

/** A person in a room, or in one topic of it. */
export const converse = (
  world: World,
  room: Room,
  user: User,
  threadId: number,
  modes: Modes
): Conversation => {
  const { bot, updates } = world
  const given = new Set<number>()
  const thread = threadId === 0 ? {} : { threadId }

  const visible = (): ReadonlyArray<Message> =>
    [...room.messages.values()].filter((message) => topicOf(message) === threadId)
  const fromBot = (): ReadonlyArray<Message> => visible().filter((message) => message.from.id === bot.id)
  const impossible = (act: ImpossibleAct["act"], reason: string) => new ImpossibleAct({ act, reason })
  const find = Effect.fnUntraced(function*(act: ImpossibleAct["act"], messageId: number) {
    const message = visible().find((message) => message.message_id === messageId)
    return message ?? (yield* impossible(act, `there is no message ${messageId} here`))
  })

  const checkPlace = Effect.fnUntraced(function*(act: ImpossibleAct["act"]) {
    if (room.upgradedTo !== undefined) return yield* impossible(act, "the group is a supergroup now")
    if (room.chat.type === "private" && room.standings.get(bot.id) === "kicked") {
      return yield* impossible(act, "the bot is blocked")
    }
    const topic = room.topics.get(threadId)
    if (threadId !== 0 && topic === undefined) return yield* impossible(act, "the topic is gone")
    if (topic?.isClosed === true && !isManager(room, user.id)) return yield* impossible(act, "the topic is closed")
  })
  const checkReply = Effect.fnUntraced(function*({ quote, replyTo }: ReplyOptions) {
    if (replyTo === undefined) return
    const target = room.messages.get(replyTo)
    if (target === undefined) return yield* impossible("send", `there is no message ${replyTo} to reply to`)
    if (quote !== undefined && !(target.text ?? target.caption ?? "").includes(quote)) {
      return yield* impossible("send", `message ${replyTo} does not contain the quote`)
    }
  })
  /** Puts a message of the person here, and tells the bot. */
  const say = Effect.fnUntraced(function*(content: Content) {
    // Who speaks in a group is in it.
    const standing = room.standings.get(user.id)
    if (standing === undefined || standing === "left") room.standings.set(user.id, "member")
    const message = yield* putMessage(world, room, user, content)
    tell(world, room, yield* Clock.currentTimeMillis, "message", message, modes)
    return message
  })
  const captionOf = (caption: string | undefined): Content => {
    const [part] = split(caption ?? "", [])
    return {
      ...(part !== undefined && { caption: part.text }),
      ...(part !== undefined && part.entities.length > 0 && { caption_entities: part.entities })
    }
  }
  const sendMedia = Effect.fnUntraced(function*(file: FileToSend, media: Content, more: Content = {}) {
    yield* checkPlace("send")
    yield* checkReply(file)
    return yield* say({
      ...replyPlace(room, threadId, file.replyTo, file.quote),
      ...media,
      ...captionOf(file.caption),
      ...more
    })
  })
  const photo = Effect.fnUntraced(function*(file: FileToSend) {
    const upload = uploadOf(file, "photo.png", "image/png", pixel)
    const size = imageSize(upload.bytes)
    if (size === undefined) return yield* impossible("send", "it is no picture")
    return world.files.photo(upload, size)
  })
  const document = (file: DocumentToSend): Media =>
    world.files.document(uploadOf(file, file.fileName, "text/plain", encoder.encode("")))
  const waitFor: Conversation["waitFor"] = (predicate) =>
    world.until(() => Option.fromUndefinedOr(fromBot().findLast(predicate)))

  const sendText = Effect.fnUntraced(function*(text: string, options: SendOptions = {}) {
    yield* checkPlace("send")
    yield* checkReply(options)
    const parts = split(text, options.entities ?? [])
    if (parts.length === 0) return yield* impossible("send", "the text is empty")
    return yield* Effect.forEach(parts, (part, index) =>
      say({
        ...(index === 0
          ? replyPlace(room, threadId, options.replyTo, options.quote)
          : replyPlace(room, threadId)),
        text: part.text,
        ...(part.entities.length > 0 && { entities: part.entities })
      }))
  })

  return {
    chat: room.chat,
    ...thread,
    send: sendText,
    sendDocument: (file) => Effect.suspend(() => sendMedia(file, document(file))),
    sendPhoto: (file = {}) =>
      Effect.flatMap(photo(file), (media) => {
        const largest = media.photo?.at(-1)
        const live = file.isLive === true && largest !== undefined ? { live_photo: { ...largest, duration: 3 } } : {}
        return sendMedia(file, { ...media, ...live })
      }),
    sendVoice: (file = {}) =>
      Effect.suspend(() =>
        sendMedia(file, world.files.voice(uploadOf(file, "voice.ogg", "audio/ogg", silence), file.duration ?? 1))
      ),
    sendFile: Effect.fnUntraced(function*(kind, file = {}) {
      if (file.caption !== undefined && (kind === "sticker" || kind === "videoNote")) {
        return yield* impossible("send", "this kind has no caption")
      }
      const [name, type] = otherFiles[kind]
      return yield* sendMedia(
        file,
        world.files.other(kind, uploadOf(file, name, type, encoder.encode(name)), file.duration ?? 1)
      )
    }),
    sendThing: (kind, options = {}) =>
      options.caption !== undefined && !captioned.has(kind)
        ? impossible("send", "this kind has no caption")
        : sendMedia(options, things[kind]),
    sendAlbum: Effect.fnUntraced(function*(items, options = {}) {
      if (items.length < 2 || items.length > limits.album.most) {
        return yield* impossible("send", "an album has two to ten items")
      }
      const { between = 0, ...reply } = options
      const group = { media_group_id: `${13_000_000_000 + world.nextId("album")}` }
      const messages: Array<Message> = []
      for (const item of items) {
        if (messages.length > 0 && Duration.toMillis(between) > 0) yield* Effect.sleep(between)
        messages.push(
          "photo" in item
            ? yield* sendMedia({ ...item.photo, ...reply }, yield* photo(item.photo), group)
            : yield* sendMedia({ ...item.document, ...reply }, document(item.document), group)
        )
      }
      return messages
    }),
    forward: Effect.fnUntraced(function*(messages, options = {}) {
      yield* checkPlace("forward")
      const comment = options.comment === undefined ? [] : yield* sendText(options.comment)
      const date = Math.floor((yield* Clock.currentTimeMillis) / 1000)
      const albumOf = albumsAnew(() => `${13_000_000_000 + world.nextId("album")}`)
      const sent = yield* Effect.forEach(
        messages,
        (item) => say({ ...replyPlace(room, threadId), ...forwarded(item, date), ...albumOf(item) })
      )
      return [...comment, ...sent]
    }),
    edit: Effect.fnUntraced(function*(messageId, text) {
      const message = yield* find("edit", messageId)
      const isText = message.text !== undefined
      const isCaptioned = [message.document, message.photo, message.voice, message.audio, message.video]
        .some((media) => media !== undefined)
      if (message.from.id !== user.id || message.forward_origin !== undefined || !(isText || isCaptioned)) {
        return yield* impossible("edit", "it is not a text of this person")
      }
      const formatted = yield* Effect.mapError(
        Effect.fromResult(format(text, undefined, [])),
        (refused) => impossible("edit", refused.description)
      )
      if (isText && formatted.text === "") return yield* impossible("edit", "the text is empty")
      const at = yield* Clock.currentTimeMillis
      const { caption: _, caption_entities: __, entities: ___, ...rest } = message
      const hasEntities = formatted.entities.length > 0
      const edited: Message = {
        ...rest,
        edit_date: Math.floor(at / 1000),
        ...(isText ? { text: formatted.text } : formatted.text !== "" && { caption: formatted.text }),
        ...(hasEntities && (isText ? { entities: formatted.entities } : { caption_entities: formatted.entities }))
      }
      world.put(at, edited, "edited")
      tell(world, room, at, "edited_message", edited, modes)
      return edited
    }),
    remove: Effect.fnUntraced(function*(messageId) {
      const message = yield* find("remove", messageId)
      world.remove(yield* Clock.currentTimeMillis, message)
    }),
    press: Effect.fnUntraced(function*(messageId, data) {
      const message = yield* find("press", messageId)
      if (!(message.reply_markup?.inline_keyboard ?? []).flat().some((button) => button.callback_data === data)) {
        return yield* impossible("press", `message ${messageId} has no such button`)
      }
      const id = `${4_000_000 + world.nextId("callback")}`
      const answer = Deferred.makeUnsafe<CallbackAnswer>()
      const at = yield* Clock.currentTimeMillis
      world.callbacks.set(id, { chatId: room.chat.id, messageId, answer })
      world.note({ at, chatId: room.chat.id, ...thread, kind: "pressed", from: "user", messageId, text: data })
      const inline = inlineIdOf(world, room, messageId)
      const shown = inline === undefined ? { message: wire(message) } : { inline_message_id: inline }
      const query = { id, from: user, ...shown, chat_instance: `${room.chat.id}`, data }
      updates.push(at, room.chat.id, "callback_query", query)
      return { id, answer: Deferred.await(answer) }
    }),
    stop: Effect.gen(function*() {
      const draft = room.drafts.get(threadId)
      if (draft?.canStop !== true) return yield* impossible("stop", "there is no draft with a Stop button")
      const at = yield* Clock.currentTimeMillis
      const { draftId, text } = draft
      world.note({ at, chatId: room.chat.id, ...thread, kind: "stopped", from: "user", messageId: 0, draftId, text })
      if (draft.keepOnStop) room.drafts.set(threadId, { ...draft, canStop: false })
      else world.endDraft(at, room, threadId)
      updates.push(at, room.chat.id, "stopped_message_generation", {
        chat: room.chat,
        ...(threadId !== 0 && { message_thread_id: threadId }),
        draft_id: draftId
      })
      return draft
    }),
    react: Effect.fnUntraced(function*(messageId, emoji) {
      const message = yield* find("react", messageId)
      if (serviceOf(message) !== undefined) return yield* impossible("react", "it is a service message")
      const before = room.reactions.get(messageId)?.get(user.id) ?? []
      const after = emoji === undefined ? [] : [{ type: "emoji", emoji }]
      const at = yield* Clock.currentTimeMillis
      react(world, room, user, messageId, after, at)
      if (room.chat.type === "private" ? !isIn(room, bot.id) : !isManager(room, bot.id)) return
      updates.push(at, room.chat.id, "message_reaction", {
        chat: room.chat,
        message_id: messageId,
        user,
        date: Math.floor(at / 1000),
        old_reaction: before,
        new_reaction: after
      })
    }),
    pin: Effect.fnUntraced(function*(messageId) {
      const message = yield* find("pin", messageId)
      room.pinned.add(messageId)
      yield* say({ ...replyPlace(room, threadId), pinned_message: wire(message) })
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
    draft: Effect.sync(() => room.drafts.get(threadId)),
    waitForDraft: (predicate) =>
      world.until(() => Option.filter(Option.fromUndefinedOr(room.drafts.get(threadId)), predicate)),
    isTyping: Effect.map(Clock.currentTimeMillis, (at) => at < (room.typingUntil.get(threadId) ?? 0)),
    botReactions: (messageId) =>
      Effect.sync(() => (room.reactions.get(messageId)?.get(bot.id) ?? []).map(({ emoji, type }) => emoji ?? type)),
    statesOf: (messageId) => Effect.sync(() => statesOf(world.timeline, room.chat.id, messageId))
  }
}
