/**
 * Runs the benchmarks: `npm run bench` all of them, `npm run bench -- turn` those that are named.
 *
 * Each is a process of its own and prints ratios against a baseline of the same run, since two machines, or two hours of
 * one machine, have nothing else in common.
 */
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import process from "node:process"

const folder = new URL("../test/bench/", import.meta.url)
const shared = ["answers", "measure"]
const all = readdirSync(folder).map((file) => file.replace(/\.ts$/, "")).filter((name) => !shared.includes(name)).sort()
const named = process.argv.slice(2)
const unknown = named.filter((name) => !all.includes(name))

if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. There are ${all.join(", ")}.`)
  process.exitCode = 2
} else {
  for (const name of named.length === 0 ? all : named) {
    console.log(`\n${name}`)
    const { status } = spawnSync(
      process.execPath,
      ["--conditions=effect-codex-source", "--expose-gc", new URL(`${name}.ts`, folder).pathname],
      { stdio: "inherit" }
    )
    if (status !== 0) process.exitCode = 1
  }
}
