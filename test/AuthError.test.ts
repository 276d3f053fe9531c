/**
 * What a person is told to do, by reason and by reader: never to replace what is good.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  AccessTokenMissing,
  AuthFileInvalid,
  AuthStoreFailed,
  DeviceLoginFailed,
  TokenRefreshFailed
} from "../src/auth/AuthError.ts"
import { explain } from "../src/Failure.ts"

describe("what to do after a failure of the login", () => {
  const replace = TokenRefreshFailed.row.fix

  it("is to retry when the refresh may pass, in the words of whoever reads it", () => {
    const passing = new TokenRefreshFailed({ reason: "unreachable", status: 503 })
    assert.strictEqual(
      explain(passing),
      "Token refresh failed: the issuer could not be reached (503).\nTry again in a moment; the login itself is good."
    )
    assert.match(passing.fix("program"), /^Retry: the login itself is good\..*network, proxy/)
  })

  it("is to run elsewhere when the place is refused, and to wait when another program was quicker", () => {
    const place = explain(new TokenRefreshFailed({ reason: "place", status: 403 }))
    assert.match(place, /country or region.*\n.*run the bot where ChatGPT is offered/)
    assert.match(new TokenRefreshFailed({ reason: "reused" }).fix("chat"), /^Try again in a moment: .*`\/codex login`/)
    assert.match(new TokenRefreshFailed({ reason: "accountChanged" }).fix("chat"), /^Ask again/)
    for (const reason of ["unreachable", "place", "reused", "accountChanged"] as const) {
      for (const reader of ["chat", "program"] as const) {
        assert.notStrictEqual(new TokenRefreshFailed({ reason }).fix(reader), replace)
      }
    }
  })

  it("is to replace the login only when it is dead", () => {
    for (const reason of ["expired", "revoked", "rejected"] as const) {
      assert.strictEqual(new TokenRefreshFailed({ reason }).fix("chat"), replace)
    }
  })

  it("names the variable of a text that is no auth.json", () => {
    const told = explain(new AuthFileInvalid({ path: "memory:auth.json", problem: "not JSON" }))
    assert.match(told, /variable CODEX_AUTH_JSON_JSON\) is not JSON\.\nSet CODEX_AUTH_JSON_JSON to the whole text/)
  })

  it("says what a folder is, and what a personal access token is", () => {
    assert.match(
      explain(new AuthFileInvalid({ path: "/a", problem: "a folder" })),
      /^What is at \/a is a folder, not an auth\.json\.\nSet CODEX_AUTH_JSON_PATH to the file in it/
    )
    assert.match(
      explain(new AccessTokenMissing({ path: "/a", reason: "personal access token" })),
      /it holds a personal access token, .*\n.*choose ChatGPT: the file then holds tokens/
    )
    assert.match(explain(new AccessTokenMissing({ path: "/a", reason: "another login" })), /another kind/)
  })

  it("is about the lock, the disk or the rights, as the problem is", () => {
    const fix = (operation: AuthStoreFailed["operation"], problem: string) =>
      new AuthStoreFailed({ path: "/a", operation, problem }).fix("program")
    assert.match(fix("lock", "another process holds the lock"), /end the process that hangs/)
    assert.match(fix("write", "ENOSPC"), /Make room/)
    assert.strictEqual(fix("write", "EROFS"), AuthStoreFailed.row.fix)
  })

  it("speaks of the network when a page answered a device login, and repeats the issuer's sentence when it has no code", () => {
    assert.match(new DeviceLoginFailed({ reason: "unreachable", status: 403 }).fix("chat"), /network .*block page/)
    assert.strictEqual(
      new DeviceLoginFailed({ reason: "rejected", status: 403, sentence: "Device login is off." }).message,
      "The login did not succeed: the issuer refused it (403: Device login is off.)."
    )
  })
})
