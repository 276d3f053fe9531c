/**
 * The models of the emulated backend, and how they read on the wire.
 */
import * as Hash from "effect/Hash"

/** A model that the backend knows. */
export interface Model {
  readonly slug: string
  readonly displayName: string
  readonly description: string
  /** Accepted reasoning efforts, weakest first. */
  readonly efforts: ReadonlyArray<string>
  /** Hidden models can be used but should not be shown. Default: false. */
  readonly hidden?: boolean
  /** The oldest Codex that may use the model. Default: `0.0.0`. */
  readonly minimalClientVersion?: string
}

/** What an account sees unless told otherwise. */
export const defaultModels: ReadonlyArray<Model> = [
  {
    slug: "gpt-6-astra",
    displayName: "GPT-6 Astra",
    description: "Frontier model for hard questions.",
    efforts: ["low", "medium", "high", "xhigh", "max"],
    minimalClientVersion: "0.153.0"
  },
  {
    slug: "gpt-5.6-luna",
    displayName: "GPT-5.6 Luna",
    description: "Fast model for everyday questions.",
    efforts: ["none", "low", "medium", "high", "xhigh", "max"],
    minimalClientVersion: "0.144.0"
  },
  {
    slug: "gpt-5.5",
    displayName: "GPT-5.5",
    description: "General model.",
    efforts: ["none", "low", "medium", "high", "xhigh"]
  },
  {
    slug: "gpt-5.3-codex",
    displayName: "GPT-5.3 Codex",
    description: "Model for code.",
    efforts: ["low", "medium", "high", "xhigh"]
  },
  {
    slug: "codex-auto-review",
    displayName: "Codex Auto Review",
    description: "Used by reviews.",
    efforts: ["low", "medium", "high"],
    hidden: true
  }
]

const numbers = (version: string): ReadonlyArray<number> => version.split(".").map((part) => Number.parseInt(part, 10))

/** Whether a version is older than another; what is no version is not older. */
export const isOlder = (version: string, than: string): boolean => {
  const a = numbers(version)
  const b = numbers(than)
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** The body of `/models`; the version `0.0.0` asks for all. */
export const toBody = (models: ReadonlyArray<Model>, clientVersion: string): object => ({
  models: models
    .filter((model) => clientVersion === "0.0.0" || !isOlder(clientVersion, model.minimalClientVersion ?? "0.0.0"))
    .map((model, priority) => ({
      slug: model.slug,
      display_name: model.displayName,
      description: model.description,
      default_reasoning_level: "medium",
      supported_reasoning_levels: model.efforts.map((effort) => ({ effort, description: `Thinks at level ${effort}` })),
      visibility: model.hidden === true ? "hide" : "list",
      minimal_client_version: model.minimalClientVersion ?? "0.0.0",
      supported_in_api: true,
      priority,
      upgrade: null,
      supports_reasoning_summaries: true,
      default_reasoning_summary: "auto",
      support_verbosity: true,
      default_verbosity: "low",
      supports_parallel_tool_calls: true,
      base_instructions: "You are Codex, and you are emulated.",
      model_messages: null,
      shell_type: "shell_command",
      apply_patch_tool_type: "freeform",
      web_search_tool_type: "text_and_image",
      experimental_supported_tools: [],
      supports_search_tool: false,
      supports_image_detail_original: false,
      available_in_plans: ["free", "go", "plus", "pro", "team", "business", "enterprise", "edu"],
      effective_context_window_percent: 95,
      auto_compact_token_limit: null,
      availability_nux: null,
      input_modalities: ["text", "image"],
      context_window: 272_000,
      truncation_policy: { mode: "tokens", limit: 10_000 },
      service_tiers: [{ id: "priority", name: "Fast", description: "Answers sooner and costs more." }],
      additional_speed_tiers: ["fast"],
      prefer_websockets: false,
      use_responses_lite: false
    }))
})

/** The ETag of the list, the same for every client version. */
export const etag = (models: ReadonlyArray<Model>): string =>
  `W/"${(Hash.string(models.map((model) => model.slug).join()) >>> 0).toString(16)}"`
