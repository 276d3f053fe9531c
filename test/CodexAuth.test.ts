import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { AuthFileNotFound, AuthStoreFailed, TokenRefreshFailed } from "../src/auth/AuthError.ts"
import * as AuthJson from "../src/auth/AuthJson.ts"
import * as AuthStore from "../src/auth/AuthStore.ts"
import * as CodexAuth from "../src/auth/CodexAuth.ts"
import * as OAuth from "../src/auth/OAuth.ts"
import * as TokenRefresh from "../src/auth/TokenRefresh.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

const start = DateTime.makeUnsafe("2026-02-03T04:05:06.000Z")

/** A token that ends at `minutes` after the start of the test, and is another one for another `name`. */
const jwt = (minutes: number, name = "", claims: Record<string, unknown> = { chatgpt_account_id: "acc-1" }): string =>
  `${Base64Url.encode("{}")}.${
    Base64Url.encode(JSON.stringify({
      exp: DateTime.toEpochMillis(start) / 1000 + minutes * 60,
      name: `SECRET-${name}`,
      "https://api.openai.com/auth": claims
    }))
  }.SECRET`

const login = (accessToken: string, tokens: Record<string, unknown> = {}) => ({
  auth_mode: "chatgpt",
  unknown: { kept: true },
  tokens: { access_token: accessToken, refresh_token: "SECRET-r0", account_id: "acc-1", odd: 1, ...tokens },
  last_refresh: "2026-02-01T00:00:00Z"
})

const jsonOf = (document: AuthJson.Document): AuthJson.AuthJson => Result.getOrThrow(AuthJson.parse(document))

interface Call {
  readonly path: string
  readonly body: Record<string, unknown>
}

type Answer = Response | Effect.Effect<Response>

const decodeBody = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Record<string, unknown> =>
  request.body._tag === "Uint8Array" ? decodeBody(new TextDecoder().decode(request.body.body)) : {}

/** An issuer that answers by script and writes down what it was asked. */
const issuer = (answer: (call: Call, index: number) => Answer) => {
  const calls: Array<Call> = []
  const layer = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.suspend(() => {
        const call = { path: url.pathname, body: bodyOf(request) }
        calls.push(call)
        const given = answer(call, calls.length - 1)
        return Effect.map(
          Effect.isEffect(given) ? given : Effect.succeed(given),
          (response) => HttpClientResponse.fromWeb(request, response)
        )
      })
    )
  )
  return { calls, layer }
}

const granting = (minutes = 60) =>
  issuer((_, index) =>
    Response.json({ access_token: jwt(minutes, `a${index + 1}`), refresh_token: `SECRET-r${index + 1}` })
  )

const refusing = (code: string, status = 400) => issuer(() => Response.json({ error: { code } }, { status }))

const silent = issuer(() => new Response("unexpected", { status: 500 }))

const down = () => issuer(() => new Response("down", { status: 503 }))

const a0 = (minutes: number) => jwt(minutes, "a0")

interface Options extends CodexAuth.Options {
  readonly autoRefresh?: boolean
}

/** The login, over a store that is still to be given. */
const authOver = (
  http: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
  { autoRefresh = true, ...options }: Options = {}
) =>
  CodexAuth.layer(options).pipe(
    Layer.provide(autoRefresh ? Layer.fresh(TokenRefresh.layer) : TokenRefresh.layerNone),
    Layer.provide(OAuth.layer()),
    Layer.provide(http.layer)
  )

/** The login over a store that a test wrote. */
const authOn = (store: AuthStore.Service, http: { readonly layer: Layer.Layer<HttpClient.HttpClient> }) =>
  Layer.build(Layer.provide(authOver(http), Layer.succeed(AuthStore.AuthStore, store))).pipe(
    Effect.flatMap((services) => Effect.provide(CodexAuth.CodexAuth, services))
  )

/** Runs a test over a login that lives in memory, with the store at hand. */
const over = <A, E>(
  document: AuthJson.Document,
  http: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
  test: (auth: CodexAuth.Service, store: AuthStore.Service) => Effect.Effect<A, E>,
  options: Options = {}
) =>
  Effect.gen(function*() {
    yield* TestClock.setTime(DateTime.toEpochMillis(start))
    return yield* Effect.gen(function*() {
      return yield* test(yield* CodexAuth.CodexAuth, yield* AuthStore.AuthStore)
    }).pipe(
      Effect.provide(Layer.provideMerge(authOver(http, options), AuthStore.layerJson(document)))
    )
  })

/** The login on the file at a path, built in the scope of the test. */
const onFile = Effect.fnUntraced(function*(
  path: string,
  http: { readonly layer: Layer.Layer<HttpClient.HttpClient> }
) {
  const services = yield* Layer.build(Layer.provide(authOver(http), Layer.fresh(AuthStore.layerFile(path))))
  return yield* CodexAuth.CodexAuth.pipe(Effect.provide(services))
})

const tokenOf = (credentials: CodexAuth.Credentials): string => Redacted.value(credentials.accessToken)

const stored = (store: AuthStore.Service) =>
  Effect.map(store.read, (json) => json.tokens.accessToken && Redacted.value(json.tokens.accessToken))

const outlast = <A, E>(effect: Effect.Effect<A, E>, duration: Duration.Input) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust(duration)
    return yield* Fiber.join(fiber)
  })

/** A store whose writes wait to be let go on. */
const heldUp = () => {
  const began = Deferred.makeUnsafe<void>()
  const go = Deferred.makeUnsafe<void>()
  let json = jsonOf(login(a0(10)))
  const store = AuthStore.AuthStore.of({
    location: "here",
    read: Effect.sync(() => json),
    writable: Effect.void,
    write: (next) =>
      Deferred.succeed(began, undefined).pipe(
        Effect.andThen(Deferred.await(go)),
        Effect.andThen(Effect.sync(() => {
          json = next
        }))
      ),
    remove: Effect.succeed(true),
    exclusive: (self) => self
  })
  return { store, waiting: Deferred.await(began), writeOn: Deferred.succeed(go, undefined) }
}

const capture = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([Logger.make((entry) => {
    lines.push(`${entry.logLevel} ${[entry.message].flat().map(String).join(" ")}`)
  })])
  return { layer, lines }
}

