/**
 * What the backend does by itself while it answers: tools of `effect/ai` that need no handler.
 */
import * as Tool from "effect/ai/Tool"
import * as Schema from "effect/Schema"

const WebSearchArgs = Schema.Struct({
  /** False: what the backend has in store, and no live page. Default: live pages. */
  external_web_access: Schema.optionalKey(Schema.Boolean),
  /** How much of what is found is read. Default: the backend's. */
  search_context_size: Schema.optionalKey(Schema.Literals(["low", "medium", "high"])),
  search_content_types: Schema.optionalKey(Schema.Array(Schema.Literals(["text", "image"]))),
  filters: Schema.optionalKey(Schema.Struct({ allowed_domains: Schema.optionalKey(Schema.Array(Schema.String)) })),
  user_location: Schema.optionalKey(Schema.Struct({
    type: Schema.Literal("approximate"),
    city: Schema.optionalKey(Schema.String),
    region: Schema.optionalKey(Schema.String),
    country: Schema.optionalKey(Schema.String),
    timezone: Schema.optionalKey(Schema.String)
  }))
})

/** What the backend did: a search with its query, a page that was opened; open, as new kinds may come. */
const WebSearchAction = Schema.Record(Schema.String, Schema.Unknown)

/**
 * The backend searches the web while it answers.
 *
 * Its calls and what it did come as parts of the answer, the pages that the text names as `source` parts. In a toolkit
 * under the name `CodexWebSearch`, without a handler.
 *
 * @since 0.2.0
 * @category constructors
 */
export const WebSearch = Tool.providerDefined({
  id: "codex.web_search",
  customName: "CodexWebSearch",
  providerName: "web_search",
  args: WebSearchArgs,
  parameters: WebSearchAction,
  success: Schema.Struct({ status: Schema.optionalKey(Schema.String) })
})

const ImageGenerationArgs = Schema.Struct({
  /** Default: `png`. */
  output_format: Schema.optionalKey(Schema.Literals(["png", "jpeg", "webp"])),
  quality: Schema.optionalKey(Schema.Literals(["low", "medium", "high", "auto"])),
  background: Schema.optionalKey(Schema.Literals(["transparent", "opaque", "auto"])),
  /** A wish; the backend may not heed it. */
  size: Schema.optionalKey(Schema.String)
})

/**
 * The backend draws while it answers; what it drew comes as a `file` part of the answer.
 *
 * It cannot be forced by `toolChoice`: ask in words. In a toolkit under the name `CodexImageGeneration`, without a handler.
 *
 * @since 0.2.0
 * @category constructors
 */
export const ImageGeneration = Tool.providerDefined({
  id: "codex.image_generation",
  customName: "CodexImageGeneration",
  providerName: "image_generation",
  args: ImageGenerationArgs
})
