/**
 * The breaks of `npm run mutate` are too long to run here; that each still has its place, and its tests, is quickly seen.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { all } from "../scripts/mutants.ts"

const root = new URL("../", import.meta.url)

describe("a mutant", () => {
  it("finds the place that it breaks once, and its tests", () => {
    const isThere = (path: string): boolean => existsSync(new URL(path, root))
    const lost = all.filter(({ file, find, tests }) =>
      !isThere(file) || readFileSync(new URL(file, root), "utf8").split(find).length !== 2 || !tests.every(isThere)
    )
    assert.deepStrictEqual(lost.map(({ name }) => name), [])
  })

  it("has a name of its own", () => {
    assert.strictEqual(new Set(all.map(({ file, name }) => `${file} ${name}`)).size, all.length)
  })
})
