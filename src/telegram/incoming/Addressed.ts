/**
 * Whether a message is meant for the bot, and what is left of it without the words that say so.
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Service as Door } from "../TelegramDoor.ts"
import { type Entity, isPrivateChat, type Received } from "./Message.ts"
import type { Origin } from "./Origin.ts"
import type { Words } from "./Words.ts"

/** A username without its `@`, as it is compared. */
export const bare = (username: string): string => username.replace(/^@/, "").toLowerCase()

/** The bot itself, as far as it is known. */
export interface Self {
  readonly id: number | undefined
  readonly username: string | undefined
  /** What people call it; known where the framework knows it. */
  readonly firstName?: string | undefined
}

/** The bot of a context: what the options say, then what the framework knows. */
export const selfOf = (context: object, door: Pick<Door, "botUsername">, tokenId: string | undefined): Self => {
  for (const key of ["botInfo", "me"]) {
    const user: unknown = Predicate.hasProperty(context, key) ? context[key] : undefined
    if (Predicate.hasProperty(user, "id") || Predicate.hasProperty(user, "username")) {
      const { first_name, id, username } = { first_name: undefined, id: undefined, username: undefined, ...user }
      return {
        id: typeof id === "number" ? id : idOf(tokenId),
        username: nameOf(door) ?? (typeof username === "string" ? bare(username) : undefined),
        firstName: typeof first_name === "string" ? first_name : undefined
      }
    }
  }
  return { id: idOf(tokenId), username: nameOf(door) }
}

const idOf = (tokenId: string | undefined): number | undefined =>
  tokenId !== undefined && /^\d{1,16}$/.test(tokenId) ? Number(tokenId) : undefined

const nameOf = ({ botUsername }: Pick<Door, "botUsername">): string | undefined =>
  typeof botUsername === "string" ? bare(botUsername) : undefined

/** What is asked of the bot that a command names, or of any. */
export interface Asked {
  readonly name: string
  readonly bot: string | undefined
  readonly rest: string
}

/** The command that a text is: only what is shaped `/word` or `/word@bot` is one. */
export const command = (text: string, prefix: string): Asked | undefined => {
  const [, name = "", bot, rest = ""] = /^\/([^\s@/]+)(?:@(\w+))?(?:\s+([^]*))?$/.exec(text.trim()) ?? []
  const isWord = /^\w{1,64}$/.test(name) || name.toLowerCase() === prefix.toLowerCase()
  return isWord ? { name: name.toLowerCase(), bot: bot === undefined ? undefined : bare(bot), rest } : undefined
}

/** What stands behind our prefix; nothing where a command is not ours. */
export const ours = (
  asked: Asked | undefined,
  { commandPrefix }: Pick<Door, "commandPrefix">,
  self: Self
): string | undefined =>
  asked !== undefined && asked.name === commandPrefix.toLowerCase() &&
    (asked.bot === undefined || self.username === undefined || asked.bot === self.username)
    ? asked.rest
    : undefined

const isOwnMention = (text: string, { length, offset, type, user }: Entity, self: Self): boolean =>
  type === "text_mention"
    ? user !== undefined && user.id === self.id
    : type === "mention" && self.username !== undefined &&
      bare(text.slice(offset, offset + length)) === self.username

/** The text without the mentions of the bot; nothing when there is none. */
export const mentioned = ({ entities, text }: Words, self: Self): Option.Option<string> => {
  const mentions = entities.filter((entity) => isOwnMention(text, entity, self))
  if (mentions.length === 0) return Option.none()
  const without = mentions.reduceRight((rest, { length, offset }) => {
    const before = rest.slice(0, offset).replace(/[^\S\n]+$/, "")
    const behind = rest.slice(offset + length)
    // Whoever is called by name is called with a comma.
    const after = (before === "" ? behind.replace(/^[,:]/, "") : behind).replace(/^[^\S\n]+/, "")
    return before.endsWith("\n") || after.startsWith("\n") ? before + after : `${before} ${after}`
  }, text)
  return Option.some(without.trim())
}

const decodeReply = Schema.decodeUnknownOption(Schema.Struct({
  reply_to_message: Schema.Struct({
    from: Schema.Struct({ id: Schema.Int }),
    forum_topic_created: Schema.optionalKey(Schema.Never)
  })
}))

/** Whether a message replies to one of the bot's. */
export const isReplyTo = (raw: object, self: Self): boolean =>
  self.id !== undefined &&
  Option.exists(decodeReply(raw), ({ reply_to_message }) => reply_to_message.from.id === self.id)

/** What a message says to the bot, without its mention; nothing when it is not meant for it. */
export const words = (
  { message, raw }: Received,
  said: Words,
  { autoReply, botUsername, groupMentionOnly }: Pick<Door, "autoReply" | "botUsername" | "groupMentionOnly">,
  self: Self,
  speaker: Origin["speaker"]
): Option.Option<string> => {
  if (!autoReply) return Option.none()
  if (isPrivateChat(message.chat)) return Option.some(said.text)
  const rest = mentioned(said, self)
  if (!groupMentionOnly) return Option.some(Option.getOrElse(rest, () => said.text))
  if (botUsername === false) return Option.none()
  if (Option.isSome(rest)) return rest
  // A bot that answers a bot counts as meant for nobody: two of them would never end.
  return isReplyTo(raw, self) && speaker !== "bot" ? Option.some(said.text) : Option.none()
}

/** What is said, as words: sound has neither capitals nor punctuation, and names are written with both. */
const spokenWords = (text: string): ReadonlyArray<string> =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

// These have no blanks between words.
const isUnspaced = (text: string): boolean =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(text)

// A name that is written in one word may be heard as several.
const mostHeard = 4

/** Whether somebody says one of the names, as whole words, however the transcriber writes it: in one word or in several. */
export const isNamed = (spoken: string, names: ReadonlyArray<string>): boolean => {
  const words = spokenWords(spoken)
  return names.some((name) => {
    const parts = spokenWords(name)
    const whole = parts.join("")
    if (whole === "") return false
    if (isUnspaced(name)) return words.join("").includes(whole)
    return words.some((_, at) => {
      let heard = ""
      for (const word of words.slice(at, at + parts.length + mostHeard)) {
        heard += word
        if (heard === whole) return true
        if (!whole.startsWith(heard)) return false
      }
      return false
    })
  })
}