describe("CodexAuth.credentials", () => {
  it.effect("hands out a token that is good for more than five minutes as it is", () =>
    over(login(a0(6)), silent, (auth) =>
      Effect.gen(function*() {
        const credentials = yield* auth.credentials
        assert.strictEqual(tokenOf(credentials), a0(6))
        assert.strictEqual(credentials.origin, "store")
        assert.strictEqual(credentials.accountId, "acc-1")
        assert.strictEqual(silent.calls.length, 0)
      })))

  it.effect("refreshes a token that ends within five minutes", () => {
    const http = granting()
    return over(login(a0(5)), http, (auth, store) =>
      Effect.gen(function*() {
        const credentials = yield* auth.credentials
        assert.strictEqual(tokenOf(credentials), jwt(60, "a1"))
        assert.strictEqual(credentials.origin, "refresh")
        assert.strictEqual(yield* stored(store), jwt(60, "a1"))
        assert.strictEqual((yield* auth.credentials).origin, "store")
        assert.deepStrictEqual(http.calls.map((call) => [call.path, call.body["refresh_token"]]), [
          ["/oauth/token", "SECRET-r0"]
        ])
      }))
  })

  it.effect("refreshes an opaque token eight days after the last refresh, and not before", () => {
    const http = granting(30 * 24 * 60)
    return over(login("opaque"), http, (auth) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.parse("2026-02-09T00:00:00Z"))
        assert.strictEqual(tokenOf(yield* auth.credentials), "opaque")
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* auth.credentials).origin, "refresh")
      }))
  })

  it.effect("asks the issuer that made the tokens", () => {
    const http = granting()
    return over(login(a0(-1), { oauth_provenance: { client_id: "app_2" } }), http, (auth) =>
      Effect.gen(function*() {
        yield* auth.credentials
        assert.strictEqual(http.calls[0]?.body["client_id"], "app_2")
      }))
  })

  it.effect("refreshes once for a hundred callers, and the next process starts with the result", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      yield* fs.writeFileString(path, JSON.stringify(login(a0(-1))), { mode: 0o644 })
      const http = granting()
      const auth = yield* onFile(path, http)
      const all = yield* Effect.all(Array.from({ length: 100 }, () => auth.credentials), { concurrency: "unbounded" })
      assert.strictEqual(http.calls.length, 1)
      assert.isTrue(all.every((credentials) => tokenOf(credentials) === jwt(60, "a1")))
      assert.strictEqual((yield* fs.stat(path)).mode & 0o777, 0o600)
      assert.deepStrictEqual(JSON.parse(yield* fs.readFileString(path)), {
        ...login(jwt(60, "a1"), { refresh_token: "SECRET-r1" }),
        OPENAI_API_KEY: null,
        last_refresh: "2026-02-03T04:05:06.000Z"
      })
      const next = yield* onFile(path, silent)
      assert.strictEqual(tokenOf(yield* next.credentials), jwt(60, "a1"))
    }).pipe(Effect.provide(platform)))

  it.effect("asks an issuer that is down once for all callers of an expired token", () => {
    const http = down()
    return over(login(a0(-1)), http, (auth) =>
      Effect.gen(function*() {
        const all = yield* Effect.all(Array.from({ length: 20 }, () => Effect.flip(auth.credentials)), {
          concurrency: "unbounded"
        })
        assert.strictEqual(http.calls.length, 1)
        assert.isTrue(all.every((failure) => failure._tag === "TokenRefreshFailed" && failure.isRetryable))
      }))
  })

  it.effect("refreshes once for two logins on one file", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      yield* fs.writeFileString(path, JSON.stringify(login(a0(-1))))
      const http = granting()
      const both = [yield* onFile(path, http), yield* onFile(path, http)]
      const got = yield* Effect.forEach(both, (auth) => auth.credentials, { concurrency: 2 })
      assert.strictEqual(http.calls.length, 1)
      assert.deepStrictEqual(got.map((credentials) => credentials.origin).toSorted(), ["refresh", "reload"])
    }).pipe(Effect.provide(platform)))

  it.effect("adopts the fresher token that somebody else wrote in the meantime", () => {
    const http = granting()
    return over(login(a0(-1)), http, (auth, store) =>
      Effect.gen(function*() {
        const entered = yield* Deferred.make<void>()
        const leave = yield* Deferred.make<void>()
        const other = yield* Effect.forkChild(store.exclusive(Effect.gen(function*() {
          yield* Deferred.succeed(entered, undefined)
          yield* Deferred.await(leave)
          yield* store.write(jsonOf(login(jwt(60, "theirs"))))
        })))
        yield* Deferred.await(entered)
        const waiting = yield* Effect.forkChild(auth.credentials, { startImmediately: true })
        yield* Deferred.succeed(leave, undefined)
        yield* Fiber.join(other)
        const credentials = yield* Fiber.join(waiting)
        assert.strictEqual(tokenOf(credentials), jwt(60, "theirs"))
        assert.strictEqual(credentials.origin, "reload")
        assert.strictEqual(http.calls.length, 0)
      }))
  })

  it.effect("lets the store win when it changed during the exchange, and keeps other changes of the file", () =>
    Effect.gen(function*() {
      const during = (next: AuthJson.Document) =>
        Effect.gen(function*() {
          const started = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          const http = issuer(() =>
            Deferred.succeed(started, undefined).pipe(
              Effect.andThen(Deferred.await(go)),
              Effect.as(Response.json({ access_token: jwt(60, "ours") }))
            )
          )
          return yield* over(login(a0(-1)), http, (auth, store) =>
            Effect.gen(function*() {
              const waiting = yield* Effect.forkChild(Effect.exit(auth.credentials))
              yield* Deferred.await(started)
              yield* store.write(jsonOf(next))
              yield* Deferred.succeed(go, undefined)
              const exit = yield* Fiber.join(waiting)
              return { exit, document: JSON.parse(Redacted.value(AuthJson.stringify(yield* store.read))) }
            }))
        })
      const theirs = yield* during(login(jwt(60, "theirs"), { refresh_token: "theirs" }))
      assert.strictEqual(theirs.document.tokens.access_token, jwt(60, "theirs"))
      assert.strictEqual(tokenOf(yield* theirs.exit), jwt(60, "theirs"))

      const edited = yield* during({ ...login(a0(-1)), added: true })
      assert.strictEqual(edited.document.tokens.access_token, jwt(60, "ours"))
      assert.isTrue(edited.document.added)

      const foreign = yield* during(login(jwt(60, "theirs"), { account_id: "acc-2", refresh_token: "theirs" }))
      assert.strictEqual(foreign.document.tokens.account_id, "acc-2")
      assert.strictEqual(foreign.document.tokens.access_token, jwt(60, "theirs"))
      assert.deepStrictEqual(
        yield* Effect.flip(foreign.exit),
        new TokenRefreshFailed({ reason: "accountChanged" })
      )
    }))

  it.effect("refuses the token of another account, and takes the new login at the next call", () => {
    const http = granting()
    return over(login(a0(-1)), http, (auth, store) =>
      Effect.gen(function*() {
        const entered = yield* Deferred.make<void>()
        const leave = yield* Deferred.make<void>()
        yield* Effect.forkChild(store.exclusive(Effect.gen(function*() {
          yield* Deferred.succeed(entered, undefined)
          yield* Deferred.await(leave)
          yield* store.write(jsonOf(login(jwt(60, "theirs"), { account_id: "acc-2" })))
        })))
        yield* Deferred.await(entered)
        const waiting = yield* Effect.forkChild(Effect.flip(auth.credentials), { startImmediately: true })
        yield* Deferred.succeed(leave, undefined)
        const failure = yield* Fiber.join(waiting)
        assert.strictEqual(failure.message, "Token refresh failed: the file now belongs to another account.")
        assert.strictEqual(http.calls.length, 0)
        assert.strictEqual((yield* auth.credentials).accountId, "acc-2")
      }))
  })

  it.effect("goes on with a token that still works when the issuer cannot be reached, and asks again later", () => {
    const http = down()
    return over(login(a0(4)), http, (auth) =>
      Effect.gen(function*() {
        assert.strictEqual(tokenOf(yield* auth.credentials), a0(4))
        assert.strictEqual(tokenOf(yield* auth.credentials), a0(4))
        assert.strictEqual(http.calls.length, 1)
        yield* TestClock.adjust("1 minute")
        yield* auth.credentials
        assert.strictEqual(http.calls.length, 2)
        yield* TestClock.adjust("3 minutes")
        const failure = yield* Effect.flip(auth.credentials)
        assert.strictEqual(failure.message, "Token refresh failed: the issuer could not be reached (503).")
        assert.strictEqual(http.calls.length, 3)
      }))
  })

  for (
    const [code, reason] of [
      ["refresh_token_expired", "expired"],
      ["refresh_token_reused", "reused"],
      ["refresh_token_invalidated", "revoked"],
      ["invalid_grant", "rejected"]
    ] as const
  ) {
    it.effect(`asks only once with a refresh token that is ${reason}, until the store holds another`, () => {
      const http = issuer(({ body }) =>
        body["refresh_token"] === "SECRET-r0"
          ? Response.json({ error: { code } }, { status: 400 })
          : Response.json({ access_token: jwt(60, "new") })
      )
      return over(login(a0(-1)), http, (auth, store) =>
        Effect.gen(function*() {
          const failure = yield* outlast(Effect.flip(auth.credentials), "5 seconds")
          assert.deepStrictEqual(failure, new TokenRefreshFailed({ reason, status: 400 }))
          assert.deepStrictEqual(yield* Effect.flip(auth.credentials), failure)
          assert.strictEqual(http.calls.length, 1)
          const status = yield* auth.status
          assert.isFalse(status.signedIn)
          assert.isFalse(status.canRefresh)
          assert.deepStrictEqual(status.problem, failure)
          yield* store.write(jsonOf(login(a0(-1), { refresh_token: "SECRET-other" })))
          assert.strictEqual((yield* auth.credentials).origin, "refresh")
          assert.strictEqual(http.calls.length, 2)
        }))
    })
  }

  it.effect("looks out for the winner's tokens when the refresh token was used by another program", () =>
    over(login(a0(-1)), refusing("refresh_token_reused"), (auth, store) =>
      Effect.gen(function*() {
        const waiting = yield* Effect.forkChild(auth.credentials, { startImmediately: true })
        yield* TestClock.adjust("300 millis")
        assert.isUndefined(waiting.pollUnsafe())
        yield* store.write(jsonOf(login(jwt(60, "winner"), { refresh_token: "SECRET-w" })))
        yield* TestClock.adjust("200 millis")
        const credentials = yield* Fiber.join(waiting)
        assert.strictEqual(tokenOf(credentials), jwt(60, "winner"))
        assert.strictEqual(credentials.origin, "reload")
      })))

  it.effect("calls an issuer that gives no usable access token a refusal, and does not ask again", () => {
    const http = issuer(() => Response.json({ refresh_token: "SECRET-r1" }))
    return over(login(a0(-1)), http, (auth, store) =>
      Effect.gen(function*() {
        for (let call = 0; call < 2; call++) {
          assert.deepStrictEqual(
            yield* Effect.flip(auth.credentials),
            new TokenRefreshFailed({ reason: "rejected" })
          )
        }
        assert.strictEqual(http.calls.length, 1)
        const json = yield* store.read
        assert.strictEqual(json.tokens.refreshToken && Redacted.value(json.tokens.refreshToken), "SECRET-r1")
      }))
  })

  it.effect("finishes and writes a refresh although its callers leave, one after the other", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const http = issuer(() =>
        Deferred.succeed(started, undefined).pipe(
          Effect.andThen(Deferred.await(go)),
          Effect.as(Response.json({ access_token: jwt(60, "a1"), refresh_token: "SECRET-r1" }))
        )
      )
      yield* over(login(a0(-1)), http, (auth, store) =>
        Effect.gen(function*() {
          const first = yield* Effect.forkChild(auth.credentials)
          yield* Deferred.await(started)
          const second = yield* Effect.forkChild(auth.credentials, { startImmediately: true })
          yield* Fiber.interrupt(first)
          assert.isUndefined(second.pollUnsafe())
          yield* Fiber.interrupt(second)
          const third = yield* Effect.forkChild(auth.credentials, { startImmediately: true })
          yield* Deferred.succeed(go, undefined)
          assert.strictEqual(tokenOf(yield* Fiber.join(third)), jwt(60, "a1"))
          assert.strictEqual(yield* stored(store), jwt(60, "a1"))
          assert.strictEqual(http.calls.length, 1)
        }))
    }))

  it.effect("waits for a running refresh when the layer closes", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      yield* fs.writeFileString(path, JSON.stringify(login(a0(-1))))
      const started = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const http = issuer(() =>
        Deferred.succeed(started, undefined).pipe(
          Effect.andThen(Deferred.await(go)),
          Effect.as(Response.json({ access_token: jwt(60, "a1") }))
        )
      )
      const scope = yield* Scope.make()
      const auth = yield* onFile(path, http).pipe(Effect.provideService(Scope.Scope, scope))
      const caller = yield* Effect.forkChild(auth.credentials)
      yield* Deferred.await(started)
      yield* Fiber.interrupt(caller)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      assert.isUndefined(closing.pollUnsafe())
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(closing)
      assert.include(yield* fs.readFileString(path), jwt(60, "a1"))
    }).pipe(Effect.provide(platform)))

  it.effect("fails when the token has expired and there is no way to refresh it", () =>
    Effect.gen(function*() {
      const without = yield* over(
        login(a0(-1), { refresh_token: "" }),
        silent,
        (auth) => Effect.all([Effect.flip(auth.credentials), auth.status])
      )
      assert.strictEqual(
        without[0].message,
        "The access_token has expired on 2026-02-03 04:04 UTC and cannot be refreshed (no refresh token)."
      )
      assert.deepStrictEqual(without[1].problem, without[0])
      const off = yield* over(login(a0(0)), silent, (auth) => Effect.flip(auth.credentials), { autoRefresh: false })
      assert.include(off.message, "(refresh is off)")
      const valid = yield* over(login(a0(1)), silent, (auth) => auth.credentials, { autoRefresh: false })
      assert.strictEqual(valid.origin, "store")
    }))

  it.effect("fails when the login has no access token, or is an API key", () =>
    Effect.gen(function*() {
      const none = yield* over({ tokens: null }, silent, (auth) => Effect.flip(auth.credentials))
      assert.strictEqual(
        none.message,
        "No access_token found in the auth JSON that was given (option authJson, variable CODEX_AUTH_JSON_JSON)."
      )
      const key = yield* over({ OPENAI_API_KEY: "SECRET" }, silent, (auth) => Effect.flip(auth.credentials))
      assert.strictEqual(
        key.message,
        "No access_token found in the auth JSON that was given (option authJson, variable CODEX_AUTH_JSON_JSON): it holds an API key, not a ChatGPT login."
      )
    }))

  it.effect("uses good tokens beside an API key and odd fields, and says what another kind of login is", () =>
    Effect.gen(function*() {
      const beside = { ...login(a0(60)), auth_mode: "apikey", OPENAI_API_KEY: "SECRET", last_refresh: 7 }
      const credentials = yield* over(beside, silent, (auth) => auth.credentials)
      assert.strictEqual(tokenOf(credentials), a0(60))
      const odd = yield* over(login(a0(60), { id_token: 5 }), silent, (auth) => auth.credentials)
      assert.strictEqual(tokenOf(odd), a0(60))
      for (
        const [document, reason] of [
          [{ auth_mode: "personalAccessToken", personal_access_token: "SECRET" }, "personal access token"],
          [{ personal_access_token: "SECRET" }, "personal access token"],
          [{ auth_mode: "agentIdentity" }, "another login"],
          [{ bedrock_api_key: "SECRET" }, "another login"],
          [{ auth_mode: "chatgptAuthTokens" }, "no tokens"]
        ] as const
      ) {
        const failure = yield* over(document, silent, (auth) => Effect.flip(auth.credentials))
        assert(failure._tag === "AccessTokenMissing")
        assert.strictEqual(failure.reason, reason)
        assert.notInclude(failure.message, "SECRET")
      }
    }))

  it.effect("takes the account id from the settings, the file, the id token, the access token, in this order", () =>
    Effect.gen(function*() {
      const idToken = jwt(60, "id", { chatgpt_account_id: "from-id", chatgpt_account_is_fedramp: true })
      const access = jwt(60, "a", { chatgpt_plan_type: "plus", chatgpt_account_id: "from-access" })
      const found = (tokens: Record<string, unknown>, accountId?: string) =>
        over(login(access, tokens), silent, (auth) => auth.credentials, { accountId })
      assert.strictEqual((yield* found({ id_token: idToken }, "set")).accountId, "set")
      assert.strictEqual((yield* found({ id_token: idToken })).accountId, "acc-1")
      const fromId = yield* found({ id_token: idToken, account_id: null })
      assert.strictEqual(fromId.accountId, "from-id")
      assert.strictEqual(fromId.plan, "plus")
      assert.isTrue(fromId.isFedramp)
      assert.strictEqual((yield* found({ account_id: null })).accountId, "from-access")
    }))
})

