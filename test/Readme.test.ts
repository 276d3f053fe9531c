import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { pageNames, render } from "../scripts/readme.ts"
import * as Settings from "../scripts/settings.ts"

const root = new URL("../", import.meta.url)
const text = (path: string): string => readFileSync(new URL(path, root), "utf8")
const prose = [
  "README.md",
  ...readdirSync(new URL("docs", root)).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)
]

/** A page without its programs. */
const wordsOf = (path: string): string => text(path).replaceAll(/^```[^]*?^```/gm, "")

/** The anchor of a heading, as GitHub makes it. */
const anchor = (heading: string): string =>
  heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")

const anchors = (path: string): ReadonlyArray<string> =>
  [...wordsOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading))

describe("the README and the pages", () => {
  it.each(pageNames)("%s prints what the code says now; else run `npm run readme`", (page) => {
    const written = text(page)
    assert.strictEqual(written, render(written, page))
  })

  it("name every setting, and say of each what it is or what it is by default", () => {
    const page = text("docs/settings.md")
    for (const name of Settings.names) assert.match(page, new RegExp(`^\\| \`${name}\` \\|.*\\w`, "m"))
    assert.deepStrictEqual(
      [...page.matchAll(/^\| `(\w+)` [ |]*$/gm)].map(([, name]) => name),
      []
    )
  })

  it("name every variable that the library reads", () => {
    const page = text("docs/settings.md")
    for (const variable of Settings.variables) assert.include(page, `\`${variable}\``)
  })

  it("lead to files and headings that are there", () => {
    for (const page of prose) {
      for (const [, path = "", , heading] of wordsOf(page).matchAll(/\]\((?!http)([^)#]*)(#([^)]+))?\)/g)) {
        const target = new URL(path, new URL(page, root))
        if (path !== "") assert.isTrue(existsSync(target), `${page} leads to ${path}`)
        const led = path === "" ? page : target.pathname.slice(root.pathname.length)
        if (heading !== undefined) assert.include(anchors(led), heading, `${page} leads to ${path}#${heading}`)
      }
    }
  })

  it("fit the landing page on a few screens", () => {
    assert.isBelow(text("README.md").split("\n").length, 130)
  })

  it("speak of `vibegram/codex` by its name", () => {
    for (const page of prose.filter((name) => name !== "docs/migrating.md")) {
      assert.notMatch(text(page).replaceAll(/^<!-- printed: [^]*?^<!-- \/printed -->/gm, ""), /\bseed\b/, page)
    }
  })
})
