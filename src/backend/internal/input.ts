/**
 * The items of a request on their way out: what is sent of them, and in which shape.
 */
import * as Arr from "effect/Array"
import type { RequestRejected } from "../BackendError.ts"
import type { CodexRequest } from "../CodexRequest.ts"
import type { FunctionCallOutput, InputImage, InputText, Item, Other } from "../Item.ts"
import type { Fields } from "./json.ts"

/** What the model reads in place of what a function never gave. */
const aborted = "aborted"

interface Half {
  readonly is: "call" | "output"
  readonly kind: string
  /** Tells pairs apart: a function and a custom tool may have the same id. */
  readonly id: string
}

const halves: ReadonlyMap<string, readonly [is: Half["is"], kind: string]> = new Map([
  ["function_call", ["call", "function_call"]],
  ["function_call_output", ["output", "function_call"]],
  ["custom_tool_call", ["call", "custom_tool_call"]],
  ["custom_tool_call_output", ["output", "custom_tool_call"]]
])

/** Which half of which pair an item is, if any. */
const halfOf = (item: Item): Half | undefined => {
  const wire: Fields = item.type === "other" ? item.raw : { ...item }
  const [is, kind] = halves.get(String(wire["type"])) ?? []
  const id = wire["call_id"]
  return is === undefined || kind === undefined || typeof id !== "string"
    ? undefined
    : { is, kind, id: `${kind} ${id}` }
}

const outputOf = (item: Item): FunctionCallOutput | Other | undefined =>
  item.type === "function_call"
    ? { type: "function_call_output", call_id: item.call_id, output: aborted }
    : item.type === "other"
    ? { type: "other", raw: { type: `${item.raw.type}_output`, call_id: item.raw["call_id"], output: aborted } }
    : undefined

/** No output without its call, and none twice; a call without output has one that says so. */
const paired = (items: ReadonlyArray<Item>): ReadonlyArray<Item> => {
  const all = items.map(halfOf)
  if (all.every((half) => half === undefined)) return items
  const open = new Map<string, number>()
  const answered = new Set<number>()
  const stray = new Set<number>()
  for (const [at, half] of all.entries()) {
    if (half?.is === "call") open.set(half.id, at)
    if (half?.is !== "output") continue
    const call = open.get(half.id)
    if (call === undefined) stray.add(at)
    else answered.add(call)
    open.delete(half.id)
  }
  return items.flatMap((item, at): ReadonlyArray<Item> => {
    if (stray.has(at)) return []
    const output = all[at]?.is === "call" && !answered.has(at) ? outputOf(item) : undefined
    return output === undefined ? [item] : [item, output]
  })
}

/** Whether an item is the model's own, so that thinking may stand before it. */
const isMade = (item: Item | undefined): boolean =>
  item !== undefined && item.type !== "function_call_output" &&
  !(item.type === "message" && item.role !== "assistant") &&
  !(item.type === "other" && item.raw.type.endsWith("_output"))

/** No thought without what it led to: that is refused, and it happens wherever an answer is stopped. */
const concluded = (items: ReadonlyArray<Item>): ReadonlyArray<Item> => {
  let next: Item | undefined
  return items.filter((item) => item.type === "reasoning").length === 0
    ? items
    : items.toReversed().filter((item) => {
      if (item.type === "reasoning") return isMade(next)
      next = item
      return true
    }).toReversed()
}

// Nothing is stored over there that it could refer to.
const isReference = (item: Item): boolean => item.type === "other" && item.raw.type === "item_reference"

/** The items as the backend takes them: pairs are whole, and thoughts have their end. */
export const mended = (items: ReadonlyArray<Item>): ReadonlyArray<Item> =>
  concluded(paired(items.some(isReference) ? items.filter((item) => !isReference(item)) : items))

/** What ids begin with; one that begins otherwise is refused, and none is fine. */
const prefixes: ReadonlyMap<string, string> = new Map([
  ["message", "msg"],
  ["reasoning", "rs"],
  ["function_call", "fc"],
  ["compaction", "cmp"],
  ["web_search_call", "ws"],
  ["image_generation_call", "ig"]
])

const withoutId = (item: Item): Item => {
  if (!("id" in item)) return item
  const { id: _, ...rest } = item
  return rest
}

const hasForeignId = (item: Item): boolean =>
  "id" in item && item.id !== undefined && !item.id.startsWith(prefixes.get(item.type) ?? "")

// A picture of unbounded detail is counted, and refused, by its size; `high` is made small over there.
const withDetail = <Part extends { readonly type: string }>(part: Part): Part =>
  part.type === "input_image" && !("detail" in part) ? { ...part, detail: "high" } : part

/** An item as the wire has it. */
export const wireOf = (item: Item): Fields => {
  switch (item.type) {
    case "other":
      // A system message is refused, and means what a developer's does.
      return item.raw.type === "message" && item.raw["role"] === "system"
        ? { ...item.raw, role: "developer" }
        : item.raw
    case "message":
      return item.role === "assistant"
        ? { ...hasForeignId(item) ? withoutId(item) : item }
        : { ...item, content: item.content.map(withDetail) }
    case "function_call_output":
      return { ...item, output: typeof item.output === "string" ? item.output : item.output.map(withDetail) }
    default:
      return { ...hasForeignId(item) ? withoutId(item) : item }
  }
}

