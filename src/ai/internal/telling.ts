/**
 * The events of an answer as the parts of `effect/ai`: text and thoughts in blocks, calls, sources, pictures, the end.
 *
 * A block is closed by the item that it was part of, and then says in its metadata what is needed to send it back. Deltas
 * that came together are one part, as each part is looked at by effect/ai.
 */
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import * as Item from "../../backend/Item.ts"
import type { Completed, ResponseEvent, ToolCallDone } from "../../backend/ResponseEvent.ts"
import { type Fields, parse, text } from "./json.ts"
import * as Options from "./options.ts"
import * as Parts from "./parts.ts"
import type { Names } from "./tools.ts"

type Part = Response.StreamPartEncoded

interface Block {
  readonly kind: "text" | "reasoning"
  readonly id: string
  readonly itemId: string | undefined
  /** All of it, to hold against the item. */
  said: string
  /** What was not told yet. */
  waiting: string
}

/** The telling of one answer. */
export interface Telling {
  /** Appends what an event means to `out`. */
  readonly add: (event: ResponseEvent, out: Array<Part>) => void
  /** Tells what waits: at the end of a chunk. */
  readonly flush: (out: Array<Part>) => void
}

const reasons: Readonly<Record<NonNullable<Completed["finishReason"]>, Response.FinishReason>> = {
  stop: "stop",
  tool_calls: "tool-calls",
  length: "length",
  content_filter: "content-filter",
  other: "other"
}

/** Why an answer ended, in the words of effect/ai. A backend of somebody else's may not say it. */
export const finishReasonOf = ({ finishReason, incomplete }: Completed, hasCalls: boolean): Response.FinishReason => {
  if (finishReason !== undefined) return reasons[finishReason]
  if (incomplete === "max_output_tokens") return "length"
  if (incomplete === "content_filter") return "content-filter"
  return incomplete !== undefined ? "other" : hasCalls ? "tool-calls" : "stop"
}

/** Tokens, in the words of effect/ai. */
export const usageOf = (usage: Completed["usage"]): Response.FinishPartEncoded["usage"] =>
  usage === undefined ? { inputTokens: {}, outputTokens: {} } : {
    inputTokens: {
      total: usage.inputTokens,
      cacheRead: usage.cachedTokens,
      uncached: Math.max(0, usage.inputTokens - usage.cachedTokens)
    },
    outputTokens: {
      total: usage.outputTokens,
      reasoning: usage.reasoningTokens,
      text: Math.max(0, usage.outputTokens - usage.reasoningTokens)
    }
  }

// Arguments that are no JSON are told as they are: whoever decodes them says so.
const paramsOf = (args: string): unknown => Result.getOrElse(parse(args), () => args)

