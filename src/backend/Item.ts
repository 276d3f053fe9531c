/**
 * What a conversation is made of, in the words of the wire: what is asked, what is answered, and what memory keeps.
 *
 * The types are closed, so that a `switch` narrows and a slip of the pen does not compile; the schema is open: a field
 * that nobody here knows survives, and so does an item (`Other`). An item is plain JSON.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { isFields } from "./internal/json.ts"

/**
 * Text that the model reads.
 *
 * @since 0.2.0
 * @category models
 */
export interface InputText {
  readonly type: "input_text"
  readonly text: string
}

/**
 * A picture that the model looks at. The backend takes no other kind of file: text is to be taken out of it before.
 *
 * @since 0.2.0
 * @category models
 */
export interface InputImage {
  readonly type: "input_image"
  /** A data URL (`data:image/png;base64,…`), or one that the backend can fetch. */
  readonly image_url: string
  /** `low`, `high`, `auto` or `original`. Default: `high` is sent, which the backend makes small by itself. */
  readonly detail?: string
}

/**
 * Text of the model.
 *
 * @since 0.2.0
 * @category models
 */
export interface OutputText {
  readonly type: "output_text"
  readonly text: string
  /** What the text refers to, as the backend says it: `url_citation`s mostly. */
  readonly annotations?: ReadonlyArray<unknown>
}

/**
 * The model says no, in its own words.
 *
 * @since 0.2.0
 * @category models
 */
export interface Refusal {
  readonly type: "refusal"
  readonly refusal: string
}

/**
 * What a person says, or the application (`developer`: that counts as an instruction).
 *
 * @since 0.2.0
 * @category models
 */
export interface Told {
  readonly type: "message"
  readonly role: "user" | "developer"
  readonly content: ReadonlyArray<InputText | InputImage>
}

/**
 * What the model says.
 *
 * @since 0.2.0
 * @category models
 */
export interface Said {
  readonly type: "message"
  readonly role: "assistant"
  readonly id?: string
  /** `commentary` is narration between tool calls, and no part of the answer. */
  readonly phase?: string | null
  readonly content: ReadonlyArray<OutputText | Refusal>
}

/**
 * What the model thought: a summary to read, and what only the backend can read.
 *
 * @since 0.2.0
 * @category models
 */
export interface Reasoning {
  readonly type: "reasoning"
  readonly id?: string
  readonly summary: ReadonlyArray<{ readonly type: "summary_text"; readonly text: string }>
  /** Sealed for one account and one family of models. */
  readonly encrypted_content?: string | null
}

/**
 * The model wants a function called.
 *
 * @since 0.2.0
 * @category models
 */
export interface FunctionCall {
  readonly type: "function_call"
  readonly id?: string
  readonly call_id: string
  readonly name: string
  readonly namespace?: string
  /** JSON, as the model wrote it: it may be none. */
  readonly arguments: string
}

/**
 * What a called function gave.
 *
 * @since 0.2.0
 * @category models
 */
export interface FunctionCallOutput {
  readonly type: "function_call_output"
  readonly call_id: string
  readonly output: string | ReadonlyArray<InputText | InputImage>
}

/**
 * Stands for all that was said before it; only the backend can read it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Compaction {
  readonly type: "compaction"
  readonly id?: string
  /** Sealed for one account and one family of models. */
  readonly encrypted_content: string
}

/**
 * The backend searched the web.
 *
 * @since 0.2.0
 * @category models
 */
export interface WebSearchCall {
  readonly type: "web_search_call"
  readonly id?: string
  readonly status?: string
  /** What was done: `{ type: "search", query, sources }`, `{ type: "open_page", url }`, … */
  readonly action?: unknown
}

/**
 * The backend drew a picture.
 *
 * @since 0.2.0
 * @category models
 */
export interface ImageGenerationCall {
  readonly type: "image_generation_call"
  readonly id?: string
  readonly status?: string
  /** The picture in base64, without the head of a data URL. */
  readonly result?: string | null
  /** `png`, `jpeg` or `webp`. */
  readonly output_format?: string
  /** What was really asked of the painter. */
  readonly revised_prompt?: string | null
}

/**
 * An item that is none of the above, whole: of a later day, or with a part of a later day.
 *
 * It is sent back as it came.
 *
 * @since 0.2.0
 * @category models
 */
export interface Other {
  readonly type: "other"
  readonly raw: { readonly type: string; readonly [key: string]: unknown }
}

