import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AccessToken from "../src/auth/AccessToken.ts"

const jwt = (payload: unknown): Redacted.Redacted =>
  Redacted.make(`${Base64Url.encode("{}")}.${Base64Url.encode(JSON.stringify(payload))}.signature`)

const auth = (claims: Record<string, unknown>) => AccessToken.claims(jwt({ "https://api.openai.com/auth": claims }))

describe("AccessToken", () => {
  it("reads expiry, account, plan, fedramp and residency", () => {
    const claims = AccessToken.claims(jwt({
      exp: 1_770_000_000,
      "https://api.openai.com/auth": {
        chatgpt_account_id: "acc-ü",
        chatgpt_plan_type: "some_new_plan",
        chatgpt_account_is_fedramp: true,
        chatgpt_compute_residency: "eu"
      }
    }))
    assert.deepStrictEqual(claims, {
      expiresAt: DateTime.makeUnsafe(1_770_000_000_000),
      accountId: "acc-ü",
      plan: "some_new_plan",
      isFedramp: true,
      residency: "eu"
    })
  })

  it("falls back to the account id at the top, and never to an organization", () => {
    assert.strictEqual(AccessToken.claims(jwt({ chatgpt_account_id: "top" })).accountId, "top")
    assert.isUndefined(auth({ organizations: [{ id: "org-1" }] }).accountId)
  })

  it("takes no_constraint and empty for no residency", () => {
    assert.isUndefined(auth({ chatgpt_compute_residency: "no_constraint" }).residency)
    assert.isUndefined(auth({ chatgpt_compute_residency: "NO_CONSTRAINT", chatgpt_data_residency: "" }).residency)
    assert.strictEqual(auth({ chatgpt_compute_residency: "", chatgpt_data_residency: "us" }).residency, "us")
  })

  it("gives empty claims for tokens that are opaque or broken", () => {
    const broken = [
      "",
      "opaque",
      "a.b",
      "a.b.c",
      "a.b.c.d",
      "a.!!!!.c",
      `a.${Base64Url.encode("[1]")}.c`,
      "..",
      "a.e30=x.c"
    ]
    for (const token of broken) {
      assert.deepStrictEqual(AccessToken.claims(Redacted.make(token)), AccessToken.empty, token)
    }
  })

  it("lets a strange claim spoil no other", () => {
    const claims = AccessToken.claims(jwt({
      exp: 1e300,
      chatgpt_account_id: "acc",
      "https://api.openai.com/auth": { chatgpt_plan_type: 7, chatgpt_account_id: null, chatgpt_compute_residency: {} }
    }))
    assert.deepStrictEqual(claims, { ...AccessToken.empty, accountId: "acc" })
    assert.isUndefined(AccessToken.claims(jwt({ exp: "soon" })).expiresAt)
  })

  it("tells no end and no plan that nobody can mean", () => {
    for (const exp of [1_770_000_000_000, 4_102_444_800, 8.64e12, Infinity, "1770000000", [1_770_000_000], true]) {
      assert.isUndefined(AccessToken.claims(jwt({ exp })).expiresAt, String(exp))
    }
    for (const plan of ["p".repeat(20_000), "a\nb", "<b>", ["plus"], {}]) {
      assert.isUndefined(auth({ chatgpt_plan_type: plan }).plan)
    }
  })

  it.effect.prop("never fails, whatever the payload", [Schema.Json], ([payload]) =>
    Effect.sync(() => {
      const claims = AccessToken.claims(jwt({ exp: payload, "https://api.openai.com/auth": payload }))
      assert.isBoolean(claims.isFedramp)
    }))
})
