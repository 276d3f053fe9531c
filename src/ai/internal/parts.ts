/**
 * What the model made, as parts of `effect/ai`.
 */
import * as Prompt from "effect/ai/Prompt"
import * as Result from "effect/Result"
import * as Item from "../../backend/Item.ts"
import { type Fields, list, parse, stringify, text, without } from "./json.ts"
import { write } from "./options.ts"

/** The name under which a search of the backend stands in a conversation, whatever the toolkit calls it. */
export const webSearch = "web_search"

const dataUrl = /^data:([^;,]*);base64,/

const picture = (part: Item.InputImage): Prompt.FilePart => {
  const found = dataUrl.exec(part.image_url)
  return Prompt.makePart("file", {
    mediaType: found?.[1] ?? "image/*",
    data: found === null ? part.image_url : part.image_url.slice(found[0].length),
    options: write({ part: without(part, "type", "image_url") })
  })
}

/** A part of what the model reads. */
export const input = (part: Item.InputText | Item.InputImage): Prompt.TextPart | Prompt.FilePart =>
  part.type === "input_image"
    ? picture(part)
    : Prompt.makePart("text", { text: part.text, options: write({ part: without(part, "type", "text") }) })

/** What a call gave, with nothing of ours beside it; `of` makes the parts that are no plain text. */
export const output = (item: Item.FunctionCallOutput, name: string, of = input) => {
  const parts = typeof item.output === "string" ? undefined : item.output.map((part) => of(part))
  return {
    id: item.call_id,
    name,
    isFailure: false,
    result: parts === undefined ? item.output : Prompt.toolModelOutputToText(parts),
    ...(parts !== undefined && { modelOutput: parts }),
    providerExecuted: false
  }
}

/** An item for which there is no part, with the words that a person would read of it. */
export const whole = (item: Item.Item, words = ""): Prompt.ReasoningPart =>
  Prompt.makePart("reasoning", { text: words, options: write({ raw: item.type === "other" ? item.raw : { ...item } }) })

const said = (item: Item.Said): ReadonlyArray<Prompt.AssistantMessagePart> => {
  // A remark on the way is no part of the answer.
  if (item.phase === "commentary") return [whole(item, Item.words(item))]
  if (item.content.length === 0) return [whole(item)]
  return item.content.map((part, n) =>
    Prompt.makePart("text", {
      text: part.type === "refusal" ? part.refusal : part.text,
      options: write({
        ...(n === 0 ? { item: without(item, "type", "role", "content") } : { more: true }),
        part: without(part, "type", "text", "refusal"),
        refusal: part.type === "refusal"
      })
    })
  )
}

const thought = (item: Item.Reasoning): ReadonlyArray<Prompt.ReasoningPart> => {
  const rest = without(item, "type", "summary")
  if (item.summary.length === 0) {
    return [Prompt.makePart("reasoning", { text: "", options: write({ item: { ...rest, summary: [] } }) })]
  }
  return item.summary.map((part, n) =>
    Prompt.makePart("reasoning", {
      text: part.text,
      options: write({
        ...(n === 0 ? { item: rest } : { more: true }),
        part: without(part, "type", "text")
      })
    })
  )
}

/** The parameters of a call, and its arguments where these would not come out again. */
export const params = (args: string): { readonly params: unknown; readonly arguments?: string } => {
  const parsed = parse(args)
  if (Result.isFailure(parsed)) return { params: {}, arguments: args }
  return stringify(parsed.success) === args
    ? { params: parsed.success }
    : { params: parsed.success, arguments: args }
}

const called = (item: Item.FunctionCall): Prompt.ToolCallPart => {
  const { params: given, ...beside } = params(item.arguments)
  return Prompt.makePart("tool-call", {
    id: item.call_id,
    name: item.name,
    params: given,
    providerExecuted: false,
    options: write({ ...beside, item: without(item, "type", "call_id", "name", "arguments") })
  })
}

const searched = (item: Item.WebSearchCall): ReadonlyArray<Prompt.AssistantMessagePart> => {
  const id = item.id ?? webSearch
  return [
    Prompt.makePart("tool-call", {
      id,
      name: webSearch,
      params: item.action ?? {},
      providerExecuted: true,
      options: write({ raw: { ...item } })
    }),
    Prompt.makePart("tool-result", {
      id,
      name: webSearch,
      isFailure: false,
      result: {},
      providerExecuted: true,
      options: write({ skip: true })
    })
  ]
}

const drawn = (item: Item.ImageGenerationCall): Prompt.AssistantMessagePart =>
  item.result === undefined || item.result === null || item.result === ""
    ? whole(item)
    : Prompt.makePart("file", {
      mediaType: `image/${item.output_format ?? "png"}`,
      data: item.result,
      options: write({ item: without(item, "type", "result") })
    })

/** The parts of one item that the model made. */
export const made = (item: Item.Item): ReadonlyArray<Prompt.AssistantMessagePart> => {
  switch (item.type) {
    case "message":
      return item.role === "assistant" ? said(item) : []
    case "reasoning":
      return thought(item)
    case "function_call":
      return [called(item)]
    case "web_search_call":
      return searched(item)
    case "image_generation_call":
      return [drawn(item)]
    case "function_call_output":
      return []
    case "compaction":
    case "other":
      return [whole(item)]
  }
}

/** The sources that a text names. */
export const citations = (item: Item.Said): ReadonlyArray<{ readonly url: string; readonly title: string }> =>
  item.content.flatMap((part) => part.type === "output_text" ? list(part.annotations) : []).flatMap(
    (annotation: Fields) => {
      const url = text(annotation["url"])
      return annotation["type"] === "url_citation" && URL.canParse(url)
        ? [{ url, title: text(annotation["title"]) || url }]
        : []
    }
  )