/**
 * One item of a conversation.
 *
 * @since 0.2.0
 * @category models
 */
export type Item =
  | Told
  | Said
  | Reasoning
  | FunctionCall
  | FunctionCallOutput
  | Compaction
  | WebSearchCall
  | ImageGenerationCall
  | Other

const rest = [Schema.Record(Schema.String, Schema.Unknown)] as const
const open = <F extends Schema.Struct.Fields>(fields: F) => Schema.StructWithRest(Schema.Struct(fields), rest)
const maybe = Schema.optionalKey(Schema.String)
const maybeNull = Schema.optionalKey(Schema.NullOr(Schema.String))

const Input = Schema.Array(Schema.Union([
  open({ type: Schema.Literal("input_text"), text: Schema.String }),
  open({ type: Schema.Literal("input_image"), image_url: Schema.String, detail: maybe })
]))

const Output = Schema.Array(Schema.Union([
  open({
    type: Schema.Literal("output_text"),
    text: Schema.String,
    annotations: Schema.optionalKey(Schema.Array(Schema.Unknown))
  }),
  open({ type: Schema.Literal("refusal"), refusal: Schema.String })
]))

const Raw = Schema.declare(
  (value: unknown): value is Other["raw"] => isFields(value) && typeof value["type"] === "string",
  { identifier: "RawItem" }
)

/**
 * An item as JSON, both ways without loss. The only thing it refuses is what has no `type`.
 *
 * @since 0.2.0
 * @category models
 */
export const Item: Schema.Codec<Item, unknown> = Schema.Union([
  open({ type: Schema.Literal("message"), role: Schema.Literals(["user", "developer"]), content: Input }),
  open({
    type: Schema.Literal("message"),
    role: Schema.Literal("assistant"),
    id: maybe,
    phase: maybeNull,
    content: Output
  }),
  open({
    type: Schema.Literal("reasoning"),
    id: maybe,
    summary: Schema.Array(open({ type: Schema.Literal("summary_text"), text: Schema.String })),
    encrypted_content: maybeNull
  }),
  open({
    type: Schema.Literal("function_call"),
    id: maybe,
    call_id: Schema.String,
    name: Schema.String,
    namespace: maybe,
    arguments: Schema.String
  }),
  open({
    type: Schema.Literal("function_call_output"),
    call_id: Schema.String,
    output: Schema.Union([Schema.String, Input])
  }),
  open({ type: Schema.Literal("compaction"), id: maybe, encrypted_content: Schema.String }),
  open({
    type: Schema.Literal("web_search_call"),
    id: maybe,
    status: maybe,
    action: Schema.optionalKey(Schema.Unknown)
  }),
  open({
    type: Schema.Literal("image_generation_call"),
    id: maybe,
    status: maybe,
    result: maybeNull,
    output_format: maybe,
    revised_prompt: maybeNull
  }),
  Raw.pipe(Schema.decodeTo(
    Schema.Struct({ type: Schema.Literal("other"), raw: Raw }),
    SchemaTransformation.transform({
      decode: (raw) => ({ type: "other" as const, raw }),
      encode: ({ raw }) => raw
    })
  ))
])

/**
 * A message of one text.
 *
 * @since 0.2.0
 * @category constructors
 */
export const fromText = (role: "user" | "developer" | "assistant", text: string): Told | Said =>
  role === "assistant"
    ? { type: "message", role, content: [{ type: "output_text", text }] }
    : { type: "message", role, content: [{ type: "input_text", text }] }

const partWords = (part: InputText | InputImage | OutputText | Refusal): string => {
  switch (part.type) {
    case "input_text":
    case "output_text":
      return part.text
    case "refusal":
      return part.refusal
    case "input_image":
      return "[picture]"
  }
}

/**
 * What a person would read of an item: the text of a message or of what a function gave, `[picture]` for a picture.
 *
 * Empty for what has no words: calls, thoughts, and items that nobody here knows.
 *
 * @since 0.2.0
 * @category combinators
 */
export const words = (item: Item): string => {
  switch (item.type) {
    case "message":
      // Parts of the model are one text; what a person says beside a picture stands on its own.
      return item.role === "assistant"
        ? item.content.map(partWords).join("")
        : item.content.map(partWords).join("\n")
    case "function_call_output":
      return typeof item.output === "string" ? item.output : item.output.map(partWords).join("\n")
    case "reasoning":
    case "function_call":
    case "compaction":
    case "web_search_call":
    case "image_generation_call":
    case "other":
      return ""
  }
}
