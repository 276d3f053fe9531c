/**
 * Whether a message is meant for the bot, and what is left of it without the words that say so.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { Service as Door } from "../TelegramDoor.ts"
import { type Entity, isPrivateChat, type Message } from "./Message.ts"

/** A username without its `@`, as it is compared. */
export const bare = (username: string): string => username.replace(/^@/, "").toLowerCase()

/** The username of the running bot, where the framework knows it. */
export const ownUsername = (context: object): string | undefined => {
  for (const key of ["botInfo", "me"]) {
    const user: unknown = Predicate.hasProperty(context, key) ? context[key] : undefined
    if (Predicate.hasProperty(user, "username") && typeof user.username === "string") return bare(user.username)
  }
  return undefined
}

/** What is asked of the bot that a command names, or of any. */
export interface Asked {
  readonly bot: string | undefined
  readonly rest: string
}

/** What stands behind our prefix. */
export const command = (text: string, prefix: string): Asked | undefined => {
  const match = /^\/([^\s@]+)(?:@(\S+))?(?:\s+([\s\S]*))?$/.exec(text.trim())
  if (match === null || match[1]?.toLowerCase() !== prefix.toLowerCase()) return undefined
  return { bot: match[2] === undefined ? undefined : bare(match[2]), rest: match[3] ?? "" }
}

/** The text without the mentions of the bot; nothing when there is none. */
const mentioned = (text: string, entities: ReadonlyArray<Entity>, username: string): Option.Option<string> => {
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

/** What a message says to the bot, in its text or caption; nothing when it is not meant for it. */
export const words = (message: Message, door: Door): Option.Option<string> => {
  const text = message.text ?? message.caption ?? ""
  if (!door.autoReply) return Option.none()
  if (isPrivateChat(message.chat)) return Option.some(text)
  if (!door.groupMentionOnly) return Option.some(text)
  if (door.botUsername === undefined) return Option.none()
  return mentioned(text, message.entities ?? message.caption_entities ?? [], bare(door.botUsername))
}