/** A store that nothing can be written to until it is unlocked. */
const locked = () => {
  const written: Array<AuthJson.AuthJson> = []
  let readOnly = true
  const store = AuthStore.AuthStore.of({
    location: "here",
    read: Effect.succeed(jsonOf(login(a0(-1)))),
    writable: Effect.void,
    write: (json) =>
      readOnly
        ? Effect.fail(new AuthStoreFailed({ path: "here", operation: "write", problem: "Unknown" }))
        : Effect.sync(() => written.push(json)),
    remove: Effect.succeed(true),
    exclusive: (self) => self
  })
  const unlock = () => {
    readOnly = false
  }
  return { store, unlock, written }
}

describe("CodexAuth with a store that cannot be written", () => {
  it.effect("keeps refreshed tokens in memory, warns once, and saves them when it can", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const real = yield* FileSystem.FileSystem
      const path = `${yield* real.makeTempDirectoryScoped()}/auth.json`
      yield* real.writeFileString(path, JSON.stringify(login(a0(-1))))
      let readOnly = true
      const fs: FileSystem.FileSystem = {
        ...real,
        open: (file, options) =>
          readOnly && (options?.flag === "wx" || options?.flag === "r+")
            ? Effect.fail(
              PlatformError.systemError({ _tag: "PermissionDenied", module: "FileSystem", method: "open" })
            )
            : real.open(file, options)
      }
      const http = issuer((_, index) =>
        Response.json({ access_token: jwt(20 * (index + 1), `a${index + 1}`), refresh_token: `SECRET-r${index + 1}` })
      )
      const log = capture()
      yield* Effect.gen(function*() {
        const auth = yield* onFile(path, http)
        for (let call = 0; call < 3; call++) {
          assert.strictEqual(tokenOf(yield* auth.credentials), jwt(20, "a1"))
        }
        assert.strictEqual(http.calls.length, 1)
        assert.include(Redacted.value(yield* auth.exported), jwt(20, "a1"))
        // They serve as long as they live, and the next refresh goes on from them.
        yield* TestClock.adjust("16 minutes")
        assert.strictEqual((yield* auth.credentials).origin, "store")
        assert.strictEqual(http.calls.length, 1)
        yield* TestClock.adjust("4 minutes")
        assert.strictEqual((yield* auth.credentials).origin, "refresh")
        assert.strictEqual(http.calls[1]?.body["refresh_token"], "SECRET-r1")
        const cure =
          "Give the bot's user read and write access to the file and its folder; in a container, mount the folder."
        assert.deepStrictEqual(log.lines.filter((line) => line.startsWith("Warn")), [
          `Warn Could not write the credentials at ${path} (PermissionDenied). New tokens will be in memory only, and ` +
          `the login ends with this process after the next refresh. ${cure}`,
          `Warn Could not write the credentials at ${path} (PermissionDenied). The new tokens are kept in memory ` +
          `and are lost when this process ends. ${cure}`
        ])
        assert.include(yield* real.readFileString(path), "SECRET-r0")
        readOnly = false
        yield* TestClock.adjust("1 minute")
        yield* auth.credentials
        assert.include(yield* real.readFileString(path), "SECRET-r2")
        assert.isTrue(log.lines.every((line) => !line.includes("SECRET")))
      }).pipe(Effect.scoped, Effect.provideService(FileSystem.FileSystem, fs), Effect.provide(log.layer))
    }).pipe(Effect.provide(platform)))

  it.effect("tries at most once a minute to save again, however often it is asked", () => {
    let writes = 0
    const store = AuthStore.AuthStore.of({
      location: "here",
      read: Effect.succeed(jsonOf(login(a0(-1)))),
      writable: Effect.void,
      write: () =>
        Effect.suspend(() => {
          writes++
          return Effect.fail(new AuthStoreFailed({ path: "here", operation: "write", problem: "Unknown" }))
        }),
      remove: Effect.succeed(true),
      exclusive: (self) => self
    })
    return Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const auth = yield* authOn(store, granting())
      for (let call = 0; call < 10; call++) yield* auth.credentials
      assert.strictEqual(writes, 1)
      yield* TestClock.adjust("59 seconds")
      yield* auth.credentials
      assert.strictEqual(writes, 1)
      yield* TestClock.adjust("1 second")
      for (let call = 0; call < 10; call++) yield* auth.credentials
      assert.strictEqual(writes, 2)
    }).pipe(Effect.provide(capture().layer))
  })

  it.effect("uses the old token as long as it lives when the new ones could not be saved, and says so once", () => {
    const problem = new AuthStoreFailed({ path: "/run/auth.json", operation: "write", problem: "EROFS" })
    const http = granting()
    const log = capture()
    let readOnly = true
    const store = AuthStore.AuthStore.of({
      location: "/run/auth.json",
      read: Effect.succeed(jsonOf(login(a0(4)))),
      writable: Effect.suspend(() => readOnly ? Effect.fail(problem) : Effect.void),
      write: () => readOnly ? Effect.fail(problem) : Effect.void,
      remove: Effect.succeed(true),
      exclusive: (self) => self
    })
    return Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const auth = yield* authOn(store, http)
      for (let minute = 0; minute < 4; minute++) {
        assert.strictEqual(tokenOf(yield* auth.credentials), a0(4))
        assert.strictEqual(http.calls.length, 0)
        yield* TestClock.adjust("1 minute")
      }
      const status = yield* auth.status
      assert.deepStrictEqual([status.signedIn, status.unwritable], [true, problem])
      assert.strictEqual((yield* auth.credentials).origin, "refresh")
      assert.strictEqual(http.calls.length, 1)
      const warnings = log.lines.filter((line) => line.startsWith("Warn"))
      assert.strictEqual(warnings.length, 2)
      assert.match(
        warnings[0] ?? "",
        /\/run\/auth\.json \(EROFS\)\. New tokens will be in memory only.*mount the folder/
      )
      readOnly = false
      assert.isUndefined((yield* auth.status).unwritable)
    }).pipe(Effect.provide(log.layer))
  })

  it.effect("asks a store that cannot be written once a minute whether it can be, however often it is asked itself", () => {
    let asked = 0
    const problem = new AuthStoreFailed({ path: "here", operation: "write", problem: "EROFS" })
    const store = AuthStore.AuthStore.of({
      location: "here",
      read: Effect.succeed(jsonOf(login(a0(4)))),
      writable: Effect.suspend(() => {
        asked++
        return Effect.fail(problem)
      }),
      write: () => Effect.fail(problem),
      remove: Effect.succeed(true),
      exclusive: (self) => self
    })
    return Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const auth = yield* authOn(store, silent)
      const before = asked
      for (let call = 0; call < 10; call++) yield* auth.credentials
      assert.strictEqual(asked - before, 1)
      yield* TestClock.adjust("1 minute")
      for (let call = 0; call < 10; call++) yield* auth.credentials
      assert.strictEqual(asked - before, 2)
    }).pipe(Effect.provide(capture().layer))
  })

  it.effect("drops tokens that could not be saved when somebody signs out elsewhere", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const missing = new AuthFileNotFound({ path: "here" })
      let isThere = true
      const auth = yield* authOn({
        location: "here",
        read: Effect.suspend(() => isThere ? Effect.succeed(jsonOf(login(a0(-1)))) : Effect.fail(missing)),
        writable: Effect.void,
        write: () => Effect.fail(new AuthStoreFailed({ path: "here", operation: "write", problem: "EROFS" })),
        remove: Effect.succeed(true),
        exclusive: (self) => self
      }, granting())
      for (let call = 0; call < 2; call++) assert.strictEqual(tokenOf(yield* auth.credentials), jwt(60, "a1"))
      isThere = false
      assert.strictEqual(yield* Effect.flip(auth.credentials), missing)
      isThere = true
      assert.strictEqual((yield* auth.credentials).origin, "refresh")
    }).pipe(Effect.provide(capture().layer)))

  it.effect("refreshes as soon as the new tokens can be saved", () => {
    const http = granting()
    let readOnly = true
    const store = AuthStore.AuthStore.of({
      location: "here",
      read: Effect.succeed(jsonOf(login(a0(4)))),
      writable: Effect.suspend(() =>
        readOnly
          ? Effect.fail(new AuthStoreFailed({ path: "here", operation: "write", problem: "EROFS" }))
          : Effect.void
      ),
      write: () => Effect.void,
      remove: Effect.succeed(true),
      exclusive: (self) => self
    })
    return Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const auth = yield* authOn(store, http)
      yield* auth.credentials
      readOnly = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* auth.credentials).origin, "refresh")
    }).pipe(Effect.provide(capture().layer))
  })

  it.effect("tries once more to save when the layer closes", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const { store, unlock, written } = locked()
      yield* Effect.gen(function*() {
        const auth = yield* authOn(store, granting())
        yield* auth.credentials
        unlock()
      }).pipe(Effect.scoped)
      assert.deepStrictEqual(
        written.map((json) => json.tokens.refreshToken && Redacted.value(json.tokens.refreshToken)),
        ["SECRET-r1"]
      )
    }).pipe(Effect.provide(capture().layer)))

  it.effect("tries once more to save a login that nothing renews when the layer closes, within the same minute", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const { store, unlock, written } = locked()
      yield* Effect.gen(function*() {
        const services = yield* Layer.build(
          Layer.provide(authOver(silent, { autoRefresh: false }), Layer.succeed(AuthStore.AuthStore, store))
        )
        const auth = yield* Effect.provide(CodexAuth.CodexAuth, services)
        assert.isDefined((yield* auth.signIn(jsonOf(login(a0(60))))).unsaved)
        unlock()
        yield* TestClock.adjust("59 seconds")
      }).pipe(Effect.scoped)
      assert.deepStrictEqual(written.map((json) => json.tokens.accessToken), [Redacted.make(a0(60))])
    }).pipe(Effect.provide(capture().layer)))

  it.effect("prefers a login that was made elsewhere to what it could not save", () => {
    const http = granting()
    return Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      let json = jsonOf(login(a0(-1)))
      const store = AuthStore.AuthStore.of({
        location: "here",
        read: Effect.sync(() => json),
        writable: Effect.void,
        write: () => Effect.fail(new AuthStoreFailed({ path: "here", operation: "write", problem: "Unknown" })),
        remove: Effect.succeed(true),
        exclusive: (self) => self
      })
      const auth = yield* authOn(store, http)
      assert.strictEqual(tokenOf(yield* auth.credentials), jwt(60, "a1"))
      json = jsonOf(login(jwt(60, "elsewhere"), { refresh_token: "SECRET-e" }))
      assert.strictEqual(tokenOf(yield* auth.credentials), jwt(60, "elsewhere"))
      json = jsonOf(login(a0(-1)))
      assert.notStrictEqual(tokenOf(yield* auth.credentials), jwt(60, "a1"))
    }).pipe(Effect.provide(capture().layer))
  })
})