/** The telling of one answer, from its first event. */
export const make = (names: Names): Telling => {
  let open: Block | undefined
  let blocks = 0
  let hasCalls = false
  const calls = new Map<string, ToolCallDone>()
  const pictures = new Map<string | undefined, Response.FilePartEncoded>()
  const sources = new Set<string>()
  // Items of which something was told, so that it is not told again.
  const told = new Set<string | undefined>()

  const flush: Telling["flush"] = (out) => {
    if (open === undefined || open.waiting === "") return
    out.push({ type: `${open.kind}-delta`, id: open.id, delta: open.waiting })
    open.waiting = ""
  }

  const close = (out: Array<Part>, metadata: Response.ProviderMetadata = {}): void => {
    if (open === undefined) return
    flush(out)
    out.push({ type: `${open.kind}-end`, id: open.id, metadata })
    open = undefined
  }

  const begin = (kind: Block["kind"], itemId: string | undefined, out: Array<Part>): Block => {
    if (open !== undefined && open.kind === kind && (itemId === undefined || open.itemId === itemId)) return open
    close(out)
    told.add(itemId)
    open = { kind, id: String(blocks++), itemId, said: "", waiting: "" }
    out.push({ type: `${kind}-start`, id: open.id })
    return open
  }

  const say = (kind: Block["kind"], itemId: string | undefined, more: string, out: Array<Part>): void => {
    const block = begin(kind, itemId, out)
    block.said += more
    block.waiting += more
  }

  const source = (url: string, title: string, out: Array<Part>): void => {
    if (sources.has(url) || !URL.canParse(url)) return
    sources.add(url)
    out.push({ type: "source", sourceType: "url", id: `source-${sources.size}`, url, title: title || url })
  }

  /** Closes the block that an item was told in, or tells the item now; `parts` are what is to be kept of it. */
  const conclude = (
    kind: Block["kind"],
    item: Item.Said | Item.Reasoning,
    words: string,
    seal: string | undefined,
    out: Array<Part>
  ): void => {
    if (open?.kind !== kind || (open.itemId !== undefined && item.id !== undefined && open.itemId !== item.id)) {
      if (item.id !== undefined && told.has(item.id)) return
      close(out)
      begin(kind, item.id, out)
      if (words !== "") say(kind, item.id, words, out)
    } else if (open.said === "" && words !== "") say(kind, item.id, words, out)
    const made = Parts.made(item)
    const [part] = made
    // Only a block that says what its one part says can be that part again.
    const isSame = made.length === 1 && part !== undefined && part.type === kind && part.text === open?.said
    close(out, Options.sealed(isSame ? part.options : Parts.whole(item).options, seal))
  }

  const call = (done: Pick<ToolCallDone, "callId" | "name" | "arguments">, options: Fields, out: Array<Part>): void => {
    close(out)
    hasCalls = true
    calls.delete(done.callId)
    out.push({
      type: "tool-call",
      id: done.callId,
      name: names.fromWire(done.name),
      params: paramsOf(done.arguments),
      metadata: Options.write(Options.read(options))
    })
  }

  const search = (item: Item.WebSearchCall, out: Array<Part>): void => {
    close(out)
    const metadata = Options.write({ raw: { ...item } })
    if (names.webSearch === undefined) return unspoken(item, undefined, out)
    const id = item.id ?? `search-${blocks++}`
    const shared = { id, name: names.webSearch, providerExecuted: true }
    out.push({ ...shared, type: "tool-call", params: item.action ?? {}, metadata })
    out.push({
      ...shared,
      type: "tool-result",
      isFailure: false,
      result: item.status === undefined ? {} : { status: item.status },
      metadata: Options.write({ skip: true })
    })
  }

  /** An item for which there is no part rides along behind an empty thought. */
  const unspoken = (item: Item.Item, seal: string | undefined, out: Array<Part>): void => {
    close(out)
    begin("reasoning", undefined, out)
    close(out, Options.sealed(Parts.whole(item).options, seal))
  }

  const picture = (item: Item.ImageGenerationCall, out: Array<Part>): void => {
    const [part] = Parts.made(item)
    if (part?.type !== "file") return unspoken(item, undefined, out)
    close(out)
    pictures.delete(item.id)
    out.push({ type: "file", mediaType: part.mediaType, data: text(part.data), metadata: part.options })
  }

  const done = (item: Item.Item, seal: string | undefined, out: Array<Part>): void => {
    switch (item.type) {
      case "message":
        if (item.role !== "assistant") return
        conclude(item.phase === "commentary" ? "reasoning" : "text", item, Item.words(item), seal, out)
        for (const { title, url } of Parts.citations(item)) source(url, title, out)
        return
      case "reasoning":
        return conclude("reasoning", item, item.summary.map(({ text }) => text).join("\n\n"), seal, out)
      case "function_call": {
        const [part] = Parts.made(item)
        return call({ ...item, callId: item.call_id }, part?.options ?? {}, out)
      }
      case "web_search_call":
        return search(item, out)
      case "image_generation_call":
        return picture(item, out)
      case "function_call_output":
        return
      case "compaction":
      case "other":
        return unspoken(item, seal, out)
    }
  }

  const end = (completed: Completed, out: Array<Part>): void => {
    close(out)
    // A backend of somebody else's may tell no items.
    for (const left of calls.values()) call(left, {}, out)
    for (const left of pictures.values()) out.push(left)
    out.push({
      type: "finish",
      reason: finishReasonOf(completed, hasCalls),
      usage: usageOf(completed.usage),
      metadata: completed.incomplete === undefined ? {} : { codex: { incomplete: completed.incomplete } }
    })
  }

  const add: Telling["add"] = (event, out) => {
    switch (event._tag) {
      case "Started":
        return void out.push({
          type: "response-metadata",
          ...(event.responseId !== undefined && { id: event.responseId }),
          ...(event.model !== undefined && { modelId: event.model })
        })
      case "TextDelta":
        return say(event.phase === "commentary" ? "reasoning" : "text", event.itemId, event.text, out)
      case "RefusalDelta":
        return say("text", event.itemId, event.text, out)
      case "ReasoningDelta":
        return say("reasoning", event.itemId, event.text, out)
      case "MessageDone": {
        const kind = event.phase === "commentary" ? "reasoning" : "text"
        // A message that was told piece by piece is told; one that came whole is not.
        return open?.kind === kind || (event.itemId !== undefined && told.has(event.itemId))
          ? undefined
          : say(kind, event.itemId, event.text, out)
      }
      case "AnnotationAdded":
        return event.url === undefined ? undefined : source(event.url, event.title ?? "", out)
      case "ToolCallStarted":
        close(out)
        return void out.push({ type: "tool-params-start", id: event.callId, name: names.fromWire(event.name) })
      case "ToolCallDelta": {
        const last = out.at(-1)
        return last?.type === "tool-params-delta" && last.id === event.callId
          ? void out.splice(-1, 1, { ...last, delta: last.delta + event.arguments })
          : void out.push({ type: "tool-params-delta", id: event.callId, delta: event.arguments })
      }
      case "ToolCallDone":
        calls.set(event.callId, event)
        return void out.push({ type: "tool-params-end", id: event.callId })
      case "ImageDone":
        return void pictures.set(event.itemId, {
          type: "file",
          mediaType: `image/${event.format ?? "png"}`,
          data: event.base64
        })
      case "ItemDone":
        return done(event.item, event.seal, out)
      case "Completed":
        return end(event, out)
      case "Opened":
      case "SearchStarted":
      case "SearchDone":
      case "ImagePartial":
      case "QuotaSeen":
      case "Restarted":
        return
    }
  }
  return { add, flush }
}

/** The parts of an answer that is there as a whole; a block stands where it began. */
export const whole = (parts: ReadonlyArray<Part>): Array<Response.PartEncoded> => {
  const out: Array<Response.PartEncoded> = []
  const begun = new Map<string, { readonly at: number; text: string }>()
  for (const part of parts) {
    switch (part.type) {
      case "text-start":
      case "reasoning-start":
        begun.set(part.id, { at: out.length, text: "" })
        out.push({ type: part.type === "text-start" ? "text" : "reasoning", text: "" })
        break
      case "text-delta":
      case "reasoning-delta": {
        const block = begun.get(part.id)
        if (block !== undefined) block.text += part.delta
        break
      }
      case "text-end":
      case "reasoning-end": {
        const block = begun.get(part.id)
        const type = part.type === "text-end" ? "text" : "reasoning"
        if (block !== undefined) out[block.at] = { type, text: block.text, metadata: part.metadata ?? {} }
        break
      }
      case "tool-params-start":
      case "tool-params-delta":
      case "tool-params-end":
      case "error":
        break
      default:
        out.push(part)
    }
  }
  return out
}
