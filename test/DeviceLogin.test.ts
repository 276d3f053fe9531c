import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { DeviceLoginFailed } from "../src/auth/AuthError.ts"
import * as AuthJson from "../src/auth/AuthJson.ts"
import * as AuthStore from "../src/auth/AuthStore.ts"
import * as CodexAuth from "../src/auth/CodexAuth.ts"
import * as DeviceLogin from "../src/auth/DeviceLogin.ts"
import * as OAuth from "../src/auth/OAuth.ts"
import * as TokenRefresh from "../src/auth/TokenRefresh.ts"
import { explain } from "../src/Failure.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"

// The public client of the Codex CLI.
const clientId = "app_EMoamEEZ73f0CkXaXp7hrann"

const start = DateTime.makeUnsafe("2026-02-03T04:05:06.000Z")

const jwt = (name: string, account = "acc-1"): string =>
  `e30.${
    Base64Url.encode(JSON.stringify({
      exp: DateTime.toEpochMillis(start) / 1000 + 864_000,
      name: `SECRET-${name}`,
      "https://api.openai.com/auth": { chatgpt_account_id: account, chatgpt_plan_type: "plus" }
    }))
  }.SECRET`

const granted = {
  id_token: jwt("id"),
  access_token: jwt("access"),
  refresh_token: "SECRET-refresh",
  expires_in: 864000
}

interface Call {
  readonly path: string
  readonly body: Record<string, unknown>
  /** Seconds since the test began. */
  readonly at: number
}

type Answer = Response | "broken" | "never"

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Record<string, unknown> => {
  if (request.body._tag !== "Uint8Array") return {}
  const text = new TextDecoder().decode(request.body.body)
  return text.startsWith("{") ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))
}

/** An issuer that answers each path by script: the last answer of a path is repeated. */
const issuer = (script: Record<string, ReadonlyArray<() => Answer>>) => {
  const calls: Array<Call> = []
  const asked = new Map<string, number>()
  const layer = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.flatMap(DateTime.now, (now) => {
        const at = Duration.toSeconds(DateTime.distance(start, now))
        calls.push({ path: url.pathname, body: bodyOf(request), at })
        const count = asked.get(url.pathname) ?? 0
        asked.set(url.pathname, count + 1)
        const answers = script[url.pathname] ?? []
        const answer = (answers[Math.min(count, answers.length - 1)] ?? (() => new Response("", { status: 404 })))()
        return answer === "never"
          ? Effect.never
          : answer === "broken"
          ? Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, cause: new Error("SECRET-cause") })
            })
          )
          : Effect.succeed(HttpClientResponse.fromWeb(request, answer))
      })
    )
  )
  return { calls, layer, to: (path: string) => calls.filter((call) => call.path === path) }
}

const usercode = "/api/accounts/deviceauth/usercode"
const poll = "/api/accounts/deviceauth/token"
const token = "/oauth/token"
const deviceCode = "/oauth/device/code"

const json = (body: unknown, status = 200) => () => Response.json(body, { status })

const refusal = (status: number, code: string, message = "SECRET-message") =>
  json({ error: { message, type: "invalid_request_error", code } }, status)

const issued = (more: object = {}) =>
  json({ device_auth_id: "SECRET-device", user_code: "ABCD-12345", interval: "5", ...more })

const approved = json({
  authorization_code: "SECRET-code",
  code_challenge: "SECRET-challenge",
  code_verifier: "SECRET-verifier"
})

const rfcIssued = (more: object = {}) =>
  json({
    device_code: "SECRET-device",
    user_code: "WDJB-MJHT",
    verification_uri: "https://issuer.test/device",
    verification_uri_complete: "https://issuer.test/device?user_code=WDJB-MJHT",
    expires_in: 900,
    interval: 5,
    ...more
  })

const pending = refusal(403, "deviceauth_authorization_pending")
const rfcPending = json({ error: "authorization_pending" }, 400)

const deviceauth = (
  polls: ReadonlyArray<() => Answer>,
  exchanges: ReadonlyArray<() => Answer> = [json(granted)],
  issue = issued()
) => issuer({ [usercode]: [issue], [poll]: polls, [token]: exchanges })

const rfc8628 = (polls: ReadonlyArray<() => Answer>, issue = rfcIssued()) =>
  issuer({ [deviceCode]: [issue], [token]: polls })

const services = (http: { readonly layer: Layer.Layer<HttpClient.HttpClient> }, store = AuthStore.layerJson({})) =>
  DeviceLogin.layer.pipe(
    Layer.provideMerge(CodexAuth.layer()),
    Layer.provideMerge(Layer.fresh(TokenRefresh.layer)),
    Layer.provideMerge(store),
    Layer.provideMerge(OAuth.layer({ issuer: "https://issuer.test" })),
    Layer.provide(http.layer)
  )

