/**
 * The files of `examples/deploy`, as far as a machine without a cloud can check them.
 */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"
import { variables } from "../scripts/settings.ts"

const file = (name: string): string => readFileSync(new URL(`../examples/deploy/${name}`, import.meta.url), "utf8")

const unit = file("my-telegram-bot.service")
const environment = file("my-telegram-bot.env")
const compose = parse(file("compose.yaml"))
const webhook = parse(file("compose.webhook.yaml"))
const several = parse(file("compose.instances.yaml"), { merge: true })
const dockerfile = file("Dockerfile")

/** Whether a program is on this machine. */
const has = (program: string, flag: string): boolean => spawnSync(program, [flag]).status === 0

const valueOf = (text: string, key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]

const analyze = has("systemd-analyze", "--version")
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
    assert.deepStrictEqual(volumes[0], {
      type: "bind",
      source: "./secrets/codex-auth.json",
      target: environment.CODEX_AUTH_JSON_PATH,
      bind: { create_host_path: false }
    })
  })

  it("keep conversations where they last: the rest of the container cannot be written", () => {
    const { read_only, volumes } = compose.services.bot
    const { 1: store = "" } = /CODEX_STORE_PATH=(\S+)/.exec(dockerfile) ?? []
    assert.isTrue(read_only)
    assert.strictEqual(volumes[1].target, dirname(store))
    assert.include(Object.keys(compose.volumes), volumes[1].source)
    assert.include(dockerfile, `RUN install -d -o 1000 -g 1000 -m 700 ${dirname(store)}`)
    assert.isTrue(valueOf(environment, "CODEX_STORE_PATH")?.startsWith("/var/lib/my-telegram-bot/"))
  })

  it("give each of several instances a name of its own, one database, and no port to the world", () => {
    const bots = Object.entries<{ environment: Record<string, string>; ports?: unknown }>(several.services)
      .filter(([name]) => name.startsWith("bot-"))
    assert.lengthOf(bots, 2)
    for (const [name, { environment, ports }] of bots) {
      assert.strictEqual(environment["CODEX_CLUSTER_HOST"], name)
      assert.strictEqual(environment["CODEX_CLUSTER_LISTEN_HOST"], "0.0.0.0")
      assert.match(environment["CODEX_STORE_URL"] ?? "", /^postgres:\/\/bot:.*@postgres\/bot$/)
      assert.isUndefined(ports)
    }
    assert.strictEqual(several.services.postgres.environment.POSTGRES_USER, "bot")
    assert.include(Object.keys(several.volumes), several.services.postgres.volumes[0].source)
    // The client is a package of its own.
    assert.include(dockerfile, "@effect/sql-pg")
  })

  it("ask the health of the bot where it tells it", () => {
    const { 1: port } = /CODEX_BOT_PORT=(\d+)/.exec(dockerfile) ?? []
    const { 1: check = "" } = /^HEALTHCHECK [^]*?CMD (.*)$/m.exec(dockerfile) ?? []
    const [node, flag, program]: ReadonlyArray<string> = JSON.parse(check)
    assert.deepStrictEqual([node, flag], ["node", "-e"])
    assert.include(program, `http://127.0.0.1:${port}/health`)
    // Nothing listens here, so it says that the bot does not live.
    const { status } = spawnSync(process.execPath, ["-e", String(program).replace(`:${port}/`, ":9/")])
    assert.strictEqual(status, 1)
  })

  it("put a proxy before the webhook that lets in what Telegram posts, and nothing else", () => {
    const { bot, proxy } = webhook.services
    const { 1: path = "" } = /^https:\/\/[^/]+(\/\S+)$/.exec(bot.environment.TELEGRAM_WEBHOOK_URL) ?? []
    assert.strictEqual(path, "/telegram")
    // A container in front cannot reach loopback.
    assert.strictEqual(bot.environment.CODEX_BOT_HOST, "0.0.0.0")
    assert.match(bot.environment.TELEGRAM_WEBHOOK_SECRET, /^\$\{TELEGRAM_WEBHOOK_SECRET:\?/)
    assert.isUndefined(bot.ports)
    assert.include(proxy.volumes, "./Caddyfile:/etc/caddy/Caddyfile:ro")
    const caddy = file("Caddyfile")
    assert.match(caddy, new RegExp(`method POST\\s+path ${path}\\s`))
    assert.include(caddy, `reverse_proxy bot:${bot.expose[0]}`)
    assert.notMatch(caddy, /^\s*log\b/m)
    const nginx = file("nginx.conf")
    assert.include(nginx, `location = ${path} {`)
    assert.include(nginx, "limit_except POST { deny all; }")
    assert.include(nginx, "access_log off;")
    assert.include(nginx, "location / { return 404; }")
  })

  it.skipIf(!has("nginx", "-v"))("are a server that nginx takes", () => {
    const folder = mkdtempSync(join(tmpdir(), "nginx-"))
    try {
      const plain = file("nginx.conf").replaceAll(/^ *ssl_.*\n/gm, "").replace("443 ssl", "8443")
      writeFileSync(join(folder, "nginx.conf"), `events {}\nhttp {\n${plain}}\n`)
      const { status, stderr } = spawnSync("nginx", ["-t", "-p", folder, "-c", join(folder, "nginx.conf")])
      assert.strictEqual(status, 0, String(stderr))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.skipIf(!has("caddy", "version"))("are a site that Caddy takes", () => {
    const path = fileURLToPath(new URL("../examples/deploy/Caddyfile", import.meta.url))
    const { status, stderr } = spawnSync("caddy", ["validate", "--adapter", "caddyfile", "--config", path], {
      env: { ...process.env, BOT_DOMAIN: "bot.example.com" }
    })
    assert.strictEqual(status, 0, String(stderr))
  })

  it("say why the login is no credential of systemd", () => {
    assert.notMatch(unit, /^LoadCredential/m)
    assert.match(unit, /No\n?# LoadCredential= for the login/)
  })

  it("build an image without secrets, whose process is not root and hears the signal to stop", () => {
    const [, last = ""] = /[^]*^(FROM [^]*)/m.exec(dockerfile) ?? []
    assert.strictEqual(dockerfile.match(/^FROM /gm)?.length, 2)
    assert.match(last, /^USER 1000:1000$/m)
    assert.match(last, /^CMD \["node", "node_modules\/\.bin\/effect-codex", "bot"\]$/m)
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
      // 10 is a unit without any of it, 0 one that can do nothing.
      const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", path], { encoding: "utf8" })
      assert.isBelow(Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(stdout)?.[1]), 2)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
