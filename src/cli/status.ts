/**
 * `effect-codex status`: who is signed in, until when, what is left of the plan, and which models there are.
 */
import * as Command from "effect/cli/Command"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as CodexAuth from "../auth/CodexAuth.ts"
import * as CodexBackend from "../backend/CodexBackend.ts"
import * as Models from "../backend/Models.ts"
import type { Quota } from "../backend/RateLimits.ts"
import { type Explained, minute } from "../Failure.ts"
import * as Account from "./internal/account.ts"
import { exitCodes, silent, told } from "./internal/outcome.ts"
import * as Screen from "./Screen.ts"

/** All there is to tell. */
interface Report {
  readonly login: CodexAuth.Status
  /** The quota, or why it is not known; nothing where nobody is signed in. */
  readonly quota: Option.Option<Result.Result<Quota, CodexBackend.RequestError>>
  readonly models: Models.List
  readonly model: string | undefined
  readonly now: DateTime.Utc
}

const ask = Effect.gen(function*(): Effect.fn.Return<
  Report,
  never,
  CodexAuth.CodexAuth | CodexBackend.CodexBackend | Models.Models
> {
  const auth = yield* CodexAuth.CodexAuth
  const backend = yield* CodexBackend.CodexBackend
  const models = yield* Models.Models
  const { signedIn } = yield* auth.status
  const quota = signedIn ? yield* Effect.asSome(Effect.result(backend.usage)) : Option.none()
  const list = yield* models.list
  const { model } = yield* models.chosen
  // Last, because asking may have renewed the token.
  return { login: yield* auth.status, quota, models: list, model, now: yield* DateTime.now }
})

const problemOf = (error: Explained & { readonly _tag: string }) => ({
  error: error._tag,
  message: error.message,
  fix: error.fix("program")
})

const quotaProblem = ({ quota }: Report): CodexBackend.RequestError | undefined =>
  Option.getOrUndefined(Option.flatMap(quota, Result.getFailure))

/** For programs; a field that is not known is `null`. */
const document = (report: Report) => {
  const { login, model, models, quota } = report
  const problem = login.problem ?? quotaProblem(report)
  const known = Option.getOrUndefined(Option.flatMap(quota, Result.getSuccess))
  return {
    signedIn: login.signedIn,
    location: login.location,
    plan: known?.plan ?? login.plan ?? null,
    expiresAt: login.expiresAt === undefined ? null : DateTime.formatIso(login.expiresAt),
    canRefresh: login.canRefresh,
    canSave: login.unwritable === undefined,
    problem: problem === undefined ? null : problemOf(problem),
    quota: known === undefined ? null : {
      limitReached: known.limitReached,
      windows: known.windows.map(({ name, resetsAt, usedPercent }) => ({
        name,
        usedPercent,
        resetsAt: resetsAt === undefined ? null : DateTime.formatIso(resetsAt)
      }))
    },
    model: model ?? null,
    models: login.signedIn ? models.models.map(({ id }) => id) : [],
    modelsSource: models.source
  }
}

const windows = ({ style }: Screen.Service, quota: Quota): ReadonlyArray<readonly [string, string]> =>
  quota.windows.map(({ name, resetsAt, usedPercent }) => {
    const left = Math.max(0, Math.round(100 - usedPercent))
    const color = left > 25 ? Screen.styles.green : left > 10 ? Screen.styles.yellow : Screen.styles.red
    const reset = resetsAt === undefined ? "" : `, whole again at ${minute(resetsAt)}`
    return [Screen.printable(name), `${style(color, Screen.bar(left))} ${left} % left${reset}`] as const
  })

const rows = (screen: Screen.Service, report: Report): ReadonlyArray<readonly [string, string]> => {
  const { login, model, models, now, quota } = report
  const known = Option.getOrUndefined(Option.flatMap(quota, Result.getSuccess))
  const plan = known?.plan ?? login.plan
  const refresh = login.canRefresh ? "renewed by itself" : "cannot be renewed"
  return [
    ["Login", login.location],
    ...(plan === undefined ? [] : [["Plan", Screen.printable(plan)] as const]),
    ["Token", login.expiresAt === undefined ? refresh : `until ${Screen.when(login.expiresAt, now)}, ${refresh}`],
    ...(known === undefined ? [] : windows(screen, known)),
    ...(known?.limitReached === true
      ? [["Limit", "reached: the backend refuses until the plan is whole again"] as const]
      : []),
    ...(login.signedIn
      ? [
        ["Model", Screen.printable(model ?? models.models[0]?.id ?? "none")] as const,
        ["Models", models.models.map(({ id }) => Screen.printable(id)).join(", ")] as const
      ]
      : [])
  ]
}

const run = Effect.fnUntraced(function*(json: boolean) {
  const screen = yield* Screen.Screen
  const report = yield* ask
  const { login } = report
  const problem = login.problem ?? quotaProblem(report)
  if (json) {
    yield* screen.line(JSON.stringify(document(report), null, 2))
  } else {
    yield* screen.line(
      login.signedIn ? screen.style(Screen.styles.green, "Signed in") : screen.style(Screen.styles.red, "Not signed in")
    )
    yield* screen.line(Screen.table(login.signedIn ? rows(screen, report) : [["Login", login.location]]))
    if (problem !== undefined) yield* screen.warn(told(problem))
    if (login.unwritable !== undefined) {
      yield* screen.warn(`New tokens cannot be saved. ${told(login.unwritable)}`)
    }
  }
  if (problem !== undefined || !login.signedIn) return yield* silent(exitCodes.failed)
})

/** How things stand. */
export const status = Command.make(
  "status",
  { path: Account.path, json: Account.json },
  ({ json, path }) => Effect.provide(run(json), Account.layer(path))
).pipe(
  Command.withDescription(
    "Show who is signed in, until when the token is good, what is left of the plan, and the models of the account. " +
      "The exit code is 1 when nobody is signed in or the backend refuses."
  ),
  Command.withShortDescription("Show the login, what is left of the plan, and the models"),
  Command.withExamples([
    { command: "effect-codex status", description: "For people" },
    { command: "effect-codex status --json", description: "For programs" }
  ])
)
