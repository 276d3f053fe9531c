/**
 * Breaks the code on purpose, one break at a time, and looks whether a test notices.
 *
 * `npm run mutate` runs all of scripts/mutants/, `npm run mutate -- pacer quota` those whose names or files have one of
 * the words, `npm run mutate -- --list` only names them. The work is done in a copy of the sources in a temporary folder.
 * It ends with 1 when a mutant survives, when its text is not found once, or when what it makes does not even load.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv, env, execPath, exit } from "node:process"
import { fileURLToPath } from "node:url"
import { all } from "./mutants.ts"
import type { Mutant } from "./mutants/mutant.ts"

const root = fileURLToPath(new URL("../", import.meta.url))
const copied = [
  "src",
  "test",
  "examples",
  "scripts",
  "docs",
  "README.md",
  "AGENTS.md",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts"
]

type Verdict = "killed" | "survived" | "not loaded" | "not found" | "found twice"

const words = argv.slice(2).filter((word) => !word.startsWith("--"))
const chosen = all.filter(({ file, name }) =>
  words.length === 0 || words.some((word) => `${name} ${file}`.includes(word))
)

if (argv.includes("--list")) {
  for (const { file, name } of chosen) console.log(`${name}  (${file})`)
  exit(0)
}

const copy = mkdtempSync(join(tmpdir(), "mutate-"))
for (const path of copied) cpSync(join(root, path), join(copy, path), { recursive: true })
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))

// A machine that is busy must not look like a test that noticed.
const flags = ["--bail=1", "--reporter=dot", "--testTimeout=20000"]

const runs = (tests: ReadonlyArray<string>) =>
  spawnSync(execPath, ["node_modules/vitest/vitest.mjs", "run", ...flags, ...tests], {
    cwd: copy,
    encoding: "utf8",
    env: { ...env, NO_COLOR: "1", FORCE_COLOR: "0" },
    timeout: 300_000,
    killSignal: "SIGKILL"
  })

/** The test that noticed, as the report names it; one that only took too long may have been slow for another reason. */
const noticed = (report: string): string => {
  const [, name = ""] = /FAIL\s+(\S+ > .*)/.exec(report) ?? []
  return report.includes("TestTimeoutError") ? `${name} (took too long)` : name
}

const judge = ({ file, find, replace, tests }: Mutant): readonly [Verdict, by: string] => {
  const path = join(copy, file)
  const before = readFileSync(path, "utf8")
  const places = before.split(find).length - 1
  if (places !== 1) return [places === 0 ? "not found" : "found twice", ""]
  writeFileSync(path, before.replace(find, () => replace))
  try {
    const { signal, status, stderr, stdout } = runs(tests)
    if (status === 0) return ["survived", ""]
    // A run that never ends has been noticed too; a file that cannot be read any more would be noticed by any test.
    if (signal !== null) return ["killed", "(never ended)"]
    return [/Tests\s.*\bfailed/.test(stdout) ? "killed" : "not loaded", noticed(stderr + stdout)]
  } finally {
    writeFileSync(path, before)
  }
}

const main = (): number => {
  const began = Date.now()
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))]
  const healthy = runs(files)
  if (healthy.status !== 0) {
    console.error(`${healthy.stdout}${healthy.stderr}\nThe tests are red before anything was broken.`)
    return 1
  }
  const counts: Record<Verdict, number> = {
    "killed": 0,
    "survived": 0,
    "not loaded": 0,
    "not found": 0,
    "found twice": 0
  }
  for (const mutant of chosen) {
    const [verdict, by] = judge(mutant)
    counts[verdict]++
    console.log(`${verdict.padEnd(11)}  ${mutant.name}${by === "" ? "" : `\n             by ${by}`}`)
  }
  const total = Object.entries(counts).filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`)
  const minutes = (Date.now() - began) / 60_000
  console.log(`\n${chosen.length} mutants: ${total.join(", ")}, in ${minutes.toFixed(1)} minutes`)
  return counts.killed === chosen.length ? 0 : 1
}

let code = 1
try {
  code = main()
} finally {
  rmSync(copy, { recursive: true, force: true })
}
exit(code)
