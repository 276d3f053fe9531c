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

const Part = Schema.Struct({
  text: Schema.String,
  entities: Schema.optional(Schema.Array(Entity)),
  button: Schema.optional(Button),
  buttons: Schema.optional(Schema.Array(Button))
})

/** What there is to be seen at the end of a turn, as data. It only ever grows, by keys that may be left out. */
export const Ended = Schema.Struct({
  parts: Schema.Array(Part),
  document: Schema.optionalKey(Document),
  pictures: Schema.optionalKey(Schema.Array(Document)),
  /** Whether it is because the bot is being stopped. */
  isInterrupted: Schema.Boolean
})

/** What there is to be seen at the end of a turn. */
export type Ended = typeof Ended.Type

/** What became of one part: whether a message was sent in place of another, or why there is none. It only ever grows. */
export const Settled = Schema.Struct({ anew: Schema.Boolean, failure: Schema.optionalKey(TelegramFailed) })

/** How far an answer has come that is left for later. It only ever grows, by keys that may be left out. */
export const Begun = Schema.Struct({
  /** The messages that are there, and the part that each stands for. */
  messages: Schema.Array(Schema.Struct({ part: Schema.Int, id: Schema.Int })),
  /** How many parts, and then files, are as they should be. */
  settled: Schema.Int,
  files: Schema.Int
})

/** How far an answer has come that is left for later. */
export type Begun = typeof Begun.Type

/** What is to be seen of an answer in the end, and how far it has come. It only ever grows. */
export const Rest = Schema.Struct({ parts: Schema.Array(Part), files: Schema.Array(Document), begun: Begun })

/** What is to be seen of an answer in the end, and how far it has come. */
export type Rest = typeof Rest.Type
