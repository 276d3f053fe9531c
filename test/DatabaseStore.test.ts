/**
 * The store of docs/bots.md, as an author would use it: behind the middleware's own adapter and across a restart.
 */
import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach } from "vitest"
import { DatabaseCodexStore } from "../examples/database-store.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe("DatabaseCodexStore", () => {
  it("lists the oldest message first, and keeps conversations apart", async () => {
    const store = new DatabaseCodexStore(":memory:")
    await store.append("user:1", { role: "user", content: "one" })
    await store.append("user:2", { role: "user", content: "of somebody else" })
    await store.append("user:1", { role: "assistant", content: "two" })
    assert.deepStrictEqual(await store.list("user:1"), [
      { role: "user", content: "one" },
      { role: "assistant", content: "two" }
    ])
    await store.clear("user:1")
    assert.deepStrictEqual(await store.list("user:1"), [])
    assert.strictEqual((await store.list("user:2")).length, 1)
    store.close()
  })

  it("still knows after a restart, quotes and all", async () => {
    const path = join(folder, "bot.sqlite")
    const content = "it's a \"test\"'); DROP TABLE messages; -- 🙂"
    const before = new DatabaseCodexStore(path)
    await before.append("chat:-1:thread:2", { role: "user", content })
    before.close()
    const after = new DatabaseCodexStore(path)
    assert.deepStrictEqual(await after.list("chat:-1:thread:2"), [{ role: "user", content }])
    after.close()
  })
})