describe("CodexAuth.signIn and CodexAuth.imported", () => {
  const documentIn = (store: AuthStore.Service) =>
    Effect.map(store.read, (json) => JSON.parse(Redacted.value(AuthJson.stringify(json))))

  const text = (document: AuthJson.Document) => Redacted.make(JSON.stringify(document))

  it.effect("takes over a login of another account at once, and tells whose it is", () =>
    over(login(a0(60)), silent, (auth, store) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* auth.credentials).accountId, "acc-1")
        const next = login(jwt(60, "next", { chatgpt_plan_type: "pro" }), { account_id: "acc-2" })
        const signedIn = yield* auth.signIn(jsonOf({ ...next, unknown: 2 }))
        assert.deepStrictEqual([signedIn.signedIn, signedIn.accountId, signedIn.plan, signedIn.unsaved], [
          true,
          "acc-2",
          "pro",
          undefined
        ])
        assert.strictEqual(tokenOf(yield* auth.credentials), next.tokens.access_token)
        assert.strictEqual((yield* documentIn(store)).unknown, 2)
      })))

  it.effect.each([
    { whose: "the same account", account: "acc-1", kept: ["SECRET-key", "theirs"] },
    { whose: "another account", account: "acc-2", kept: [null, undefined] }
  ])(
    "keeps of the file before what is beside its tokens, of $whose: $kept",
    ({ account, kept }) =>
      over(
        { ...login(a0(60)), OPENAI_API_KEY: "SECRET-key", note: "theirs" },
        silent,
        (auth, store) =>
          Effect.gen(function*() {
            const next = login(jwt(60, "next", { chatgpt_account_id: account }), { account_id: account })
            assert.strictEqual((yield* auth.signIn(jsonOf(next))).accountId, account)
            const { note, OPENAI_API_KEY } = yield* documentIn(store)
            assert.deepStrictEqual([OPENAI_API_KEY, note], kept)
          })
      )
  )

  it.effect("fills in what the official CLI wants to find, and changes nothing that is there", () =>
    Effect.gen(function*() {
      const bare = yield* over({ note: 1 }, silent, (auth, store) =>
        Effect.andThen(
          auth.imported(text({ tokens: { access_token: a0(60), refresh_token: "SECRET-r", odd: 1 } })),
          documentIn(store)
        ))
      assert.deepStrictEqual(bare, {
        note: 1,
        auth_mode: "chatgpt",
        OPENAI_API_KEY: null,
        tokens: { access_token: a0(60), refresh_token: "SECRET-r", odd: 1, account_id: "acc-1" },
        last_refresh: "2026-02-03T04:05:06.000Z"
      })
      const whole = { ...login(a0(60)), OPENAI_API_KEY: "SECRET-key", last_refresh: "2026-01-02T03:04:05.123456789Z" }
      const kept = yield* over(
        {},
        silent,
        (auth, store) => Effect.andThen(auth.imported(text(whole)), documentIn(store))
      )
      assert.deepStrictEqual(kept, whole)
    }))

  it.effect("takes over what was exported", () =>
    over(login(a0(60)), silent, (auth, store) =>
      Effect.gen(function*() {
        const exported = yield* auth.exported
        yield* store.remove
        yield* auth.imported(exported)
        assert.strictEqual(tokenOf(yield* auth.credentials), a0(60))
      })))

  it.effect("forgets that the same refresh token was refused before", () => {
    let alive = false
    const http = issuer(() =>
      alive
        ? Response.json({ access_token: jwt(60, "new") })
        : Response.json({ error: { code: "refresh_token_expired" } }, { status: 401 })
    )
    return over(login(a0(-1)), http, (auth) =>
      Effect.gen(function*() {
        yield* outlast(Effect.flip(auth.credentials), "5 seconds")
        alive = true
        assert.strictEqual((yield* Effect.flip(auth.credentials))._tag, "TokenRefreshFailed")
        yield* auth.imported(text(login(a0(-1))))
        assert.strictEqual((yield* auth.credentials).origin, "refresh")
        assert.strictEqual(http.calls.length, 2)
      }))
  })

  it.effect("is finished when it has begun to be saved, whoever leaves", () => {
    const { store, waiting, writeOn } = heldUp()
    return Effect.gen(function*() {
      const auth = yield* authOn(store, silent)
      const signingIn = yield* Effect.forkChild(auth.signIn(jsonOf(login(a0(60)))), { startImmediately: true })
      yield* waiting
      const leaving = yield* Effect.forkChild(Fiber.interrupt(signingIn), { startImmediately: true })
      yield* writeOn
      yield* Fiber.join(leaving)
      assert.strictEqual(yield* stored(store), a0(60))
    })
  })

  it.effect("waits until another process is done with the store, and so does signing out", () =>
    over(login(a0(60)), issuer(() => Response.json({})), (auth, store) =>
      Effect.gen(function*() {
        for (
          const [work, after] of [
            [auth.signIn(jsonOf(login(jwt(60, "next")))), jwt(60, "next")],
            [auth.signOut, undefined]
          ] as const
        ) {
          const before = yield* stored(store)
          const entered = yield* Deferred.make<void>()
          const leave = yield* Deferred.make<void>()
          const other = yield* Effect.forkChild(
            store.exclusive(Effect.andThen(Deferred.succeed(entered, undefined), Deferred.await(leave)))
          )
          yield* Deferred.await(entered)
          const working = yield* Effect.forkChild(work, { startImmediately: true })
          assert.strictEqual(yield* stored(store), before)
          yield* Deferred.succeed(leave, undefined)
          yield* Fiber.join(other)
          yield* Fiber.join(working)
          assert.strictEqual(yield* Effect.orElseSucceed(stored(store), () => undefined), after)
        }
      })))

  it.effect("refuses what is no login, leaves the old one, and repeats nothing of it", () =>
    over(login(a0(60)), silent, (auth) =>
      Effect.gen(function*() {
        const refused = (given: string) => Effect.flip(auth.imported(Redacted.make(given)))
        const messages = yield* Effect.forEach([
          "SECRET",
          "[\"SECRET\"]",
          JSON.stringify({ tokens: { id_token: "SECRET" } }),
          JSON.stringify({ OPENAI_API_KEY: "SECRET" }),
          JSON.stringify(login(a0(-1), { refresh_token: "" }))
        ], (given) => Effect.map(refused(given), (failure) => failure.message))
        assert.deepStrictEqual(messages, [
          "The file at import:auth.json is not JSON.",
          "The file at import:auth.json is not an auth.json.",
          "No access_token found in import:auth.json.",
          "No access_token found in import:auth.json: it holds an API key, not a ChatGPT login.",
          "The access_token has expired on 2026-02-03 04:04 UTC and cannot be refreshed (no refresh token)."
        ])
        assert.strictEqual(tokenOf(yield* auth.credentials), a0(60))
      })))

  it.effect("replaces a file that is broken", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      yield* fs.writeFileString(path, "{\"tokens\":")
      const auth = yield* onFile(path, silent)
      const fiber = yield* Effect.forkChild(auth.imported(text(login(a0(60)))), { startImmediately: true })
      // The file is a real one, and takes its time.
      const step = Effect.andThen(TestClock.withLive(Effect.sleep("5 millis")), TestClock.adjust("100 millis"))
      while (fiber.pollUnsafe() === undefined) yield* step
      assert.isTrue((yield* Fiber.join(fiber)).signedIn)
      assert.strictEqual(JSON.parse(yield* fs.readFileString(path)).tokens.access_token, a0(60))
    }).pipe(Effect.provide(platform)))

  it.effect("uses a login that cannot be saved, says so, and saves it when it can", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const real = yield* FileSystem.FileSystem
      const path = `${yield* real.makeTempDirectoryScoped()}/auth.json`
      let readOnly = true
      const fs: FileSystem.FileSystem = {
        ...real,
        open: (file, options) =>
          readOnly && options?.flag === "wx"
            ? Effect.fail(
              PlatformError.systemError({ _tag: "PermissionDenied", module: "FileSystem", method: "open" })
            )
            : real.open(file, options)
      }
      const log = capture()
      yield* Effect.gen(function*() {
        const auth = yield* onFile(path, silent)
        assert.strictEqual((yield* Effect.flip(auth.credentials))._tag, "AuthFileNotFound")
        const signedIn = yield* auth.imported(text(login(a0(60))))
        assert.isTrue(signedIn.signedIn)
        assert.strictEqual(
          signedIn.unsaved?.message,
          `Could not write the credentials at ${path} (PermissionDenied).`
        )
        assert.strictEqual(tokenOf(yield* auth.credentials), a0(60))
        assert.strictEqual(log.lines.filter((line) => line.startsWith("Warn")).length, 1)
        readOnly = false
        yield* TestClock.adjust("1 minute")
        yield* auth.credentials
        assert.strictEqual(JSON.parse(yield* real.readFileString(path)).tokens.access_token, a0(60))
      }).pipe(Effect.scoped, Effect.provideService(FileSystem.FileSystem, fs), Effect.provide(log.layer))
    }).pipe(Effect.provide(platform)))
})

