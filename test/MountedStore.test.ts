/**
 * A store on a real mount: one that is full, and one that may only be read. Root may write whatever the mode of a file
 * says, so modes alone show nothing.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { execFile, spawnSync } from "node:child_process"
import { bundle } from "./support/processes.ts"

const mayMount = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0

const observed = (scenario: "full" | "readonly") =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const program = yield* bundle("mountedStore.ts", yield* fs.makeTempDirectoryScoped())
    const folder = yield* fs.makeTempDirectoryScoped()
    const line = yield* Effect.callback<string>((resume) => {
      execFile(
        "unshare",
        ["-m", process.execPath, program, folder, scenario],
        (error, stdout, stderr) =>
          resume(error === null ? Effect.succeed(stdout) : Effect.die(`${error.message}\n${stderr}`))
      )
    })
    return JSON.parse(line.split("\n").at(-2) ?? "")
  }).pipe(Effect.provide(NodeFileSystem.layer))

const failed = "The conversation memory failed (append)."

describe(
  mayMount ? "a store on a real mount" : "a store on a real mount (NOT TRIED: `unshare -m` is not permitted here)",
  () => {
    it.live.skipIf(!mayMount)(
      "that is full costs the memory of a turn, not its answer, until there is room",
      () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* observed("full"), [
            { text: "Echo: one", remembered: true },
            { text: "Echo: xxxx", remembered: false, problem: failed },
            failed,
            { text: "Echo: thre", remembered: true },
            3
          ])
        })
    )

    it.live.skipIf(!mayMount)(
      "that may only be read says so when the bot starts, and is used when it may be written",
      () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* observed("readonly"), [
            { text: "Echo: one", remembered: true },
            "SqlError",
            "broken: <folder>/bot.sqlite cannot be written",
            [{ text: "Echo: thre", remembered: true }, 3],
            "ok: conversations are kept in <folder>/bot.sqlite"
          ])
        })
    )
  }
)
