/**
 * Fills in what the README and the pages of docs/ print from the code: programs, recipes, deployment files, settings,
 * the troubleshooting table, and the tables of the Codex emulator.
 *
 * `npm run readme` writes the files; a test fails when one is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { all as metrics } from "../src/internal/metrics.ts"
import { troubleshooting } from "../src/telegram/TelegramError.ts"
import * as CodexTables from "./codexTables.ts"
import * as Commands from "./commands.ts"
import * as Settings from "./settings.ts"

const root = new URL("../", import.meta.url)
const text = (path: string): string => readFileSync(new URL(path, root), "utf8")

const cell = (words: string): string => words.replaceAll("|", "\\|")

const table = (): string =>
  [
    "| Error | Common cause | Fix |",
    "| --- | --- | --- |",
    ...troubleshooting.map(({ cause, error, fix }) => `| ${cell(error)} | ${cell(cause)} | ${cell(fix)} |`)
  ].join("\n")

/** What is counted, of which kind, and by what: the attributes stand in the docs of each in the module. */
const counted = (): string => {
  const source = text("src/internal/metrics.ts")
  return [
    "| Metric | Kind | What it counts | Attributes |",
    "| --- | --- | --- | --- |",
    ...metrics.map(({ description = "", id, type }) => {
      const declared = source.slice(0, source.indexOf(`"${id}"`))
      const doc = declared.slice(declared.lastIndexOf("/**")).replace(/^\/\*\* | \*\/[^]*$/g, "")
      const attributes = doc.includes(": `") ? doc.slice(doc.indexOf(": `") + 2).replace(/\.$/, "") : ""
      return `| \`${id}\` | ${type.toLowerCase()} | ${cell(description)} | ${cell(attributes)} |`
    })
  ].join("\n")
}

/** The text between two backticks of a part of a program. */
const textOf = (path: string, name: string): string => {
  const [, printed = ""] = /`\n([^]*?)\n`/.exec(regions(path, [name])[`${path}#${name}`] ?? "") ?? []
  return `\`\`\`text\n${printed}\n\`\`\``
}

const languages: Readonly<Record<string, string>> = { ts: "ts", cjs: "js", yaml: "yaml", service: "ini", env: "sh" }

const program = (path: string): string =>
  `\`\`\`${languages[path.replace(/^.*\./, "")] ?? ""}\n${text(path).trimEnd()}\n\`\`\``

const programs = (paths: ReadonlyArray<string>): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [path, program(path)]))

/** Parts of a program, between `// #region name` and `// #endregion`. */
const regions = (path: string, names: ReadonlyArray<string>): Record<string, string> => {
  const source = text(path)
  return Object.fromEntries(names.map((name) => {
    const found = new RegExp(`^( *)// #region ${name}\\n([^]*?)^ *// #endregion`, "m").exec(source)
    if (found === null) throw new Error(`${path} has no region ${name}.`)
    const [, indent = "", code = ""] = found
    return [`${path}#${name}`, `\`\`\`ts\n${code.replaceAll(new RegExp(`^${indent}`, "gm"), "").trimEnd()}\n\`\`\``]
  }))
}

/** Every region of a program. */
export const regionNames = (path: string): ReadonlyArray<string> =>
  [...text(path).matchAll(/^ *\/\/ #region (\w+)$/gm)].map(([, name = ""]) => name)

/** The file that has an example for each service. */
export const services = "test/Services.test.ts"

const effectAi = "test/EffectAi.test.ts"

const guided = ["Memory", "ClientTransform", "accounts"]

/** The printed parts of each page, by name. */
const pages = {
  "README.md": programs(["examples/ten-line-bot.ts", "examples/ten-line-program.ts"]),
  "docs/cli.md": Commands.parts,
  "docs/bot-program.md": programs(["examples/frameworkless-bot.ts"]),
  "docs/bots.md": {
    ...programs(["examples/own-login-command.ts", "examples/database-store.ts", "examples/commonjs-bot.cjs"]),
    ...regions("test/types/Pages.ts", ["signals", "ending"])
  },
  "docs/handlers.md": programs(["test/Handlers.test.ts"]),
  "docs/media.md": {
    ...programs(["examples/voice-bot.ts"]),
    ...regions("test/types/Voice.ts", ["voice"])
  },
  "docs/deploying.md": programs([
    "examples/minimal-server-bot.ts",
    "examples/codex-live-telegram-bot.ts",
    ...[
      "my-telegram-bot.env",
      "my-telegram-bot.service",
      "Dockerfile",
      ".dockerignore",
      "compose.yaml",
      "compose.webhook.yaml",
      "Caddyfile",
      "nginx.conf"
    ].map((name) => `examples/deploy/${name}`)
  ]),
  "docs/from-your-own.md": regions("test/types/Raw.ts", ["before", "telegraf", "grammy", "own"]),
  "docs/observability.md": {
    ...programs(["examples/otlp-bot.ts", "examples/prometheus-bot.ts"]),
    tree: textOf("test/Observability.test.ts", "tree"),
    metrics: counted()
  },
  "docs/effect-guide.md": {
    ...programs(["examples/ten-line-program.ts", "examples/swapped-layer.ts"]),
    ...regions(services, guided)
  },
  "docs/effect-ai.md": {
    ...regions(effectAi, regionNames(effectAi)),
    ...regions("test/types/Ai.ts", ["fetch", "otherModel", "fallback"])
  },
  "docs/tools.md": {
    ...programs(["examples/tools-bot.ts"]),
    ...regions("test/recipes/tools.test.ts", ["program", "seeing", "approving"])
  },
  "docs/services.md": regions(services, regionNames(services).filter((name) => !guided.includes(name))),
  "docs/migrating.md": regions("test/types/Pages.ts", ["import", "context", "ending"]),
  "docs/stores.md": {
    ...regions("test/LastingStores.test.ts", ["rooms", "sqlite", "postgres", "redis"]),
    ...regions("test/OwnStores.test.ts", ["process", "memory", "words", "login", "others"])
  },
  "docs/settings.md": Settings.parts,
  "docs/troubleshooting.md": { troubleshooting: table() },
  "docs/testing.md": programs(
    ["conversation", "bot", "backend", "faults", "recorded"].map((recipe) => `test/recipes/${recipe}.test.ts`)
  ),
  "docs/codex-emulator.md": CodexTables.parts
} satisfies Record<string, Readonly<Record<string, string>>>

export type Page = keyof typeof pages

/** The pages that have printed parts. */
export const pageNames = Object.keys(pages) as ReadonlyArray<Page>

/** A page with every printed part replaced by what the code says now. */
export const render = (content: string, page: Page = "README.md"): string => {
  const printed: ReadonlyArray<string> = Object.keys(pages[page])
  for (const [, place = ""] of content.matchAll(/<!-- printed: (.+) -->/g)) {
    if (!printed.includes(place)) throw new Error(`Nothing prints ${place} into ${page}.`)
  }
  return Object.entries(pages[page]).reduce((before, [name, part]) => {
    const marked = new RegExp(`(<!-- printed: ${name} -->\\n)[^]*?(<!-- /printed -->)`)
    if (!marked.test(before)) throw new Error(`${page} has no place for ${name}.`)
    return before.replace(marked, (_, begin: string, end: string) => `${begin}${part}\n${end}`)
  }, content)
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of pageNames) writeFileSync(new URL(page, root), render(text(page), page))
}
