/**
 * What an update says to us: a command, a prompt, or nothing.
 */
import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { File } from "./Entry.ts"
import * as Addressed from "./incoming/Addressed.ts"
import * as Approvals from "./incoming/Approvals.ts"
import { type Asking, askingOf, inWords, isRead, type Reading } from "./incoming/Asking.ts"
import * as Contents from "./incoming/Contents.ts"
import * as Kinds from "./incoming/Kinds.ts"
import * as Logins from "./incoming/Logins.ts"
import * as Message from "./incoming/Message.ts"
import * as Origin from "./incoming/Origin.ts"
import * as References from "./incoming/References.ts"
import * as Stops from "./incoming/Stops.ts"
import * as Words from "./incoming/Words.ts"
import * as CommandNames from "./internal/commandNames.ts"
import type { CommandName } from "./internal/commandNames.ts"
import * as Transport from "./internal/transport.ts"
import type { Service as Door } from "./TelegramDoor.ts"

/** What cannot be taken: a message of some kind, or the command that somebody else has typed. */
export type Unmet = Kinds.Kind | "forwarded command" | "seen by nobody else"

/** What we make of an update. */
export type Incoming =
  /** `why` is for the log: an update that is ours, and that we can do nothing with. */
  | { readonly _tag: "Nothing"; readonly why?: string }
  /** A plain message, or what is asked under our prefix. */
  | { readonly _tag: "Prompt"; readonly origin: Origin.Origin; readonly asking: Asking }
  /** A command under our prefix; `arguments` keeps its line breaks. `asking` is there when it asks. */
  | {
    readonly _tag: "Command"
    readonly origin: Origin.Origin
    readonly name: CommandName
    readonly arguments: string
    readonly asking?: Asking
  }
  /** A word behind our prefix that is nearly a command. */
  | { readonly _tag: "Unsure"; readonly origin: Origin.Origin; readonly word: string; readonly near: CommandName }
  /** Meant for the bot, and nothing that it can take by itself; `asking` is what it is in words behind a comment on it. */
  | { readonly _tag: "Refused"; readonly origin: Origin.Origin; readonly kind: Unmet; readonly asking?: Asking }
  /** A question that reads otherwise by now. */
  | { readonly _tag: "Edit"; readonly origin: Origin.Origin; readonly asking: Asking }
  /** Asked in a chat where the bot is no member; it is answered once, by the id of the query. */
  | { readonly _tag: "Guest"; readonly origin: Origin.Origin; readonly queryId: string; readonly asking: Asking }
  /** The same, and nothing that it can take. */
  | {
    readonly _tag: "GuestRefused"
    readonly origin: Origin.Origin
    readonly queryId: string
    readonly kind: Kinds.Kind | "command" | "login"
  }
  /** Somebody begins, or asks what there is to do. */
  | { readonly _tag: "Greeting"; readonly origin: Origin.Origin; readonly isHelp: boolean }
  /** Somebody hands us an auth.json, which is no prompt whatever it is sent as; `otherwise` is what it is if it is none. */
  | {
    readonly _tag: "Import"
    readonly origin: Origin.Origin
    readonly source: Logins.Source
    readonly otherwise?: Asking
  }
  /** Said aloud in a group, without a word that is written for the bot: it is meant for it if what is said names it. */
  | {
    readonly _tag: "Spoken"
    readonly origin: Origin.Origin
    readonly voice: File
    readonly names: ReadonlyArray<string>
    readonly asking: Asking
  }
  /** Said in a group and not for the bot, unless it is the rest of what its sender asks: of a paste, an album, a comment. */
  | { readonly _tag: "More"; readonly origin: Origin.Origin; readonly isForward: boolean; readonly asking: Asking }
  /** Somebody says yes or no to what a tool is about to do. */
  | Approvals.Approving
  /** The running answer is to be stopped: by our button, which wants an answer of its own, or by the one of a draft. */
  | { readonly _tag: "Stop"; readonly origin: Origin.Origin; readonly callbackId: string | undefined }

const nothing: Incoming = { _tag: "Nothing" }

