/**
 * What commands say, value by value: verdicts and exit codes, times and bars, the clock, the token, and who may use a bot.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AuthFileNotFound, AuthStoreFailed } from "../src/auth/AuthError.ts"
import type { Status } from "../src/auth/CodexAuth.ts"
import * as Finding from "../src/cli/internal/finding.ts"
import * as Introduction from "../src/cli/internal/introduction.ts"
import * as Keeping from "../src/cli/internal/keeping.ts"
import * as Login from "../src/cli/internal/loginChecks.ts"
import * as Network from "../src/cli/internal/networkChecks.ts"
import * as Outcome from "../src/cli/internal/outcome.ts"
import * as Screen from "../src/cli/Screen.ts"
import { MemoryFailed } from "../src/conversation/TurnError.ts"
import * as TelegramDoor from "../src/telegram/TelegramDoor.ts"
import * as Command from "./support/command.ts"

const now = DateTime.makeUnsafe("2026-11-27T10:30:00Z")
const later = (millis: number) => DateTime.add(now, { milliseconds: millis })

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000]

describe("what is logged while a command runs", () => {
  it.effect("is a line for a person, and not in the answer", () =>
    Effect.gen(function*() {
      const folder = yield* FileSystem.FileSystem.use((files) => files.makeTempDirectoryScoped())
      const { code, stderr, stdout } = yield* Command.inside(["status"], { env: { CODEX_AUTH_JSON_PATH: folder } })
      assert.strictEqual(code, 1)
      assert.match(stderr, /^! Could not write the credentials at \S+ \(BadResource\)\./)
      assert.match(stdout, /^Not signed in\n/)
      assert.notInclude(stdout + stderr, "timestamp=")
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

describe("verdicts", () => {
  const of = (verdict: Finding.Verdict): Finding.Finding => ({ check: "x", verdict, says: "" })

  it.each<readonly [found: ReadonlyArray<Finding.Verdict>, worst: Finding.Verdict, code: number]>([
    [[], "ok", 0],
    [["skipped"], "ok", 0],
    [["ok", "skipped", "ok"], "ok", 0],
    [["ok", "warning", "skipped"], "warning", 3],
    [["broken", "warning", "ok"], "broken", 1],
    [["warning", "broken"], "broken", 1]
  ])("%j come to %s, and the exit code %i", (found, worst, code) => {
    const verdict = Finding.worst(found.map(of))
    assert.deepStrictEqual([verdict, Finding.exitCodeOf(verdict)], [worst, code])
  })
})

describe("a time", () => {
  it.each([
    [0, "in 0 seconds"],
    [second, "in 1 second"],
    [59 * second, "in 59 seconds"],
    [minute, "in 1 minute"],
    [59 * minute + 59 * second, "in 59 minutes"],
    [hour, "in 1 hour"],
    [23 * hour, "in 23 hours"],
    [day, "in 1 day"],
    [10 * day, "in 10 days"],
    [-second, "1 second ago"],
    [-2 * day, "2 days ago"]
  ])("%i ms away is told as %s", (millis, words) => {
    assert.strictEqual(/\((.*)\)$/.exec(Screen.when(later(millis), now))?.[1], words)
  })
})

describe("a bar", () => {
  it.each([[-5, 0], [0, 0], [2, 0], [3, 1], [50, 10], [97, 19], [98, 20], [100, 20], [140, 20]])(
    "of %i percent has %i of twenty cells full",
    (left, full) => {
      assert.strictEqual(Screen.bar(left), "█".repeat(full) + "░".repeat(20 - full))
    }
  )
})

describe("a line of a terminal", () => {
  it("has what is to be read, and no order to the terminal", () => {
    assert.strictEqual(Screen.printable("a\u001b[31mb\u0007\u009bc\td\ne\u007f\r"), "a[31mbc\td\ne")
  })

  it("of a table has its text below the others, and no blanks at its end", () => {
    assert.strictEqual(Screen.table([["a", "1"], ["long", "2"], ["x", ""]]), "a     1\nlong  2\nx")
    assert.strictEqual(Screen.table([]), "")
  })
})

describe("the clock", () => {
  const off = (millis: number) =>
    Network.clock(Option.some({ host: "h", times: Option.some({ theirs: now, ours: later(millis) }) }))

  it.each<readonly [millis: number, verdict: Finding.Verdict, says: string]>([
    [0, "ok", "agrees"],
    [minute, "ok", "agrees"],
    [-minute, "ok", "agrees"],
    [minute + second, "warning", "61 s ahead of h"],
    [-minute - second, "warning", "61 s behind h"],
    [5 * minute, "warning", "300 s ahead of h"],
    [5 * minute + second, "broken", "301 s ahead of h"],
    [-5 * minute - second, "broken", "301 s behind h"]
  ])("that is %i ms off is %s", (millis, verdict, says) => {
    const found = off(millis)
    assert.strictEqual(found.verdict, verdict)
    assert.include(found.says, says)
  })

  it("is not looked at where no server tells its time", () => {
    assert.strictEqual(Network.clock(Option.none()).verdict, "skipped")
    assert.strictEqual(Network.clock(Option.some({ host: "h", times: Option.none() })).verdict, "skipped")
  })
})

const status: Status = {
  location: "/srv/auth.json",
  signedIn: true,
  problem: undefined,
  expiresAt: later(hour),
  accountId: undefined,
  plan: "pro",
  canRefresh: true,
  unwritable: undefined
}

describe("a token", () => {
  it.each<readonly [changes: Partial<Status>, verdict: Finding.Verdict]>([
    [{}, "ok"],
    [{ expiresAt: later(-hour) }, "ok"],
    [{ canRefresh: false }, "warning"],
    [{ canRefresh: false, expiresAt: now }, "broken"],
    [{ canRefresh: false, expiresAt: later(-hour) }, "broken"],
    [{ expiresAt: undefined }, "ok"],
    [{ expiresAt: undefined, canRefresh: false }, "warning"],
    [{ expiresAt: undefined, signedIn: false }, "skipped"]
  ])("of %j is %s", (changes, verdict) => {
    assert.strictEqual(Login.token({ ...status, ...changes }, now).verdict, verdict)
  })

  it("that is there has its plan, and one that is not says how to sign in", () => {
    assert.include(Login.login(status).says, "plan pro")
    const found = Login.login({ ...status, problem: new AuthFileNotFound({ path: "/srv/auth.json" }) })
    assert.strictEqual(found.verdict, "broken")
    assert.match(found.fix ?? "", /effect-codex login/)
  })
})

describe("a failure", () => {
  it("says how to sign in where that helps, and nowhere else", () => {
    assert.match(Outcome.told(new AuthFileNotFound({ path: "x" })), /`effect-codex login` signs in as well\.$/)
    assert.notMatch(Outcome.told(new MemoryFailed({ operation: "list", cause: "x" })), /effect-codex login/)
  })
})

describe("where conversations are kept", () => {
  const postgres = (url: string) => ({ _tag: "Postgres", url: Redacted.make(url) }) as const

  it("is told without a password", () => {
    assert.strictEqual(Keeping.placeOf({ _tag: "File", path: "/srv/store.sqlite" }), "/srv/store.sqlite")
    const told = Keeping.placeOf(postgres("postgres://bot:do-not-tell-password@db.example:5433/codex?sslmode=require"))
    assert.strictEqual(told, "the Postgres at db.example:5433/codex")
    assert.strictEqual(Keeping.placeOf(postgres("nonsense")), "a Postgres")
  })

  it.effect.each(
    [
      ["postgres://host/db", true],
      ["postgresql://host/db", true],
      ["mysql://host/db", false],
      ["postgres://", false],
      ["host/db", false]
    ] as const
  )("%s is an address of a Postgres: %s", ([url, isOne]) =>
    Effect.gen(function*() {
      const provider = ConfigProvider.fromEnv({ env: { CODEX_STORE_URL: url } })
      const read = yield* Effect.result(
        Effect.provideService(Keeping.url, ConfigProvider.ConfigProvider, provider)
      )
      assert.strictEqual(read._tag, isOne ? "Success" : "Failure")
      if (read._tag === "Failure") assert.strictEqual(read.failure.exitCode, Outcome.exitCodes.usage)
    }))
})

describe("a bot that starts", () => {
  const said = (door: TelegramDoor.Options, changes: Partial<Status> = {}) =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      yield* Introduction.say({
        me: { username: "my_bot" },
        door: TelegramDoor.make(door),
        store: "the store",
        login: { ...status, ...changes },
        model: undefined
      }).pipe(Effect.provide(Logger.layer([
        Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
      ])))
      return lines
    })

  it.effect.each<readonly [door: TelegramDoor.Options, who: RegExp, admins: RegExp]>([
    [{ allowedUserIds: "everybody" }, /^Warn Everybody who finds @my_bot/, /Nobody may manage/],
    [{ allowedUserIds: [] }, /^Warn Nobody may use @my_bot yet/, /Nobody may manage/],
    [{ allowedUserIds: [7, 8] }, /^Info Who may use it: 7, 8\.$/, /from the chat: 7, 8\.$/],
    [
      { allowedUserIds: "everybody", allowedChatIds: [-5] },
      /^Info Who may use it: everybody; only in the chats -5\.$/,
      /Nobody may manage/
    ],
    [{ allowedUserIds: [7], authAdminUserIds: [9] }, /^Info Who may use it: 7\.$/, /from the chat: 9\.$/]
  ])("says of %j who may use it, and who may manage its login", ([door, who, admins]) =>
    Effect.gen(function*() {
      const lines = yield* said(door)
      assert.match(lines[0] ?? "", /^Info @my_bot is listening \(model: the best of the account's list\)/)
      assert.match(lines[1] ?? "", who)
      assert.match(lines[2] ?? "", admins)
      assert.deepStrictEqual(lines.slice(3), [
        "Info Signed in with /srv/auth.json, token until 2026-11-27T11:30:00.000Z.",
        "Info A refreshed login can be saved there.",
        "Info Conversations are kept in the store."
      ])
    }))

  it.effect("warns of a login that is not there, and of one that cannot be saved, on a line each", () =>
    Effect.gen(function*() {
      const path = "/srv/auth.json"
      const lines = yield* said({ allowedUserIds: [7] }, {
        problem: new AuthFileNotFound({ path }),
        unwritable: new AuthStoreFailed({ path, operation: "write", problem: "EACCES" })
      })
      assert.match(lines[3] ?? "", /^Warn auth JSON not found at \/srv\/auth\.json\. /)
      assert.match(lines[4] ?? "", /^Warn A refreshed login cannot be saved\. /)
      assert.lengthOf(lines, 6)
      assert.isTrue(lines.every((line) => !line.includes("\n")))
      const plain = yield* said({ allowedUserIds: [7] }, { canRefresh: false, expiresAt: undefined })
      assert.deepStrictEqual(plain.slice(3), [
        "Info Signed in with /srv/auth.json.",
        "Info Conversations are kept in the store."
      ])
    }))
})
