/**
 * `effect-codex logout`: ends the session and removes the login.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { CodexAuth } from "../auth/CodexAuth.ts"
import * as Account from "./internal/account.ts"
import { failed, misused } from "./internal/outcome.ts"
import * as Screen from "./Screen.ts"

const run = Effect.fnUntraced(function*() {
  const screen = yield* Screen.Screen
  const auth = yield* CodexAuth
  const { location, problem } = yield* auth.status
  if (location.startsWith("memory:")) {
    return yield* misused("The login comes from CODEX_AUTH_JSON_JSON: unset it, or say --path.")
  }
  // Whatever it is that was named, it is not ours to remove.
  if (problem?._tag === "AuthFileInvalid" || problem?._tag === "AccessTokenMissing") {
    return yield* misused(`${location} holds no login, and is left as it is.`)
  }
  const removed = yield* Effect.mapError(auth.signOut, failed)
  yield* screen.line(
    removed ? `Signed out: ${location} holds no login any more.` : `Nobody was signed in with ${location}.`
  )
})

/** Signs out. */
export const logout = Command.make(
  "logout",
  { path: Account.path },
  ({ path }) => Effect.provide(run(), Account.layer(path, { changes: true }))
).pipe(
  Command.withDescription(
    "End the session at the issuer and remove the login from this machine. The Codex CLI, where it shares the file, is " +
      "signed out as well; where CODEX_STORE_URL is set, all instances of the bot are."
  ),
  Command.withShortDescription("Sign out and remove the login"),
  Command.withExamples([{ command: "effect-codex logout", description: "Sign out here and at the issuer" }])
)