export type { Asking } from "./incoming/Asking.ts"
export { updateId } from "./incoming/Message.ts"

/** Where an update of any kind comes from, whether or not it says anything to us. */
export const origin = Origin.inContext

/** What cannot be taken; behind a comment it is what the comment is about. */
const refused = ({ origin }: Reading, kind: Unmet, asking: Option.Option<Asking>): Incoming => ({
  _tag: "Refused",
  origin,
  kind,
  ...(Option.isSome(asking) && { asking: { ...asking.value, isMore: true } })
})

/** What is asked in these words, as it goes into a mailbox; else it cannot be taken. */
const prompt = (reading: Reading, words: string, isCommand: boolean): Incoming =>
  Option.match(isRead(reading.kind) || words.trim() !== "" ? askingOf(reading, words, isCommand) : Option.none(), {
    onNone: () => refused(reading, reading.kind, inWords(reading)),
    onSome: (asking) => ({ _tag: "Prompt", origin: reading.origin, asking })
  })

const imported = ({ origin, received }: Reading, source: Logins.Source, otherwise?: Asking): Incoming => ({
  _tag: "Import",
  origin: Message.isOwn(received.message) ? { ...origin, isSecondHand: false } : origin,
  source,
  ...(otherwise !== undefined && { otherwise })
})

/** A file that only might be a login: it is looked into, and asked about in its place if it is none. */
const looked = (reading: Reading, source: Extract<Logins.Source, { _tag: "File" }>, read: Incoming): Incoming => {
  const asking = read._tag === "Prompt" || read._tag === "Command" ? read.asking : undefined
  // What is told the bot under a file is not about it.
  if (asking === undefined) return read._tag === "Nothing" ? imported(reading, source) : read
  return imported(reading, source, {
    ...asking,
    content: Arr.map(
      asking.content,
      (part) => part._tag === "File" && part.file === source.fileId ? { ...part, mayBeLogin: true } : part
    )
  })
}

/** What stands behind our prefix. */
const readCommand = (reading: Reading, rest: string): Incoming => {
  const login = Logins.inText(rest.replace(/^[a-z\s]+/i, ""))
  if (Option.isSome(login)) return imported(reading, login.value)
  const { kind, origin, received, said } = reading
  // What is forwarded is quoted, and no order of whoever forwards it; what it asks is asked with the comment on it.
  const isTyped = Option.isNone(References.forwardedFrom(received.raw))
  const order = (order: Incoming): Incoming =>
    isTyped ? order : refused(reading, "forwarded command", askingOf(reading, said.text, false))
  return Option.match(CommandNames.find(rest), {
    onNone: () =>
      Option.match(kind === "text" ? CommandNames.near(rest) : Option.none(), {
        onNone: () => prompt(reading, rest.trim(), isTyped),
        onSome: (near) => order({ _tag: "Unsure", origin, word: rest.trim(), near })
      }),
    onSome: (named) => {
      const asks = named.name === "ask" || rest.trim() === ""
      // Without a word it asks about what it stands under, or answers to.
      return Option.match(asks ? askingOf(reading, named.arguments, isTyped) : Option.none(), {
        onNone: () => order({ _tag: "Command", origin, ...named }),
        onSome: (asking) => ({ _tag: "Command", origin, ...named, name: "ask", asking })
      })
    }
  })
}

// Nobody calls a bot in the middle of a lecture, and everything that is said in a group is listened to.
const longestCall = 300

/** What may turn out to be meant for the bot, once it was listened to. */
const readVoice = (reading: Reading): Incoming => {
  const { door, kind, origin, received, said, self } = reading
  const mayCall = kind === "voice" && door.takes.includes(kind) && door.autoReply && door.groupMentionOnly &&
    door.botUsername !== false && !origin.isPrivate && origin.speaker !== "bot" &&
    Option.isNone(References.forwardedFrom(received.raw))
  const names = [self.username, self.firstName].filter((name) => name !== undefined)
  const voice = Contents.fileIn(received.raw)
  const asking = askingOf(reading, said.text, false)
  return mayCall && Option.isSome(voice) && (voice.value.duration ?? 0) <= longestCall && Option.isSome(asking)
    ? { _tag: "Spoken", origin, voice: voice.value, names, asking: asking.value }
    : nothing
}

