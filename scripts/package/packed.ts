/**
 * The package as users get it: packed, and unpacked in an empty folder with its dependencies beside it.
 */
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url))

/** One file of the package. */
export interface PackedFile {
  readonly path: string
  readonly size: number
  readonly mode: number
}

/** What `npm pack` says of the package. */
export interface Packed {
  readonly filename: string
  /** In bytes, as it is downloaded. */
  readonly size: number
  readonly unpackedSize: number
  readonly files: ReadonlyArray<PackedFile>
}

const manifest = (output: string): Packed => {
  const said = JSON.parse(output)
  return Array.isArray(said) ? said[0] : Object.values<Packed>(said)[0]
}

/** What would be packed, without packing it. */
export const contents = (): Packed =>
  manifest(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" }))

const place = (from: string, to: string, copies: boolean): void => {
  mkdirSync(dirname(to), { recursive: true })
  if (copies) cpSync(from, to, { recursive: true, dereference: false, verbatimSymlinks: true })
  else symlinkSync(from, to)
}

/**
 * Unpacks it in `node_modules/effect-codex` of a folder that is emptied first.
 *
 * The repository's packages are linked beside it. With `copies` the few that programs import are copied, for a runtime
 * that does not follow links out of its folder.
 */
export const unpack = (folder: string, options: { readonly copies?: boolean } = {}): Packed => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, "node_modules"), { recursive: true })
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]
  const packed = manifest(execFileSync("npm", args, { cwd: root, encoding: "utf8" }))
  execFileSync("tar", ["-xzf", join(folder, packed.filename), "-C", join(folder, "node_modules")])
  execFileSync("mv", [join(folder, "node_modules/package"), join(folder, "node_modules/effect-codex")])
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") || name === "effect-codex") continue
    const path = join(root, "node_modules", name)
    for (const inner of name.startsWith("@") ? readdirSync(path).map((inner) => `${name}/${inner}`) : [name]) {
      place(join(root, "node_modules", inner), join(folder, "node_modules", inner), options.copies === true)
    }
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }))
  return packed
}
