/**
 * Breaks the code on purpose, one break at a time, and looks whether a test notices.
 *
 * `npm run mutate` runs all of scripts/mutants.ts, `npm run mutate -- pacer quota` those whose names or files have one of
 * the words, `npm run mutate -- --list` only names them. The work is done in a copy of the sources in a temporary folder.
 * It ends with 1 when a mutant survives, or when its text is not found once.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv, execPath, exit } from "node:process"
import { fileURLToPath } from "node:url"
import { all, type Mutant } from "./mutants.ts"

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

type Verdict = "killed" | "survived" | "not found" | "found twice"

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

const runs = (tests: ReadonlyArray<string>) =>
  spawnSync(execPath, ["node_modules/vitest/vitest.mjs", "run", "--bail=1", "--reporter=dot", ...tests], {
    cwd: copy,
    encoding: "utf8",
    timeout: 300_000,
    killSignal: "SIGKILL"
  })

const judge = ({ file, find, replace, tests }: Mutant): Verdict => {
  const path = join(copy, file)
  const before = readFileSync(path, "utf8")
  const places = before.split(find).length - 1
  if (places !== 1) return places === 0 ? "not found" : "found twice"
  writeFileSync(path, before.replace(find, () => replace))
  try {
    // A run that never ends has been noticed too.
    return runs(tests).status === 0 ? "survived" : "killed"
  } finally {
    writeFileSync(path, before)
  }
}

const main = (): number => {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))]
  const healthy = runs(files)
  if (healthy.status !== 0) {
    console.error(`${healthy.stdout}${healthy.stderr}\nThe tests are red before anything was broken.`)
    return 1
  }
  const counts: Record<Verdict, number> = { "killed": 0, "survived": 0, "not found": 0, "found twice": 0 }
  for (const mutant of chosen) {
    const verdict = judge(mutant)
    counts[verdict]++
    console.log(`${verdict.padEnd(11)}  ${mutant.name}`)
  }
  const total = Object.entries(counts).filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`)
  console.log(`\n${chosen.length} mutants: ${total.join(", ")}`)
  return counts.killed === chosen.length ? 0 : 1
}

let code = 1
try {
  code = main()
} finally {
  rmSync(copy, { recursive: true, force: true })
}
exit(code)
