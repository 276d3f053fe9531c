/**
 * The end of a turn as data: what crosses the step between an answer that was written and its messages.
 */
import * as Schema from "effect/Schema"
import { TelegramFailed } from "../../TelegramError.ts"

const Entity = Schema.Struct({
  type: Schema.Literals([
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "text_link",
    "blockquote",
    "expandable_blockquote"
  ]),
  offset: Schema.Int,
  length: Schema.Int,
  url: Schema.optionalKey(Schema.String),
  language: Schema.optionalKey(Schema.String)
})

const Button = Schema.Struct({ text: Schema.String, data: Schema.String })

const Document = Schema.Struct({
  name: Schema.String,
  content: Schema.Uint8Array,
  caption: Schema.String,
  protect: Schema.Boolean,
  as: Schema.optional(Schema.Literals(["document", "photo"]))
})

/** What there is to be seen at the end of a turn, as data. It only ever grows, by keys that may be left out. */
export const Ended = Schema.Struct({
  parts: Schema.Array(Schema.Struct({
    text: Schema.String,
    entities: Schema.optional(Schema.Array(Entity)),
    button: Schema.optional(Button),
    buttons: Schema.optional(Schema.Array(Button))
  })),
  document: Schema.optionalKey(Document),
  pictures: Schema.optionalKey(Schema.Array(Document)),
  /** Whether it is because the bot is being stopped. */
  isInterrupted: Schema.Boolean
})

/** What there is to be seen at the end of a turn. */
export type Ended = typeof Ended.Type

/** What became of one part: whether a message was sent in place of another, or why there is none. It only ever grows. */
export const Settled = Schema.Struct({ anew: Schema.Boolean, failure: Schema.optionalKey(TelegramFailed) })
