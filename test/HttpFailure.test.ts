import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { EmptyResponse, ModelForbidden, ProviderFailed, StreamInterrupted } from "../src/backend/BackendError.ts"
import * as HttpFailure from "../src/backend/HttpFailure.ts"
import { CodexError } from "../src/CodexError.ts"

const now = 1_700_000_000_000
const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
const instructions = "You are the keeper of the blue notebook.\nNever say its colour."
const prompt = "my pin is 1234"

const failure = (
  status: number,
  body: unknown = "",
  headers: { readonly [name: string]: string } = {},
  exchange: Partial<HttpFailure.Exchange> = {}
) =>
  HttpFailure.fromResponse(
    {
      model: "gpt-5.3-codex",
      host: "chatgpt.com",
      status,
      headers,
      sent: Redacted.make([instructions, prompt, token]),
      ...exchange
    },
    typeof body === "string" ? body : JSON.stringify(body),
    now
  )

/** The own fields of an error, to compare with. */
const plain = (error: object): Record<string, unknown> => Object.fromEntries(Object.entries(error))

/** All that an error gives away, by every door. */
const everything = (error: CodexError): string =>
  [error.message, JSON.stringify(error), String(error), JSON.stringify(Schema.encodeSync(CodexError)(error))].join("\n")

const detailOf = (error: CodexError): string | undefined =>
  error._tag === "RequestRejected" ? error.detail : `not a RequestRejected: ${error._tag}`