/** Lets virtual time pass in small steps until the effect is done. */
const passing = <A, E, R>(effect: Effect.Effect<A, E, R>, step: Duration.Input = "1 second") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust(step)
    return yield* Fiber.join(fiber)
  })

const begin = TestClock.setTime(DateTime.toEpochMillis(start))

const signingIn = (options?: DeviceLogin.Options) =>
  DeviceLogin.DeviceLogin.use((login) => Stream.runCollect(login.signIn(options)))

/** Runs a whole login; the steps, or how it failed. */
const login = (http: ReturnType<typeof issuer>, options?: DeviceLogin.Options) =>
  Effect.gen(function*() {
    yield* begin
    return yield* passing(signingIn(options)).pipe(Effect.provide(services(http)))
  })

const failing = (http: ReturnType<typeof issuer>, options?: DeviceLogin.Options) => Effect.flip(login(http, options))

const flows = [
  {
    flow: "deviceauth",
    of: deviceauth,
    path: poll,
    pending,
    approved,
    denied: refusal(403, "deviceauth_access_denied"),
    expired: refusal(403, "deviceauth_authorization_unknown_2", "Device authorization code has expired."),
    slowDown: refusal(403, "deviceauth_slow_down")
  },
  {
    flow: "rfc8628",
    of: rfc8628,
    path: token,
    pending: rfcPending,
    approved: json(granted),
    denied: json({ error: "access_denied" }, 400),
    expired: json({ error: "expired_token" }, 400),
    slowDown: json({ error: "slow_down" }, 400)
  }
] as const

