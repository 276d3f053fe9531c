/**
 * Fills in what the README, docs/testing.md and docs/codex-emulator.md print from the code: the troubleshooting table,
 * the two smallest programs, the recipes, and the tables of the emulator.
 *
 * `npm run readme` writes the files; a test fails when one is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { troubleshooting } from "../src/telegram/TelegramError.ts"
import * as CodexTables from "./codexTables.ts"

const root = new URL("../", import.meta.url)
const text = (path: string): string => readFileSync(new URL(path, root), "utf8")

const cell = (words: string): string => words.replaceAll("|", "\\|")

const table = (): string =>
  [
    "| Error | Common cause | Fix |",
    "| --- | --- | --- |",
    ...troubleshooting.map(({ cause, error, fix }) => `| ${cell(error)} | ${cell(cause)} | ${cell(fix)} |`)
  ].join("\n")

const program = (path: string): string => `\`\`\`ts\n${text(path).trimEnd()}\n\`\`\``

const programs = (paths: ReadonlyArray<string>): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [path, program(path)]))

/** The printed parts of each page, by name. */
const pages = {
  "README.md": {
    troubleshooting: table(),
    ...programs(["examples/ten-line-bot.ts", "examples/ten-line-program.ts"])
  },
  "docs/testing.md": programs(
    ["conversation", "bot", "backend", "faults", "recorded"].map((recipe) => `test/recipes/${recipe}.test.ts`)
  ),
  "docs/codex-emulator.md": CodexTables.parts
} satisfies Record<string, Readonly<Record<string, string>>>

export type Page = keyof typeof pages

/** A page with every printed part replaced by what the code says now. */
export const render = (content: string, page: Page = "README.md"): string =>
  Object.entries(pages[page]).reduce((before, [name, printed]) => {
    const marked = new RegExp(`(<!-- printed: ${name} -->\\n)[^]*?(<!-- /printed -->)`)
    if (!marked.test(before)) throw new Error(`${page} has no place for ${name}.`)
    return before.replace(marked, (_, begin: string, end: string) => `${begin}${printed}\n${end}`)
  }, content)

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of Object.keys(pages) as Array<Page>) writeFileSync(new URL(page, root), render(text(page), page))
}
