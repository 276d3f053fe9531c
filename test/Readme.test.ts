import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { pageNames, regionNames, render, services } from "../scripts/readme.ts"
import * as Settings from "../scripts/settings.ts"
import { table } from "../src/telegram/Commands.ts"

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

  it("name every command", () => {
    for (const { name } of table) assert.match(text("docs/bots.md"), new RegExp(`^\\| \`/codex ${name}[ \`]`, "m"))
  })

  it("have an example for each service of the table, and print every example that there is", () => {
    const [, rows = ""] = /^## The services\n([^]*?)^## /m.exec(text("README.md")) ?? []
    const named = [...rows.matchAll(/^\| `(\w+)`/gm)].map(([, name = ""]) => name)
    assert.isAbove(named.length, 10)
    const regions = regionNames(services)
    // `CodexLive` is all of them; its example is the program of the README.
    for (const name of named.filter((name) => name !== "CodexLive")) {
      assert.include(regions, name)
      assert.match(text("docs/services.md"), new RegExp(`^## \`${name}\`$`, "m"))
    }
    const pages = prose.map(text).join()
    for (const name of regions) assert.include(pages, `<!-- printed: ${services}#${name} -->`)
  })

  it("have no program that was not printed from a file", () => {
    for (const page of prose) {
      assert.notMatch(
        text(page).replaceAll(/^<!-- printed: [^]*?^<!-- \/printed -->/gm, ""),
        /^```(ts|js|mjs|cjs|json|yaml|ini|dockerfile|text)\b/m,
        page
      )
    }
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

  it("have a reference of every door", () => {
    const { exports }: {
      readonly exports: Record<string, { readonly "effect-codex-source"?: string } | string | null>
    } = JSON.parse(text("package.json"))
    const doors = Object.values(exports).flatMap((door) =>
      typeof door === "object" && door?.["effect-codex-source"] !== undefined ? [door["effect-codex-source"]] : []
    )
    const { entryPoints }: { readonly entryPoints: ReadonlyArray<string> } = JSON.parse(
      text("scripts/reference/typedoc.json")
    )
    assert.sameMembers(entryPoints.map((path) => path.replace("../../", "./")), doors)
  })

  it("are all found from the index", () => {
    const led = [...text("docs/README.md").matchAll(/\]\(([\w-]+\.md)/g)].map(([, path = ""]) => `docs/${path}`)
    const pages = prose.filter((page) => page.startsWith("docs/") && page !== "docs/README.md")
    assert.deepStrictEqual(pages.filter((page) => !led.includes(page)), [])
  })

  it("fit the landing page on a few screens", () => {
    assert.isBelow(text("README.md").split("\n").length, 155)
  })

  it("speak of `vibegram/codex` by its name, as the sources do", () => {
    for (const page of prose.filter((name) => name !== "docs/migrating.md")) {
      assert.notMatch(text(page).replaceAll(/^<!-- printed: [^]*?^<!-- \/printed -->/gm, ""), /\bseed\b/, page)
    }
    // A seed of random numbers is one.
    const sources = ["src", "examples"].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !name.startsWith("testing/")).map((name) => `${folder}/${name}`)
    )
    assert.isAbove(sources.length, 100)
    for (const path of sources) assert.notMatch(text(path), /\bseed/i, path)
  })
})
