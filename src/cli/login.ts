/**
 * `effect-codex login`: signs in by a code that is entered elsewhere.
 */
import * as Command from "effect/cli/Command"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { renderUnicodeCompact } from "uqr"
import { CodexAuth } from "../auth/CodexAuth.ts"
import * as DeviceLogin from "../auth/DeviceLogin.ts"
import * as Account from "./internal/account.ts"
import { failed, misused } from "./internal/outcome.ts"
import * as Screen from "./Screen.ts"

/**
 * The address for a camera, whose light parts are drawn: they are white and the rest is black, whatever the colors are.
 * Nothing where the terminal is too narrow: rows that are wrapped no camera reads.
 */
const code = (address: string, { canStyle }: Screen.Service, columns: number): string => {
  const rows = renderUnicodeCompact(address, { border: 2 }).split("\n")
  if (rows.some(({ length }) => length > columns)) return ""
  return `\n${rows.map((row) => canStyle ? `\u001b[97;40m${row}\u001b[0m` : row).join("\n")}\n`
}

const shownCode = Effect.fnUntraced(function*(issued: DeviceLogin.CodeIssued) {
  const screen = yield* Screen.Screen
  const address = issued.verificationUriComplete ?? issued.verificationUri
  yield* screen.line(`Open   ${Screen.printable(address)}`)
  yield* screen.line(`Enter  ${screen.style(Screen.styles.bold, Screen.printable(issued.userCode))}`)
  yield* screen.line(`Within ${Math.ceil(Duration.toMinutes(issued.expiresIn))} minutes.`)
  if (screen.isWatched) yield* screen.line(code(address, screen, yield* screen.columns))
  yield* screen.line(`Whoever enters this code signs this machine in: tell it to nobody.`)
  if (!screen.isWatched) yield* screen.line("Waiting for the code to be entered.")
})

const clock = (elapsed: Duration.Duration): string => {
  const seconds = Math.floor(Duration.toSeconds(elapsed))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

/** One line that counts, where somebody watches. */
const waiting = Effect.fnUntraced(function*(isShown: Deferred.Deferred<void>) {
  const screen = yield* Screen.Screen
  yield* Deferred.await(isShown)
  if (!screen.isWatched) return yield* Effect.never
  const begin = yield* DateTime.now
  const tick = Effect.gen(function*() {
    const elapsed = clock(DateTime.distance(begin, yield* DateTime.now))
    // A line that is wrapped could not be written over.
    const columns = yield* screen.columns
    const line = [`Waiting for the code to be entered: ${elapsed}`, `Waiting: ${elapsed}`]
      .find(({ length }) => length < columns) ?? ""
    yield* screen.write(`\r\u001b[K${line}`)
  })
  return yield* Effect.forever(Effect.andThen(tick, Effect.sleep("1 second"))).pipe(
    Effect.ensuring(screen.write("\r\u001b[K"))
  )
})

const signIn = Effect.fnUntraced(function*(isShown: Deferred.Deferred<void>) {
  const login = yield* DeviceLogin.DeviceLogin
  return yield* login.signIn().pipe(
    Stream.tap((step) =>
      step._tag === "CodeIssued"
        ? Effect.andThen(shownCode(step), Deferred.succeed(isShown, undefined))
        : Effect.void
    ),
    Stream.runLast,
    Effect.mapError(failed)
  )
})

const run = Effect.fnUntraced(function*() {
  const screen = yield* Screen.Screen
  const auth = yield* CodexAuth
  const before = yield* auth.status
  if (!Predicate.isUndefined(before.unwritable)) return yield* failed(before.unwritable)
  if (before.location.startsWith("memory:")) {
    return yield* misused(
      "CODEX_AUTH_JSON_JSON is set, so a new login would end with this command. Unset it, or say --path."
    )
  }
  if (before.signedIn) {
    yield* screen.line(`The login in ${before.location} is replaced when you have signed in.\n`)
  }
  const isShown = yield* Deferred.make<void>()
  const last = yield* Effect.raceFirst(signIn(isShown), waiting(isShown))
  if (Option.isNone(last) || last.value._tag !== "SignedIn") return
  const { expiresAt, location, plan, unsaved } = last.value
  if (!Predicate.isUndefined(unsaved)) return yield* failed(unsaved)
  const until = expiresAt === undefined ? "" : `, token until ${Screen.when(expiresAt, yield* DateTime.now)}`
  yield* screen.line(
    `${screen.style(Screen.styles.green, "Signed in.")} The login is in ${location}${
      plan === undefined ? "" : `, plan ${Screen.printable(plan)}`
    }${until}.`
  )
})

/** Signs in. */
export const login = Command.make(
  "login",
  { path: Account.path },
  ({ path }) => Effect.provide(run(), Account.layer(path, { changes: true }))
).pipe(
  Command.withDescription(
    "Sign in with your ChatGPT account: a code is shown here and entered in any browser. The login is saved as the " +
      "Codex CLI saves it, and shared with it; where CODEX_STORE_URL is set, in that database, for all instances of the bot."
  ),
  Command.withShortDescription("Sign in by a code that is entered in a browser"),
  Command.withExamples([
    { command: "effect-codex login", description: "Sign in, and save the login where the Codex CLI has it" },
    { command: "effect-codex login --path ./secrets/auth.json", description: "Save it elsewhere" }
  ])
)