describe("HttpFailure", () => {
  const rows: ReadonlyArray<readonly [number, unknown, string]> = [
    [400, { detail: "Unsupported parameter: x" }, "RequestRejected"],
    [400, { error: { message: "Too long", code: "context_length_exceeded" } }, "ContextWindowExceeded"],
    [400, { error: { message: "Your input exceeds the context window of this model." } }, "ContextWindowExceeded"],
    [400, { detail: "The 'x' model is not supported when using Codex with a ChatGPT account." }, "ModelForbidden"],
    [400, { detail: "The 'x' model requires a newer version of Codex. Please upgrade." }, "ModelForbidden"],
    [400, { error: { code: "cyber_policy", message: "No" } }, "RequestRejected"],
    [401, { error: { code: "token_expired", message: "Expired" } }, "Unauthorized"],
    [401, "", "Unauthorized"],
    [402, { detail: { code: "deactivated_workspace" } }, "WorkspaceRefused"],
    [403, { detail: { code: "invalid_workspace_selected" } }, "WorkspaceRefused"],
    [403, "", "ModelForbidden"],
    [404, { detail: "Not Found" }, "RequestRejected"],
    [404, { error: { message: "Model not found x", param: "model", code: null } }, "ModelForbidden"],
    [404, { error: { code: "model_not_found" } }, "ModelForbidden"],
    [404, { error: { type: "usage_limit_reached" } }, "RateLimited"],
    [408, "", "BackendUnavailable"],
    [413, { detail: "Too large" }, "RequestRejected"],
    [422, { detail: [{ loc: ["body", "input"], msg: "Input must be a list", type: "x" }] }, "RequestRejected"],
    [429, { error: { type: "usage_limit_reached" } }, "RateLimited"],
    [429, { error: { type: "usage_not_included" } }, "UsageNotIncluded"],
    [429, { error: { code: "insufficient_quota" } }, "UsageNotIncluded"],
    [429, { error: { code: "organization_spend_limit_exceeded" } }, "BudgetExhausted"],
    [429, { error: { code: "rate_limit_exceeded" } }, "RateLimited"],
    [429, { detail: "Slow down" }, "RateLimited"],
    [429, "", "RateLimited"],
    [500, "", "BackendUnavailable"],
    [502, "<html>Bad gateway</html>", "BackendUnavailable"],
    [503, { error: { code: "server_is_overloaded" } }, "BackendUnavailable"],
    [504, "upstream", "BackendUnavailable"]
  ]
  it.effect.each(rows)("%i with %j is %s", ([status, body, tag]) =>
    Effect.sync(() => {
      assert.strictEqual(failure(status, body)._tag, tag)
    }))

  it("knows Cloudflare's pages by their marks, whatever the status", () => {
    for (const status of [403, 429, 502, 503, 520]) {
      assert.deepInclude(plain(failure(status, "<title>Just a moment...</title>", { "cf-ray": "abc-FRA" })), {
        _tag: "CloudflareBlocked",
        status,
        host: "chatgpt.com",
        ray: "abc-FRA"
      })
    }
    assert.strictEqual(failure(403, "{}", { "cf-mitigated": "challenge" })._tag, "CloudflareBlocked")
    assert.strictEqual(
      failure(503, "<p>x</p>", { "content-type": "text/html", "server": "cloudflare" })._tag,
      "CloudflareBlocked"
    )
  })

  it("does not take the edge's own headers, or a quotation, for a block", () => {
    const edge = { "cf-ray": "abc", "server": "cloudflare", "content-type": "application/json" }
    assert.strictEqual(failure(403, { detail: { code: "x" } }, edge)._tag, "RequestRejected")
    assert.strictEqual(failure(400, { detail: "You said: Just a moment..." }, edge)._tag, "RequestRejected")
    assert.strictEqual(failure(503, "", edge)._tag, "BackendUnavailable")
  })

  it("tells when the quota is whole again, from seconds, from a pause, or from the window", () => {
    const quota = (error: object, headers = {}) =>
      plain(failure(429, { error: { type: "usage_limit_reached", ...error } }, headers))
    assert.deepInclude(quota({ resets_at: 1_700_000_500, plan_type: "plus" }), {
      kind: "quota",
      plan: "plus",
      resetsAt: DateTime.makeUnsafe(1_700_000_500_000)
    })
    assert.deepInclude(quota({ resets_in_seconds: 90 }), { resetsAt: DateTime.makeUnsafe(now + 90_000) })
    assert.deepInclude(
      quota({}, {
        "x-codex-primary-used-percent": "100",
        "x-codex-primary-window-minutes": "10080",
        "x-codex-primary-reset-after-seconds": "70",
        "x-codex-secondary-used-percent": "20",
        "x-codex-secondary-window-minutes": "300",
        "x-codex-plan-type": "team"
      }),
      { window: "weekly", plan: "team", resetsAt: DateTime.makeUnsafe(now + 70_000) }
    )
    assert.isFalse(failure(429, { error: { type: "usage_limit_reached", resets_in_seconds: 1 } }).isRetryable)
  })

  it("reads the pause of a short-term limit in all its spellings", () => {
    const pause = (headers: { readonly [name: string]: string }, body: unknown = "") => {
      const error = failure(429, body, headers)
      return error._tag === "RateLimited" && error.retryAfter !== undefined
        ? Duration.toMillis(error.retryAfter)
        : undefined
    }
    assert.strictEqual(pause({ "retry-after": "7" }), 7000)
    assert.strictEqual(pause({ "retry-after": "7", "retry-after-ms": "250" }), 250)
    assert.strictEqual(pause({ "retry-after": "Tue, 14 Nov 2023 22:13:40 GMT" }), 20_000)
    assert.strictEqual(pause({ "retry-after": "Mon, 13 Nov 2023 22:13:40 GMT" }), 0)
    assert.strictEqual(pause({ "retry-after": "soon" }), undefined)
    assert.strictEqual(pause({}, { error: { message: "Please try again in 120ms" } }), 120)
    assert.strictEqual(pause({}), undefined)
    assert.isTrue(failure(429, "", { "retry-after": "1" }).isRetryable)
    assert.isFalse(failure(429).isRetryable)
    const busy = failure(503, "", { "retry-after": "3" })
    assert.deepInclude(plain(busy), { status: 503, retryAfter: Duration.seconds(3) })
  })

  it("tells a policy at 402 and 403 in the server's words, and never as a matter of the model", () => {
    const rows: ReadonlyArray<readonly [number, object]> = [
      [403, { error: { code: "misalignment_policy_violation", message: "It breaks the rules" } }],
      [403, { error: { code: "cyber_policy", message: "It breaks the rules" } }],
      [403, { error: { type: "content_policy_violation", message: "It breaks the rules" } }],
      [403, { detail: { code: "access_program_not_enabled", message: "It breaks the rules" } }],
      [403, { detail: "It breaks the rules" }],
      [402, { error: "It breaks the rules" }],
      [403, { message: "It breaks the rules", code: "NEW_POLICY" }]
    ]
    for (const [status, body] of rows) {
      const error = failure(status, body)
      assert.strictEqual(detailOf(error), "It breaks the rules", JSON.stringify(body))
      assert.isFalse(error.isRetryable)
      assert.notInclude(error.fix("chat"), "another model from")
    }
    assert.include(failure(403, rows[0]?.[1]).fix("chat"), "Rephrase")
    for (const body of ["", "Forbidden", "403 Forbidden", { detail: "Forbidden" }, { error: { code: "model_gone" } }]) {
      assert.strictEqual(failure(403, body)._tag, "ModelForbidden", JSON.stringify(body))
    }
  })

  it("sends whom a workspace refuses to its admin, whatever the status and the shape", () => {
    const rows: ReadonlyArray<readonly [number, object]> = [
      [402, { detail: { code: "deactivated_workspace" } }],
      [403, { detail: { code: "invalid_workspace_selected" } }],
      [403, { error: { code: "workspace_access_denied", message: "No" } }],
      [401, { detail: { code: "deactivated_workspace" } }],
      [403, { error: { code: "WORKSPACE_SUSPENDED" } }],
      [403, { detail: "You are no longer a member of this workspace." }]
    ]
    for (const [status, body] of rows) {
      const error = failure(status, body)
      assert.deepInclude(plain(error), { _tag: "WorkspaceRefused", reason: "access" }, JSON.stringify(body))
      assert.include(error.fix("chat"), "admin of your ChatGPT workspace")
    }
  })

  it("calls a budget a budget, at any status, and is not tried again", () => {
    const codes = [
      "credit_balance_exhausted",
      "project_spend_limit_exceeded",
      "organization_usage_limit_exceeded",
      "organization_spend_limit_exceeded",
      "team_spend_limit_reached",
      "billing_not_active",
      "PROJECT_BUDGET_EXHAUSTED"
    ]
    for (const code of codes) {
      for (const status of [400, 402, 403, 429, 500, 503]) {
        for (const body of [{ error: { code } }, { error: { type: code } }, { detail: { code } }, { error: code }]) {
          const error = failure(status, body, { "retry-after": "1" })
          assert.deepInclude(plain(error), { _tag: "BudgetExhausted", code: code.toLowerCase() })
          assert.isFalse(error.isRetryable)
        }
      }
    }
  })

  it("has words of its own for each limit of a workspace: credits or a limit, and who can change it", () => {
    const told = (kind: string, error: object = { type: "usage_limit_reached" }) =>
      failure(429, { error }, kind === "" ? {} : { "x-codex-rate-limit-reached-type": kind })
    const rows = [
      ["workspace_owner_credits_depleted", "credits", /buy some, as its owner/],
      ["workspace_member_credits_depleted", "credits", /ask its owner to buy/],
      ["workspace_owner_usage_limit_reached", "limit", /raise it, as its owner/],
      ["workspace_member_usage_limit_reached", "limit", /ask its admin to raise/]
    ] as const
    for (const [kind, reason, fix] of rows) {
      // The header alone, beside a code, in capitals; or the kind as the code itself.
      for (
        const error of [
          told(kind),
          told(kind, {}),
          told(kind.toUpperCase()),
          told("", { code: kind }),
          told("", {
            type: kind
          })
        ]
      ) {
        assert.deepInclude(plain(error), { _tag: "WorkspaceRefused", reason })
        assert.match(error.fix("chat"), fix)
        assert.include(error.fix("chat"), "Waiting does not help")
        assert.isFalse(error.isRetryable)
      }
    }
    assert.deepInclude(plain(told("rate_limit_reached")), { _tag: "RateLimited", kind: "quota" })
    assert.deepInclude(plain(told("workspace_new_kind")), { _tag: "RateLimited", kind: "quota" })
  })

  it("tells a 401 that no login cures in the server's words, wherever it says so", () => {
    const encoded = btoa(JSON.stringify({ error: { code: "account_deactivated" } }))
    const rows: ReadonlyArray<readonly [unknown, Record<string, string>, string | undefined, string | undefined]> = [
      [
        { detail: "Workspace is not authorized in this region." },
        {},
        "Workspace is not authorized in this region",
        undefined
      ],
      [{ error: { code: "account_deactivated", message: "Gone" } }, {}, "Gone", "account_deactivated"],
      [
        { error: { code: "unsupported_country_region_territory", message: "Not here" } },
        {},
        "Not here",
        "unsupported_country_region_territory"
      ],
      [{ error: { code: "ACCOUNT_SUSPENDED", message: "Stop" } }, {}, "Stop", "account_suspended"],
      ["Your account has been deactivated", {}, "Your account has been deactivated", undefined],
      ["", { "x-error-json": encoded }, undefined, "account_deactivated"],
      ["", { "x-openai-authorization-error": "account_deactivated" }, undefined, "account_deactivated"]
    ]
    for (const [body, headers, detail, code] of rows) {
      const error = failure(401, body, headers)
      assert.strictEqual(detailOf(error), detail, JSON.stringify(body))
      if (error._tag === "RequestRejected") assert.strictEqual(error.code, code)
      assert.notInclude(error.fix("chat"), "Sign in")
      assert.isFalse(error.isRetryable)
    }
    for (const code of ["token_expired", "token_invalidated", "whatever"]) {
      assert.strictEqual(failure(401, { error: { code, message: "Please sign in again." } })._tag, "Unauthorized")
    }
  })

  it("reads the window, the reset and the name of the family that a 429 is about", () => {
    const headers = {
      "x-codex-primary-used-percent": "100",
      "x-codex-primary-window-minutes": "10080",
      "x-codex-primary-reset-after-seconds": "70",
      "x-codex-bengalfox-limit-name": "GPT-6.1 Sol",
      "x-codex-bengalfox-primary-used-percent": "100",
      "x-codex-bengalfox-primary-window-minutes": "300",
      "x-codex-bengalfox-primary-reset-after-seconds": "30"
    }
    const about = (active: string, more = {}) =>
      failure(429, { error: { type: "usage_limit_reached" } }, { ...headers, "x-codex-active-limit": active, ...more })
    for (const active of ["codex_bengalfox", "bengalfox", "X-Codex-Bengalfox"]) {
      const error = about(active)
      assert.deepInclude(plain(error), {
        window: "5-hour",
        limit: "GPT-6.1 Sol",
        resetsAt: DateTime.makeUnsafe(now + 30_000)
      })
      assert.include(error.message, "The 5-hour Codex quota for GPT-6.1 Sol")
    }
    for (const active of ["codex", "", "CODEX"]) {
      assert.deepInclude(plain(about(active)), { window: "weekly", resetsAt: DateTime.makeUnsafe(now + 70_000) })
      assert.notProperty(plain(about(active)), "limit")
    }
    // A family without headers has a name only, and never the plan's window.
    assert.deepInclude(plain(about("nobody_knows")), { limit: "nobody_knows" })
    assert.notProperty(plain(about("nobody_knows")), "window")
    assert.notProperty(plain(about("<b>".repeat(1000))), "limit")
    assert.deepInclude(plain(failure(429, { detail: "You have reached your usage limit." }, headers)), {
      kind: "quota",
      window: "weekly"
    })
  })

  it("names the longer of two windows that are used up: that one is to be waited for", () => {
    const error = failure(429, { error: { type: "usage_limit_reached" } }, {
      "x-codex-primary-used-percent": "100",
      "x-codex-primary-window-minutes": "300",
      "x-codex-primary-reset-after-seconds": "30",
      "x-codex-secondary-used-percent": "100",
      "x-codex-secondary-window-minutes": "10080",
      "x-codex-secondary-reset-after-seconds": "70"
    })
    assert.deepInclude(plain(error), { window: "weekly", resetsAt: DateTime.makeUnsafe(now + 70_000) })
  })

  it("knows a model that is refused by its sentence alone", () => {
    for (
      const sentence of [
        "The model x does not exist or you do not have access to it.",
        "The project does not exist or you do not have access to it",
        "Model not found x",
        "The 'x' model is not available in your plan",
        "THE MODEL `X` DOES NOT EXIST"
      ]
    ) {
      for (
        const body of [
          { detail: sentence },
          { error: { message: sentence, code: null } },
          { message: sentence },
          sentence
        ]
      ) {
        for (const status of [400, 403, 404]) {
          assert.deepInclude(plain(failure(status, body)), { _tag: "ModelForbidden", isNamed: true }, sentence)
        }
      }
    }
    assert.strictEqual(failure(404, { detail: "Item not found" })._tag, "RequestRejected")
  })

  it("tells where nobody knows the request to look at the address, and where it is too large to send less", () => {
    const fix = (status: number, body: object | string) => failure(status, body).fix("program")
    for (const body of ["", { detail: "Not Found" }, { error: { message: "Invalid URL (POST /x/responses)" } }]) {
      assert.include(fix(404, body), "CODEX_BASE_URL")
    }
    assert.include(fix(405, { detail: "Method Not Allowed" }), "CODEX_BASE_URL")
    assert.match(fix(413, "Request Entity Too Large"), /^Send fewer or smaller pictures, or less text/)
    assert.notInclude(fix(404, { detail: "Item not found" }), "CODEX_BASE_URL")
    assert.notInclude(fix(400, { detail: "Not Found" }), "CODEX_BASE_URL")
    const broken = (problem: StreamInterrupted["problem"]) => new StreamInterrupted({ problem }).fix("program")
    assert.include(broken("not an event stream"), "CODEX_BASE_URL")
    assert.notInclude(broken("closed early"), "CODEX_BASE_URL")
  })

  it("names no pause that is none", () => {
    assert.strictEqual(failure(429, "", { "retry-after": "0" }).message, "ChatGPT asks us to slow down (429).")
    assert.strictEqual(failure(429, "", { "retry-after": "1" }).message, "ChatGPT asks us to slow down for 1s (429).")
  })

  it("takes a number that nobody can mean for none: pauses, resets, windows", () => {
    const quota = (error: object, headers = {}) =>
      failure(429, { error: { type: "usage_limit_reached", ...error } }, headers)
    for (const seconds of ["9".repeat(400), "1e9", "99999999999999999999", "-5"]) {
      const error = failure(429, "", { "retry-after": seconds })
      assert.notProperty(plain(error), "retryAfter")
      assert.strictEqual(error.message, "ChatGPT asks us to slow down (429).")
      assert.notProperty(plain(failure(429, "", { "retry-after-ms": `${seconds}000` })), "retryAfter")
      assert.notProperty(plain(failure(503, { error: { message: `try again in ${seconds}s` } })), "retryAfter")
    }
    assert.notProperty(plain(failure(429, "", { "retry-after": "Fri, 01 Jan 9999 00:00:00 GMT" })), "retryAfter")
    for (const at of [8_640_000_000_000, 1_700_000_000_000, 1e300, -1, 0]) {
      assert.notProperty(plain(quota({ resets_at: at })), "resetsAt")
      assert.notInclude(quota({ resets_in_seconds: at }).message, "resets at +")
    }
    for (const seconds of [0, -60]) {
      assert.notProperty(plain(quota({ resets_in_seconds: seconds })), "resetsAt")
    }
    const odd = quota({}, {
      "x-codex-primary-used-percent": "100",
      "x-codex-primary-window-minutes": "9".repeat(30),
      "x-codex-primary-reset-at": "9".repeat(30)
    })
    assert.strictEqual(odd.message, "The Codex quota of this account is used up (429).")
  })

  it("cuts a name that is no name, in every failure that says one", () => {
    const model = "m".repeat(20_000)
    for (const body of [{ error: { code: "context_length_exceeded" } }, { error: { code: "model_not_found" } }]) {
      assert.isBelow(failure(400, body, {}, { model }).message.length, 200)
    }
    assert.isBelow(new EmptyResponse({ model }).message.length, 200)
    assert.isBelow(new ProviderFailed({ provider: model, cause: undefined }).message.length, 200)
    assert.isBelow(new ModelForbidden({ model: "m", status: 403, available: [model] }).fix("chat").length, 300)
  })

  it("keeps code and request id, when they look like ones", () => {
    assert.deepInclude(
      plain(failure(400, { error: { code: "bad_value", message: "No" } }, { "x-request-id": "req-1" })),
      { code: "bad_value", requestId: "req-1", detail: "No", status: 400 }
    )
    assert.deepInclude(plain(failure(500, "", { "x-oai-request-id": "req-2" })), { requestId: "req-2" })
    const odd = failure(400, { error: { code: `say ${prompt}`, type: token } }, { "x-request-id": "<b>" })
    assert.notProperty(plain(odd), "code")
    assert.notProperty(plain(odd), "requestId")
  })

  it("finds the code of a 401 in the headers when the body has none", () => {
    const encoded = btoa(JSON.stringify({ error: { code: "token_revoked" } }))
    assert.deepInclude(plain(failure(401, "", { "x-error-json": encoded })), { code: "token_revoked" })
    assert.notProperty(plain(failure(401, "", { "x-error-json": "%%%" })), "code")
  })

  it("says RequestRejected, not ModelForbidden, where no model was asked", () => {
    assert.deepInclude(plain(failure(403, { detail: { code: "no" } }, {}, { model: undefined })), {
      _tag: "RequestRejected",
      status: 403,
      code: "no"
    })
  })

  it("takes what we sent out of what the server says", () => {
    const quote = (text: string) => detailOf(failure(400, { detail: text }))
    assert.strictEqual(quote(`Invalid value '${prompt}' in input`), "Invalid value '[...]' in input")
    assert.strictEqual(quote(`Bad instructions: ${instructions}!`), "Bad instructions: [...]!")
    assert.strictEqual(quote(`Bad: ${JSON.stringify(instructions)}`), `Bad: "[...]"`)
    assert.strictEqual(quote("Cut: the keeper of the blue noteb..."), "Cut:[...]")
    assert.strictEqual(quote(`Your token ${token} is odd`), "Your token [...] is odd")
    assert.strictEqual(quote("keep this keeper"), "keep this keeper")
  })

  it("takes everything out that has the form of a secret", () => {
    const quote = (text: string) => detailOf(failure(400, { detail: text }))
    assert.strictEqual(quote("Header Bearer abc.def-ghi given"), "Header [...] given")
    assert.strictEqual(quote("Got eyJabcdefghijk.eyJzdWIi.sig here"), "Got [...] here")
    assert.strictEqual(quote("Got rt_abc-123.x here"), "Got [...] here")
    assert.strictEqual(quote("Got sk-proj-abcdefghijk here"), "Got [...] here")
  })

  it("gives one line of at most 200 characters, never HTML, and no second full stop", () => {
    const quote = (text: string) => detailOf(failure(400, text))
    assert.strictEqual(quote("one\n\n two\t three."), "one two three")
    assert.strictEqual(quote("<html><body>No</body></html>"), undefined)
    assert.strictEqual(quote("x".repeat(5000))?.length, 200)
    assert.strictEqual(failure(400, { detail: "No." }).message, "ChatGPT rejected the request (400): No.")
  })

  it("spells out a list of validation issues without the input they quote", () => {
    assert.strictEqual(
      detailOf(failure(422, { detail: [{ loc: ["body", "input"], msg: "Must be a list", input: "secret" }] })),
      "body.input: Must be a list"
    )
  })

  it.effect.prop(
    "never shows a prompt, instructions or a token, wherever the server puts them",
    [
      Schema.Literals([400, 401, 402, 403, 404, 413, 422, 429, 500, 503]),
      Schema.String.check(Schema.isMinLength(20)),
      Schema.Literals(["message", "code", "type", "plan_type"])
    ],
    ([status, noise, field]) =>
      Effect.sync(() => {
        const said = `${noise} ${prompt} ${token} ${instructions} Bearer ${token} rt_secret`
        for (const body of [said, { detail: said }, { error: { [field]: said } }, { message: said }, { error: said }]) {
          const error = failure(status, body, { "x-request-id": token, "cf-ray": token, "x-codex-plan-type": token })
          const shown = everything(error)
          for (const secret of [prompt, token, "rt_secret", "keeper of the blue notebook", "Never say its colour"]) {
            assert.notInclude(shown, secret)
          }
        }
      })
  )
})
