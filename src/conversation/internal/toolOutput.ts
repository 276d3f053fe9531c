/**
 * What the model is told of a call: the result, or why there is none.
 */
import type * as Tool from "effect/ai/Tool"
import * as Cause from "effect/Cause"
import * as Base64 from "effect/encoding/Base64"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { FunctionCallOutput, InputImage, InputText } from "../../backend/Item.ts"

/** How much of a result the model is told, in UTF-16 units. */
const longest = 200_000

/** A text that is not longer than that. */
export const bounded = (text: string): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}\n[The rest is left out: it is too long.]`

type Part = NonNullable<Tool.HandlerResult<Tool.Any>["modelOutput"]>[number]

const imageUrl = ({ data, mediaType }: Extract<Part, { type: "file" }>): string => {
  if (data instanceof URL) return data.href
  if (typeof data !== "string") return `data:${mediaType};base64,${Base64.encode(data)}`
  return /^(?:data:|https?:)/.test(data) ? data : `data:${mediaType};base64,${data}`
}

const partOf = (part: Part): InputText | InputImage =>
  part.type === "text"
    ? { type: "input_text", text: bounded(part.text) }
    : part.mediaType.startsWith("image/")
    ? { type: "input_image", image_url: imageUrl(part), detail: "high" }
    : { type: "input_text", text: `[A file of type ${part.mediaType} cannot be shown.]` }

/** A result as the model reads it: its text, or its JSON. It throws where the result has none. */
export const ofResult = (
  { encodedResult, modelOutput }: Pick<Tool.HandlerResult<Tool.Any>, "encodedResult" | "modelOutput">
): FunctionCallOutput["output"] =>
  modelOutput !== undefined
    ? modelOutput.map(partOf)
    : typeof encodedResult === "string"
    ? bounded(encodedResult)
    : encodedResult === undefined
    ? "Done."
    : bounded(JSON.stringify(encodedResult))

/** A typed failure in the tool's own words. It throws where the failure has none. */
export const ofFailure = (failure: unknown): string => {
  if (typeof failure === "string") return bounded(failure)
  if (Predicate.hasProperty(failure, "message") && typeof failure.message === "string" && failure.message !== "") {
    return bounded(failure.message)
  }
  return bounded(JSON.stringify(failure) ?? "The tool failed.")
}

const place = (line: string): boolean => /^\s+at /.test(line)

/** Where a defect came from, for the log: its kind and its place, and not a word of what it says. */
export const placeOf = <E>(cause: Cause.Cause<E>): string => {
  const defect = Option.getOrUndefined(Option.fromUndefinedOr(cause.reasons.find(Cause.isDieReason)))?.defect
  return defect instanceof Error
    ? [defect.constructor.name, ...(defect.stack ?? "").split("\n").filter(place)].join("\n")
    : typeof defect
}
