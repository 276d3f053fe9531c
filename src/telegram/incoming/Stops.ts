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

/** The button that stops an answer, for a bot with this prefix. */
export const stopButton = (prefix: string): Button => ({ text: "⏹ Stop", data: `${prefix}:stop` })

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
 * Where a button under a message with an inline id says that it is. A press tells no chat; it is not believed for more than
 * where whoever has pressed has asked.
 */
const placeIn = (data: string, stop: string): number | undefined => {
  const place = data.startsWith(`${stop}:`) ? data.slice(stop.length + 1) : ""
  return /^-?\d{1,16}$/.test(place) ? Number(place) : undefined
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
    if (message !== undefined) {
      return data === stop
        ? Option.some({ _tag: "Stop", origin: Origin.of(Message.pressedBy(message, from), door), callbackId: id })
        : Option.none()
    }
    const place = inline_message_id === undefined || !door.guests ? undefined : placeIn(data, stop)
    return place === undefined ? Option.none() : Option.some({
      _tag: "Stop",
      origin: Origin.ofGuest({ message_id: 0, chat: { id: place }, from }, door),
      callbackId: id
    })
  })
