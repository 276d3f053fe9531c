/**
 * What is asked: a type that cannot say what the backend refuses.
 *
 * The backend has an allow-list of body fields and answers any other with a 400. What is not in here is not sent, whoever
 * calls; items and tools are in the words of the wire.
 */
import type { Item } from "./Item.ts"

/**
 * Who asks, and in which conversation: for a backend of your own that needs to know. Ours sends none of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Origin {
  readonly userId: number | string | undefined
  readonly chatId: number | string | undefined
  readonly conversation: string | undefined
}

/**
 * A JSON schema, as plain JSON.
 *
 * @since 0.2.0
 * @category models
 */
export interface JsonSchema {
  readonly [key: string]: unknown
}

/**
 * A function of yours that the model may want called; its calls come as `ToolCallDone`.
 *
 * @since 0.2.0
 * @category models
 */
export interface FunctionTool {
  readonly type: "function"
  /** Letters, digits, `_` and `-`. */
  readonly name: string
  readonly description?: string | undefined
  /** An object schema. Default: no parameters. */
  readonly parameters?: JsonSchema | undefined
  /** Whether the arguments must satisfy the schema to the letter. Default: false, as not every schema can be strict. */
  readonly strict?: boolean | undefined
}

/**
 * A tool of yours that takes plain text in place of JSON.
 *
 * @since 0.2.0
 * @category models
 */
export interface CustomTool {
  readonly type: "custom"
  readonly name: string
  readonly description?: string | undefined
  readonly format?: JsonSchema | undefined
}

/**
 * Functions under a common name, which comes back as `namespace` of a call.
 *
 * @since 0.2.0
 * @category models
 */
export interface NamespaceTool {
  readonly type: "namespace"
  readonly name: string
  readonly description?: string | undefined
  readonly tools: ReadonlyArray<FunctionTool>
}

/**
 * The backend looks things up on the web while it answers.
 *
 * @since 0.2.0
 * @category models
 */
export interface WebSearchTool {
  readonly type: "web_search"
  /** False: what the backend has in store, and no live page. */
  readonly external_web_access?: boolean | undefined
  readonly search_context_size?: "low" | "medium" | "high" | undefined
  readonly search_content_types?: ReadonlyArray<"text" | "image"> | undefined
  readonly filters?: { readonly allowed_domains?: ReadonlyArray<string> | undefined } | undefined
  readonly user_location?: {
    readonly type: "approximate"
    readonly city?: string | undefined
    readonly region?: string | undefined
    readonly country?: string | undefined
    readonly timezone?: string | undefined
  } | undefined
}

/**
 * The backend draws while it answers; a picture in the conversation serves as a draft. It cannot be forced: ask in words.
 *
 * @since 0.2.0
 * @category models
 */
export interface ImageGenerationTool {
  readonly type: "image_generation"
  readonly output_format?: "png" | "jpeg" | "webp" | undefined
  readonly quality?: "low" | "medium" | "high" | "auto" | undefined
  readonly background?: "transparent" | "opaque" | "auto" | undefined
  /** A wish; the backend may not heed it. */
  readonly size?: string | undefined
  /** How many half-done pictures come on the way (`ImagePartial`), at most 3. Default: none. */
  readonly partial_images?: number | undefined
}

/**
 * What the model may use while it answers.
 *
 * @since 0.2.0
 * @category models
 */
export type Tool = FunctionTool | CustomTool | NamespaceTool | WebSearchTool | ImageGenerationTool

/**
 * Whether the model uses tools: as it likes (`auto`), not at all, at least one (`required`), or exactly this one.
 *
 * @since 0.2.0
 * @category models
 */
export type ToolChoice =
  | "auto"
  | "none"
  | "required"
  | { readonly type: "function"; readonly name: string }
  | { readonly type: "custom"; readonly name: string }
  | { readonly type: "web_search" }

/**
 * What the text of the answer must be: JSON of a schema, or any JSON object.
 *
 * A strict schema needs `additionalProperties: false` and every key `required`, on every object.
 *
 * @since 0.2.0
 * @category models
 */
export type Format =
  | {
    readonly type: "json_schema"
    readonly name: string
    readonly schema: JsonSchema
    readonly description?: string | undefined
    /** Default: true. */
    readonly strict?: boolean | undefined
  }
  | { readonly type: "json_object" }

/**
 * One request for an answer: what `CodexBackend.responses` takes.
 *
 * It cannot say what the backend refuses: fields it does not know, an empty list, a temperature.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodexRequest {
  /** Default: what `Models` chooses. */
  readonly model?: string | undefined
  /** The system prompt; always sent, even when empty. */
  readonly instructions: string
  /**
   * History and prompt, oldest first; the backend refuses an empty list. A call without its output, and the reverse, are
   * mended before they are sent.
   */
  readonly input: readonly [Item, ...ReadonlyArray<Item>]
  /**
   * For whom items with `encrypted_content` are sealed, as `ItemDone` told when they came: those of another account or
   * family of models are not sent. An item that has no entry is sent.
   */
  readonly seals?: ReadonlyMap<Item, string> | undefined
  /** Default: `CodexBackend`'s, else the model's own. */
  readonly reasoningEffort?: string | undefined
  /** Whether a summary of the model's thinking is wanted. Default: false. */
  readonly reasoningSummary?: boolean | undefined
  /** What the model may use. Default: nothing. */
  readonly tools?: ReadonlyArray<Tool> | undefined
  /** Default: `auto`. Not sent without tools. */
  readonly toolChoice?: ToolChoice | undefined
  /** Whether the model may call several functions at once. Default: the backend's, which is yes. */
  readonly parallelToolCalls?: boolean | undefined
  /** Default: text. */
  readonly format?: Format | undefined
  /** How many words the model makes. Default: the model's own. */
  readonly verbosity?: "low" | "medium" | "high" | undefined
  /** `priority` is faster and costs more of the quota. Default: the account's own. */
  readonly serviceTier?: "default" | "priority" | "ultrafast" | undefined
  /** What items tell besides. Default: `reasoning.encrypted_content`, so that they can be sent back. */
  readonly include?: ReadonlyArray<string> | undefined
  /** Stable for a conversation and shared with no other: the backend's prompt cache hangs on it. A UUID. */
  readonly sessionId: string
  /** Who asks, for providers of the user's own. Ours sends none of it. */
  readonly origin?: Origin | undefined
}

/**
 * A request that says which model it is for: what `ResponseStream` takes, once a model was chosen.
 *
 * @since 0.2.0
 * @category models
 */
export interface Addressed extends CodexRequest {
  readonly model: string
  /** What is larger is not sent: first the oldest pictures give way to a note. Default: 10 MiB. */
  readonly maxBodyBytes?: number | undefined
}
