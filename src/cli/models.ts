/**
 * `effect-codex models`: the models of the account.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { CodexAuth } from "../auth/CodexAuth.ts"
import * as Models from "../backend/Models.ts"
import * as Account from "./internal/account.ts"
import { exitCodes, failed, silent } from "./internal/outcome.ts"
import * as Screen from "./Screen.ts"

const lineOf = ({ description, displayName, id, reasoningEfforts }: Models.Model): readonly [string, string] => [
  Screen.printable(id),
  Screen.printable(
    [
      displayName === id ? undefined : displayName,
      description,
      reasoningEfforts.length === 0 ? undefined : `effort: ${reasoningEfforts.join(", ")}`
    ].filter((part) => part !== undefined && part !== "").join("; ")
  )
]

const run = Effect.fnUntraced(function*(json: boolean) {
  const screen = yield* Screen.Screen
  const models = yield* Models.Models
  const { problem } = yield* (yield* CodexAuth).status
  if (problem !== undefined) return yield* failed(problem)
  const list = yield* models.list
  if (json) {
    yield* screen.line(JSON.stringify(list, null, 2))
  } else {
    yield* screen.line(Screen.table(list.models.map(lineOf)))
  }
  if (list.source === "built-in") {
    yield* screen.warn(
      "The backend did not tell the models of this account: these are the ones that this version knows. " +
        "`effect-codex doctor` says what is wrong."
    )
    return yield* silent(exitCodes.failed)
  }
})

/** The models. */
export const models = Command.make(
  "models",
  { path: Account.path, json: Account.json },
  ({ json, path }) => Effect.provide(run(json), Account.layer(path))
).pipe(
  Command.withDescription(
    "List the models that the account may use, best first. CODEX_MODEL takes any of these names."
  ),
  Command.withShortDescription("List the models of the account"),
  Command.withExamples([
    { command: "effect-codex models", description: "With what each knows of reasoning effort" },
    { command: "effect-codex models --json", description: "For programs" }
  ])
)
