import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import * as AuthJson from "../src/auth/AuthJson.ts"
import * as LoginDocument from "../src/auth/internal/loginDocument.ts"

const parse = (document: unknown): AuthJson.AuthJson =>
  Result.getOrThrow(AuthJson.parse(Redacted.make(JSON.stringify(document))))

const now = DateTime.makeUnsafe("2026-02-03T04:05:06.789Z")

const complete = {
  future: { a: [1, { b: null }] },
  auth_mode: "chatgpt",
  OPENAI_API_KEY: null,
  tokens: {
    id_token: "SECRET-id",
    access_token: "SECRET-access",
    refresh_token: "SECRET-refresh",
    account_id: "acc-1",
    login_owner_id: "owner",
    oauth_provenance: { issuer: "https://issuer.test", client_id: "app_1" }
  },
  last_refresh: "2026-01-02T03:04:05.123456789Z",
  personal_access_token: "SECRET-pat"
}

const asText = (json: AuthJson.AuthJson): string => Redacted.value(AuthJson.stringify(json))

describe("AuthJson", () => {
  it("reads what the CLI writes", () => {
    const json = parse(complete)
    assert.strictEqual(json.mode, "chatgpt")
    assert.strictEqual(json.accountId, "acc-1")
    assert.deepStrictEqual(json.provenance, { issuer: "https://issuer.test", clientId: "app_1" })
    assert.strictEqual(json.lastRefresh && DateTime.formatIso(json.lastRefresh), "2026-01-02T03:04:05.123Z")
    assert.strictEqual(json.tokens.refreshToken && Redacted.value(json.tokens.refreshToken), "SECRET-refresh")
  })

  it("writes an unchanged file as it was, two spaces and no newline at the end", () => {
    assert.strictEqual(asText(parse(complete)), JSON.stringify(complete, null, 2))
  })

  it("reads a file that begins with a byte order mark", () => {
    const text = Redacted.make(`\uFEFF${JSON.stringify(complete)}`)
    assert.isTrue(Result.isSuccess(AuthJson.parse(text)))
  })

  it("changes only the tokens that came back, and last_refresh", () => {
    const changed = LoginDocument.withTokens(parse(complete), {
      idToken: undefined,
      accessToken: Redacted.make("new-access"),
      refreshToken: Redacted.make("new-refresh")
    }, now)
    assert.strictEqual(
      asText(changed),
      JSON.stringify(
        {
          ...complete,
          tokens: { ...complete.tokens, access_token: "new-access", refresh_token: "new-refresh" },
          last_refresh: "2026-02-03T04:05:06.789Z"
        },
        null,
        2
      )
    )
    const again = Result.getOrThrow(AuthJson.parse(AuthJson.stringify(changed)))
    assert.isTrue(LoginDocument.sameTokens(again, changed))
    assert.deepStrictEqual(again.lastRefresh, changed.lastRefresh)
  })

  it.effect.prop(
    "keeps every unknown field at both levels through a change",
    [
      Schema.Record(Schema.String.check(Schema.isPattern(/^x[a-z]{0,6}$/)), Schema.Json),
      Schema.Record(Schema.String.check(Schema.isPattern(/^x[a-z]{0,6}$/)), Schema.Json)
    ],
    ([outer, inner]) =>
      Effect.sync(() => {
        const document = JSON.parse(JSON.stringify({ ...outer, tokens: { ...inner, access_token: "a" } }))
        const changed = LoginDocument.withTokens(parse(document), {
          idToken: undefined,
          accessToken: Redacted.make("b"),
          refreshToken: undefined
        }, now)
        assert.deepStrictEqual(JSON.parse(asText(changed)), {
          ...document,
          tokens: { ...document.tokens, access_token: "b" },
          last_refresh: DateTime.formatIso(now)
        })
      })
  )

  it("takes the mode the file names, else what else it holds, else ChatGPT, and tokens before all that it does not name", () => {
    assert.strictEqual(parse({ OPENAI_API_KEY: "sk" }).mode, "apikey")
    assert.strictEqual(parse({ auth_mode: "apikey", OPENAI_API_KEY: "sk", tokens: complete.tokens }).mode, "apikey")
    assert.strictEqual(parse({ auth_mode: "chatgpt", OPENAI_API_KEY: "sk", tokens: complete.tokens }).mode, "chatgpt")
    assert.strictEqual(parse({ OPENAI_API_KEY: "sk", tokens: complete.tokens }).mode, "chatgpt")
    assert.strictEqual(parse({ personal_access_token: "SECRET" }).mode, "personal_access_token")
    assert.strictEqual(parse({ agent_identity: {} }).mode, "agent_identity")
    assert.strictEqual(parse({}).mode, "chatgpt")
  })

  it("reads good tokens beside whatever is odd, and keeps what is odd as it was", () => {
    const odd = {
      auth_mode: 7,
      OPENAI_API_KEY: ["SECRET"],
      tokens: {
        id_token: { a: 1 },
        access_token: "SECRET-access",
        refresh_token: 5,
        account_id: {},
        oauth_provenance: "x"
      },
      last_refresh: 1_700_000_000
    }
    const json = parse(odd)
    assert.strictEqual(json.tokens.accessToken && Redacted.value(json.tokens.accessToken), "SECRET-access")
    assert.deepStrictEqual(
      [json.mode, json.tokens.idToken, json.tokens.refreshToken, json.accountId, json.lastRefresh],
      ["chatgpt", undefined, undefined, undefined, undefined]
    )
    assert.deepStrictEqual(JSON.parse(asText(json)), odd)
    assert.isUndefined(parse({ last_refresh: 1 }).tokens.accessToken)
    const good = { access_token: "SECRET-access" }
    for (
      const beside of [
        { auth_mode: "apikey", OPENAI_API_KEY: "SECRET-key" },
        { OPENAI_API_KEY: "SECRET-key", personal_access_token: "SECRET-pat" },
        { agent_identity: [], bedrock_api_key: 1 },
        { last_refresh: "yesterday", auth_mode: null },
        { last_refresh: "9".repeat(400), auth_mode: "newMode" },
        { "": "x", "__proto__x": {}, "tokens ": 1 }
      ]
    ) {
      for (
        const more of [{ id_token: 5 }, { id_token: [] }, { id_token: "not.a.jwt" }, { refresh_token: {} }, {
          account_id: 7
        }]
      ) {
        const read = parse({ ...beside, tokens: { ...good, ...more } })
        assert.strictEqual(read.tokens.accessToken && Redacted.value(read.tokens.accessToken), "SECRET-access")
      }
    }
  })

  it("takes an empty token for none, and a time that cannot be read for none", () => {
    const json = parse({ tokens: { access_token: "", refresh_token: null }, last_refresh: "yesterday" })
    assert.deepStrictEqual(json.tokens, { idToken: undefined, accessToken: undefined, refreshToken: undefined })
    assert.isUndefined(json.lastRefresh)
  })

  it("refuses what is no auth.json by naming the kind of problem and nothing of the text", () => {
    const problem = (text: string) => Result.getOrThrow(Result.flip(AuthJson.parse(Redacted.make(text))))
    for (const text of ["", "{\"tokens\": {\"access_token\": \"SECRET", "SECRET"]) {
      assert.strictEqual(problem(text), "not JSON")
    }
    const shapes = [
      [],
      null,
      "SECRET",
      7,
      { tokens: "SECRET" },
      { tokens: { access_token: 1 } },
      { tokens: ["SECRET"] }
    ]
    for (const shape of shapes) {
      assert.strictEqual(problem(JSON.stringify(shape)), "not an auth.json", JSON.stringify(shape))
    }
  })

  it("shows no secret, known or unknown, to String, inspect or JSON", () => {
    const json = LoginDocument.withTokens(parse({ ...complete, OPENAI_API_KEY: "SECRET-key" }), {
      idToken: undefined,
      accessToken: Redacted.make("SECRET-new"),
      refreshToken: undefined
    }, now)
    const bare = LoginDocument.fromAccessToken(Redacted.make("SECRET-bare"))
    for (const value of [json, bare, AuthJson.stringify(json), AuthJson.parse(Redacted.make("SECRET"))]) {
      for (const shown of [String(value), inspect(value, { depth: 10, showHidden: true }), JSON.stringify(value)]) {
        assert.notInclude(shown, "SECRET")
      }
    }
  })

  it("makes a file of a bare access token", () => {
    assert.deepStrictEqual(JSON.parse(asText(LoginDocument.fromAccessToken(Redacted.make("t")))), {
      tokens: { access_token: "t" }
    })
  })

  it("completes a file with what the CLI wants to find, and leaves one that has it as it was", () => {
    assert.deepStrictEqual(
      JSON.parse(asText(LoginDocument.complete(parse(complete), now))),
      complete
    )
    const claims = (account: string) => `e30.${Base64Url.encode(JSON.stringify({ chatgpt_account_id: account }))}.s`
    const bare = parse({
      auth_mode: null,
      tokens: { id_token: claims("from-id"), access_token: claims("from-access"), account_id: "" },
      last_refresh: "yesterday"
    })
    assert.strictEqual(
      asText(LoginDocument.complete(bare, now)),
      JSON.stringify(
        {
          auth_mode: "chatgpt",
          OPENAI_API_KEY: null,
          tokens: { id_token: claims("from-id"), access_token: claims("from-access"), account_id: "from-id" },
          last_refresh: "2026-02-03T04:05:06.789Z"
        },
        null,
        2
      )
    )
    assert.strictEqual(LoginDocument.complete(bare, now).accountId, "from-id")
    const opaque = LoginDocument.complete(LoginDocument.fromAccessToken(Redacted.make("opaque")), now)
    assert.include(asText(opaque), "\"account_id\": null")
  })

  it("puts a login in the place of another without losing what stands beside the tokens", () => {
    const next = LoginDocument.fromTokens(
      { idToken: undefined, accessToken: Redacted.make("new"), refreshToken: undefined },
      { issuer: "https://issuer.test", clientId: "app_1" },
      now
    )
    assert.deepStrictEqual(JSON.parse(asText(LoginDocument.inPlaceOf(next, parse(complete)))), {
      future: { a: [1, { b: null }] },
      personal_access_token: "SECRET-pat",
      auth_mode: "chatgpt",
      OPENAI_API_KEY: null,
      tokens: {
        access_token: "new",
        account_id: null,
        oauth_provenance: { issuer: "https://issuer.test", client_id: "app_1" }
      },
      last_refresh: "2026-02-03T04:05:06.789Z"
    })
  })
})