describe("CodexAuth beside other processes", () => {
  it.effect("goes on with a token that still works when another process holds the lock, and fails with one that does not", () => {
    const busy = new AuthStoreFailed({ path: "here", operation: "lock", problem: "another process holds the lock" })
    const beside = (minutes: number) =>
      authOn({
        location: "here",
        read: Effect.succeed(jsonOf(login(a0(minutes)))),
        writable: Effect.void,
        write: () => Effect.void,
        remove: Effect.succeed(true),
        exclusive: () => Effect.fail(busy)
      }, silent)
    return Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      assert.strictEqual(tokenOf(yield* (yield* beside(4)).credentials), a0(4))
      assert.strictEqual(yield* Effect.flip((yield* beside(-1)).credentials), busy)
    })
  })

  it.effect("finds a file that vanished at the next need, and a login made beside it right away", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      yield* fs.writeFileString(path, JSON.stringify(login(a0(60))))
      const auth = yield* onFile(path, silent)
      assert.strictEqual(tokenOf(yield* auth.credentials), a0(60))
      yield* fs.remove(path)
      assert.strictEqual((yield* Effect.flip(auth.credentials)).message, `auth JSON not found at ${path}.`)
      yield* fs.writeFileString(path, JSON.stringify(login(jwt(60, "beside"), { account_id: "acc-2" })))
      assert.strictEqual((yield* auth.credentials).accountId, "acc-2")
    }).pipe(Effect.provide(platform)))
})

