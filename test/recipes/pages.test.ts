/**
 * The pages that print the recipes and the tables of the emulator.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { endpoints } from "../../scripts/codexTables.ts"
import { type Page, render } from "../../scripts/readme.ts"

const root = new URL("../../", import.meta.url)
const read = (page: string) => readFileSync(new URL(page, root), "utf8")
const prose = (page: string) => read(page).replaceAll(/^```[^]*?^```/gm, "")

const pages: ReadonlyArray<Page> = ["docs/testing.md", "docs/codex-emulator.md"]

describe.each(pages)("%s", (page) => {
  it("prints what the code says; else run `npm run readme`", () => {
    assert.strictEqual(read(page), render(read(page), page))
  })

  it("leads to files that are there", () => {
    for (const [, path = ""] of prose(page).matchAll(/\]\((?!http|#)([^)]+)\)/g)) {
      assert.isTrue(existsSync(new URL(path, new URL(page, root))), path)
    }
  })
})

describe("the pages", () => {
  it("print every recipe that there is", () => {
    const recipes = readdirSync(new URL("test/recipes/", root)).filter((name) => name !== "pages.test.ts")
    const all = read("docs/testing.md") + read("docs/tools.md")
    for (const recipe of recipes) assert.match(all, new RegExp(`<!-- printed: test/recipes/${recipe}[ #]`))
  })
})

describe("docs/codex-emulator.md", () => {
  it("describes every endpoint", () => {
    for (const endpoint of endpoints) assert.include(read("docs/codex-emulator.md"), `\n| \`${endpoint}\` | `)
  })
})
