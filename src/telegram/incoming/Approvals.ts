/**
 * Somebody says yes or no to what a tool is about to do, by one of two buttons.
 *
 * A button says whose question it belongs to: a group has conversations of several people, and a press is by anybody. What
 * it says is not believed: who may approve is decided where the turn waits.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Button } from "../Content.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import * as Message from "./Message.ts"
import * as Origin from "./Origin.ts"

/** A press of one of the two buttons. */
export interface Approving {
  readonly _tag: "Approval"
  /** Where the turn waits, and who has pressed. */
  readonly origin: Origin.Origin
  readonly callbackId: string
  readonly call: string
  readonly approved: boolean
  /** The chat that asked, as the button says: an anonymous admin's group, or a channel. */
  readonly askedAs?: number
}

// Telegram takes 64 bytes; the end of an id tells it from others as well as all of it.
const longestCall = 24

/** What stands for a call in a button. */
export const callOf = (callId: string): string => callId.replace(/[^\w-]/g, "").slice(-longestCall)

/** The two buttons under a question of somebody, for a bot with this prefix. */
export const buttons = (prefix: string, asker: number | undefined, callId: string): ReadonlyArray<Button> => [
  { text: "✅ Approve", data: `${prefix}:yes:${asker ?? ""}:${callOf(callId)}` },
  { text: "🚫 Deny", data: `${prefix}:no:${asker ?? ""}:${callOf(callId)}` }
]

const decodePress = Schema.decodeUnknownOption(Schema.Struct({
  update: Schema.Struct({
    callback_query: Schema.Struct({
      id: Schema.String,
      from: Message.User,
      data: Schema.String,
      message: Message.Message
    })
  })
}))

/** The press that an update is. */
export const inContext = (context: object, door: Door): Option.Option<Approving> =>
  Option.flatMap(decodePress(context), ({ update: { callback_query: { data, from, id, message } } }) => {
    const [prefix, word, asker, call] = data.split(":")
    if (prefix !== door.commandPrefix || (word !== "yes" && word !== "no") || call === undefined) return Option.none()
    const asked = asker === "" || asker === undefined ? from : { ...from, id: Number(asker) }
    const origin = Origin.of(Message.pressedBy(message, asked), door)
    return Option.some({
      _tag: "Approval",
      origin: { ...origin, userId: from.id, destination: { ...origin.destination, replyTo: undefined } },
      callbackId: id,
      call,
      approved: word === "yes",
      ...(asked.id < 0 && { askedAs: asked.id })
    })
  })
