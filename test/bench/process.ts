/**
 * What an import costs, and a process for one question, against `telegraf` and bare fetch.
 *
 * Run with `npm run build` and `npm run bench -- process`: what is measured is the package as it is installed.
 */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { server } from "./answers.ts"
import { compared, login, tell } from "./measure.ts"

const root = new URL("../../", import.meta.url)
const dist = (door: string) => JSON.stringify(new URL(`dist/${door}`, root).href)
const telling = `import process from "node:process"
process.on("exit", () => {
  const { system, user } = process.cpuUsage()
  process.stdout.write(String((system + user) / 1000))
})
`

/** CPU milliseconds of a process, from its start to its end. */
const costOf = (program: string, env: Readonly<Record<string, string>> = {}) => () =>
  Promise.resolve(Number(execFileSync(process.execPath, ["--input-type=module", "-e", telling + program], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8"
  })))

const bareOf = (url: string) =>
  `import { bareAsk } from ${
    JSON.stringify(pathToFileURL(new URL("answers.ts", import.meta.url).pathname).href)
  }\nawait bareAsk("${url}/small")`

if (existsSync(new URL("dist/index.js", root))) {
  const rounds = { rounds: 9, warmUp: 1 }
  const telegraf = costOf("await import(\"telegraf\")")
  const nothing = await compared(rounds, telegraf, costOf(""))
  tell("import of telegraf, against an empty process", nothing)
  tell(
    "import of effect-codex/telegram, against telegraf",
    await compared(rounds, costOf(`await import(${dist("telegram/index.js")})`), telegraf),
    2.5
  )
  const one = await server()
  const other = await server()
  const ask = `import * as Effect from "effect/Effect"
import { Codex, codexLive } from ${dist("index.js")}
await Effect.runPromise(Effect.provide(
  Codex.Codex.use((codex) => codex.ask({ text: "What is the answer?" })),
  codexLive({ authJsonPath: process.env.AUTH, baseUrl: "${one.url}/small" })
))`
  tell(
    "one question, one process, against bare fetch",
    await compared(rounds, costOf(ask, { AUTH: login() }), costOf(bareOf(other.url))),
    3.5
  )
  one.end()
  other.end()
} else console.log("The package is not built: npm run build")
