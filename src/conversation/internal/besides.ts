/**
 * What the backend may do by itself while it answers, and what an answer has of it: pages of the web, pictures.
 */
import * as Config from "effect/Config"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Tool, WebSearchTool } from "../../backend/CodexRequest.ts"
import type * as Item from "../../backend/Item.ts"
import { clipped } from "../../internal/clipped.ts"
import type { Picture, Source } from "../Turn.ts"

/** The tools of the backend that settings ask for. */
export const toolsOf = ({ imageGeneration = false, webSearch = false }: {
  readonly webSearch?: boolean | "cached" | Omit<WebSearchTool, "type"> | undefined
  readonly imageGeneration?: boolean | undefined
}): ReadonlyArray<Tool> => [
  ...webSearch === false ? [] : [{
    type: "web_search" as const,
    ...typeof webSearch === "object" ? webSearch : { external_web_access: webSearch !== "cached" }
  }],
  ...imageGeneration ? [{ type: "image_generation" as const }] : []
]

const Word = Schema.String.check(
  Schema.isPattern(/^(?:true|false|cached)$/, { message: "must be true, false or cached" })
)

/** `true`, `false` or `cached`. */
export const searchConfig = (name: string): Config.Config<boolean | "cached"> =>
  Config.map(Config.schema(Word, name), (word) => word === "cached" ? word : word === "true")

// Nobody follows more of them.
const mostSources = 10

const longestTitle = 100

/** The address of a page without what tells where its reader comes from; none for what is no page. */
const pageOf = (address: unknown): string | undefined => {
  if (typeof address !== "string" || !URL.canParse(address)) return undefined
  const url = new URL(address)
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined
  url.username = ""
  url.password = ""
  for (const name of Array.from(url.searchParams.keys())) {
    if (name.startsWith("utm_")) url.searchParams.delete(name)
  }
  return url.href
}

/** Two addresses of one page. */
const keyOf = (url: string): string => url.replace(/#.*$/, "").replace(/^https?:\/\/(?:www\.)?/, "").replace(/\/$/, "")

const field = (value: unknown, name: string): unknown => Predicate.hasProperty(value, name) ? value[name] : undefined

const listOf = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

interface Named {
  readonly url: unknown
  readonly title?: unknown
}

const citedIn = (item: Item.Said): ReadonlyArray<Named> =>
  item.content.flatMap((part) => part.type === "output_text" ? part.annotations ?? [] : []).flatMap((annotation) =>
    field(annotation, "type") === "url_citation"
      ? [{ url: field(annotation, "url"), title: field(annotation, "title") }]
      : []
  )

// A Markdown link, or a bare address up to what ends a sentence.
const links =
  /\[([^\]\n]{1,200})\]\(\s*<?(https?:\/\/[^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)|(https?:\/\/[^\s<>()[\]"']+)/g

const linkedIn = (item: Item.Said): ReadonlyArray<Named> =>
  item.content.flatMap((part) => part.type === "output_text" ? [...part.text.matchAll(links)] : []).map(
    ([, title, link, bare = ""]): Named =>
      link === undefined ? { url: bare.replace(/[.,;:!?*_~`]+$/, "") } : { url: link, title }
  )

const seenBy = ({ action }: Item.WebSearchCall): ReadonlyArray<Named> => [
  { url: field(action, "url") },
  ...listOf(field(action, "sources")).map((source) => ({ url: field(source, "url"), title: field(source, "title") }))
]

const titleOf = (title: unknown, url: string): string => {
  const text = typeof title === "string" ? title.replace(/\s+/g, " ").trim() : ""
  const shown = text === "" ? new URL(url).host.replace(/^www\./, "") : text
  return shown.length > longestTitle ? `${clipped(shown, longestTitle)}…` : shown
}

/** The pages that an answer refers to: what it cites, then what it links to, then what a search says it saw. */
export const sourcesOf = (items: ReadonlyArray<Item.Item>): ReadonlyArray<Source> => {
  const said = items.flatMap((item) => item.type === "message" && item.role === "assistant" ? [item] : [])
  const searches = items.flatMap((item) => item.type === "web_search_call" ? [item] : [])
  const cited = said.flatMap(citedIn)
  // Links of an answer that looked nothing up are its own.
  if (searches.length === 0 && cited.length === 0) return []
  const sources = new Map<string, Source>()
  for (const { title, url } of [...cited, ...said.flatMap(linkedIn), ...searches.flatMap(seenBy)]) {
    const page = pageOf(url)
    if (page === undefined || sources.has(keyOf(page))) continue
    sources.set(keyOf(page), { url: page, title: titleOf(title, page) })
    if (sources.size === mostSources) break
  }
  return [...sources.values()]
}

/** The pictures that were drawn for an answer. */
export const picturesOf = (items: ReadonlyArray<Item.Item>): ReadonlyArray<Picture> =>
  items.flatMap((item) =>
    item.type === "image_generation_call" && typeof item.result === "string" && item.result !== ""
      ? [{ base64: item.result, format: item.output_format ?? "png" }]
      : []
  )
