/**
 * What an update says to us: a command, a prompt, or nothing.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ConversationKey } from "../conversation/Message.ts"
import * as Access from "./Access.ts"
import * as CommandNames from "./internal/commandNames.ts"
import type { CommandName } from "./internal/commandNames.ts"
import { conversationOf } from "./internal/conversationOf.ts"
import type { Button, Destination } from "./TelegramApi.ts"
import type { Service as Door } from "./TelegramDoor.ts"

/** Who wrote, where, and where an answer goes. */
export interface Origin {
  readonly messageId: number
  readonly userId: number | undefined
  readonly chatId: number | string
  readonly isPrivate: boolean
  readonly conversation: ConversationKey
  readonly destination: Destination
  /** Set when another hand wrote it: it was forwarded, or came by way of another bot. */
  readonly isSecondHand?: boolean
}

/** What we make of an update. */
export type Incoming =
  /** `why` is for the log: an update that is ours, and that we can do nothing with. */
  | { readonly _tag: "Nothing"; readonly why?: string }
  /** A plain message, or what is asked under our prefix. */
  | { readonly _tag: "Prompt"; readonly origin: Origin; readonly text: string }
  /** A command under our prefix; `arguments` keeps its line breaks. */
  | { readonly _tag: "Command"; readonly origin: Origin; readonly name: CommandName; readonly arguments: string }
  /** Somebody hands us an auth.json, which is no prompt whatever it is sent as. */
  | { readonly _tag: "Import"; readonly origin: Origin; readonly source: Source }
  /** The running answer is to be stopped: by our button, which wants an answer of its own, or by the one of a draft. */
  | { readonly _tag: "Stop"; readonly origin: Origin; readonly callbackId: string | undefined }

/** Where the auth.json of an import is: in the message itself, or in a file that it carries. */
export type Source =
  | { readonly _tag: "Text"; readonly text: Redacted.Redacted }
  /** Not certain: small JSON of an auth admin, which may be an exported login under another name. */
  | { readonly _tag: "File"; readonly fileId: string; readonly isCertain: boolean }

const nothing: Incoming = { _tag: "Nothing" }

const Entity = Schema.Struct({ type: Schema.String, offset: Schema.Int, length: Schema.Int })

const User = Schema.Struct({ id: Schema.Int, is_bot: Schema.optionalKey(Schema.Boolean) })

const Message = Schema.Struct({
  message_id: Schema.Int,
  chat: Schema.Struct({ id: Schema.Union([Schema.Int, Schema.String]), type: Schema.optionalKey(Schema.String) }),
  from: Schema.optionalKey(User),
  text: Schema.optionalKey(Schema.String),
  caption: Schema.optionalKey(Schema.String),
  entities: Schema.optionalKey(Schema.Array(Entity)),
  caption_entities: Schema.optionalKey(Schema.Array(Entity)),
  document: Schema.optionalKey(
    Schema.Struct({
      file_id: Schema.String,
      file_name: Schema.optionalKey(Schema.String),
      mime_type: Schema.optionalKey(Schema.String),
      file_size: Schema.optionalKey(Schema.Int)
    })
  ),
  forward_origin: Schema.optionalKey(Schema.Unknown),
  forward_date: Schema.optionalKey(Schema.Unknown),
  via_bot: Schema.optionalKey(Schema.Unknown),
  sender_business_bot: Schema.optionalKey(Schema.Unknown),
  message_thread_id: Schema.optionalKey(Schema.Int),
  is_topic_message: Schema.optionalKey(Schema.Boolean)
})
type Message = typeof Message.Type

const decodeMessage = Schema.decodeUnknownOption(Message)

// `ctx.message` may be an edited message or a channel post in some frameworks: the raw update is told from it.
const messageIn = (context: object): Option.Option<Message> =>
  decodeMessage(
    Predicate.hasProperty(context, "update") && Predicate.isObject(context.update)
      ? Predicate.hasProperty(context.update, "message") ? context.update.message : undefined
      : Predicate.hasProperty(context, "message")
      ? context.message
      : undefined
  )

