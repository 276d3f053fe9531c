import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { render } from "../scripts/readme.ts"
import * as CodexConfig from "../src/CodexConfig.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

describe("the README", () => {
  it("prints the troubleshooting table and the smallest programs as they are; else run `npm run readme`", () => {
    assert.strictEqual(readme, render(readme))
  })

  it("names every setting", () => {
    for (const setting of Object.keys(CodexConfig.defaults)) assert.include(readme, `\`${setting}\``)
  })

  it("leads to files that are there", () => {
    for (const [, path] of readme.matchAll(/\]\((?!http|#)([^)]+)\)/g)) {
      assert.isAbove(readFileSync(new URL(`../${path}`, import.meta.url)).length, 0)
    }
  })
})