/** Whether only the backend can read an item, and only for whom it was made. */
const isSealed = (item: Item): boolean =>
  item.type === "reasoning" || item.type === "compaction" ||
  (item.type === "other" && typeof item.raw["encrypted_content"] === "string")

/** The items that are sent to whom a seal stands for, without those that are sealed for others. */
export const readable = ({ input, seals }: CodexRequest, seal: string): CodexRequest["input"] => {
  const own = seals === undefined || seals.size === 0
    ? input
    : input.filter((item) => !isSealed(item) || (seals.get(item) ?? seal) === seal)
  const sent = mended(own)
  return Arr.isReadonlyArrayNonEmpty(sent) ? sent : input
}

/** The items that every account and every model can read: what is said, pictures, and pairs of calls and outputs. */
const plain = (items: ReadonlyArray<Item>): ReadonlyArray<Item> =>
  items.flatMap((item) =>
    isSealed(item) || (item.type === "other" && halfOf(item) === undefined) ? [] : [withoutId(item)]
  )

/** Whether a refusal is about the items: one that cannot be read over there, or one that is named. */
const isAboutItems = ({ code, detail = "", param = "" }: RequestRejected): boolean =>
  code === "invalid_encrypted_content" || /\binput\[\d+\]/.test(param) || /\binput\[\d+\]/.test(detail) ||
  /\bencrypted content\b.*\b(?:verified|decrypted)\b/i.test(detail)

/** The place of a picture that a refusal names. */
const pictureAt = ({ detail = "", param = "" }: RequestRejected): number | undefined => {
  const named = /\binput\[(\d+)\]\.(?:content|output)\[\d+\](?:\.image_url\b)?/.exec(`${param} ${detail}`)
  return named === null || !/image/i.test(`${param} ${detail}`) ? undefined : Number(named[1])
}

/**
 * What is asked after a refusal of what was sent, or `undefined` where nothing can be mended. A picture that is none goes
 * where it is history; else go thoughts, compactions and what nobody here knows, and all that is said stays.
 */
export const repaired = (
  sent: ReadonlyArray<Item>,
  refusal: RequestRejected
): Arr.NonEmptyReadonlyArray<Item> | undefined => {
  if (!isAboutItems(refusal)) return undefined
  const picture = pictureAt(refusal)
  const next = picture === undefined
    ? plain(sent)
    : sent.map((item, at) => at === picture && at < askedAt(sent) ? withoutPictures(item) ?? item : item)
  const isChanged = next.length !== sent.length || next.some((item, at) => item !== sent[at])
  return isChanged && Arr.isReadonlyArrayNonEmpty(next) ? next : undefined
}

/** Where what is asked about now begins: the last message of a person. */
const askedAt = (items: ReadonlyArray<Item>): number =>
  items.findLastIndex((item) => item.type === "message" && item.role === "user")

const note: InputText = {
  type: "input_text",
  text: "[An earlier picture was left out, since there was no room for it.]"
}

const noteInPlace = (part: InputText | InputImage): InputText | InputImage => part.type === "input_image" ? note : part

/** An item with a note in place of its pictures; `undefined` when it has none. */
export const withoutPictures = (item: Item): Item | undefined => {
  switch (item.type) {
    case "message":
      return item.role !== "assistant" && item.content.some(({ type }) => type === "input_image")
        ? { ...item, content: item.content.map(noteInPlace) }
        : undefined
    case "function_call_output":
      return typeof item.output !== "string" && item.output.some(({ type }) => type === "input_image")
        ? { ...item, output: item.output.map(noteInPlace) }
        : undefined
    case "image_generation_call":
      return typeof item.result === "string"
        ? { type: "message", role: "assistant", content: [{ type: "output_text", text: note.text }] }
        : undefined
    default:
      return undefined
  }
}

/** Whether an item has a picture. */
export const holdsPicture = (item: Item): boolean => withoutPictures(item) !== undefined

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).byteLength

/**
 * The items with a note in place of their oldest pictures, as many as it takes to save so many bytes; `undefined` when
 * that is not enough. What is asked about now stays: the last message of a person, and what tools have given since the
 * model spoke last.
 */
export const lighter = (items: ReadonlyArray<Item>, bytes: number): ReadonlyArray<Item> | undefined => {
  const asked = askedAt(items)
  const spoken = items.findLastIndex(isMade)
  const mayGo = (at: number) => at < asked || (at > asked && at < spoken)
  let missing = bytes
  const fitted = items.map((item, at) => {
    const light = missing > 0 && mayGo(at) ? withoutPictures(item) : undefined
    if (light === undefined) return item
    missing -= bytesOf(item) - bytesOf(light)
    return light
  })
  return missing > 0 ? undefined : fitted
}

// Words of the wire, and what is too long or too short to be found in a sentence.
const unsaid = new Set(["type", "role", "id", "call_id", "status", "phase", "detail", "encrypted_content", "result"])

/** Every text in an item that somebody wrote, so that it can be found again where it must not stand. */
export const textsOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? value.startsWith("data:") ? [] : [value]
    : typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => unsaid.has(key) ? [] : textsOf(inner))
    : []