// What stands in an update: a message of any kind, a button under one, or a person alone (an inline query).
const decodeCarrier = Schema.decodeUnknownOption(Schema.Union([
  Message,
  Schema.Struct({ from: User, message: Message }),
  Schema.Struct({ from: User })
]))

const carriedBy = (context: object): Option.Option<Message> =>
  Predicate.hasProperty(context, "update") && Predicate.isObject(context.update)
    ? Option.map(
      Option.firstSomeOf(Object.values(context.update).map((value) => decodeCarrier(value))),
      (found) =>
        "chat" in found
          ? found
          : "message" in found
          ? { ...found.message, from: found.from }
          : { message_id: 0, chat: { id: found.from.id, type: "private" }, from: found.from }
    )
    : Option.none()

const isPrivateChat = (chat: Message["chat"]): boolean =>
  chat.type === undefined ? typeof chat.id === "number" && chat.id > 0 : chat.type === "private"

const isSecondHand = (message: Message): boolean =>
  message.forward_origin !== undefined || message.forward_date !== undefined || message.via_bot !== undefined ||
  message.sender_business_bot !== undefined

const decodeForwarded = Schema.decodeUnknownOption(
  Schema.Struct({ type: Schema.Literal("user"), sender_user: Schema.Struct({ id: Schema.Int }) })
)

/** A file that somebody forwards from among their own is theirs. */
const isOwn = ({ forward_origin, from, via_bot }: Message): boolean =>
  via_bot === undefined &&
  Option.exists(decodeForwarded(forward_origin), ({ sender_user }) => sender_user.id === from?.id)

const originOf = (message: Message, { topics }: Pick<Door, "topics">): Origin => {
  const isPrivate = isPrivateChat(message.chat)
  // A reply chain in a chat without topics carries a thread id as well, and sending to that one is refused.
  const threadId = message.is_topic_message === true ? message.message_thread_id : undefined
  const userId = message.from?.id
  return {
    messageId: message.message_id,
    userId,
    chatId: message.chat.id,
    isPrivate,
    conversation: conversationOf({
      chatId: message.chat.id,
      userId,
      threadId,
      isPrivate,
      isPerUser: topics === "perUser"
    }),
    destination: {
      chatId: message.chat.id,
      threadId,
      replyTo: isPrivate ? undefined : message.message_id
    },
    ...(isSecondHand(message) && { isSecondHand: true })
  }
}

/** Where an update of any kind comes from, whether or not it says anything to us. */
export const origin = (context: object, door: Pick<Door, "topics">): Option.Option<Origin> =>
  Option.map(Option.orElse(messageIn(context), () => carriedBy(context)), (message) => originOf(message, door))

const bare = (username: string): string => username.replace(/^@/, "").toLowerCase()

/** The username of the running bot, where the framework knows it. */
const ownUsername = (context: object): string | undefined => {
  for (const key of ["botInfo", "me"]) {
    const user: unknown = Predicate.hasProperty(context, key) ? context[key] : undefined
    if (Predicate.hasProperty(user, "username") && typeof user.username === "string") return bare(user.username)
  }
  return undefined
}

/** What is asked of the bot that a command names, or of any. */
interface Asked {
  readonly bot: string | undefined
  readonly rest: string
}

const command = (text: string, prefix: string): Asked | undefined => {
  const match = /^\/([^\s@]+)(?:@(\S+))?(?:\s+([\s\S]*))?$/.exec(text.trim())
  if (match === null || match[1]?.toLowerCase() !== prefix.toLowerCase()) return undefined
  return { bot: match[2] === undefined ? undefined : bare(match[2]), rest: match[3] ?? "" }
}

