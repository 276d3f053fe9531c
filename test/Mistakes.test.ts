/**
 * What must not compile, and what the compiler says about it: an author reads these words before any page.
 */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll } from "vitest"

const folder = join(import.meta.dirname, "types", "mistakes")

const words: Readonly<Record<string, RegExp>> = {
  "no-door": /'allowedUserIds' is missing/,
  "no-door-runtime": /'allowedUserIds' is missing/,
  "core-option": /"has no effect here: give it to codexLive"/,
  "manner-without-access": /'allowedUserIds' is missing/,
  "needs": /'Pg' is not assignable to type 'never'/,
  "no-house": /'Codex' is not assignable to type 'TelegramDoor'/,
  "vibegram-typo": /'alowedUserIds' does not exist .* Did you mean to write 'allowedUserIds'\?/,
  "nobody": /'allowedUserIds' is missing/,
  "nearly-everybody": /'"everyone"' is not assignable to type '"everybody" \|/,
  "typo": /'modle' does not exist/,
  "typo-config": /'memmory' does not exist/,
  "wrong-room": /'Layer<Audit, never, never>' is not assignable to type 'Room<Memory, /,
  "doors-setting": /'allowedUserIds' does not exist/
}
const lines = readFileSync(join(folder, "mistakes.ts"), "utf8").split("\n")

/** The mistake whose statement a line belongs to. */
const mistakeAt = (line: number): string | undefined =>
  lines.slice(0, line).findLast((text) => text.startsWith("// ["))?.match(/\[(.*?)\]/)?.[1]

describe("a mistake does not compile, and the compiler says what is wrong:", () => {
  const said = new Map<string, string>()

  beforeAll(async () => {
    const run = (file: string, ...args: ReadonlyArray<string>) =>
      new Promise<string>((resolve) => execFile(file, args, (_, stdout) => resolve(stdout)))
    const cli = join(import.meta.dirname, "..", "node_modules", "@effect", "tsgo", "dist", "effect-tsgo.cjs")
    const compiler = await run(process.execPath, cli, "get-exe-path")
    const output = await run(compiler.trim(), "--project", folder, "--pretty", "false")
    for (const part of output.split(/^(?=\S+\(\d+,\d+\): )/m)) {
      const name = mistakeAt(Number(part.match(/\((\d+),/)?.[1]))
      if (name !== undefined) said.set(name, `${said.get(name) ?? ""}${part}`)
    }
  })

  for (const [name, expected] of Object.entries(words)) {
    it(name, () => assert.match(said.get(name) ?? "it compiles", expected))
  }

  it("and nothing else is told", () => assert.sameMembers([...said.keys()], Object.keys(words)))
})
