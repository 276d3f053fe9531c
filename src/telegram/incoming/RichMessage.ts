/**
 * A rich message as Markdown: newer clients send what people paste or format as blocks, without any text.
 *
 * What is marked in it stands as entities beside the Markdown, as in any other text. Blocks of kinds that are not known
 * give what text they have.
 */
import * as Predicate from "effect/Predicate"
import type { Entity } from "./Message.ts"
import * as Things from "./Things.ts"

/** What a rich message says. */
export interface Rich {
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
}

// Telegram's own bounds are 500 blocks at a depth of 16; a stranger's may be any.
const deepest = 20
const longest = 50_000

const fieldOf = (value: unknown, field: string): unknown =>
  Predicate.hasProperty(value, field) ? value[field] : undefined

const textOf = (value: unknown, field: string): string => {
  const found = fieldOf(value, field)
  return typeof found === "string" ? found : ""
}

const listOf = (value: unknown, field: string): ReadonlyArray<unknown> => {
  const found = fieldOf(value, field)
  return Array.isArray(found) ? found : []
}

const around: ReadonlyMap<string, string> = new Map([
  ["bold", "**"],
  ["italic", "*"],
  ["strikethrough", "~~"],
  ["code", "`"]
])

// Mentions are marked by characters of the private use area while the text is put together, and cut out at the end.
const open = "\uE000"
const close = "\uE001"

/** The text of a run, or of all runs in one. */
const inline = (value: unknown, mentions: Array<Pick<Entity, "type" | "user">>, depth: number): string => {
  if (depth > deepest) return ""
  if (typeof value === "string") return value.replaceAll(open, "").replaceAll(close, "")
  if (Array.isArray(value)) return value.map((part) => inline(part, mentions, depth + 1)).join("")
  const type = textOf(value, "type")
  if (type === "custom_emoji") return textOf(value, "alternative_text")
  if (type === "mathematical_expression") return `$${textOf(value, "expression")}$`
  const text = inline(fieldOf(value, "text"), mentions, depth + 1)
  const mark = around.get(type)
  if (mark !== undefined) return text.trim() === "" ? text : `${mark}${text}${mark}`
  const url = textOf(value, "url")
  if (type === "url" && url !== "" && url !== text) return `[${text}](${url})`
  if (type === "mention" || type === "text_mention") {
    const id = fieldOf(fieldOf(value, "user"), "id")
    mentions.push({ type, ...(typeof id === "number" && { user: { id } }) })
    return `${open}${text}${close}`
  }
  return text
}

const prefixed = (text: string, first: string, rest: string): string =>
  text.split("\n").map((line, index) => `${index === 0 ? first : rest}${line}`.trimEnd()).join("\n")

/** Markdown of a list of blocks. */
const blocks = (
  list: ReadonlyArray<unknown>,
  mentions: Array<Pick<Entity, "type" | "user">>,
  depth: number
): string => {
  if (depth > deepest) return ""
  const run = (value: unknown, field: string): string => inline(fieldOf(value, field), mentions, 0)
  const inside = (value: unknown): string => blocks(listOf(value, "blocks"), mentions, depth + 1)

  const table = (block: unknown): string => {
    const rows = listOf(block, "cells").map((row) =>
      (Array.isArray(row) ? row : []).map((cell) => run(cell, "text").replaceAll("|", "\\|").replaceAll("\n", " "))
    )
    const width = Math.max(0, ...rows.map((row) => row.length))
    const line = (cells: ReadonlyArray<string>): string =>
      `| ${Array.from({ length: width }, (_, index) => cells[index] ?? "").join(" | ")} |`
    const [head = [], ...body] = rows
    return width === 0 ? "" : [line(head), `|${" --- |".repeat(width)}`, ...body.map(line)].join("\n")
  }

  const item = (value: unknown): string => {
    const label = textOf(value, "label").trim()
    const isNumber = /^\w+[.)]?$/.test(label)
    const sign = isNumber ? `${label.replace(/[.)]$/, "")}.` : "-"
    const box = fieldOf(value, "has_checkbox") === true ? fieldOf(value, "is_checked") === true ? " [x]" : " [ ]" : ""
    return prefixed(inside(value), `${sign}${box} `, " ".repeat(sign.length + 1))
  }

  const block = (value: unknown): string => {
    switch (textOf(value, "type")) {
      case "heading": {
        const size = fieldOf(value, "size")
        return `${"#".repeat(typeof size === "number" ? Math.min(6, Math.max(1, size)) : 3)} ${run(value, "text")}`
      }
      case "pre":
        return `\`\`\`${textOf(value, "language")}\n${run(value, "text")}\n\`\`\``
      case "divider":
        return "---"
      case "map":
        return [Things.of(Predicate.isObject(value) ? value : {}), run(fieldOf(value, "caption"), "text")]
          .filter((part) => part !== "").join("\n\n")
      case "mathematical_expression":
        return `$$${textOf(value, "expression")}$$`
      case "list":
        return listOf(value, "items").map(item).join("\n")
      case "table":
        return table(value)
      case "blockquote":
        return prefixed(inside(value), "> ", "> ")
      case "expandable_blockquote":
      case "pullquote":
        return prefixed(run(value, "text"), "> ", "> ")
      case "details":
        return [run(value, "summary"), inside(value)].filter((part) => part !== "").join("\n\n")
      default:
        return [run(value, "text"), run(fieldOf(value, "caption"), "text"), inside(value)]
          .filter((part) => part !== "").join("\n\n")
    }
  }

  return list.map(block).filter((text) => text.trim() !== "").join("\n\n")
}

/** A block, and all that stand in it. */
const within = (block: unknown, depth: number): ReadonlyArray<object> =>
  depth > deepest || !Predicate.isObject(block)
    ? []
    : [block, ...[...listOf(block, "blocks"), ...listOf(block, "items")].flatMap((inner) => within(inner, depth + 1))]

/** All blocks of the rich message that a message is, in their order: some hold files. */
export const parts = (raw: object): ReadonlyArray<object> => within(fieldOf(raw, "rich_message"), 0)

/** What a rich message says; nothing when it has no blocks. */
export const read = (message: unknown): Rich | undefined => {
  const mentions: Array<Pick<Entity, "type" | "user">> = []
  const written = blocks(listOf(message, "blocks"), mentions, 0).slice(0, longest)
  if (written === "") return undefined
  const entities: Array<Entity> = []
  let text = ""
  let start = 0
  for (const part of written.split(/([\uE000\uE001])/)) {
    if (part === open) start = text.length
    else if (part === close) {
      entities.push({ type: "mention", ...mentions[entities.length], offset: start, length: text.length - start })
    } else text += part
  }
  return { text, entities }
}