for (const each of flows) {
  const { approved, denied, expired, flow, path, pending, slowDown } = each
  const answering = (...polls: ReadonlyArray<() => Answer>) => each.of(polls)

  describe(`a login by ${flow}`, () => {
    it.effect("tells the code, then each question, then who is signed in", () => {
      const http = answering(pending, pending, approved)
      return Effect.gen(function*() {
        const steps = yield* login(http, { flow })
        assert.deepStrictEqual(steps.map((step) => step._tag), [
          "CodeIssued",
          "Waiting",
          "Waiting",
          "Waiting",
          "SignedIn"
        ])
        const [code, first, , third, last] = steps
        assert(code?._tag === "CodeIssued" && last?._tag === "SignedIn")
        assert.strictEqual(code.flow, flow)
        assert.strictEqual(Duration.toSeconds(code.expiresIn), 900)
        assert.deepStrictEqual(code.expiresAt, DateTime.addDuration(start, "15 minutes"))
        assert.deepStrictEqual([first, third], [
          { _tag: "Waiting", attempt: 1, elapsed: Duration.seconds(5) },
          { _tag: "Waiting", attempt: 3, elapsed: Duration.seconds(15) }
        ])
        assert.deepStrictEqual([last.signedIn, last.accountId, last.plan, last.unsaved], [
          true,
          "acc-1",
          "plus",
          undefined
        ])
        assert.deepStrictEqual(http.to(path).map((call) => call.at), [5, 10, 15])
        assert.notInclude(inspect(steps, { depth: 10 }), "SECRET")
      })
    })

    it.effect("ends when the person refuses", () => {
      const http = answering(pending, denied)
      return Effect.gen(function*() {
        const failure = yield* failing(http, { flow })
        assert(failure._tag === "DeviceLoginFailed")
        assert.strictEqual(failure.reason, "denied")
        assert.strictEqual(http.to(path).length, 2)
      })
    })

    it.effect("ends when the issuer calls the code expired", () =>
      Effect.gen(function*() {
        const failure = yield* failing(answering(pending, expired), { flow })
        assert(failure._tag === "DeviceLoginFailed")
        assert.strictEqual(failure.reason, "expired")
      }))

    it.effect("times out after fifteen minutes, and says that an account can have it switched off", () => {
      const http = answering(pending)
      return Effect.gen(function*() {
        const failure = yield* failing(http, { flow, timeout: "1 hour" })
        assert.deepStrictEqual(failure, new DeviceLoginFailed({ reason: "timedOut" }))
        assert.strictEqual(
          explain(failure),
          "The login did not succeed: nobody entered the code in time, or device code login is switched off for the " +
            "account or workspace.\nStart again; if it keeps timing out, enable device code login in ChatGPT's " +
            "security settings, or ask the workspace's admin to."
        )
        assert.deepStrictEqual([http.to(path).length, http.to(path).at(-1)?.at], [180, 900])
      })
    })

    it.effect("waits no longer than it is told, and asks a last time at the end", () => {
      const http = answering(pending)
      return Effect.gen(function*() {
        assert.strictEqual((yield* failing(http, { flow, timeout: "12 seconds" }))._tag, "DeviceLoginFailed")
        assert.deepStrictEqual(http.to(path).map((call) => call.at), [5, 10, 12])
      })
    })

    it.effect("goes on over a broken network, a 429, a 5xx, a block page and silence", () => {
      const blocked = () => new Response("<html>", { status: 403, headers: { "cf-mitigated": "challenge" } })
      const http = answering(
        () => "broken",
        json({}, 503),
        blocked,
        () => "never",
        json({ detail: "slow" }, 429),
        () => new Response("<html>Just a moment</html>"),
        approved
      )
      return Effect.gen(function*() {
        const steps = yield* login(http, { flow })
        assert.strictEqual(steps.at(-1)?._tag, "SignedIn")
        assert.strictEqual(http.to(path).length, 7)
      })
    })

    it.effect("says that the issuer was out of reach when that was the last thing known", () =>
      Effect.gen(function*() {
        const failure = yield* failing(answering(pending, () => "broken"), { flow, timeout: "1 minute" })
        assert.deepStrictEqual(failure, new DeviceLoginFailed({ reason: "unreachable" }))
      }))

    it.effect("takes a page of Cloudflare's for noise, whatever it says", () => {
      const page = () =>
        Response.json({ error: "access_denied" }, { status: 403, headers: { "cf-mitigated": "challenge" } })
      return Effect.gen(function*() {
        const failure = yield* failing(answering(page), { flow, timeout: "1 minute" })
        assert.deepStrictEqual(failure, new DeviceLoginFailed({ reason: "unreachable", status: 403 }))
      })
    })

    it.effect("asks less often after a 429", () => {
      const http = answering(json({}, 429), pending, approved)
      return Effect.gen(function*() {
        yield* login(http, { flow })
        assert.deepStrictEqual(http.to(path).map((call) => call.at), [5, 15, 25])
      })
    })

    it.effect("asks five seconds later at least when it is told to slow down, and later where more is asked for", () => {
      const http = answering(json({ interval: 1 }, 429), json({ interval: 40 }, 429), approved)
      return Effect.gen(function*() {
        yield* login(http, { flow })
        assert.deepStrictEqual(http.to(path).map((call) => call.at), [5, 15, 55])
      })
    })

    it.effect("lets its consumer go at once, also while the issuer says nothing", () => {
      const http = answering(() => "never")
      return Effect.gen(function*() {
        yield* begin
        const fiber = yield* Effect.forkChild(signingIn({ flow }), { startImmediately: true })
        yield* TestClock.adjust("6 seconds")
        assert.strictEqual(http.to(path).length, 1)
        const leaving = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
        yield* TestClock.adjust("0 seconds")
        assert.isDefined(leaving.pollUnsafe())
      }).pipe(Effect.provide(services(http)))
    })

    it.effect("asks five seconds later each time it is told to slow down", () => {
      const http = answering(slowDown, slowDown, pending, approved)
      return Effect.gen(function*() {
        yield* login(http, { flow })
        assert.deepStrictEqual(http.to(path).map((call) => call.at), [5, 15, 30, 45])
      })
    })

    it.effect("stops asking and changes nothing when its consumer leaves", () => {
      const http = answering(pending, approved)
      return Effect.gen(function*() {
        yield* begin
        const store = yield* AuthStore.AuthStore
        const seen: Array<string> = []
        const fiber = yield* DeviceLogin.DeviceLogin.use((login) =>
          Stream.runForEach(login.signIn({ flow }), (step) => Effect.sync(() => seen.push(step._tag)))
        ).pipe(Effect.forkChild({ startImmediately: true }))
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(seen, ["CodeIssued", "Waiting"])
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(http.to(path).length, 1)
        assert.isUndefined((yield* store.read).tokens.accessToken)
      }).pipe(Effect.provide(services(http)))
    })

    it.effect("is not asked again once a step was refused", () => {
      const http = answering(approved)
      return Effect.gen(function*() {
        yield* begin
        const cancelled = new DeviceLoginFailed({ reason: "cancelled" })
        const failure = yield* DeviceLogin.DeviceLogin.use((login) =>
          login.signIn({ flow }).pipe(
            Stream.tap((step) => step._tag === "Waiting" ? Effect.fail(cancelled) : Effect.void),
            Stream.runDrain
          )
        ).pipe(Effect.flip, passing)
        assert.strictEqual(failure, cancelled)
        assert.strictEqual(http.to(path).length, 0)
      }).pipe(Effect.provide(services(http)))
    })

    it.effect("hands the login out without saving it, when asked so", () => {
      const http = answering(approved)
      return Effect.gen(function*() {
        yield* begin
        const steps = yield* passing(DeviceLogin.DeviceLogin.use((login) => Stream.runCollect(login.grant({ flow }))))
        const last = steps.at(-1)
        assert(last?._tag === "Granted")
        assert.deepStrictEqual(JSON.parse(Redacted.value(AuthJson.stringify(last.login))), {
          auth_mode: "chatgpt",
          OPENAI_API_KEY: null,
          tokens: {
            id_token: granted.id_token,
            access_token: granted.access_token,
            refresh_token: granted.refresh_token,
            oauth_provenance: { issuer: "https://issuer.test", client_id: clientId },
            account_id: "acc-1"
          },
          last_refresh: "2026-02-03T04:05:11.000Z"
        })
        assert.notInclude(inspect(steps, { depth: 10 }), "SECRET")
        const store = yield* AuthStore.AuthStore
        assert.isUndefined((yield* store.read).tokens.accessToken)
      }).pipe(Effect.provide(services(http)))
    })
  })
}

