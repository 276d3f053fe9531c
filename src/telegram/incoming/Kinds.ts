/**
 * What kind of thing a message is, and whether the bot takes it on.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { FileKind } from "../Entry.ts"

/**
 * What a person can send. `text` is words, formatted or not; `place` is a location or a venue; `other` is what
 * Telegram has added since.
 *
 * @since 0.2.0
 * @category models
 */
export const Kind = Schema.Literals([
  "text",
  ...FileKind.literals,
  "contact",
  "place",
  "poll",
  "dice",
  "game",
  "story",
  "checklist",
  "paidMedia",
  "giveaway",
  "invoice",
  "other"
])

/**
 * What a person can send.
 *
 * @since 0.2.0
 * @category models
 */
export type Kind = typeof Kind.Type

// The more specific first: a live photo has a photo as well, an animation a document, a venue a location.
const fields: ReadonlyArray<readonly [field: string, kind: Kind]> = [
  ["text", "text"],
  ["rich_message", "text"],
  ["animation", "animation"],
  ["sticker", "sticker"],
  ["voice", "voice"],
  ["audio", "audio"],
  ["video_note", "videoNote"],
  ["paid_media", "paidMedia"],
  ["video", "video"],
  ["photo", "photo"],
  ["document", "document"],
  ["contact", "contact"],
  ["venue", "place"],
  ["location", "place"],
  ["poll", "poll"],
  ["dice", "dice"],
  ["game", "game"],
  ["story", "story"],
  ["checklist", "checklist"],
  ["giveaway", "giveaway"],
  ["giveaway_winners", "giveaway"],
  ["invoice", "invoice"]
]

// What stands beside the content of a message, or is a notice that something has happened.
const besides =
  /^(message_id|message_thread_id|date|chat|from|sender_\w+|forward_\w+|reply_\w+|external_reply|quote|via_bot|edit_date|media_group_id|author_signature|\w*entities|link_preview_options|effect_id|caption|business_connection_id|is_\w+|has_\w+|\w+_(info|data|options|markup|topic|user|count|caption_above_media|id))$/
const notices =
  /(created|edited|closed|reopened|hidden|members?|title|photo|shared|changed|started|ended|joined|removed|scheduled|invited|allowed|set|added|done|completed|triggered|approved|declined|failed|paid|refunded|deleted|payment|website|sent|left|message|gift|winners)$/

/** What kind of thing a message is; nothing when it is a notice. */
export const of = (raw: object): Kind | undefined => {
  for (const [field, kind] of fields) {
    if (Predicate.hasProperty(raw, field) && raw[field] !== undefined && raw[field] !== null) return kind
  }
  return Object.entries(raw).some(([field, value]) =>
      Predicate.isObjectOrArray(value) && !besides.test(field) && !notices.test(field)
    )
    ? "other"
    : undefined
}
