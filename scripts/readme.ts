/**
 * Fills in what the README prints from the code: the troubleshooting table and the two smallest programs.
 *
 * `npm run readme` writes the file; a test fails when it is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { troubleshooting } from "../src/CodexError.ts"

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

const parts: Record<string, string> = {
  "troubleshooting": table(),
  "examples/ten-line-bot.ts": program("examples/ten-line-bot.ts"),
  "examples/ten-line-program.ts": program("examples/ten-line-program.ts")
}

/** A README with every printed part replaced by what the code says now. */
export const render = (readme: string): string =>
  Object.entries(parts).reduce((before, [name, content]) => {
    const marked = new RegExp(`(<!-- printed: ${name} -->\\n)[^]*?(<!-- /printed -->)`)
    if (!marked.test(before)) throw new Error(`The README has no place for ${name}.`)
    return before.replace(marked, (_, begin: string, end: string) => `${begin}${content}\n${end}`)
  }, readme)

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("README.md", root), render(text("README.md")))
}
