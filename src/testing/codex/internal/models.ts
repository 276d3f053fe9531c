/**
 * The models of the emulated backend, and how they read on the wire.
 */
import * as Hash from "effect/Hash"

/**
 * A model that the backend knows.
 *
 * @since 0.2.0
 * @category models
 */
export interface Model {
  readonly slug: string
  /** Default: the slug. */
  readonly displayName?: string
  /** Default: none. */
  readonly description?: string
  /**
   * Reasoning efforts that the list names, weakest first. Default: `low` to `xhigh`. A list may name `ultra`, which the
   * wire refuses all the same.
   */
  readonly efforts?: ReadonlyArray<string>
  /** Default: `medium`. */
  readonly defaultEffort?: string
  /** Hidden models can be used but should not be shown. Default: false. */
  readonly hidden?: boolean
  /** The oldest Codex that may use the model. Default: `0.0.0`. */
  readonly minimalClientVersion?: string
  /** Tokens. Default: 272,000. */
  readonly contextWindow?: number
  /** Tokens, for those who ask for the long one. Default: 872,000. */
  readonly maxContextWindow?: number
  /** Models with the same hash read each other's sealed items. Default: `3000`. */
  readonly compHash?: string
  /** Default: `null`, that is the ordinary tier. */
  readonly defaultServiceTier?: string
  /** The model that takes over when this one is retired. */
  readonly upgrade?: { readonly model: string; readonly retirementAt?: string }
  /** Plans that have the model. Default: all. */
  readonly plans?: ReadonlyArray<string>
  /** Whether effort may change in the middle of a conversation. Default: false. */
  readonly effortUpdates?: boolean
  /** Whether the model takes no pictures. Default: false. */
  readonly textOnly?: boolean
}

const toMax = ["low", "medium", "high", "xhigh", "max"]
const toUltra = [...toMax, "ultra"]
const allPlans = ["free", "go", "plus", "pro", "team", "business", "enterprise", "edu"]

/**
 * What an account sees unless told otherwise: the list of November 2026, in its order.
 *
 * @since 0.2.0
 * @category models
 */
export const models: ReadonlyArray<Model> = [
  {
    slug: "gpt-6.1-sol",
    displayName: "GPT-6.1 Sol",
    description: "Frontier model for hard questions.",
    efforts: toUltra,
    defaultEffort: "low",
    minimalClientVersion: "0.153.0",
    effortUpdates: true
  },
  {
    slug: "gpt-6-astra",
    displayName: "GPT-6 Astra",
    description: "Model for long work.",
    efforts: toUltra,
    defaultEffort: "low",
    minimalClientVersion: "0.153.0",
    effortUpdates: true
  },
  {
    slug: "gpt-6-sol",
    displayName: "GPT-6 Sol",
    description: "Strong general model.",
    efforts: toUltra,
    minimalClientVersion: "0.155.0",
    defaultServiceTier: "priority"
  },
  {
    slug: "gpt-6-luna",
    displayName: "GPT-6 Luna",
    description: "Fast model for everyday questions.",
    efforts: toMax,
    minimalClientVersion: "0.155.0",
    defaultServiceTier: "priority"
  },
  {
    slug: "gpt-5.6-sol",
    displayName: "GPT-5.6 Sol",
    description: "Strong model of the generation before.",
    efforts: toUltra,
    defaultEffort: "low",
    minimalClientVersion: "0.144.0"
  },
  {
    slug: "gpt-6.1-terra",
    displayName: "GPT-6.1 Terra",
    description: "Model for large contexts.",
    efforts: toUltra,
    defaultEffort: "low",
    minimalClientVersion: "0.153.0",
    contextWindow: 500_000,
    effortUpdates: true
  },
  {
    slug: "gpt-5.6-terra",
    displayName: "GPT-5.6 Terra",
    description: "Balanced model of the generation before.",
    efforts: toUltra,
    minimalClientVersion: "0.144.0"
  },
  {
    slug: "gpt-5.6-luna",
    displayName: "GPT-5.6 Luna",
    description: "Fast model of the generation before.",
    efforts: toMax,
    minimalClientVersion: "0.144.0"
  },
  {
    slug: "gpt-5.5",
    displayName: "GPT-5.5",
    description: "Soon to be retired.",
    minimalClientVersion: "0.124.0",
    maxContextWindow: 272_000,
    compHash: "2911",
    upgrade: { model: "gpt-5.6-sol" }
  },
  {
    slug: "codex-auto-review",
    displayName: "Codex Auto Review",
    description: "Used by reviews.",
    efforts: ["low", "medium", "high"],
    hidden: true
  }
]

/** The efforts that the list names for a model. */
export const effortsOf = (model: Model): ReadonlyArray<string> => model.efforts ?? ["low", "medium", "high", "xhigh"]

/** Models of one family read each other's sealed items. */
export const familyOf = (models: ReadonlyArray<Model>, slug: string): string =>
  models.find((model) => model.slug === slug)?.compHash ?? "3000"

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
      display_name: model.displayName ?? model.slug,
      description: model.description ?? "",
      default_reasoning_level: model.defaultEffort ?? "medium",
      supported_reasoning_levels: effortsOf(model).map((effort) => ({
        effort,
        description: `Thinks at level ${effort}`
      })),
      supports_reasoning_effort_updates: model.effortUpdates ?? false,
      supports_reasoning_summary_parameter: true,
      visibility: model.hidden === true ? "hide" : "list",
      minimal_client_version: model.minimalClientVersion ?? "0.0.0",
      supported_in_api: true,
      priority,
      upgrade: model.upgrade === undefined ? null : {
        model: model.upgrade.model,
        migration_markdown: `Please move to ${model.upgrade.model}.`,
        retirement_at: model.upgrade.retirementAt ?? null
      },
      comp_hash: familyOf(models, model.slug),
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
      available_in_plans: model.plans ?? allPlans,
      effective_context_window_percent: 95,
      auto_compact_token_limit: null,
      availability_nux: null,
      input_modalities: model.textOnly === true ? ["text"] : ["text", "image"],
      context_window: model.contextWindow ?? 272_000,
      max_context_window: model.maxContextWindow ?? 872_000,
      default_service_tier: model.defaultServiceTier ?? null,
      tool_mode: null,
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
