import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { invented, render } from "../scripts/telegram-table.ts"

const page = readFileSync(new URL("../docs/telegram-emulator.md", import.meta.url), "utf8")

describe("docs/telegram-emulator.md", () => {
  it("prints what the code has; else run `node scripts/telegram-table.ts`", () => {
    assert.strictEqual(page, render(page))
  })

  it("names no method that Telegram does not have", () => {
    assert.deepStrictEqual(invented, [])
  })

  it("tells what is not emulated", () => {
    assert.match(page, /\| Not emulated \| .*`sendRichMessage`.*\|/)
    assert.match(page, /\| Not emulated \| .*`channel_post`.*\|/)
  })
})