describe("the issuer's own flow", () => {
  it.effect("sends what the official CLI sends", () => {
    const http = deviceauth([approved])
    return Effect.gen(function*() {
      const [code] = yield* login(http)
      assert(code?._tag === "CodeIssued")
      assert.strictEqual(code.verificationUri, "https://issuer.test/codex/device")
      assert.strictEqual(code.userCode, "ABCD-12345")
      assert.deepStrictEqual(http.calls.map(({ body, path }) => [path, body]), [
        [usercode, { client_id: clientId }],
        [poll, { device_auth_id: "SECRET-device", user_code: "ABCD-12345" }],
        [token, {
          grant_type: "authorization_code",
          client_id: clientId,
          code: "SECRET-code",
          redirect_uri: "https://issuer.test/deviceauth/callback",
          code_verifier: "SECRET-verifier"
        }]
      ])
    })
  })

  for (
    const [interval, seconds] of [
      ["7", 7],
      [7, 7],
      ["0", 1],
      [-3, 5],
      ["-1", 5],
      ["0.2", 1],
      [300, 300],
      [301, 5],
      [true, 5],
      [["7"], 5],
      ["9".repeat(400), 5],
      [undefined, 5],
      [null, 5],
      ["soon", 5],
      [{}, 5],
      ["", 5],
      [1e9, 5],
      ["Infinity", 5]
    ] as const
  ) {
    it.effect(`asks every ${seconds} s when the interval is ${JSON.stringify(interval)}`, () => {
      const http = deviceauth([pending, approved], [json(granted)], issued({ interval }))
      return Effect.gen(function*() {
        yield* login(http)
        assert.deepStrictEqual(http.to(poll).map((call) => call.at), [seconds, 2 * seconds])
      })
    })
  }

  it.effect("takes a page for something between us and the issuer, at the beginning and while it waits", () =>
    Effect.gen(function*() {
      const page = () => new Response("<html>Access denied</html>", { status: 403 })
      const atFirst = yield* failing(issuer({ [usercode]: [page] }))
      assert.deepStrictEqual(atFirst, new DeviceLoginFailed({ reason: "unreachable", status: 403 }))
      const later = yield* failing(deviceauth([pending, page]), { timeout: "1 minute" })
      assert.deepStrictEqual(later, new DeviceLoginFailed({ reason: "unreachable", status: 403 }))
      assert.match(explain(later), /network/)
      // An issuer that does not know the flow may say so with a page.
      const unknown = yield* failing(issuer({ [usercode]: [() => new Response("<html>", { status: 404 })] }))
      assert.deepStrictEqual(unknown, new DeviceLoginFailed({ reason: "notEnabled", status: 404 }))
    }))

  it.effect("repeats what the issuer says of a refusal without a code, on one line, and nothing that may be a token", () =>
    Effect.gen(function*() {
      const told = (body: unknown) =>
        Effect.map(failing(issuer({ [usercode]: [json(body, 400)] })), (failure) => failure.message)
      assert.strictEqual(
        yield* told({ detail: "Ask\n\u0007 your admin." }),
        "The login did not succeed: the issuer refused it (400: Ask your admin.)."
      )
      for (
        const body of [
          { error: { message: "Not today." } },
          { error: "Not today." },
          { error: { message: "Not today.", code: null } },
          { detail: { message: "Not today." } },
          { error_description: "Not today." }
        ]
      ) {
        assert.include(yield* told(body), "(400: Not today.)", JSON.stringify(body))
      }
      const plain = yield* failing(issuer({ [usercode]: [() => new Response("Not today.\n", { status: 403 })] }))
      assert.include(plain.message, "(403: Not today.)")
      const inExchange = yield* failing(deviceauth([approved], [json({ error: "Not today." }, 400)]))
      assert.include(inExchange.message, "(400: Not today.)")
      for (
        const body of [{ detail: "x".repeat(41) }, { detail: ["SECRET"] }, {}, "SECRET", { error: "<b>SECRET</b> no" }]
      ) {
        assert.strictEqual(yield* told(body), "The login did not succeed: the issuer refused it (400).")
      }
      assert.isBelow((yield* told({ detail: "word ".repeat(1000) })).length, 300)
    }))

  it.effect("accepts tokens without an id_token, and warns that the official CLI cannot read such a file", () => {
    const log: Array<string> = []
    const logger = Logger.layer([Logger.make((entry) => log.push(String(entry.message)))])
    const { id_token: _, ...rest } = granted
    return Effect.gen(function*() {
      const steps = yield* login(deviceauth([approved], [json({ ...rest, id_token: 7 })]))
      assert.strictEqual(steps.at(-1)?._tag, "SignedIn")
      assert.isTrue(log.some((line) => line.includes("no id_token") && line.includes("official Codex CLI")))
    }).pipe(Effect.provide(logger))
  })

  it.effect("shows no code that is none", () =>
    Effect.gen(function*() {
      for (const user_code of ["two\nlines", "x".repeat(65), 7]) {
        const failure = yield* failing(deviceauth([approved], [json(granted)], issued({ user_code })))
        assert.deepStrictEqual(failure, new DeviceLoginFailed({ reason: "unreachable", status: 200 }))
      }
    }))

  it.effect("reads the code under its other name", () =>
    Effect.gen(function*() {
      const issue = json({ device_auth_id: "SECRET-device", usercode: "OTHER-1" })
      const [code] = yield* login(deviceauth([approved], [json(granted)], issue))
      assert(code?._tag === "CodeIssued")
      assert.strictEqual(code.userCode, "OTHER-1")
    }))

  it.effect("waits no longer than the code lives, and does not believe an end that is past", () =>
    Effect.gen(function*() {
      const lives = (expires_at: string) =>
        Effect.gen(function*() {
          const http = deviceauth([pending], [json(granted)], issued({ expires_at }))
          assert.deepStrictEqual(yield* failing(http), new DeviceLoginFailed({ reason: "timedOut" }))
          return http.to(poll).at(-1)?.at
        })
      assert.strictEqual(yield* lives("2026-02-03T04:06:06.000Z"), 60)
      assert.strictEqual(yield* lives("2026-02-03T03:00:00.000Z"), 900)
      assert.strictEqual(yield* lives("SECRET"), 900)
      // One that ends at this very moment is no better, and nobody waits for an hour.
      assert.strictEqual(yield* lives(DateTime.formatIso(start)), 900)
      assert.strictEqual(yield* lives(DateTime.formatIso(DateTime.addDuration(start, "1 hour"))), 900)
    }))

  for (
    const [status, code, message] of [
      [403, "deviceauth_authorization_unknown", "Device authorization is unknown. Please try again."],
      [400, "deviceauth_authorization_unknown", "Device authorization is unknown. Please try again."],
      [400, "authorization_pending", ""],
      [404, "something_new", ""],
      [403, "something_new", ""]
    ] as const
  ) {
    it.effect(`keeps waiting at a ${status} with ${code}`, () =>
      Effect.gen(function*() {
        const steps = yield* login(deviceauth([refusal(status, code, message), approved]))
        assert.strictEqual(steps.at(-1)?._tag, "SignedIn")
      }))
  }

  it.effect("keeps waiting at a 403 that says nothing", () =>
    Effect.gen(function*() {
      const steps = yield* login(deviceauth([() => new Response("", { status: 403 }), approved]))
      assert.strictEqual(steps.at(-1)?._tag, "SignedIn")
    }))

  for (
    const [status, code, reason] of [
      [404, "deviceauth_not_found", "expired"],
      [403, "deviceauth_expired", "expired"],
      [400, "deviceauth_expired_token", "expired"],
      [410, "", "expired"],
      [403, "access_denied", "denied"],
      [400, "something_new", "rejected"]
    ] as const
  ) {
    it.effect(`ends as ${reason} at a ${status} with ${code === "" ? "no code" : code}`, () =>
      Effect.gen(function*() {
        const failure = yield* failing(deviceauth([refusal(status, code)]))
        assert.deepStrictEqual(failure, new DeviceLoginFailed({ reason, status }))
        assert.notInclude(inspect(failure, { depth: 10 }), "SECRET")
      }))
  }

  it.effect("does not ask for the authorization again when only its exchange failed", () => {
    const http = deviceauth([approved, denyAgain], [() => "broken", json({}, 500), json(granted)])
    return Effect.gen(function*() {
      const steps = yield* login(http)
      assert.strictEqual(steps.at(-1)?._tag, "SignedIn")
      assert.strictEqual(http.to(poll).length, 1)
      assert.strictEqual(http.to(token).length, 3)
    })
  })

  it.effect("waits fifteen seconds for the answer to a question, and thirty for that to the exchange", () => {
    const http = deviceauth([() => "never", approved], [() => "never", json(granted)])
    return Effect.gen(function*() {
      yield* login(http)
      assert.deepStrictEqual(http.to(poll).map(({ at }) => at), [5, 5 + 15 + 5])
      assert.deepStrictEqual(http.to(token).map(({ at }) => at), [25, 25 + 30 + 5])
    })
  })

  it.effect("ends when the exchange is refused, or brings no access token", () =>
    Effect.gen(function*() {
      const refused = deviceauth([approved], [json({ error: "invalid_grant", error_description: "SECRET" }, 400)])
      assert.deepStrictEqual(yield* failing(refused), new DeviceLoginFailed({ reason: "rejected", status: 400 }))
      const empty = deviceauth([approved], [json({ id_token: "SECRET" })])
      assert.deepStrictEqual(yield* failing(empty), new DeviceLoginFailed({ reason: "rejected", status: 200 }))
    }))
})

