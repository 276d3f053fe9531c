/**
 * A call of effect/ai as a request of ours.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Arr from "effect/Array"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CodexRequest } from "../../backend/CodexRequest.ts"
import * as Item from "../../backend/Item.ts"
import { stringify } from "./json.ts"
import { read } from "./reading.ts"
import * as Tools from "./tools.ts"

/** What may be set of a request, beside what effect/ai says. */
export type Settings =
  & Pick<
    CodexRequest,
    "model" | "reasoningEffort" | "reasoningSummary" | "verbosity" | "serviceTier" | "parallelToolCalls"
  >
  & { readonly sessionId?: string | undefined }

/** A request, and the names of its tools. */
export interface Asking {
  readonly request: CodexRequest
  readonly names: Tools.Names
}

const unwelcome = (description: string) => new AiError.InvalidUserInputError({ description })

const files = (messages: ReadonlyArray<Prompt.Message>): ReadonlyArray<Prompt.FilePart> =>
  messages.flatMap((message) => message.role === "user" ? message.content.filter((part) => part.type === "file") : [])

/** Instructions that stand at the head of a conversation of somebody else's; ours stay where they were. */
const headOf = (messages: ReadonlyArray<Prompt.Message>): number => {
  const at = messages.findIndex((message) => message.role !== "system" || "codex" in message.options)
  return at === -1 ? messages.length : at
}

const inputOf = (messages: ReadonlyArray<Prompt.Message>, { toWire }: Tools.Names) => {
  const head = headOf(messages)
  const instructions = messages.slice(0, head).flatMap((message) => message.role === "system" ? [message.content] : [])
  const { items, seals } = read(messages.slice(head), toWire)
  if (Arr.isReadonlyArrayNonEmpty(items)) {
    return Result.succeed({ instructions: instructions.join("\n\n"), input: items, seals })
  }
  // The backend wants something to answer to.
  const alone = instructions.map((text) => Item.fromText("developer", text))
  return Arr.isReadonlyArrayNonEmpty(alone)
    ? Result.succeed({ instructions: "", input: alone, seals })
    : Result.fail(unwelcome("the prompt is empty"))
}

// The id of a conversation is what it began with: it stays the same from call to call, and that is what a cache needs.
const sessionOf = Effect.fnUntraced(function*(instructions: string, input: ReadonlyArray<Item.Item>) {
  const digest = yield* Digest.Digest
  const first = stringify(input.find((item) => item.type === "message")).slice(0, 10_000)
  const hex = yield* digest.digestHex(Digest.md5, new TextEncoder().encode(`effect-codex/ai/${instructions}/${first}`))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-3${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
})

/** The request for a call; what cannot be asked is told before anything is sent. */
export const of = Effect.fnUntraced(function*(
  settings: Settings,
  options: LanguageModel.ProviderOptions
): Effect.fn.Return<Asking, AiError.AiErrorReason, Digest.Digest> {
  const messages = options.prompt.content
  const strange = files(messages).find(({ mediaType }) => !mediaType.startsWith("image/"))
  if (strange !== undefined) {
    return yield* unwelcome(`the backend takes pictures and text, no ${strange.mediaType}`)
  }
  const { names, toolChoice, tools } = yield* Effect.fromResult(Tools.of(options))
  const { input, instructions, seals } = yield* Effect.fromResult(inputOf(messages, names))
  const format = yield* Effect.fromResult(Tools.formatOf(options.responseFormat))
  const sessionId = settings.sessionId ?? (yield* sessionOf(instructions, input))
  return {
    names,
    request: {
      ...settings,
      instructions,
      input,
      sessionId,
      ...(seals.size > 0 && { seals }),
      ...(tools.length > 0 && { tools, toolChoice }),
      ...(format !== undefined && { format })
    }
  }
})
