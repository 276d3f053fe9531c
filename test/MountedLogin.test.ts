/**
 * A login on a file that cannot be replaced: a real bind mount, and a file system that refuses like one. Both agree.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import { execFile, spawnSync } from "node:child_process"
import { loginText, observe } from "./support/mountedLogin.ts"
import { bundle } from "./support/processes.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

type Code = "EBUSY" | "EXDEV" | "EPERM" | "EACCES" | "EROFS"

const refusal = (code: Code, method: string) =>
  Effect.fail(PlatformError.systemError({
    _tag: code === "EBUSY" ? "Busy" : code === "EPERM" || code === "EACCES" ? "PermissionDenied" : "Unknown",
    module: "FileSystem",
    method,
    cause: Object.assign(new Error(code), { code })
  }))

/** What a place refuses: to make a file beside, to take a name or give one up, to be written itself. */
interface Place {
  readonly beside?: Code
  readonly name: Code
  readonly itself?: Code
}

/** The real file system, with the refusals of a place. */
const like = (place: Place) =>
  Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (real) => ({
      ...real,
      open: (path, options) =>
        options?.flag === "wx" && place.beside !== undefined
          ? refusal(place.beside, "open")
          : options?.flag === "r+" && place.itself !== undefined
          ? refusal(place.itself, "open")
          : real.open(path, options),
      rename: () => refusal(place.name, "rename"),
      remove: (path, options) =>
        path.endsWith("/auth.json") ? refusal(place.name, "remove") : real.remove(path, options)
    } satisfies FileSystem.FileSystem))
  )

/** What a file that can be written in place must show, however it refuses to be replaced. */
const written = [
  { step: "started", origin: "refresh", asked: 1, stored: "r1" },
  { step: "recovered", origin: "refresh", asked: 2, stored: "r2" },
  { step: "told", warnings: [], stored: "r2" },
  { step: "started again", origin: "store", asked: 0, warnings: [], stored: "r2" },
  { step: "replaced", shorter: true, stored: "short" },
  { step: "signed out", signedOut: true, problem: "AuthFileNotFound", stored: "empty" },
  { step: "signed in", signedIn: true, stored: "given" },
  { rest: ["auth.json"] }
]

const problem = "Could not write the credentials at <folder>/auth.json (EROFS)."
const cure = "Give the bot's user read and write access to the file and its folder; in a container, mount the folder."
const starts =
  `${problem} New tokens will be in memory only, and the login ends with this process after the next refresh. ${cure}`

/** What a file must show that cannot be written at all. */
const kept = [
  { step: "started", origin: "refresh", asked: 1, stored: "r0" },
  { step: "recovered", origin: "refresh", asked: 2, stored: "r0" },
  {
    step: "told",
    warnings: [starts, `${problem} The new tokens are kept in memory and are lost when this process ends. ${cure}`],
    unwritable: problem,
    stored: "r0"
  },
  {
    step: "started again",
    origin: "refresh",
    asked: 1,
    warnings: [starts, `${problem} The new tokens are kept in memory and are lost when this process ends. ${cure}`],
    stored: "r0"
  },
  { step: "replaced", shorter: false, stored: "r0" },
  {
    step: "signed out",
    signedOut: "Could not remove the credentials at <folder>/auth.json (EROFS).",
    stored: "r0"
  },
  { step: "signed in", signedIn: true, unsaved: problem, stored: "r0" },
  { rest: ["auth.json"] }
]

const prepared = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const path = `${folder}/auth.json`
  yield* fs.writeFileString(path, yield* loginText(-1))
  return path
})

describe("a login on a file system that refuses to replace its file", () => {
  const places: ReadonlyArray<readonly [string, Place, ReadonlyArray<unknown>]> = [
    ["a mounted file", { name: "EBUSY" }, written],
    ["a file of another device", { name: "EXDEV" }, written],
    ["a file that may not be moved", { name: "EPERM" }, written],
    ["a file in a folder of somebody else's", { beside: "EACCES", name: "EACCES" }, written],
    ["a file in a folder that is read-only", { beside: "EROFS", name: "EROFS" }, written],
    ["a mounted file that is read-only", { name: "EBUSY", itself: "EROFS" }, kept]
  ]
  for (const [name, place, expected] of places) {
    it.live(`lives on ${name}`, () =>
      Effect.gen(function*() {
        const path = yield* prepared
        assert.deepStrictEqual(yield* Effect.provide(observe(path), like(place)), expected)
      }).pipe(Effect.provide(platform)))
  }
})

const mayMount = spawnSync("unshare", ["-m", "true"]).status === 0

describe(
  mayMount ? "a login on a real mount" : "a login on a real mount (NOT TRIED: `unshare -m` is not permitted here)",
  () => {
    const mounts: ReadonlyArray<readonly [string, string, ReadonlyArray<unknown>]> = [
      ["a mounted file", `mount --bind "$1" "$1"`, written],
      [
        "a mounted file in a folder that is read-only",
        `f=$(dirname "$1"); mount --bind "$f" "$f" && mount --bind "$1" "$1" && mount -o remount,bind,ro "$f"`,
        written
      ],
      ["a mounted file that is read-only", `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"`, kept]
    ]
    it.live.skipIf(!mayMount)(
      "shows on each what it shows on the file system that refuses like it",
      () =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const program = yield* bundle("mountedLogin.ts", yield* fs.makeTempDirectoryScoped())
          for (const [name, mount, expected] of mounts) {
            const path = yield* prepared
            const line = yield* Effect.callback<string>((resume) => {
              const script = `${mount} && exec "$2" "$3" "$1"`
              const command = ["-m", "sh", "-c", script, "sh", path, process.execPath, program]
              execFile(
                "unshare",
                command,
                (error, stdout, stderr) =>
                  resume(error === null ? Effect.succeed(stdout) : Effect.die(`${error.message}\n${stderr}`))
              )
            })
            assert.deepStrictEqual(JSON.parse(line), expected, name)
          }
        }).pipe(Effect.provide(platform))
    )
  }
)