const denyAgain = refusal(404, "deviceauth_not_found")

describe("the flow of RFC 8628", () => {
  it.effect("sends what the standard and vibegram/codex send", () => {
    const http = rfc8628([json(granted)])
    return Effect.gen(function*() {
      const [code] = yield* login(http, { flow: "rfc8628", clientId: "app_2", scope: "openid", audience: "aud" })
      assert(code?._tag === "CodeIssued")
      assert.strictEqual(code.verificationUri, "https://issuer.test/device")
      assert.strictEqual(code.verificationUriComplete, "https://issuer.test/device?user_code=WDJB-MJHT")
      assert.deepStrictEqual(http.calls.map(({ body, path }) => [path, body]), [
        [deviceCode, { client_id: "app_2", scope: "openid", audience: "aud" }],
        [token, {
          grant_type: "urn:ietf:params:oauth:grant-type:device_code",
          device_code: "SECRET-device",
          client_id: "app_2"
        }]
      ])
    })
  })

  it.effect("sends nobody to an address that is no https URL on one line", () =>
    Effect.gen(function*() {
      for (
        const verification_uri of [
          "http://issuer.test/device",
          "javascript:alert(1)",
          "https://issuer.test/device\nand then",
          "issuer.test/device",
          "https://issuer.test/dev ice",
          "https://issuer.test/\u202edevice",
          "data:text/html,x",
          "//issuer.test/device",
          "tg://resolve?domain=x"
        ]
      ) {
        const http = rfc8628([json(granted)], rfcIssued({ verification_uri }))
        const failure = yield* failing(http, { flow: "rfc8628" })
        assert(failure._tag === "DeviceLoginFailed")
        assert.strictEqual(failure.reason, "rejected")
        assert.include(failure.message, "no https address")
        assert.strictEqual(http.to(token).length, 0)
      }
      const complete = rfc8628([json(granted)], rfcIssued({ verification_uri_complete: "javascript:alert(1)" }))
      const [code] = yield* login(complete, { flow: "rfc8628" })
      assert(code?._tag === "CodeIssued")
      assert.isUndefined(code.verificationUriComplete)
    }))

  it.effect("takes the new interval that a slow_down names", () => {
    const http = rfc8628([json({ error: "slow_down", interval: 20 }, 400), json(granted)], rfcIssued({ interval: "3" }))
    return Effect.gen(function*() {
      yield* login(http, { flow: "rfc8628" })
      assert.deepStrictEqual(http.to(token).map((call) => call.at), [3, 23])
    })
  })

  it.effect("lives as long as expires_in says", () => {
    const http = rfc8628([rfcPending], rfcIssued({ expires_in: 30 }))
    return Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* failing(http, { flow: "rfc8628" }),
        new DeviceLoginFailed({ reason: "timedOut" })
      )
      assert.strictEqual(http.to(token).at(-1)?.at, 30)
    })
  })

  it.effect("ends at an error that it does not know", () =>
    Effect.gen(function*() {
      const failure = yield* failing(rfc8628([json({ error: "invalid_client" }, 401)]), { flow: "rfc8628" })
      assert.deepStrictEqual(failure, new DeviceLoginFailed({ reason: "rejected", status: 401 }))
    }))
})

