/**
 * The files of `examples/deploy`, as far as a machine without a cloud can check them.
 */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "yaml"
import { variables } from "../scripts/settings.ts"

const file = (name: string): string => readFileSync(new URL(`../examples/deploy/${name}`, import.meta.url), "utf8")

const unit = file("my-telegram-bot.service")
const environment = file("my-telegram-bot.env")
const compose = parse(file("compose.yaml"))
const dockerfile = file("Dockerfile")

const valueOf = (text: string, key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]

const analyze = spawnSync("systemd-analyze", ["--version"]).status === 0
// A skip that nobody sees would read as a pass.
if (!analyze) console.warn("systemd-analyze is not on this machine: the unit of examples/deploy is not verified here.")

describe("the deployment files", () => {
  it("name no variable that nobody reads", () => {
    const named = readdirSync(new URL("../examples/deploy", import.meta.url)).flatMap((name) =>
      [...file(name).matchAll(/\b(?:CODEX|TELEGRAM)_[A-Z_]+\b/g)].map(([variable]) => variable)
    )
    assert.include(named, "CODEX_AUTH_JSON_PATH")
    assert.deepStrictEqual([...new Set(named)].filter((variable) => !variables.includes(variable)), [])
  })

  it("say who may use the bot", () => {
    assert.match(environment, /^CODEX_ALLOWED_USER_IDS=\d/m)
    assert.match(compose.services.bot.environment.CODEX_ALLOWED_USER_IDS, /^\d/)
  })

  it("keep the login where the unit's user can write, and nobody else can read", () => {
    const folder = `/var/lib/${valueOf(unit, "StateDirectory")}/`
    assert.isTrue(valueOf(environment, "CODEX_AUTH_JSON_PATH")?.startsWith(folder))
    assert.strictEqual(valueOf(unit, "StateDirectoryMode"), "0700")
    assert.strictEqual(valueOf(unit, "ProtectSystem"), "strict")
    assert.notStrictEqual(valueOf(unit, "User"), "root")
  })

  it("mount the login as a file that can be written, where the bot looks for it", () => {
    const { environment, volumes } = compose.services.bot
    assert.deepStrictEqual(volumes, [{
      type: "bind",
      source: "./secrets/codex-auth.json",
      target: environment.CODEX_AUTH_JSON_PATH,
      bind: { create_host_path: false }
    }])
  })

  it("build an image without secrets, whose process is not root and hears the signal to stop", () => {
    const [, last = ""] = /[^]*^(FROM [^]*)/m.exec(dockerfile) ?? []
    assert.strictEqual(dockerfile.match(/^FROM /gm)?.length, 2)
    assert.match(last, /^USER 1000:1000$/m)
    assert.match(last, /^CMD \["node", "bot\.js"\]$/m)
    for (const { 1: copied = "" } of dockerfile.matchAll(/^COPY (?:--\S+ )?(.*) \S+$/gm)) {
      assert.notInclude(copied.split(" "), ".")
    }
    for (const secret of [".env*", "*.env", "**/auth.json", "**/codex-auth.json", "secrets"]) {
      assert.include(file(".dockerignore").split("\n"), secret)
    }
  })

  it("leave running answers their fifteen seconds", () => {
    assert.isAbove(Number(valueOf(unit, "TimeoutStopSec")), 20)
    assert.isAbove(Number.parseInt(compose.services.bot.stop_grace_period, 10), 20)
  })

  it.skipIf(!analyze)("are a unit that systemd takes without a word", () => {
    const folder = mkdtempSync(join(tmpdir(), "unit-"))
    try {
      const path = join(folder, "my-telegram-bot.service")
      // systemd wants to see the program; this Node need not be where the server's is.
      writeFileSync(path, unit.replace("/usr/bin/node", process.execPath))
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" })
      assert.deepStrictEqual([status, stderr], [0, ""])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