describe("CodexAuth.recover", () => {
  it.effect("takes what the store holds by now, then refreshes, then gives up", () => {
    const http = granting()
    return over(login(a0(60)), http, (auth, store) =>
      Effect.gen(function*() {
        const refused = yield* auth.credentials
        yield* store.write(jsonOf(login(jwt(60, "theirs"))))
        const reloaded = yield* auth.recover(refused)
        assert.deepStrictEqual([tokenOf(reloaded), reloaded.origin], [jwt(60, "theirs"), "reload"])
        const refreshed = yield* auth.recover(reloaded)
        assert.deepStrictEqual([tokenOf(refreshed), refreshed.origin], [jwt(60, "a1"), "refresh"])
        assert.strictEqual((yield* Effect.flip(auth.recover(refreshed)))._tag, "Unauthorized")
        assert.strictEqual(http.calls.length, 1)
      }))
  })

  it.effect("refreshes at once when the store holds nothing new, once for all callers", () => {
    const http = granting()
    return over(login(a0(60)), http, (auth) =>
      Effect.gen(function*() {
        const refused = yield* auth.credentials
        const all = yield* Effect.all(Array.from({ length: 20 }, () => auth.recover(refused)), {
          concurrency: "unbounded"
        })
        assert.strictEqual(http.calls.length, 1)
        assert.isTrue(all.every((credentials) => tokenOf(credentials) === jwt(60, "a1")))
        assert.isTrue(all.every((credentials) => credentials.origin === "refresh"))
        // A latecomer with the refused token finds the new one in the store.
        assert.strictEqual((yield* auth.recover(refused)).origin, "reload")
      }))
  })

  it.effect("ends after two steps although the store changes each time", () =>
    over(login(a0(60)), silent, (auth, store) =>
      Effect.gen(function*() {
        const first = yield* auth.credentials
        yield* store.write(jsonOf(login(jwt(60, "b"))))
        const second = yield* auth.recover(first)
        yield* store.write(jsonOf(login(jwt(60, "c"))))
        const third = yield* auth.recover(second)
        assert.deepStrictEqual([second.origin, third.origin], ["reload", "refresh"])
        yield* store.write(jsonOf(login(jwt(60, "d"))))
        assert.strictEqual((yield* Effect.flip(auth.recover(third)))._tag, "Unauthorized")
      })))

  it.effect("counts a token that it finds while it waits for its turn as the step that it took", () => {
    const waitingFor = (origin: "store" | "reload") =>
      over(login(a0(60)), silent, (auth, store) =>
        Effect.gen(function*() {
          const refused = { ...yield* auth.credentials, origin }
          const entered = yield* Deferred.make<void>()
          const leave = yield* Deferred.make<void>()
          yield* Effect.forkChild(store.exclusive(Effect.gen(function*() {
            yield* Deferred.succeed(entered, undefined)
            yield* Deferred.await(leave)
            yield* store.write(jsonOf(login(jwt(60, "theirs"))))
          })))
          yield* Deferred.await(entered)
          const waiting = yield* Effect.forkChild(auth.recover(refused), { startImmediately: true })
          yield* Deferred.succeed(leave, undefined)
          const found = yield* Fiber.join(waiting)
          assert.strictEqual(tokenOf(found), jwt(60, "theirs"))
          return found.origin
        }))
    return Effect.gen(function*() {
      assert.strictEqual(yield* waitingFor("store"), "reload")
      assert.strictEqual(yield* waitingFor("reload"), "refresh")
    })
  })

  it.effect("renews what the store holds by now where that is about to end as well", () => {
    const http = granting()
    return over(login(a0(60)), http, (auth, store) =>
      Effect.gen(function*() {
        const refused = yield* auth.credentials
        yield* store.write(jsonOf(login(jwt(5, "theirs"))))
        const better = yield* auth.recover(refused)
        assert.strictEqual(tokenOf(better), jwt(60, "a1"))
        assert.strictEqual(http.calls.length, 1)
      }))
  })

  it.effect("gives up where nothing can be refreshed", () =>
    Effect.gen(function*() {
      const gaveUp = (document: AuthJson.Document, options?: Options) =>
        over(
          document,
          silent,
          (auth) => Effect.flatMap(auth.credentials, (refused) => Effect.flip(auth.recover(refused))),
          options
        )
      assert.strictEqual((yield* gaveUp({ tokens: { access_token: "opaque" } }))._tag, "Unauthorized")
      assert.strictEqual((yield* gaveUp(login(a0(60)), { autoRefresh: false }))._tag, "Unauthorized")
    }))

  it.effect("does not change the account in the middle of a request", () =>
    over(login(a0(60)), silent, (auth, store) =>
      Effect.gen(function*() {
        const refused = yield* auth.credentials
        yield* store.write(jsonOf(login(jwt(60, "theirs"), { account_id: "acc-2" })))
        assert.deepStrictEqual(
          yield* Effect.flip(auth.recover(refused)),
          new TokenRefreshFailed({ reason: "accountChanged" })
        )
      })))

  it.effect("says why a refresh failed", () =>
    over(login(a0(60)), down(), (auth) =>
      Effect.gen(function*() {
        const refused = yield* auth.credentials
        assert.deepStrictEqual(
          yield* Effect.flip(auth.recover(refused)),
          new TokenRefreshFailed({ reason: "unreachable", status: 503 })
        )
      })))
})