describe("the choice of the flow", () => {
  it.effect("moves on to RFC 8628 where the issuer does not have its own", () => {
    const http = rfc8628([json(granted)])
    return Effect.gen(function*() {
      const [code] = yield* login(http)
      assert(code?._tag === "CodeIssued")
      assert.strictEqual(code.flow, "rfc8628")
      assert.deepStrictEqual(http.calls.map((call) => call.path), [usercode, deviceCode, token])
    })
  })

  it.effect("ends where the issuer has neither, or not the one that was asked for", () =>
    Effect.gen(function*() {
      const neither = issuer({})
      assert.deepStrictEqual(
        yield* failing(neither),
        new DeviceLoginFailed({ reason: "notEnabled", status: 404 })
      )
      assert.strictEqual(neither.calls.length, 2)
      for (const flow of ["deviceauth", "rfc8628"] as const) {
        const http = issuer({})
        assert.deepStrictEqual(
          yield* failing(http, { flow }),
          new DeviceLoginFailed({ reason: "notEnabled", status: 404 })
        )
        assert.strictEqual(http.calls.length, 1)
      }
    }))

  const beginnings: ReadonlyArray<
    readonly [
      () => Answer,
      { readonly reason: DeviceLoginFailed["reason"]; readonly status?: number; readonly sentence?: string }
    ]
  > = [
    [json({}, 500), { reason: "unreachable", status: 500 }],
    [json({}, 429), { reason: "unreachable", status: 429 }],
    [() => "broken", { reason: "unreachable" }],
    [() => "never", { reason: "unreachable" }],
    [
      json({ detail: "Device login is off." }, 403),
      { reason: "rejected", status: 403, sentence: "Device login is off." }
    ],
    [
      () => new Response("<html>", { status: 403, headers: { "cf-mitigated": "challenge" } }),
      { reason: "unreachable", status: 403 }
    ],
    [json({ user_code: "SECRET" }), { reason: "unreachable", status: 200 }]
  ]
  for (const [answer, failure] of beginnings) {
    it.effect(`does not move on when the issuer is ${failure.reason} (${failure.status ?? "no answer"})`, () => {
      const http = issuer({ [usercode]: [answer] })
      return Effect.gen(function*() {
        assert.deepStrictEqual(yield* failing(http), new DeviceLoginFailed(failure))
        assert.strictEqual(http.calls.length, 1)
      })
    })
  }
})

