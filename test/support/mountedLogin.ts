/**
 * What a login on an awkward file does, observed: the same steps on a file that is really mounted, and on a file
 * system that refuses like one.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AuthStore from "../../src/auth/AuthStore.ts"
import * as CodexAuth from "../../src/auth/CodexAuth.ts"
import * as OAuth from "../../src/auth/OAuth.ts"
import * as TokenRefresh from "../../src/auth/TokenRefresh.ts"

/** A token that ends so many minutes from now. */
const token = (name: string, minutes: number) =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) => `e30.${Base64Url.encode(JSON.stringify({ name, exp: Math.floor(now / 1000) + minutes * 60 }))}.s`
  )

const documentOf = (accessToken: string, refreshToken: string) =>
  JSON.stringify({
    auth_mode: "chatgpt",
    note: { kept: "x".repeat(500) },
    tokens: { access_token: accessToken, refresh_token: refreshToken, account_id: "acc-1" },
    last_refresh: "2026-02-01T00:00:00Z"
  })

/** The text of an auth.json whose token ends so many minutes from now. */
export const loginText = (minutes: number, refreshToken = "r0") =>
  Effect.map(token(refreshToken, minutes), (accessToken) => documentOf(accessToken, refreshToken))

const Login = Schema.fromJsonString(Schema.Struct({ tokens: Schema.Struct({ refresh_token: Schema.String }) }))

/** One process with the login: what it logs of warnings, and how often it asked the issuer. */
const starting = Effect.fnUntraced(function*(path: string) {
  const warnings: Array<string> = []
  let asked = 0
  const issuer = HttpClient.make((request, url) =>
    url.pathname === "/oauth/token"
      ? Effect.gen(function*() {
        asked++
        const accessToken = yield* token(`a${asked}`, 60)
        const answer = Response.json({ access_token: accessToken, refresh_token: `r${asked}` })
        return HttpClientResponse.fromWeb(request, answer)
      })
      : Effect.succeed(HttpClientResponse.fromWeb(request, new Response()))
  )
  const logger = Logger.layer([Logger.make((entry) => {
    if (entry.logLevel === "Warn") warnings.push([entry.message].flat().map(String).join(" "))
  })])
  const services = yield* Layer.build(
    CodexAuth.layer().pipe(
      Layer.provide(Layer.fresh(TokenRefresh.layer)),
      Layer.provide([
        Layer.fresh(AuthStore.layerFile(path)),
        Layer.provide(OAuth.layer(), Layer.succeed(HttpClient.HttpClient, issuer))
      ]),
      Layer.provide(logger)
    )
  )
  const auth = yield* Effect.provide(CodexAuth.CodexAuth, services)
  return { auth, warnings, asked: () => asked }
})

/** Every step of a login's life on the file at a path, in words that do not depend on where it lies. */
export const observe = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  const seen: Array<unknown> = []
  const placed = (text: string) => text.replaceAll(paths.dirname(path), "<folder>")
  const stored = fs.readFileString(path).pipe(
    Effect.flatMap((text) =>
      text === ""
        ? Effect.succeed("empty")
        : Effect.map(Schema.decodeEffect(Login)(text), (login) => login.tokens.refresh_token)
    ),
    Effect.catch((error) => Effect.succeed(error._tag))
  )
  const see = (step: string, what: Record<string, unknown>) =>
    Effect.map(stored, (stored) => void seen.push(JSON.parse(placed(JSON.stringify({ step, ...what, stored })))))

  yield* Effect.scoped(Effect.gen(function*() {
    const { asked, auth, warnings } = yield* starting(path)
    const first = yield* auth.credentials
    yield* see("started", { origin: first.origin, asked: asked() })
    const again = yield* auth.recover({ ...yield* auth.credentials, origin: "reload" })
    yield* see("recovered", { origin: again.origin, asked: asked() })
    yield* see("told", { warnings, unwritable: (yield* auth.status).unwritable?.message })
  }))
  yield* Effect.scoped(Effect.gen(function*() {
    const { asked, auth, warnings } = yield* starting(path)
    const first = yield* auth.credentials
    yield* see("started again", { origin: first.origin, asked: asked(), warnings })
    const text = yield* fs.readFileString(path)
    // Far shorter than what was there: nothing of that may stay behind it.
    const short = { tokens: { access_token: yield* token("short", 60), refresh_token: "short", account_id: "acc-3" } }
    yield* auth.imported(Redacted.make(JSON.stringify(short)))
    yield* see("replaced", { shorter: (yield* fs.readFileString(path)).length < text.length })
    const signedOut = yield* Effect.match(auth.signOut, {
      onFailure: (failure) => failure.message,
      onSuccess: (removed) => removed
    })
    yield* see("signed out", { signedOut, problem: (yield* auth.status).problem?._tag })
    const given = { tokens: { access_token: yield* token("given", 60), refresh_token: "given", account_id: "acc-2" } }
    const { signedIn, unsaved } = yield* auth.imported(Redacted.make(JSON.stringify(given)))
    yield* see("signed in", { signedIn, unsaved: unsaved?.message })
  }))
  const rest = (yield* fs.readDirectory(paths.dirname(path))).filter((name) => !name.endsWith(".lock"))
  return [...seen, { rest }]
})
