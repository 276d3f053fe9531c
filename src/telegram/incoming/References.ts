/**
 * What a message refers to: what it is forwarded from, what it replies to, and the part of that which was chosen.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Content } from "../Entry.ts"
import { Chat, User } from "./Message.ts"
import * as Things from "./Things.ts"
import * as Words from "./Words.ts"

const Origin = Schema.Struct({
  sender_user: Schema.optionalKey(User),
  sender_user_name: Schema.optionalKey(Schema.String),
  sender_chat: Schema.optionalKey(Chat),
  chat: Schema.optionalKey(Chat)
})
const decodeOrigin = Schema.decodeUnknownOption(Origin)
const decodeUser = Schema.decodeUnknownOption(User)
const decodeChat = Schema.decodeUnknownOption(Chat)
const decodeQuote = Schema.decodeUnknownOption(Schema.Struct({ text: Schema.String }))

const somebody = "somebody"

/** What the bot calls itself when its own words are referred to. */
const oneself = "you, the assistant"

/** What a person is called. */
export const nameOf = ({ first_name = "", id, last_name = "", username }: typeof User.Type): string =>
  `${first_name} ${last_name}`.trim() || username || String(id)

/** What a chat is called. */
export const titleOf = ({ id, title, username }: typeof Chat.Type): string => title || username || String(id)

const fieldOf = (raw: object, field: string): unknown => Predicate.hasProperty(raw, field) ? raw[field] : undefined

const originName = (raw: unknown): Option.Option<string> =>
  Option.map(decodeOrigin(raw), ({ chat, sender_chat, sender_user, sender_user_name }) => {
    const from = chat ?? sender_chat
    return sender_user !== undefined
      ? nameOf(sender_user)
      : sender_user_name ?? (from === undefined ? somebody : titleOf(from))
  })

/** Who wrote first what is forwarded here; nothing when it is not forwarded. */
export const forwardedFrom = (raw: object): Option.Option<string> => {
  const origin = fieldOf(raw, "forward_origin")
  if (Predicate.isNotNullish(origin)) return Option.orElseSome(originName(origin), () => somebody)
  return fieldOf(raw, "forward_date") === undefined ? Option.none() : Option.some(somebody)
}

/** Who a message is from, as a name. */
export const speakerOf = (raw: object): Option.Option<string> =>
  Option.orElse(
    Option.map(decodeChat(fieldOf(raw, "sender_chat")), titleOf),
    () => Option.map(decodeUser(fieldOf(raw, "from")), nameOf)
  )

/** What a message replies to, as far as it says anything. */
const repliedTo = (raw: object): Option.Option<{ readonly from: string; readonly raw: object }> => {
  const message = fieldOf(raw, "reply_to_message")
  // The first message of a topic is what everything in it replies to.
  if (Predicate.isObject(message) && !("forum_topic_created" in message)) {
    return Option.some({ from: Option.getOrElse(speakerOf(message), () => somebody), raw: message })
  }
  const story = fieldOf(raw, "reply_to_story")
  if (Predicate.isObject(story)) {
    return Option.some({
      from: Option.match(decodeChat(fieldOf(story, "chat")), { onNone: () => somebody, onSome: titleOf }),
      raw: { story }
    })
  }
  const external = fieldOf(raw, "external_reply")
  return Predicate.isObject(external)
    ? Option.some({
      from: Option.getOrElse(originName(fieldOf(external, "origin")), () => somebody),
      raw: external
    })
    : Option.none()
}

/** What a message refers to, and the message itself where it carries a file. */
export interface Reference {
  readonly quotes: ReadonlyArray<Content>
  readonly raw: object
}

/** What a message replies to: all of it, and the part that was chosen. */
export const replyOf = (raw: object, self: number | undefined): Option.Option<Reference> =>
  Option.map(repliedTo(raw), ({ from: name, raw: replied }) => {
    const isOwn = self !== undefined && Option.exists(decodeUser(fieldOf(replied, "from")), ({ id }) => id === self)
    const from = isOwn ? oneself : name
    const words = Words.of(replied).text
    const whole = words.trim() === "" ? Things.of(replied) : words
    const chosen = Option.match(decodeQuote(fieldOf(raw, "quote")), {
      onNone: () => Things.chosen(raw, replied),
      onSome: ({ text }) => text
    })
    const quote = (text: string, isPart: boolean): ReadonlyArray<Content> =>
      text.trim() === "" ? [] : [{ _tag: "Quote", from, text, ...(isPart && { isPart }) }]
    return {
      quotes: [...quote(whole, false), ...(chosen === whole ? [] : quote(chosen, whole.trim() !== ""))],
      raw: replied
    }
  })