describe("CodexAuth.status", () => {
  it.effect("tells of a login without a call, also of one that only needs a refresh", () =>
    Effect.gen(function*() {
      const good = yield* over(login(jwt(60, "", { chatgpt_plan_type: "pro" })), silent, (auth) => auth.status)
      assert.deepStrictEqual(good, {
        location: "memory:auth.json",
        signedIn: true,
        problem: undefined,
        expiresAt: DateTime.addDuration(start, "1 hour"),
        accountId: "acc-1",
        plan: "pro",
        canRefresh: true,
        unwritable: undefined
      })
      const due = yield* over(login(a0(-1)), silent, (auth) => auth.status)
      assert.deepStrictEqual([due.signedIn, due.problem, due.canRefresh], [true, undefined, true])
      assert.strictEqual(silent.calls.length, 0)
    }))

  it.effect("is not signed in with a token that the backend refused and the issuer did not renew", () => {
    const http = refusing("refresh_token_invalidated", 401)
    return over(login(a0(60)), http, (auth) =>
      Effect.gen(function*() {
        const refused = yield* auth.credentials
        const failure = yield* outlast(Effect.flip(auth.recover(refused)), "5 seconds")
        const status = yield* auth.status
        assert.deepStrictEqual([status.signedIn, status.problem, status.canRefresh], [false, failure, false])
        yield* auth.imported(Redacted.make(JSON.stringify(login(a0(60)))))
        assert.isTrue((yield* auth.status).signedIn)
      }))
  })

  it.effect("names the problem when there is no login", () =>
    Effect.gen(function*() {
      const status = yield* over({}, silent, (auth) => auth.status)
      assert.deepStrictEqual([status.signedIn, status.problem?._tag], [false, "AccessTokenMissing"])
    }))
})