/** What may be the rest of something that was asked in a group. */
const readMore = (reading: Reading): Incoming => {
  const { door, kind, origin, received, said } = reading
  const mayBelong = door.takes.includes(kind) && door.autoReply &&
    door.groupMentionOnly && door.botUsername !== false && !origin.isPrivate && origin.speaker !== "bot"
  const more = isRead(kind) ? askingOf(reading, said.text, false) : inWords(reading)
  return Option.match(mayBelong ? more : Option.none(), {
    onNone: () => nothing,
    onSome: (asking) => ({
      _tag: "More",
      origin,
      isForward: Option.isSome(References.forwardedFrom(received.raw)),
      asking: { ...asking, isMore: true }
    })
  })
}

const readUnaddressed = (reading: Reading): Incoming => {
  const voice = readVoice(reading)
  return voice._tag === "Nothing" ? readMore(reading) : voice
}

/** What is said to the bot. Who mentions it may give it a command as well. */
const readAddressed = (reading: Reading, words: string): Incoming => {
  const { door, self } = reading
  const asked = Addressed.command(words, door.commandPrefix)
  const ours = Addressed.ours(asked, door, self)
  return ours === undefined ? prompt(reading, words, false) : readCommand(reading, ours)
}

/** What is said without a command before it. */
const readWords = (reading: Reading): Incoming => {
  const { door, kind, origin, received, said, self } = reading
  const words = Addressed.words(received, said, door, self, origin.speaker)
  // In a private chat tokens count also where plain messages do not.
  const handedIn = origin.isPrivate && kind === "text" ? Option.some(said.text) : words
  const login = Option.flatMap(handedIn, Logins.inText)
  if (Option.isSome(login)) return imported(reading, login.value)
  // The words under what is not taken are asked in a group, as `vibegram/codex` does; all else is for others.
  const isTaken = door.takes.includes(kind) || (!origin.isPrivate && said.text !== "" && door.takes.includes("text"))
  return isTaken
    ? Option.match(words, { onNone: () => readUnaddressed(reading), onSome: (words) => readAddressed(reading, words) })
    : nothing
}

/** What nobody but its sender can see is not answered where all can, nor for longer than Telegram lets a bot answer so. */
const hushed = (read: Incoming, { origin, received: { message } }: Reading): Incoming => {
  if (read._tag === "Nothing" || read._tag === "More" || read._tag === "Spoken") return nothing
  const onlyFor = typeof message.ephemeral_message_id === "number" && origin.userId !== undefined
    ? { user: origin.userId, message: message.ephemeral_message_id }
    : undefined
  return {
    _tag: "Refused",
    kind: "seen by nobody else",
    origin: { ...origin, destination: { ...origin.destination, onlyFor, replyTo: undefined } }
  }
}

const isGreeting = ({ door, origin, self }: Reading, { bot, name }: Addressed.Asked): boolean =>
  door.greet && (name === "start" || name === "help") &&
  (bot === undefined ? origin.isPrivate : bot === self.username)

const readMessage = (received: Message.Received, context: object, door: Door): Incoming => {
  const { message, raw } = received
  const kind = Kinds.of(raw)
  if (kind === undefined || message.is_automatic_forward === true || !Message.isWithBot(message)) return nothing
  const self = Addressed.selfOf(context, door, Transport.botOf(context))
  const said = Words.of(raw)
  const reading = { received, said, kind, origin: Origin.of(message, door), door, self }
  if (reading.origin.speaker === "bot" && !door.allowedBotIds.includes(reading.origin.userId ?? 0)) return nothing
  const asked = Addressed.command(said.text, door.commandPrefix)
  const ours = Addressed.ours(asked, door, self)
  const read = asked === undefined
    ? readWords(reading)
    : isGreeting(reading, asked)
    ? { _tag: "Greeting" as const, origin: reading.origin, isHelp: asked.name === "help" }
    : ours === undefined
    ? nothing
    : readCommand(reading, ours)
  if (message.ephemeral_message_id !== undefined) return hushed(read, reading)
  return Option.match(Logins.inFile(message, ours, door), {
    onNone: () => read,
    onSome: (source) =>
      source._tag === "File" && !source.isCertain ? looked(reading, source, read) : imported(reading, source)
  })
}

