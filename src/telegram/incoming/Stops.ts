/**
 * Somebody presses Stop: our button, or the one that Telegram puts under a draft.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Button } from "../Content.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import * as Message from "./Message.ts"
import * as Origin from "./Origin.ts"

/** A pressed Stop. */
export type Stopping =
  /** Our button wants an answer of its own. */
  | { readonly _tag: "Stop"; readonly origin: Origin.Origin; readonly callbackId: string | undefined }
  | { readonly _tag: "Nothing"; readonly why: string }

/**
 * The button that stops an answer, for a bot with this prefix.
 *
 * Who asked as a group or a channel presses as the person that they are: so the button says as what.
 */
export const stopButton = (prefix: string, asker?: number): Button => ({
  text: "⏹ Stop",
  data: `${prefix}:stop${asker !== undefined && asker < 0 ? `:as:${asker}` : ""}`
})

const Press = Schema.Struct({
  callback_query: Schema.Struct({
    id: Schema.String,
    from: Message.User,
    data: Schema.String,
    message: Schema.optionalKey(Message.Message),
    inline_message_id: Schema.optionalKey(Schema.String)
  })
})

/**
 * What the data of a button says: the chat that the answer was asked by, and where a message with an inline id is. A press of
 * that one tells no chat; it is not believed for more than where whoever has pressed has asked.
 */
const saidIn = (data: string, stop: string) => {
  const [, asker, place] = data.startsWith(stop)
    ? /^(?::as:(-\d{1,16}))?(?::(-?\d{1,16}))?$/.exec(data.slice(stop.length)) ?? []
    : []
  return {
    asker: asker === undefined ? undefined : Number(asker),
    place: place === undefined ? undefined : Number(place)
  }
}

const StoppedDraft = Schema.Struct({
  stopped_message_generation: Schema.Struct({
    chat: Message.Chat,
    message_thread_id: Schema.optionalKey(Schema.Int)
  })
})

const decodeStop = Schema.decodeUnknownOption(Schema.Struct({ update: Schema.Union([Press, StoppedDraft]) }))

/** Telegram's own Stop button. It tells no person: in a private chat that is the chat, and elsewhere there are no drafts. */
const stoppedDraft = (
  { chat, message_thread_id }: typeof StoppedDraft.Type["stopped_message_generation"],
  door: Door
): Stopping =>
  Message.isPrivateChat(chat) && typeof chat.id === "number"
    ? {
      _tag: "Stop",
      origin: Origin.of({
        message_id: 0,
        chat,
        from: { id: chat.id },
        ...(message_thread_id !== undefined && { message_thread_id, is_topic_message: true })
      }, door),
      callbackId: undefined
    }
    : { _tag: "Nothing", why: "A Stop outside of a private chat is ignored: it does not tell who pressed it." }

/** The Stop that an update is. */
export const inContext = (context: object, door: Door): Option.Option<Stopping> =>
  Option.flatMap(decodeStop(context), ({ update }) => {
    if ("stopped_message_generation" in update) {
      return Option.some(stoppedDraft(update.stopped_message_generation, door))
    }
    const { data, from, id, inline_message_id, message } = update.callback_query
    const { data: stop } = stopButton(door.commandPrefix)
    const { asker, place } = saidIn(data, stop)
    // Nobody but a person presses, whoever has asked.
    const asked = asker === undefined ? from : { ...from, id: asker }
    const stopping = (origin: Origin.Origin): Option.Option<Stopping> =>
      Option.some({ _tag: "Stop", origin: { ...origin, userId: from.id }, callbackId: id })
    if (message !== undefined) {
      return place !== undefined || (data !== stop && asker === undefined)
        ? Option.none()
        : stopping(Origin.of(Message.pressedBy(message, asked), door))
    }
    return place === undefined || inline_message_id === undefined || !door.guests
      ? Option.none()
      : stopping(Origin.ofGuest({ message_id: 0, chat: { id: place }, from: asked }, door))
  })
