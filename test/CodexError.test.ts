import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as CodexError from "../src/CodexError.ts"
import * as LiveReply from "../src/telegram/reply/LiveReply.ts"
import * as TelegramError from "../src/telegram/TelegramError.ts"

describe("a failure", () => {
  it("says when a quota is whole again", () => {
    const error = new CodexError.RateLimited({
      kind: "quota",
      window: "weekly",
      resetsAt: DateTime.makeUnsafe("2026-11-22T14:20:30Z")
    })
    assert.strictEqual(
      error.message,
      "The weekly Codex quota of this account is used up (429); it resets at 2026-11-22 14:20 UTC."
    )
    assert.isFalse(error.isRetryable)
  })

  it("is worth a retry when the server names a pause, and not when it names none", () => {
    assert.isTrue(new CodexError.RateLimited({ kind: "rate", retryAfter: Duration.seconds(2) }).isRetryable)
    assert.isFalse(new CodexError.RateLimited({ kind: "rate" }).isRetryable)
    assert.isTrue(new CodexError.TokenRefreshFailed({ reason: "unreachable" }).isRetryable)
    assert.isFalse(new CodexError.TokenRefreshFailed({ reason: "revoked" }).isRetryable)
  })

  it("is explained by its message and the fix of its row", () => {
    const error = new CodexError.AuthFileNotFound({ path: "/run/auth.json" })
    assert.strictEqual(
      CodexError.explain(error),
      "auth JSON not found at /run/auth.json.\n" +
        "Set CODEX_AUTH_JSON_PATH to an absolute, readable path, or sign in with `codex login` (in the chat: `/codex login`)."
    )
  })

  it("is explained without the path on the server to whoever is no auth admin", () => {
    for (const path of ["/run/secrets/auth.json", "/srv/at /in/$&.json", "C:\\bot\\auth.json", "/a(b)*.json"]) {
      const failures = [
        new CodexError.AuthFileNotFound({ path }),
        ...(["not JSON", "not an auth.json", "a folder", "not a regular file", "too large"] as const).map((problem) =>
          new CodexError.AuthFileInvalid({ path, problem })
        ),
        ...(["read", "write", "remove", "lock"] as const).map((operation) =>
          new CodexError.AuthStoreFailed({ path, operation, problem: "EROFS" })
        ),
        ...(["no tokens", "API key", "personal access token", "another login"] as const).map((reason) =>
          new CodexError.AccessTokenMissing({ path, reason })
        )
      ]
      for (const failure of failures) {
        assert.include(LiveReply.failureText(failure, true), path)
        const told = LiveReply.failureText(failure, false)
        assert.notInclude(told, path)
        assert.notInclude(told, "its place")
        assert.isTrue(told.endsWith(failure.fix("chat")), told)
      }
    }
  })

  it.effect("survives the way through JSON to another process", () =>
    Effect.gen(function*() {
      const codec = Schema.fromJsonString(Schema.toCodecJson(CodexError.CodexError))
      const error = new CodexError.RateLimited({
        kind: "quota",
        resetsAt: DateTime.makeUnsafe("2026-11-22T14:20:30Z"),
        retryAfter: Duration.seconds(3)
      })
      const back = yield* Schema.decodeEffect(codec)(yield* Schema.encodeEffect(codec)(error))
      assert.isTrue(back instanceof CodexError.RateLimited)
      assert.strictEqual(back.message, error.message)
    }))
})

describe("the troubleshooting table", () => {
  it("has a row for every row of the table of vibegram/codex", () => {
    assert.includeMembers(TelegramError.troubleshooting.map((row) => row.error), [
      "auth JSON not found",
      "No access_token found",
      "access_token has expired",
      "Token refresh failed",
      "401 while token is not expired",
      "403",
      "429",
      "503 Cloudflare",
      "Empty response"
    ])
  })

  it("names no error twice and has a full sentence to say what to do", () => {
    const errors = TelegramError.troubleshooting.map((row) => row.error)
    assert.strictEqual(new Set(errors).size, errors.length)
    for (const { cause, fix } of TelegramError.troubleshooting) {
      assert.match(fix, /^[A-Z].*\.$/)
      assert.isAbove(cause.length, 10)
    }
  })
})
