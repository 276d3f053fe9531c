/**
 * The doors of the package, each opened by a process of its own: what is loaded behind it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Codex, codexLive } from "../src/index.ts"

const root = fileURLToPath(new URL("../", import.meta.url))

const program = (door: string): string =>
  `import { registerHooks } from "node:module"
const loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
const names = Object.keys(await import("effect-codex${door}"))
console.log(JSON.stringify({ loaded, names }))`

interface Opened {
  readonly names: ReadonlyArray<string>
  /** The modules of this package that were loaded for them. */
  readonly ours: ReadonlyArray<string>
  /** Those of others, as `effect/Schema`. */
  readonly others: ReadonlyArray<string>
}

/** The names behind a door, and the modules that were loaded for them. */
const open = (door: string): Opened => {
  const flags = ["--conditions=effect-codex-source", "--input-type=module", "--eval", program(door)]
  const { loaded, names } = JSON.parse(execFileSync(process.execPath, flags, { cwd: root, encoding: "utf8" }))
  const ours: ReadonlyArray<string> = loaded
    .filter((url: string) => url.startsWith("file:") && !url.includes("/node_modules/"))
    .map((url: string) => fileURLToPath(url).slice(root.length))
  const others: ReadonlyArray<string> = loaded
    .filter((url: string) => url.startsWith("node:") || url.includes("/node_modules/"))
    .map((url: string) => url.replace(/^.*\/node_modules\//, "").replace("/dist/", "/").replace(/\.js$/, ""))
  return { names, ours, others }
}

describe("doors", () => {
  it.each(["codex", "telegram"])(
    "/testing/%s loads its own room, fault scripts, and nothing else of the library",
    (room) => {
      const { names, ours } = open(`/testing/${room}`)
      assert.deepStrictEqual(names, [room === "codex" ? "CodexEmulator" : "TelegramEmulator", "FaultScript"].sort())
      const own = new RegExp(`^src/testing/(?:${room}|faults|internal)/`)
      assert.deepStrictEqual(ours.filter((path) => !own.test(path)), [])
      assert.isAbove(ours.length, 10)
    }
  )

  it("the core loads what opens files when a login lies in one, and a house with a token is built at once", () => {
    const { others } = open("")
    assert.deepStrictEqual(others.filter((name) => /^node:crypto|platform-node/.test(name)), [])
    const runtime = ManagedRuntime.make(codexLive({ accessToken: Redacted.make("a.b.c") }))
    assert.strictEqual(typeof runtime.runSync(Codex.Codex).ask, "function")
  })

  it("/telegram has its names at once, and loads what stands behind them when it is needed", () => {
    const { names, others, ours } = open("/telegram")
    assert.deepStrictEqual(names, [
      "BotClient",
      "Intake",
      "MemoryCodexStore",
      "Polling",
      "TelegramDoor",
      "Transcriber",
      "Turns",
      "Webhook",
      "codex",
      "codexProvider",
      "codexProviderFromJson",
      "deviceLogin",
      "readCodexAuthSummary",
      "saveCodexAuthJson",
      "saveDeviceTokens",
      "validateCodexAuthJson"
    ])
    assert.deepStrictEqual(
      others.filter((name) => /^node:crypto|^entities|platform-node|HttpClient|FiberMap/.test(name)),
      []
    )
    assert.deepStrictEqual(
      ours.filter((path) => /^src\/(?:backend|conversation)\/|\/(?:reply|richtext)\//.test(path)),
      []
    )
    assert.include(others, "effect/Schema")
  })

  it("/testing has them all", () => {
    assert.deepStrictEqual(open("/testing").names, [
      "CodexEmulator",
      "FaultScript",
      "StoreContract",
      "TelegramEmulator",
      "TestCodex"
    ])
  })
})
