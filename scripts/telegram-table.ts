/**
 * Fills in what docs/telegram-emulator.md prints from the code: methods, updates, limits, refusals and a recipe.
 *
 * `node scripts/telegram-table.ts` writes the file; a test fails when it is out of date. What Telegram has beyond that
 * is read from the types of grammY, which follow the Bot API closely.
 */
import * as Effect from "effect/Effect"
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { limits } from "../src/testing/telegram/internal/limits.ts"
import { makeMethods } from "../src/testing/telegram/internal/methods.ts"
import { refusals } from "../src/testing/telegram/internal/refusals.ts"
import { updateKinds } from "../src/testing/telegram/internal/types.ts"
import { makeWorld } from "../src/testing/telegram/internal/world.ts"

const root = new URL("../", import.meta.url)
const page = new URL("docs/telegram-emulator.md", root)

const bot = { id: 1, is_bot: true, first_name: "" }
const emulated = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
  const world = yield* makeWorld(bot)
  const perform = () => Effect.void
  return Object.keys(
    yield* makeMethods({
      world,
      rateLimits: undefined,
      modes: { readsAllGroupMessages: true, hasGuestMode: true },
      perform
    })
  )
})))

const types = (path: string): string =>
  readFileSync(
    createRequire(createRequire(import.meta.url).resolve("grammy")).resolve(`@grammyjs/types/${path}`),
    "utf8"
  )

/** Members of a type, by the pattern of a line. */
const names = (source: string, type: RegExp, pattern: RegExp): ReadonlyArray<string> => {
  const [body = ""] = type.exec(source) ?? []
  return [...body.matchAll(pattern)].map(([, name = ""]) => name)
}

const allMethods = names(types("methods.d.ts"), /^export type ApiMethods<F> = \{[^]*?^\}/m, /^ {4}(\w+)\(/gm)
const allUpdates = names(types("update.d.ts"), /^export interface Update \{[^]*?^\}/m, /^ {4}(\w+)\?:/gm)

const code = (words: ReadonlyArray<string>): string => words.map((word) => `\`${word}\``).join(", ")
const cell = (words: string): string => words.replaceAll("|", "\\|")
const split = (all: ReadonlyArray<string>, known: ReadonlyArray<string>): string =>
  [
    "| | |",
    "| --- | --- |",
    `| Emulated (${known.length}) | ${code([...known].sort())} |`,
    `| Not emulated | ${code(all.filter((name) => !known.includes(name)).sort())} |`
  ].join("\n")

const recipe = (): string => {
  const source = readFileSync(new URL("test/TelegramEmulatorPromise.test.ts", root), "utf8")
  const body = /it\("a bot is tested[^\n]*\n([^]*?)\n {2}\}\)/.exec(source)?.[1] ?? ""
  return `\`\`\`ts\n${body.replace(/^ {4}/gm, "")}\n\`\`\``
}

const parts: Record<string, () => string> = {
  recipe,
  methods: () => split(allMethods, emulated),
  updates: () => split(allUpdates, updateKinds),
  limits: () =>
    [
      "| At most | |",
      "| ---: | --- |",
      ...Object.values(limits).map(({ most, of }) => `| ${most.toLocaleString("en")} | ${cell(of)} |`)
    ].join("\n"),
  refusals: () =>
    [
      "| Code | Description |",
      "| --- | --- |",
      ...Object.values(refusals).map(([code, words]) => `| ${code} | ${cell(words)} |`)
    ].join("\n")
}

/** The page with every printed part replaced by what the code says now. */
export const render = (text: string): string =>
  Object.entries(parts).reduce((before, [name, content]) => {
    const marked = new RegExp(`(<!-- printed: ${name} -->\\n)[^]*?(<!-- /printed -->)`)
    if (!marked.test(before)) throw new Error(`The page has no place for ${name}.`)
    return before.replace(marked, (_, begin: string, end: string) => `${begin}${content()}\n${end}`)
  }, text)

/** Methods that are emulated and that the Bot API does not know. */
export const invented = emulated.filter((name) => !allMethods.includes(name))

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, render(readFileSync(page, "utf8")))
}