/** The text without the mentions of the bot; nothing when there is none. */
const mentioned = (
  text: string,
  entities: ReadonlyArray<typeof Entity.Type>,
  username: string
): Option.Option<string> => {
  const mentions = entities.filter((entity) =>
    entity.type === "mention" &&
    bare(text.slice(entity.offset, entity.offset + entity.length)) === username
  )
  if (mentions.length === 0) return Option.none()
  const without = mentions.reduceRight((rest, { length, offset }) => {
    const before = rest.slice(0, offset).replace(/[^\S\n]+$/, "")
    const after = rest.slice(offset + length).replace(/^[^\S\n]+/, "")
    return before.endsWith("\n") || after.startsWith("\n") ? before + after : `${before} ${after}`
  }, text)
  return Option.some(without.trim())
}

const prompt = (message: Message, door: Door): Option.Option<string> => {
  const text = message.text ?? message.caption ?? ""
  if (!door.autoReply) return Option.none()
  if (isPrivateChat(message.chat)) return Option.fromNullishOr(message.text)
  if (!door.groupMentionOnly) return Option.fromNullishOr(message.text)
  if (door.botUsername === undefined) return Option.none()
  return mentioned(text, message.entities ?? message.caption_entities ?? [], bare(door.botUsername))
}

// Tokens must not be asked of the model, however they are sent. A long text arrives in several messages, so that
// each piece of an auth.json has to be known by itself.
/** Whether a text holds the tokens of a login, and not only what else is in one. */
export const holdsTokens = (text: string): boolean => /"(access|refresh|id)_token"\s*:\s*"[^"]/.test(text)

const isLogin = (text: string): boolean =>
  /^\s*\{[^]*"(access|refresh|id)_token"\s*:/.test(text) ||
  /"(access|refresh|id)_token"\s*:\s*"[^"\s]{20}/.test(text) ||
  /"last_refresh"\s*:/.test(text)

const loginFile = /(^|[^a-z])auth([^a-z].*)?\.json$/i

// An auth.json has a few kilobytes.
const largestLogin = 64 * 1024

/** VibeGram 2.4.0 calls every file `document`, and people and systems give names of their own. */
const maybeLogin = ({ file_name = "", file_size = 0, mime_type = "" }: NonNullable<Message["document"]>): boolean =>
  file_size <= largestLogin &&
  (/json|\.txt$/i.test(file_name) || /json|text\/plain/i.test(mime_type) || !file_name.includes("."))

/**
 * A file is an auth.json by its name in a private chat, and anywhere by what is asked under it; small JSON of an auth
 * admin is looked into.
 */
const fileImport = (message: Message, asked: Asked | undefined, door: Door): Option.Option<Source> => {
  const { caption, chat, document, from } = message
  if (document === undefined) return Option.none()
  const isCertain = (isPrivateChat(chat) && loginFile.test(document.file_name ?? "")) ||
    (caption !== undefined && /^(auth\s+import|importjson)\b/i.test(asked?.rest ?? ""))
  const isAdmin = () => Result.isSuccess(Access.checkAdmin({ userId: from?.id }, door))
  return isCertain || (isPrivateChat(chat) && maybeLogin(document) && isAdmin())
    ? Option.some({ _tag: "File", fileId: document.file_id, isCertain })
    : Option.none()
}

const textImport = (text: string): Option.Option<Source> =>
  isLogin(text)
    // What is written around it, and the mark of a code block, are not part of it.
    ? Option.some({ _tag: "Text", text: Redacted.make(/\{[^]*\}/.exec(text)?.[0] ?? text) })
    : Option.none()

/** The button that stops an answer, for a bot with this prefix. */
export const stopButton = (prefix: string): Button => ({ text: "⏹ Stop", data: `${prefix}:stop` })

const Press = Schema.Struct({
  callback_query: Schema.Struct({ id: Schema.String, from: User, data: Schema.String, message: Message })
})