describe("a login that replaces another", () => {
  const before = (account: string) => ({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: "SECRET-key",
    note: { kept: true },
    tokens: { access_token: jwt("old", account), refresh_token: "SECRET-old", account_id: account, odd: 1 },
    last_refresh: "2026-01-01T00:00:00Z"
  })

  const documentAfter = (account: string) =>
    Effect.gen(function*() {
      yield* begin
      yield* passing(signingIn())
      const store = yield* AuthStore.AuthStore
      return JSON.parse(Redacted.value(AuthJson.stringify(yield* store.read)))
    }).pipe(Effect.provide(services(deviceauth([approved]), AuthStore.layerJson(before(account)))))

  it.effect("keeps what the file held beside the tokens of the same account, and nothing of another", () =>
    Effect.gen(function*() {
      const same = yield* documentAfter("acc-1")
      assert.deepStrictEqual([same.note, same.OPENAI_API_KEY, same.tokens.odd], [
        { kept: true },
        "SECRET-key",
        undefined
      ])
      assert.strictEqual(same.tokens.access_token, granted.access_token)
      assert.strictEqual(same.last_refresh, "2026-02-03T04:05:11.000Z")
      const other = yield* documentAfter("acc-2")
      assert.deepStrictEqual([other.note, other.OPENAI_API_KEY], [undefined, null])
      assert.strictEqual(other.tokens.account_id, "acc-1")
    }))

  it.effect("keeps the old one until it is there", () =>
    Effect.gen(function*() {
      yield* begin
      yield* Effect.flip(passing(signingIn()))
      const auth = yield* CodexAuth.CodexAuth
      assert.strictEqual(Redacted.value((yield* auth.credentials).accessToken), jwt("old"))
    }).pipe(Effect.provide(services(deviceauth([denyAgain]), AuthStore.layerJson(before("acc-1"))))))

  it.effect("is used at once by whoever asks for credentials", () =>
    Effect.gen(function*() {
      yield* begin
      const auth = yield* CodexAuth.CodexAuth
      assert.strictEqual(Redacted.value((yield* auth.credentials).accessToken), jwt("old"))
      yield* passing(signingIn())
      assert.strictEqual(Redacted.value((yield* auth.credentials).accessToken), granted.access_token)
    }).pipe(Effect.provide(services(deviceauth([approved]), AuthStore.layerJson(before("acc-1"))))))

  it.effect("is handed on although its consumer leaves while it is", () =>
    Effect.gen(function*() {
      yield* begin
      let handedOn = 0
      const auth = Layer.mock(CodexAuth.CodexAuth)({
        // Unlike the real one it could be interrupted.
        signIn: () =>
          Effect.andThen(Effect.sleep("10 seconds"), Effect.die("handed on")).pipe(
            Effect.onExit((exit) => Effect.sync(() => void (Exit.hasDies(exit) && handedOn++)))
          )
      })
      const http = deviceauth([approved])
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(signingIn(), { startImmediately: true })
        yield* TestClock.adjust("6 seconds")
        const leaving = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(leaving)
        assert.strictEqual(handedOn, 1)
      }).pipe(Effect.provide(DeviceLogin.layer.pipe(
        Layer.provide([auth, Layer.provide(OAuth.layer({ issuer: "https://issuer.test" }), http.layer)])
      )))
    }))

  it.effect("is saved although its consumer leaves while it is", () =>
    Effect.gen(function*() {
      yield* begin
      const document = Result.getOrThrow(AuthJson.parse(before("acc-1")))
      let written: AuthJson.AuthJson | undefined = undefined
      const slow = AuthStore.AuthStore.of({
        location: "here",
        read: Effect.succeed(document),
        writable: Effect.void,
        write: (json) => Effect.delay(Effect.sync(() => void (written = json)), "10 seconds"),
        remove: Effect.succeed(true),
        exclusive: (self) => self
      })
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(signingIn(), { startImmediately: true })
        yield* TestClock.adjust("6 seconds")
        const leaving = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(leaving)
        assert.isDefined(written)
      }).pipe(
        Effect.provide(services(deviceauth([approved]), Layer.succeed(AuthStore.AuthStore, slow)))
      )
    }))
})

