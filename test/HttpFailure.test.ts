import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
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
    [429, { error: { code: "organization_spend_limit_exceeded" } }, "UsageNotIncluded"],
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
    assert.strictEqual(failure(403, { detail: { code: "x" } }, edge)._tag, "ModelForbidden")
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
