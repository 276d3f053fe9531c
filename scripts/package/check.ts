/**
 * Whether the package is what users should get: its files, its size, its maps, its types with the oldest and the newest
 * TypeScript, and its command.
 *
 * `npm run package` runs it on what was built.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { root, unpack } from "./packed.ts"

/**
 * The most that it may have, in bytes. Whoever needs more says here why: 4.4 MB and 1.15 MB on 26 November 2026, with
 * turns that survive, effect/ai and both doubles; sources are in it once, and a map has a place a line.
 */
const most = { unpacked: 5_000_000, packed: 1_300_000 }

const expected = /^(dist\/.+\.(js|js\.map|d\.ts|d\.ts\.map)|src\/.+\.ts|docs\/.+\.md|examples\/.+|[^/]+)$/
const top = new Set(["package.json", "README.md", "LICENSE", "AGENTS.md", "CHANGELOG.md"])
const required = [
  ...top,
  "dist/index.js",
  "dist/index.d.ts",
  "dist/cli/main.js",
  "examples/ten-line-bot.ts",
  "docs/bots.md"
]

const problems: Array<string> = []
const check = (holds: boolean, problem: string): void => {
  if (!holds) problems.push(problem)
}

const folder = mkdtempSync(join(tmpdir(), "effect-codex-package-"))

try {
  const packed = unpack(folder)
  const home = join(folder, "node_modules/effect-codex")
  const paths = packed.files.map(({ path }) => path)

  for (const path of paths) {
    check(expected.test(path) && (path.includes("/") || top.has(path)), `${path} does not belong into the package.`)
    check(!/(^|\/)(\.env|auth\.json|.*\.sqlite|.*\.test\.ts)$/.test(path), `${path} must not be published.`)
  }
  for (const path of required) check(paths.includes(path), `${path} is missing.`)
  check(
    packed.unpackedSize <= most.unpacked,
    `It has ${packed.unpackedSize} bytes unpacked; ${most.unpacked} are allowed.`
  )
  check(packed.size <= most.packed, `It has ${packed.size} bytes packed; ${most.packed} are allowed.`)

  // Sources once: maps point to those in `src`, and hold none.
  for (const path of paths.filter((path) => path.endsWith(".map"))) {
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(home, path), "utf8"))
    check((sourcesContent ?? []).every((content: unknown) => content === null), `${path} holds sources.`)
    for (const source of sources) {
      const target = relative(home, join(home, dirname(path), source))
      check(paths.includes(target), `${path} points to ${target}, which is not there.`)
    }
  }
  for (const path of paths.filter((path) => /\.(js|ts|md|json|map)$/.test(path))) {
    check(!readFileSync(join(home, path), "utf8").includes(root), `${path} names a folder of this machine.`)
  }

  // One of each service and error, whichever doors are used together: a tag or class in two files would be two of them.
  const placesOf = new Map<string, Set<string>>()
  for (const path of paths.filter((path) => /^dist\/.+\.js$/.test(path))) {
    for (
      const [, name = ""] of readFileSync(join(home, path), "utf8").matchAll(
        /extends [^\n{]*?\("(effect-codex\/[^"]+)"\)/g
      )
    ) {
      placesOf.set(name, (placesOf.get(name) ?? new Set()).add(path))
    }
  }
  check(placesOf.size > 50, `Only ${placesOf.size} services and errors were found in dist.`)
  for (const [name, places] of placesOf) {
    check(places.size === 1, `${name} is in ${[...places].join(" and in ")}.`)
  }

  // What a door loads at once: names and a database need no conversation.
  const loadedBy = (path: string, found = new Set<string>()): ReadonlySet<string> => {
    if (found.has(path)) return found
    found.add(path)
    for (
      const [, other = ""] of readFileSync(join(home, path), "utf8").matchAll(/^(?:import|export) .*from "(\.[^"]+)"/gm)
    ) {
      loadedBy(join(dirname(path), other), found)
    }
    return found
  }
  for (const door of ["dist/Sqlite.js", "dist/telegram/index.js"]) {
    check(!loadedBy(door).has("dist/shared/core.js"), `${door} loads all of the core.`)
  }
  check(loadedBy("dist/index.js").has("dist/shared/core.js"), "dist/index.js has its core somewhere else.")

  // Its own examples are programs of users.
  const examples = ["ten-line-bot", "ten-line-program", "telegraf-bot", "swapped-layer"]
  for (const name of examples) cpSync(join(home, `examples/${name}.ts`), join(folder, `${name}.ts`))
  writeFileSync(
    join(folder, "everything.ts"),
    Object.keys(JSON.parse(readFileSync(join(home, "package.json"), "utf8")).exports)
      .filter((door) => !/json$|\*$/.test(door))
      .map((door, index) => `export * as door${index} from "effect-codex${door.slice(1)}"`).join("\n")
  )
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        noEmit: true,
        strict: true,
        skipLibCheck: false,
        target: "ES2022",
        module: "NodeNext",
        lib: ["ES2023", "DOM", "DOM.Iterable"],
        types: ["node"]
      },
      include: ["*.ts"]
    })
  )
  for (const compiler of ["typescript-5", "typescript"]) {
    const tsc = join(root, "node_modules", compiler, "bin/tsc")
    const version = execFileSync(process.execPath, [tsc, "--version"], { encoding: "utf8" }).trim()
    const { status, stdout } = spawnSync(process.execPath, [tsc, "--project", folder], { encoding: "utf8" })
    check(status === 0, `TypeScript ${version} refuses the types:\n${stdout}`)
    console.log(`types: ${version} ${status === 0 ? "takes them" : "refuses them"}`)
  }

  const { status, stdout } = spawnSync(join(home, "dist/cli/main.js"), ["--version"], { encoding: "utf8" })
  check(status === 0 && /^effect-codex v\d/.test(stdout), "dist/cli/main.js is no command.")

  const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(2)} MB`
  console.log(
    `package: ${paths.length} files, ${megabytes(packed.size)} packed, ${megabytes(packed.unpackedSize)} unpacked`
  )
  for (const part of readdirSync(home)) {
    const size = packed.files.filter(({ path }) => path === part || path.startsWith(`${part}/`))
      .reduce((sum, { size }) => sum + size, 0)
    console.log(`  ${part}: ${megabytes(size)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
