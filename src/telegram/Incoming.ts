/**
 * What an update says to us: a command, a prompt, or nothing.
 */
import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Entry } from "./Entry.ts"
import * as Addressed from "./incoming/Addressed.ts"
import * as Contents from "./incoming/Contents.ts"
import * as Logins from "./incoming/Logins.ts"
import * as Message from "./incoming/Message.ts"
import * as Origin from "./incoming/Origin.ts"
import * as Stops from "./incoming/Stops.ts"
import * as CommandNames from "./internal/commandNames.ts"
import type { CommandName } from "./internal/commandNames.ts"
import type { Service as Door } from "./TelegramDoor.ts"

/** What is asked, as it goes into a mailbox. */
export interface Asking extends Pick<Entry, "album" | "sent" | "isCommand" | "content"> {}

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
  /** Somebody hands us an auth.json, which is no prompt whatever it is sent as; `otherwise` is what it is if it is none. */
  | {
    readonly _tag: "Import"
    readonly origin: Origin.Origin
    readonly source: Logins.Source
    readonly otherwise?: Asking
  }
  /** The running answer is to be stopped: by our button, which wants an answer of its own, or by the one of a draft. */
  | { readonly _tag: "Stop"; readonly origin: Origin.Origin; readonly callbackId: string | undefined }

const nothing: Incoming = { _tag: "Nothing" }

/** Where an update of any kind comes from, whether or not it says anything to us. */
export const origin = Origin.inContext

/** What is asked by a message in these words; nothing when they and all else in it come to nothing. */
const askingOf = (received: Message.Received, words: string, isCommand: boolean): Option.Option<Asking> => {
  const { date, media_group_id } = received.message
  const content = Contents.of(received, words)
  return Arr.isReadonlyArrayNonEmpty(content)
    ? Option.some({
      ...(media_group_id !== undefined && { album: media_group_id }),
      ...(date !== undefined && { sent: date }),
      ...(isCommand && { isCommand }),
      content
    })
    : Option.none()
}

interface Reading {
  readonly received: Message.Received
  readonly origin: Origin.Origin
  readonly door: Door
}

/** What is asked in these words, as it goes into a mailbox. */
const prompt = ({ origin, received }: Reading, words: string, isCommand: boolean): Incoming =>
  Option.match(askingOf(received, words, isCommand), {
    onNone: () => nothing,
    onSome: (asking) => ({ _tag: "Prompt", origin, asking })
  })

const imported = ({ origin, received }: Reading, source: Logins.Source, otherwise?: Incoming): Incoming => ({
  _tag: "Import",
  origin: Message.isOwn(received.message) ? { ...origin, isSecondHand: false } : origin,
  source,
  ...(otherwise?._tag === "Prompt" && { otherwise: otherwise.asking })
})

/** What stands behind our prefix. */
const readCommand = (reading: Reading, rest: string): Incoming => {
  const login = Logins.inText(rest.replace(/^[a-z\s]+/i, ""))
  if (Option.isSome(login)) return imported(reading, login.value)
  return Option.match(CommandNames.find(rest), {
    onNone: () => prompt(reading, rest.trim(), true),
    onSome: (named) => {
      const asking = named.name === "ask" && named.arguments !== ""
        ? Option.getOrUndefined(askingOf(reading.received, named.arguments, true))
        : undefined
      return { _tag: "Command", origin: reading.origin, ...named, ...(asking !== undefined && { asking }) }
    }
  })
}

/** What is said without a command. */
const readWords = (reading: Reading): Incoming => {
  const { door, origin, received: { message } } = reading
  const words = Addressed.words(message, door)
  // In a private chat tokens count also where plain messages do not.
  const handedIn = origin.isPrivate && message.text !== undefined ? Option.some(message.text) : words
  return Option.match(Option.flatMap(handedIn, Logins.inText), {
    onNone: () => Option.match(words, { onNone: () => nothing, onSome: (words) => prompt(reading, words, false) }),
    onSome: (source) => imported(reading, source)
  })
}

const readMessage = (received: Message.Received, context: object, door: Door): Incoming => {
  const { message } = received
  if (message.from?.is_bot === true) return nothing
  const reading = { received, origin: Origin.of(message, door), door }
  const text = message.text ?? message.caption ?? ""
  const asked = Addressed.command(text, door.commandPrefix)
  const own = door.botUsername === undefined ? Addressed.ownUsername(context) : Addressed.bare(door.botUsername)
  const isOurs = asked?.bot === undefined || own === undefined || asked.bot === own
  const said = !text.startsWith("/")
    ? readWords(reading)
    : asked === undefined || !isOurs
    ? nothing
    : readCommand(reading, asked.rest)
  return Option.match(Logins.inFile(message, isOurs ? asked?.rest : undefined, door), {
    onNone: () => said,
    onSome: (source) => imported(reading, source, source._tag === "File" && !source.isCertain ? said : undefined)
  })
}

/**
 * Reads a framework's context.
 *
 * Only new messages of people count: edits, channel posts, service messages and other bots are nothing. A
 * command that is not ours is nothing too, so that the bot's own commands work behind the middleware.
 */
export const read = (context: object, door: Door): Incoming =>
  Option.match(Message.inContext(context), {
    onNone: () => Option.getOrElse(Stops.inContext(context, door), () => nothing),
    onSome: (received) => readMessage(received, context, door)
  })

const decodeUpdateId = Schema.decodeUnknownOption(Schema.Struct({
  update: Schema.Struct({ update_id: Schema.Int })
}))

/** Telegram's id of the update, where the framework shows it. */
export const updateId = (context: object): number | undefined =>
  Option.getOrUndefined(Option.map(decodeUpdateId(context), ({ update }) => update.update_id))
