/**
 * The official Codex CLI against the emulator: signs in by device code, asks a question, renews its token, signs out.
 *
 * `npm run official-cli -- path/to/codex` takes the program that `npm install @openai/codex` puts into
 * `node_modules/.bin`. It gets a home of its own in a temporary folder: the login of the machine is not touched. Prints what the CLI said and what it asked, and ends with 1 when something did not work.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { argv, env, exit } from "node:process"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"

const [, , given] = argv
if (given === undefined) {
  console.error("Say which program: npm run official-cli -- path/to/codex")
  exit(2)
}
const program = resolve(given)

// The CLI of today sends its prompt as a message of the developer.
const emulator = await CodexEmulator.start({ requireInstructions: false, device: { interval: "1 second" } })
const home = mkdtempSync(join(tmpdir(), "codex-cli-"))
const authJson = join(home, "auth.json")

// A provider named "OpenAI" would count as the built-in one, which wants https.
writeFileSync(
  join(home, "config.toml"),
  `model = "gpt-5.6-sol"
model_provider = "emulator"
chatgpt_base_url = "${emulator.issuer}/backend-api"

[model_providers.emulator]
name = "Emulator"
base_url = "${emulator.baseUrl}"
wire_api = "responses"
requires_openai_auth = true
`
)

const environment = {
  PATH: env["PATH"],
  HOME: home,
  CODEX_HOME: home,
  CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${emulator.issuer}/oauth/token`,
  CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${emulator.issuer}/oauth/revoke`
}

/** Runs the CLI; everything that it says, and how it ended. */
const codex = (...args: ReadonlyArray<string>): Promise<{ readonly said: string; readonly code: number | null }> =>
  new Promise((done) => {
    console.log(`\n$ codex ${args.join(" ")}`)
    const child = spawn(program, args, {
      cwd: home,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000
    })
    let said = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text
      })
    }
    child.on("close", (code) => {
      // oxlint-disable-next-line no-control-regex -- Colours.
      console.log(said.replace(/\x1b\[[0-9;]*m/g, "").trim().replace(/^/gm, "  "))
      done({ said, code })
    })
  })

const verdicts: Array<readonly [string, boolean]> = []
const check = (what: string, holds: boolean): void => {
  verdicts.push([what, holds])
}

await codex("--version")

const login = codex("login", "--device-auth", "--experimental_issuer", emulator.issuer)
const { userCode } = await emulator.awaitLogin()
await emulator.approve(userCode, { accountId: "11111111-2222-4333-8444-555555555555", plan: "plus" })
const signedIn = await login
check("signs in by device code", signedIn.code === 0)
check("shows the code", signedIn.said.includes(userCode))
check("reads its login", (await codex("login", "status")).said.includes("Logged in using ChatGPT"))

const ask = (prompt: string) => codex("exec", "--skip-git-repo-check", "--sandbox", "read-only", prompt)
await emulator.script(CodexEmulator.Reply.text("Six times seven is forty-two."))
check("is answered", (await ask("What is 6 x 7?")).said.includes("Six times seven is forty-two."))

await emulator.expireAccessTokens()
await emulator.script(CodexEmulator.Reply.times(CodexEmulator.Reply.text("Still here."), 2))
check("goes on with a renewed token", (await ask("Are you there?")).said.includes("Still here."))
check("has renewed it once", (await emulator.refreshes()) === 1)
await emulator.clearScript()

await emulator.script(CodexEmulator.Reply.times(CodexEmulator.Reply.usageLimit(), Infinity))
check("tells of a full quota", /usage limit/i.test((await ask("One more?")).said))
await emulator.clearScript()

/** Asks the app server, which editors talk to, who is signed in; it looks the workspace up first. */
const account = (): Promise<string> =>
  new Promise((done) => {
    console.log("\n$ codex app-server")
    const child = spawn(program, ["app-server"], { cwd: home, env: environment, stdio: ["pipe", "pipe", "ignore"] })
    const tell = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
    let said = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text
      if (/"id":2\b/.test(said)) child.kill()
    })
    const limit = setTimeout(() => child.kill(), 30_000)
    child.on("close", () => {
      clearTimeout(limit)
      const answer = said.split("\n").find((line) => /"id":2\b/.test(line)) ?? said
      console.log(`  ${answer}`)
      done(answer)
    })
    tell({ id: 1, method: "initialize", params: { clientInfo: { name: "emulator", version: "0.0.0" } } })
    tell({ method: "initialized" })
    tell({ id: 2, method: "account/read", params: { refreshToken: false } })
  })
check("has an app server that knows the account", /"type":"chatgpt"/.test(await account()))

const { tokens } = JSON.parse(readFileSync(authJson, "utf8"))
await codex("logout")
check("ends its session when it signs out", !(await emulator.holds(tokens.refresh_token)))

const requests = await emulator.requests()
console.log("\nWhat it asked:")
for (const { headers, method, path } of requests) {
  console.log(`  ${method} ${path}${headers["authorization"] === undefined ? "" : `  ${headers["authorization"]}`}`)
}
const answered = requests.find(({ path }) => path.endsWith("/responses"))
console.log(`\nIts user agent: ${answered?.headers["user-agent"]}`)

console.log("")
for (const [what, holds] of verdicts) console.log(`${holds ? "yes" : "NO "}  ${what}`)
await emulator.close()
rmSync(home, { recursive: true, force: true })
exit(verdicts.every(([, holds]) => holds) ? 0 : 1)
