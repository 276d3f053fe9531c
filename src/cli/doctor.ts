/**
 * `effect-codex doctor`: looks at everything that a bot stands on, and says of each what is wrong and what to do.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { CodexAuth } from "../auth/CodexAuth.ts"
import { CodexBackend } from "../backend/CodexBackend.ts"
import { Models } from "../backend/Models.ts"
import { codexLive, type Values } from "../CodexLive.ts"
import * as Endpoint from "../Endpoint.ts"
import * as Account from "./internal/account.ts"
import * as Finding from "./internal/finding.ts"
import * as KeptLogin from "./internal/keptLogin.ts"
import * as Login from "./internal/loginChecks.ts"
import * as Network from "./internal/networkChecks.ts"
import { misconfiguration, misconfigured, silent } from "./internal/outcome.ts"
import { store } from "./internal/storeCheck.ts"
import * as Telegram from "./internal/telegramChecks.ts"
import * as Screen from "./Screen.ts"

/** Whether the backend answers to this login. */
const backend = Effect.fnUntraced(function*(values: Values, signedIn: boolean) {
  const address = values.baseUrl ?? Endpoint.codex.baseUrl
  if (!signedIn) {
    const there = Network.reachable("backend", address, yield* Network.probe(address))
    return there.verdict === "ok"
      ? Finding.ok("backend", `${there.says}; without a login it can be asked nothing`)
      : there
  }
  const usage = yield* Effect.result(Effect.timeout(CodexBackend.use((backend) => backend.usage), "1 minute"))
  if (Result.isFailure(usage)) {
    return usage.failure._tag === "TimeoutError"
      ? Network.reachable("backend", address, Option.none())
      : Finding.failure("backend", usage.failure)
  }
  const { limitReached, windows } = usage.success
  const least = Math.min(...windows.map(({ usedPercent }) => Math.max(0, Math.round(100 - usedPercent))))
  return limitReached
    ? Finding.warning("backend", "answers, and the plan is used up", "`effect-codex status` says until when.")
    : Finding.ok("backend", `answers${windows.length === 0 ? "" : `, at least ${least} % of the plan is left`}`)
})

/** Whether the model that is asked is one of the account's. */
const model = Effect.fnUntraced(function*(values: Values, signedIn: boolean) {
  if (!signedIn) return Finding.skipped("model", "without a login the account's list is not known")
  const models = yield* Models
  const { models: list, source } = yield* models.list
  if (source === "built-in") return Finding.skipped("model", "the backend did not tell the account's list")
  const ids = list.map(({ id }) => Screen.printable(id))
  yield* models.choose(undefined)
  const { note } = yield* models.chosen
  if (note !== undefined) {
    return Finding.warning("model", Screen.printable(note), `Set CODEX_MODEL to one of: ${ids.join(", ")}.`)
  }
  if (values.model === undefined) return Finding.ok("model", `${ids[0]}, the best of the account's list`)
  return ids.includes(values.model)
    ? Finding.ok("model", `${values.model} is on the account's list`)
    : Finding.broken(
      "model",
      `CODEX_MODEL is ${values.model}, which the account does not have`,
      `Set it to one of: ${ids.join(", ")}.`
    )
})

const codex = Effect.fnUntraced(function*(values: Values) {
  const auth = yield* CodexAuth
  const issuer = values.issuer ?? Endpoint.codex.issuer
  const [answer, answers] = yield* Effect.all([
    Network.probe(issuer),
    Effect.gen(function*() {
      const { signedIn } = yield* auth.status
      return [yield* backend(values, signedIn), yield* model(values, signedIn)]
    })
  ], { concurrency: "unbounded" })
  // Last, because asking may have renewed the token.
  const status = yield* auth.status
  const login = [
    Login.login(status),
    Login.token(status, yield* DateTime.now),
    yield* Login.files(status),
    yield* Login.saving(status)
  ]
  return { login, network: [Network.reachable("issuer", issuer, answer), ...answers], answer }
})

const examine = Effect.fnUntraced(function*(path: Option.Option<string>, looksForPollers: boolean) {
  const values = yield* Effect.result(Account.values(path))
  const settings = Result.isSuccess(values)
    ? Finding.ok("settings", "can be read")
    : Finding.broken("settings", misconfiguration(values.failure), "Correct the variable, or unset it.")
  const [account, telegram, kept, proxy] = yield* Effect.all([
    Result.isFailure(values)
      ? Effect.succeedNone
      : Effect.asSome(Effect.provide(
        codex(values.success),
        Option.isSome(path)
          ? Account.layer(path)
          : Layer.catchTag(
            codexLive({ ...values.success, authStore: KeptLogin.present }),
            "ConfigError",
            (error) => Layer.unwrap(Effect.fail(misconfigured(error)))
          )
      )),
    Telegram.all({ looksForPollers }),
    store,
    Network.proxy
  ], { concurrency: "unbounded" })
  const { answer, login, network } = Option.getOrElse(account, () => ({
    login: [Finding.skipped("login", "the settings cannot be read")],
    network: [],
    answer: Option.none<Network.Answer>()
  }))
  return [settings, ...login, Network.clock(answer), proxy, ...network, ...telegram, kept]
}, Effect.provide(FetchHttpClient.layer))

const marks = {
  ok: ["✔", Screen.styles.green],
  warning: ["!", Screen.styles.yellow],
  broken: ["✘", Screen.styles.red],
  skipped: ["-", Screen.styles.dim]
} as const

const shown = (screen: Screen.Service, findings: ReadonlyArray<Finding.Finding>): string => {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.map(({ check, fix, says, verdict }) => {
    const [mark, style] = marks[verdict]
    const line = `${screen.style(style, mark)} ${check.padEnd(width)}  ${Screen.printable(says)}`
    return fix === undefined ? line : `${line}\n  ${" ".repeat(width)}  → ${Screen.printable(fix)}`
  }).join("\n")
}

const sentences = {
  ok: "All is well.",
  skipped: "All is well.",
  warning: "Nothing is broken, and something deserves attention.",
  broken: "Something is broken."
} as const

/** Looks at everything. */
export const doctor = Command.make(
  "doctor",
  {
    path: Account.path,
    json: Account.json,
    poller: Flag.Boolean("poller").pipe(
      Flag.withDescription(
        "Also look for another process that polls Telegram with this token, your own bot included: it is interrupted for " +
          "a moment, and one of Telegraf's own polling ends. A bot with CODEX_BOT_PORT is asked instead, also without this"
      ),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function*({ json, path, poller }) {
    const screen = yield* Screen.Screen
    const findings = yield* examine(path, poller)
    const verdict = Finding.worst(findings)
    yield* screen.line(
      json
        ? JSON.stringify({ verdict, findings }, null, 2)
        : `${shown(screen, findings)}\n\n${sentences[verdict]}`
    )
    if (verdict !== "ok") return yield* silent(Finding.exitCodeOf(verdict))
  })
).pipe(
  Command.withDescription(
    "Look at everything that a bot stands on: settings, login and its file, clock, proxies, issuer, backend, model, " +
      "Telegram, who may use it, and the store. Each line has a verdict and a fix. The exit code is 0 when all is well, " +
      "3 when something deserves attention, and 1 when something is broken."
  ),
  Command.withShortDescription("Find out what is wrong, and what to do about it"),
  Command.withExamples([
    { command: "effect-codex doctor", description: "In the environment of the bot" },
    { command: "effect-codex doctor --env-file .env --json", description: "For programs" }
  ])
)