/** What a question has become; what else is edited is for others. */
const readEdit = (received: Message.Received, context: object, door: Door): Incoming => {
  const read = readMessage(received, context, door)
  if (read._tag !== "Prompt" && read._tag !== "Command" && read._tag !== "Import") return nothing
  const asking = read._tag === "Import" ? read.otherwise : read.asking
  return asking === undefined ? nothing : { _tag: "Edit", origin: read.origin, asking: { ...asking, isEdit: true } }
}

const decodeQuery = Schema.decodeUnknownOption(Schema.Struct({ guest_query_id: Schema.NonEmptyString }))

/** What is asked where the bot is a guest; it is meant for it by its mention. */
const readGuest = (received: Message.Received, context: object, door: Door): Incoming => {
  const kind = Kinds.of(received.raw)
  const query = decodeQuery(received.raw)
  if (!door.guests || kind === undefined || !door.takes.includes(kind) || Option.isNone(query)) return nothing
  const origin = Origin.ofGuest(received.message, door)
  const self = Addressed.selfOf(context, door, Transport.botOf(context))
  if (origin.speaker === "bot" && !door.allowedBotIds.includes(origin.userId ?? 0)) return nothing
  const said = Words.of(received.raw)
  const words = Option.getOrElse(Addressed.mentioned(said, self), () => said.text)
  const queryId = query.value.guest_query_id
  const reading = { received, said, kind, origin, door, self }
  const unmet = (kind: Extract<Incoming, { _tag: "GuestRefused" }>["kind"]): Incoming => ({
    _tag: "GuestRefused",
    origin,
    queryId,
    kind
  })
  const asked = Addressed.command(words, door.commandPrefix)
  // A command that only asks is a question; all others are about a conversation, and a guest has none.
  const question = asked === undefined
    ? words
    : asked.name !== door.commandPrefix.toLowerCase()
    ? undefined
    : Option.match(CommandNames.find(asked.rest), {
      onNone: () => asked.rest,
      onSome: (named) => named.name === "ask" ? named.arguments : undefined
    })
  if (Logins.isIn(words)) return unmet("login")
  if (question === undefined) return unmet("command")
  return Option.match(isRead(kind) || question.trim() !== "" ? askingOf(reading, question, true) : Option.none(), {
    onNone: () => unmet(kind),
    onSome: (asking) => ({ _tag: "Guest", origin, queryId, asking })
  })
}

const decodeConnected = Schema.decodeUnknownOption(Schema.Struct({
  update: Schema.Struct({ business_connection: Schema.Struct({ is_enabled: Schema.Literal(true) }) })
}))

/** The owner of a business account has let the bot into its chats, and may wait for it to answer there. */
const readConnected = (context: object): Option.Option<Incoming> =>
  Option.map(decodeConnected(context), () => ({
    _tag: "Nothing",
    why: "The bot was connected to a business account: what is said in its chats is left to other handlers."
  }))

/**
 * Reads a framework's context.
 *
 * Only messages of people to the bot count: channel posts, chats of a business account, service messages and other bots
 * are nothing. A command that is not ours is nothing too, so that the bot's own commands work behind the middleware.
 */
export const read = (context: object, door: Door): Incoming =>
  Option.match(Message.inContext(context), {
    onNone: () =>
      Option.firstSomeOf<Incoming>([
        Option.map(Message.ofEdit(context), (received) => readEdit(received, context, door)),
        Option.map(Message.ofGuest(context), (received) => readGuest(received, context, door)),
        Stops.inContext(context, door),
        Approvals.inContext(context, door),
        readConnected(context)
      ]).pipe(Option.getOrElse(() => nothing)),
    onSome: (received) => readMessage(received, context, door)
  })
