/**
 * What Node says unasked, and whether a person at a terminal reads it.
 */
import { assert, describe, it } from "@effect/vitest"
import { afterEach, vi } from "vitest"
import * as NodeWarnings from "../src/cli/internal/nodeWarnings.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

describe("a warning of Node", () => {
  it("that its SQLite is experimental is kept from whoever runs a command, and every other one is not", () => {
    const warned: Array<string> = []
    vi.spyOn(process, "emitWarning").mockImplementation((warning) => void warned.push(String(warning)))
    NodeWarnings.hush()
    process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning")
    process.emitWarning("Something is old.", { type: "DeprecationWarning", code: "TEST0" })
    process.emitWarning(new Error("Something leaks."))
    assert.deepStrictEqual(warned, ["Something is old.", "Error: Something leaks."])
  })
})