describe("CodexAuth.signOut", () => {
  it.effect("removes the login, then tells the issuer, and says whether there was one", () => {
    const http = issuer(() => new Response("", { status: 500 }))
    return over(login(a0(60)), http, (auth) =>
      Effect.gen(function*() {
        assert.isTrue(yield* auth.signOut)
        assert.deepStrictEqual(http.calls.map((call) => [call.path, call.body["token"]]), [
          ["/oauth/revoke", "SECRET-r0"]
        ])
        assert.isFalse(yield* auth.signOut)
        assert.strictEqual(http.calls.length, 1)
        const status = yield* auth.status
        assert.deepStrictEqual([status.signedIn, status.problem?._tag], [false, "AuthFileNotFound"])
        assert.strictEqual((yield* Effect.flip(auth.exported))._tag, "AuthFileNotFound")
      }))
  })

  it.effect("ends a login that was never saved, too", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(start))
      const http = issuer(() => new Response())
      const missing = new AuthFileNotFound({ path: "here" })
      const auth = yield* authOn({
        location: "here",
        read: Effect.fail(missing),
        writable: Effect.void,
        write: () => Effect.fail(new AuthStoreFailed({ path: "here", operation: "write", problem: "EROFS" })),
        remove: Effect.succeed(false),
        exclusive: (self) => self
      }, http)
      assert.isDefined((yield* auth.signIn(jsonOf(login(a0(60))))).unsaved)
      assert.strictEqual(tokenOf(yield* auth.credentials), a0(60))
      yield* auth.signOut
      assert.deepStrictEqual(http.calls.map((call) => [call.path, call.body["token"]]), [[
        "/oauth/revoke",
        "SECRET-r0"
      ]])
      assert.strictEqual(yield* Effect.flip(auth.credentials), missing)
    }))

  it.effect("keeps the session alive when the login cannot be removed", () =>
    Effect.gen(function*() {
      const http = issuer(() => new Response())
      const failure = new AuthStoreFailed({ path: "here", operation: "remove", problem: "PermissionDenied" })
      const auth = yield* authOn({
        location: "here",
        read: Effect.succeed(jsonOf(login(a0(60)))),
        writable: Effect.void,
        write: () => Effect.void,
        remove: Effect.fail(failure),
        exclusive: (self) => self
      }, http)
      assert.strictEqual(yield* Effect.flip(auth.signOut), failure)
      assert.strictEqual(http.calls.length, 0)
    }))
})

describe("secrets", () => {
  it.effect("show in nothing that CodexAuth returns, fails with or logs", () => {
    const log = capture()
    const shows = (value: unknown) =>
      [String(value), inspect(value, { depth: 12, showHidden: true }), JSON.stringify(value)].join("\n")
    const look = (http: ReturnType<typeof issuer>, minutes: number) =>
      over(login(a0(minutes)), http, (auth) =>
        Effect.gen(function*() {
          const exit = yield* outlast(Effect.exit(auth.credentials), "31 seconds")
          const recovered = Exit.isSuccess(exit) ? yield* Effect.exit(auth.recover(exit.value)) : exit
          const pretty = [exit, recovered].map((one) => Exit.isFailure(one) ? Cause.pretty(one.cause) : "")
          const rest = [
            yield* auth.status,
            yield* Effect.exit(auth.exported),
            yield* outlast(auth.signOut, "11 seconds")
          ]
          for (const value of [exit, recovered, ...rest, ...pretty]) {
            assert.notInclude(shows(value), "SECRET")
          }
          assert.notInclude(shows(auth), "SECRET")
        }))
    return Effect.gen(function*() {
      yield* look(granting(), -1)
      yield* look(granting(), 60)
      yield* look(refusing("refresh_token_invalidated"), -1)
      yield* look(issuer(() => Effect.never), -1)
      assert.isTrue(log.lines.every((line) => !line.includes("SECRET")))
    }).pipe(Effect.provide(log.layer))
  })
})