describe("against the emulator", () => {
  const real = (server: CodexEmulator.Service, store = AuthStore.layerJson({})) =>
    DeviceLogin.layer.pipe(
      Layer.provideMerge(CodexAuth.layer()),
      Layer.provideMerge(Layer.fresh(TokenRefresh.layer)),
      Layer.provideMerge(store),
      Layer.provideMerge(OAuth.layer({ issuer: server.issuer })),
      Layer.provide(FetchHttpClient.layer)
    )

  for (const flow of ["deviceauth", "rfc8628"] as const) {
    const server = CodexEmulator.make({ device: { flows: [flow], interval: "1 second" } })

    it.live(`a person approves ${flow}, and the login is in use`, () =>
      Effect.gen(function*() {
        const issuer = yield* server
        yield* Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(signingIn())
          const waiting = yield* issuer.awaitLogin
          yield* issuer.approve(waiting.userCode, { accountId: "acc-9", plan: "pro" })
          const steps = yield* Fiber.join(fiber)
          const [code, last] = [steps[0], steps.at(-1)]
          assert(code?._tag === "CodeIssued" && last?._tag === "SignedIn")
          assert.deepStrictEqual([code.flow, code.userCode], [flow, waiting.userCode])
          assert.deepStrictEqual([last.accountId, last.plan, last.canRefresh], ["acc-9", "pro", true])
          const auth = yield* CodexAuth.CodexAuth
          const credentials = yield* auth.credentials
          assert.strictEqual((yield* auth.recover({ ...credentials, origin: "reload" })).origin, "refresh")
        }).pipe(Effect.provide(real(issuer)))
      }))

    it.live(`a person refuses ${flow}, and another lets it expire`, () =>
      Effect.gen(function*() {
        const issuer = yield* server
        const ended = (decide: (userCode: string) => Effect.Effect<void, CodexEmulator.NoSuchLogin>) =>
          Effect.gen(function*() {
            const fiber = yield* Effect.forkChild(Effect.flip(signingIn()))
            yield* decide((yield* issuer.awaitLogin).userCode)
            const failure = yield* Fiber.join(fiber)
            assert(failure._tag === "DeviceLoginFailed")
            return failure.reason
          })
        yield* Effect.gen(function*() {
          assert.strictEqual(yield* ended(issuer.deny), "denied")
          assert.strictEqual(yield* ended(issuer.expire), "expired")
        }).pipe(Effect.provide(real(issuer)))
      }))
  }
})
