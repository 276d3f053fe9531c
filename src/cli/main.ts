#!/usr/bin/env node
/**
 * What `effect-codex` begins with. An older Node fails while it links what is imported, with a trace that names no cause:
 * so nothing of ours is, until its version is known.
 */
import process from "node:process"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

if (major > 22 || (major === 22 && minor >= 19)) {
  // Node warns while it links, too.
  const { hush } = await import("./internal/nodeWarnings.ts")
  hush()
  await import("./process.ts")
} else {
  process.stderr.write(
    `effect-codex needs Node 22.19 or newer, and this is ${process.versions.node}: https://nodejs.org\n`
  )
  process.exitCode = 1
}