const StoppedDraft = Schema.Struct({
  stopped_message_generation: Schema.Struct({
    chat: Message.fields.chat,
    message_thread_id: Message.fields.message_thread_id
  })
})

const decodeStop = Schema.decodeUnknownOption(Schema.Struct({ update: Schema.Union([Press, StoppedDraft]) }))

/** Telegram's own Stop button. It tells no person: in a private chat that is the chat, and elsewhere there are no drafts. */
const stoppedDraft = (
  { chat, message_thread_id }: typeof StoppedDraft.Type["stopped_message_generation"],
  door: Door
): Incoming =>
  isPrivateChat(chat) && typeof chat.id === "number"
    ? {
      _tag: "Stop",
      origin: originOf({
        message_id: 0,
        chat,
        from: { id: chat.id },
        ...(message_thread_id !== undefined && { message_thread_id, is_topic_message: true })
      }, door),
      callbackId: undefined
    }
    : { _tag: "Nothing", why: "A Stop outside of a private chat is ignored: it does not tell who pressed it." }

const stop = (context: object, door: Door): Option.Option<Incoming> =>
  Option.flatMap(decodeStop(context), ({ update }) => {
    if ("stopped_message_generation" in update) {
      return Option.some(stoppedDraft(update.stopped_message_generation, door))
    }
    const { data, from, id, message } = update.callback_query
    return data === stopButton(door.commandPrefix).data
      ? Option.some({ _tag: "Stop", origin: originOf({ ...message, from }, door), callbackId: id })
      : Option.none()
  })

/**
 * Reads a framework's context.
 *
 * Only new messages of people count: edits, channel posts, service messages and other bots are nothing. A
 * command that is not ours is nothing too, so that the bot's own commands work behind the middleware.
 */
export const read = (context: object, door: Door): Incoming =>
  Option.match(messageIn(context), {
    onNone: () => Option.getOrElse(stop(context, door), () => nothing),
    onSome: (message) => {
      if (message.from?.is_bot === true) return nothing
      const origin = originOf(message, door)
      const asked = command(message.text ?? message.caption ?? "", door.commandPrefix)
      const own = door.botUsername === undefined ? ownUsername(context) : bare(door.botUsername)
      const isOurs = asked?.bot === undefined || own === undefined || asked.bot === own
      const file = fileImport(message, isOurs ? asked : undefined, door)
      const imported = (source: Source): Incoming => ({
        _tag: "Import",
        origin: isOwn(message) ? { ...origin, isSecondHand: false } : origin,
        source
      })
      if (Option.isSome(file)) return imported(file.value)
      if (message.text?.startsWith("/") === true) {
        if (asked === undefined || !isOurs) return nothing
        const login = textImport(asked.rest.replace(/^[a-z\s]+/i, ""))
        if (Option.isSome(login)) return imported(login.value)
        return Option.match(CommandNames.find(asked.rest), {
          onNone: () => ({ _tag: "Prompt", origin, text: asked.rest.trim() }),
          onSome: (named) => ({ _tag: "Command", origin, ...named })
        })
      }
      const text = Option.filter(prompt(message, door), (text) => text.trim() !== "")
      // In a private chat tokens count also where plain messages do not.
      const handedIn = origin.isPrivate && message.text !== undefined ? Option.some(message.text) : text
      return Option.match(Option.flatMap(handedIn, textImport), {
        onNone: () =>
          Option.match(text, { onNone: () => nothing, onSome: (text) => ({ _tag: "Prompt", origin, text }) }),
        onSome: imported
      })
    }
  })

const decodeUpdateId = Schema.decodeUnknownOption(Schema.Struct({
  update: Schema.Struct({ update_id: Schema.Int })
}))

/** Telegram's id of the update, where the framework shows it. */
export const updateId = (context: object): number | undefined =>
  Option.getOrUndefined(Option.map(decodeUpdateId(context), ({ update }) => update.update_id))
