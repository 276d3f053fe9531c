/**
 * What the bot cannot take, in one sentence.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Kind } from "../incoming/Kinds.ts"
import type { Limited } from "./limits.ts"

const names: { readonly [kind in Kind]: string } = {
  text: "an empty message",
  photo: "photos",
  document: "files",
  voice: "voice messages",
  audio: "audio files",
  video: "videos",
  videoNote: "video messages",
  animation: "GIFs",
  sticker: "stickers",
  contact: "contacts",
  place: "places",
  poll: "polls",
  dice: "dice",
  game: "games",
  story: "stories",
  checklist: "checklists",
  paidMedia: "paid media",
  giveaway: "giveaways",
  invoice: "invoices",
  other: "messages of this kind"
}

/** Says of some kinds that they cannot be read. */
export const sentence = (kinds: ReadonlyArray<Kind>): string => {
  const unread = [...new Set(kinds)].map((kind) => names[kind])
  const last = unread.at(-1) ?? names.other
  return `⚠️ I cannot read ${unread.length > 1 ? `${unread.slice(0, -1).join(", ")} and ${last}` : last}: ask in words.`
}

const isKind = Schema.is(Kind)

/** Says of something that it cannot be read, while the words that came with it are asked. */
export const onlyWords = (kind: string): string =>
  `I cannot read ${isKind(kind) ? names[kind] : names.other}, only the words that came with it.`

/** What is said to a command where the bot is a guest. */
export const noCommands =
  "⚠️ My commands work in a private chat with me, or where I am a member. Here you can only ask."

/** What is said where nobody else can see it. */
export const noSecrets =
  "⚠️ I do not answer in messages that only you can see: ask me in a private chat, or so that all can read it."

/** What is said to a login where the bot is a guest: others have read it by now. */
export const noLogins =
  "⚠️ This looks like a login, and others can read it here. Delete it, and sign in anew with `codex login`."

/** What is said to those who ask too often. */
export const tooOften = ({ retryAfter }: Limited): string => {
  const seconds = Math.max(1, Math.ceil(Duration.toSeconds(retryAfter)))
  const time = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`
  return `⚠️ You have asked as often as you may for now. Ask again in ${time}.`
}
