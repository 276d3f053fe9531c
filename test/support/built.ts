/**
 * What a program that imports `effect-codex` by name is run on: what was built, as for whoever installs it, and in a third
 * of the time; the sources, when one of them is newer.
 */
import { readdirSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "..", "..")

const writtenAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

const isNew = (): boolean => {
  const built = writtenAt(join(root, "dist", "index.js"))
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).every((path) =>
    writtenAt(join(root, "src", path)) < built
  )
}

/** Flags of Node for such a program. */
export const flags: ReadonlyArray<string> = isNew() ? [] : ["--conditions=effect-codex-source"]

/** Variables of it: what Node has compiled once is read by the next one. */
export const env = { NODE_COMPILE_CACHE: join(tmpdir(), "effect-codex-compiled") }
