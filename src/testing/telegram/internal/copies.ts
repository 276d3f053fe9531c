/**
 * The methods of the Bot API that forward and copy messages.
 */
import * as Effect from "effect/Effect"
import type { Desk, Method, Methods } from "./desk.ts"
import { carried, type Content, placeOf, putMessage, wire } from "./messages.ts"
import { integer, type Payload, text } from "./payload.ts"
import { refuse } from "./refusals.ts"
import { idsOf } from "./texts.ts"
import type { ForwardOrigin, Message } from "./types.ts"
import { type Room, serviceOf } from "./world.ts"

/** Where a message that is forwarded comes from; a forward of a forward names the first author. */
export const originOf = (message: Message): ForwardOrigin =>
  message.forward_origin ?? { type: "user", date: message.date, sender_user: message.from }

const canBeCarried = (message: Message): boolean =>
  serviceOf(message) === undefined && message.has_protected_content !== true

/** The methods at one desk. */
export const makeCopyMethods = (desk: Desk): Methods => {
  const { captionOf, checkLength, openRoom, pace, roomOf, send, world } = desk

  const source = Effect.fnUntraced(function*(payload: Payload) {
    const from = yield* roomOf(payload, "from_chat_id")
    return from.messages.get(integer(payload, "message_id") ?? 0)
  })

  const forwardMessage: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* openRoom(payload)
    const message = yield* source(payload)
    if (message === undefined) return yield* refuse("forwardNotFound")
    if (!canBeCarried(message)) return yield* refuse("forwardForbidden")
    return yield* send(payload, room, { ...carried(message), forward_origin: originOf(message) })
  })

  const copyMessage: Method = Effect.fnUntraced(function*(payload) {
    const room = yield* openRoom(payload)
    const message = yield* source(payload)
    if (message === undefined) return yield* refuse("copyNotFound")
    if (!canBeCarried(message)) return yield* refuse("copyForbidden")
    const { caption: _, caption_entities: __, ...bare } = carried(message)
    const isRecaptioned = message.text === undefined && text(payload, "caption") !== undefined
    const content = isRecaptioned ? { ...bare, ...(yield* captionOf(payload)) } : carried(message)
    yield* checkLength(content)
    const { message_id } = yield* send(payload, room, content)
    return { message_id }
  })

  /** Several messages in the order of their ids; what is gone or protected is left out, albums stay albums. */
  const carryAll = Effect.fnUntraced(
    function*(payload: Payload, room: Room, messages: ReadonlyArray<Message>, look: (message: Message) => Content) {
      const place = yield* placeOf(world, room, payload)
      yield* pace(room, messages.length)
      const albums = new Map<string, string>()
      const sent: Array<{ readonly message_id: number }> = []
      for (const message of messages) {
        const group = message.media_group_id
        if (group !== undefined && !albums.has(group)) albums.set(group, `${13_000_000_000 + world.nextId("album")}`)
        const { message_id } = wire(
          yield* putMessage(world, room, world.bot, {
            ...place,
            ...look(message),
            ...(group !== undefined && { media_group_id: albums.get(group) ?? group })
          })
        )
        sent.push({ message_id })
      }
      return sent
    }
  )
  const several = Effect.fnUntraced(function*(payload: Payload) {
    const ids = yield* idsOf(payload)
    if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] ?? 0))) return yield* refuse("messageIdsUnordered")
    const room = yield* openRoom(payload)
    const from = yield* roomOf(payload, "from_chat_id")
    const messages = ids.flatMap((id) => {
      const message = from.messages.get(id)
      return message !== undefined && canBeCarried(message) ? [message] : []
    })
    return { room, messages }
  })

  const forwardMessages: Method = Effect.fnUntraced(function*(payload) {
    const { messages, room } = yield* several(payload)
    if (messages.length === 0) return yield* refuse("forwardNone")
    return yield* carryAll(
      payload,
      room,
      messages,
      (message) => ({ ...carried(message), forward_origin: originOf(message) })
    )
  })

  const copyMessages: Method = Effect.fnUntraced(function*(payload) {
    const { messages, room } = yield* several(payload)
    if (messages.length === 0) return yield* refuse("copyNone")
    return yield* carryAll(payload, room, messages, carried)
  })

  return { forwardMessage, forwardMessages, copyMessage, copyMessages }
}
