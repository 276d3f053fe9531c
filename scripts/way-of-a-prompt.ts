/**
 * How often a prompt turns back: the second prompt of a chat on the real stack (a Telegraf bot between both emulators), with every function
 * of `src` telling when it is entered.
 *
 * `npm run way -- [checkout] [--way]` prints the files that were entered, how many times the way came back
 * to a file that it had left, and the ratio; with `--way` also the way itself. It uses public doors only, so that it runs
 * on old checkouts too. The doubles are not counted.
 */
import { transformSync } from "@babel/core"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire, registerHooks } from "node:module"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { argv, exit } from "node:process"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath, pathToFileURL } from "node:url"

const [given] = argv.slice(2).filter((word) => !word.startsWith("--"))
const checkout = resolve(given ?? fileURLToPath(new URL("../", import.meta.url)))
const source = pathToFileURL(join(checkout, "src/")).href

let way: Array<string> = []
const enter = (file: string): void => {
  if (way.at(-1) !== file) way.push(file)
}
Object.assign(globalThis, { __enter: enter })

/** Puts a call in front of the body of every function, nested ones included. A generator is entered when it begins. */
const watched = (code: string, file: string): string =>
  transformSync(code, {
    babelrc: false,
    configFile: false,
    retainLines: true,
    parserOpts: { plugins: ["typescript"] },
    plugins: [({ template }) => ({
      visitor: {
        Function(path) {
          if (path.node.body === null || path.node.body === undefined) return
          path.ensureBlock()
          path.get("body").unshiftContainer(
            "body",
            template.statement.ast(`globalThis.__enter(${JSON.stringify(file)})`)
          )
        }
      }
    })]
  }).code

registerHooks({
  load: (url, context, next) => {
    const file = url.startsWith(source) ? url.slice(source.length) : undefined
    if (file === undefined || !file.endsWith(".ts") || file.startsWith("testing/")) return next(url, context)
    return {
      format: "module-typescript",
      shortCircuit: true,
      source: watched(readFileSync(fileURLToPath(url), "utf8"), file)
    }
  }
})

const open = (path: string) => import(`${source}${path}`)
const { CodexEmulator, TelegramEmulator } = await open("testing/index.ts")
const { codex, codexProvider } = await open("telegram/index.ts")
const { Telegraf } = createRequire(join(checkout, "package.json"))("telegraf")

const folder = mkdtempSync(join(tmpdir(), "way-"))
const chatgpt = await CodexEmulator.start()
const telegram = await TelegramEmulator.start()
const authJsonPath = join(folder, "auth.json")
writeFileSync(authJsonPath, await chatgpt.signIn(), { mode: 0o600 })

const { baseUrl, issuer } = chatgpt
const bot = new Telegraf(telegram.token, { telegram: { apiRoot: telegram.apiRoot }, handlerTimeout: Infinity })
const middleware = codex({
  botUsername: telegram.bot.username,
  provider: codexProvider({ authJsonPath, baseUrl, issuer, model: "gpt-5.5" })
})
bot.use(middleware)
const running = bot.launch()
await telegram.polled()
const ada = await telegram.user({ id: 7, firstName: "Ada" })

/** Asks, and waits for the answer and for what is done after it is shown. */
const ask = async (prompt: string, answer: string): Promise<void> => {
  await chatgpt.script(CodexEmulator.Reply.text(answer))
  await ada.chat.send(prompt)
  await ada.chat.waitFor((message) => message.from.is_bot && message.text === answer)
  await setTimeout(1_000)
}
// The first prompt of a process also builds and reads what later ones find.
await ask("Hello!", "I am the first answer.")
way = []
await ask("What is 6 x 7?", "Six times seven is forty-two.")
// What comes after it is the way of a bot that ends.
const walked = [...way]

bot.stop()
await running
await middleware.dispose()
await telegram.close()
await chatgpt.close()
rmSync(folder, { recursive: true })

const files = [...new Set(walked)]
const returns = walked.length - files.length
if (argv.includes("--way")) console.log(`${walked.join("\n")}\n`)
const visits = files.map((file) => [file, walked.filter((each) => each === file).length - 1] as const)
for (const [file, count] of visits.toSorted(([, a], [, b]) => b - a)) {
  console.log(`${String(count).padStart(4)}  ${file}`)
}
console.log(
  `\n${files.length} files entered, ${returns} times back to one that was left: ${
    (returns / files.length).toFixed(1)
  } for each`
)
exit(0)
