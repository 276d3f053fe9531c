/**
 * What docs/cli.md and the README print of the `effect-codex` command: its help, and its exit codes.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { command } from "../src/cli/Cli.ts"
import { exitCodeMeanings, exitCodes } from "../src/cli/internal/outcome.ts"
import * as Screen from "../src/cli/Screen.ts"

const formatter = CliOutput.defaultFormatter({ colors: false })

const help = (path: ReadonlyArray<string>): string => {
  let text = ""
  const presenter = CliOutput.layerPresenter({
    present: (event) =>
      Effect.sync(() => {
        if (event._tag === "Help") text = formatter.formatHelpDoc(event.helpDoc)
      })
  })
  Effect.runSync(
    Command.runWith(command, { version: "" })([...path, "--help"]).pipe(
      Effect.provide(
        Layer.mergeAll(presenter, CliConfig.layer({ builtIns: CliConfig.defaults.builtIns.slice(0, 1) })).pipe(
          Layer.provideMerge(Screen.layer),
          Layer.provideMerge(NodeServices.layer)
        )
      )
    )
  )
  return text.replace(/\n+GLOBAL FLAGS\n[^]*?(?=\n\n|\n[A-Z]+\n|$)/, "").trim()
}

const subcommands = command.subcommands.flatMap(({ commands }) => commands)

const cell = (words: string): string => words.replaceAll("|", "\\|")

const commands = [
  "| Command | |",
  "| --- | --- |",
  ...subcommands.map(({ name, shortDescription }) => `| \`${name}\` | ${cell(shortDescription ?? "")} |`)
].join("\n")

const codes = [
  "| Code | |",
  "| --- | --- |",
  ...Object.entries(exitCodes).map(([name, code]) =>
    `| ${code} | ${cell(exitCodeMeanings[name as keyof typeof exitCodes])} |`
  )
].join("\n")

const pages = subcommands.map(({ name }) => `## ${name}\n\n\`\`\`text\n${help([name])}\n\`\`\``).join("\n\n")

/** The printed parts, by name. */
export const parts: Readonly<Record<string, string>> = { commands, "exit codes": codes, help: pages }
