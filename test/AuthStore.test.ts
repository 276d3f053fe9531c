import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as ByteSize from "effect/ByteSize"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { execSync } from "node:child_process"
import { homedir } from "node:os"
import { DatabaseSync } from "node:sqlite"
import { inspect } from "node:util"
import * as AuthJson from "../src/auth/AuthJson.ts"
import * as AuthStore from "../src/auth/AuthStore.ts"
import * as PathLocks from "../src/auth/internal/pathLocks.ts"
import { Machine } from "../src/internal/machine.ts"
import { authStoreContract } from "./support/authStoreContract.ts"

const platform = Layer.merge(NodeFileSystem.layer, NodePath.layer)

const environment = (env: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnv({ env }))

const json = (accessToken: string): AuthJson.AuthJson =>
  Result.getOrThrow(AuthJson.parse({ extra: 1, tokens: { access_token: accessToken, other: 2 } }))

const accessTokenOf = (self: AuthJson.AuthJson): string | undefined =>
  self.tokens.accessToken && Redacted.value(self.tokens.accessToken)

const at = (path: string) =>
  Effect.map(Layer.build(AuthStore.layerFile(path)), (services) => AuthStore.AuthStore.pipe(Effect.provide(services)))
    .pipe(Effect.flatten)

const temporaryFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const file: FileSystem.File.Info = {
  type: "File",
  mtime: Option.none(),
  atime: Option.none(),
  birthtime: Option.none(),
  dev: 0n,
  ino: Option.none(),
  mode: 0o600,
  nlink: Option.none(),
  uid: Option.none(),
  gid: Option.none(),
  rdev: Option.none(),
  size: ByteSize.zero,
  blksize: Option.none(),
  blocks: Option.none()
}

const refusing = (code: string) =>
  Effect.fail(PlatformError.systemError({
    _tag: code === "EBUSY" ? "Busy" : code === "EACCES" || code === "EPERM" ? "PermissionDenied" : "Unknown",
    module: "FileSystem",
    method: "any",
    cause: Object.assign(new Error("SECRET"), { code })
  }))

/** The real file system with some operations replaced. */
const altered = (change: (fs: FileSystem.FileSystem) => Partial<FileSystem.FileSystem>) =>
  Layer.effect(FileSystem.FileSystem, Effect.map(FileSystem.FileSystem, (fs) => ({ ...fs, ...change(fs) })))

describe("AuthStore.layerFile", () => {
  it.effect("writes a private file, makes its folder, reads it back, and leaves nothing else behind", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = `${yield* temporaryFolder}/a/b`
      const store = yield* at(`${folder}/auth.json`)
      assert.strictEqual(store.location, `${folder}/auth.json`)
      yield* store.write(json("one"))
      yield* store.write(json("two"))
      assert.strictEqual(accessTokenOf(yield* store.read), "two")
      assert.deepStrictEqual(yield* fs.readDirectory(folder), ["auth.json"])
      assert.strictEqual((yield* fs.stat(`${folder}/auth.json`)).mode & 0o777, 0o600)
      assert.strictEqual((yield* fs.stat(folder)).mode & 0o777, 0o700)
    }).pipe(Effect.provide(platform)))

  it.effect("makes a file that others could read private", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporaryFolder}/auth.json`
      yield* fs.writeFileString(path, "{}", { mode: 0o644 })
      const store = yield* at(path)
      yield* store.write(json("new"))
      assert.strictEqual((yield* fs.stat(path)).mode & 0o777, 0o600)
    }).pipe(Effect.provide(platform)))

  it.effect("replaces what a symlink points to and keeps the link, also when the target is not there yet", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.makeDirectory(`${folder}/real`)
      yield* fs.makeDirectory(`${folder}/links`)
      yield* fs.symlink("../real/target.json", `${folder}/links/second.json`)
      yield* fs.symlink("second.json", `${folder}/links/auth.json`)
      const store = yield* at(`${folder}/links/auth.json`)
      for (const token of ["first", "second"]) {
        yield* store.write(json(token))
        assert.strictEqual(yield* fs.readLink(`${folder}/links/auth.json`), "second.json")
        assert.strictEqual(yield* fs.readLink(`${folder}/links/second.json`), "../real/target.json")
        assert.include(yield* fs.readFileString(`${folder}/real/target.json`), token)
      }
      assert.isTrue(yield* store.remove)
      assert.isFalse(yield* fs.exists(`${folder}/real/target.json`))
      assert.strictEqual((yield* Effect.flip(store.read))._tag, "AuthFileNotFound")
    }).pipe(Effect.provide(platform)))

  it.effect("removes the file and says whether there was one", () =>
    Effect.gen(function*() {
      const store = yield* at(`${yield* temporaryFolder}/auth.json`)
      assert.isFalse(yield* store.remove)
      yield* store.write(json("a"))
      assert.isTrue(yield* store.remove)
      assert.isFalse(yield* store.remove)
    }).pipe(Effect.provide(platform)))

  it.effect("says where it looked when there is no file", () =>
    Effect.gen(function*() {
      const path = `${yield* temporaryFolder}/auth.json`
      const failure = yield* Effect.flip(Effect.flatMap(at(path), (store) => store.read))
      assert.strictEqual(failure._tag, "AuthFileNotFound")
      assert.strictEqual(failure.message, `auth JSON not found at ${path}.`)
    }).pipe(Effect.provide(platform)))

  it.effect("fails by name of operation and problem when the path leads through a file", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.writeFileString(`${folder}/file`, "")
      const store = yield* at(`${folder}/file/auth.json`)
      for (
        const [operation, effect] of [
          ["read", Effect.asVoid(store.read)],
          ["write", store.write(json("SECRET"))],
          ["remove", Effect.asVoid(store.remove)]
        ] as const
      ) {
        const failure = yield* Effect.flip(effect)
        assert.strictEqual(
          failure.message,
          `Could not ${operation} the credentials at ${folder}/file/auth.json (BadResource).`
        )
        assert.notInclude(inspect(failure, { depth: 10 }), "SECRET")
      }
    }).pipe(Effect.provide(platform)))

  const failingAt = (
    step: "open" | "writeAll" | "sync" | "rename",
    failure: Effect.Effect<never, PlatformError.PlatformError>
  ) =>
    altered((real) => ({
      open: (path, options) =>
        options?.flag !== "wx"
          ? real.open(path, options)
          : step === "open"
          ? failure
          : Effect.map(real.open(path, options), (file) =>
            step === "writeAll"
              ? Object.create(file, { writeAll: { value: () => failure } })
              : step === "sync"
              ? Object.create(file, { sync: { value: failure } })
              : file),
      rename: (from, to) => step === "rename" ? failure : real.rename(from, to)
    }))

  for (const step of ["open", "writeAll", "sync", "rename"] as const) {
    it.effect(`keeps the old file and no temporary one when ${step} fails`, () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* temporaryFolder
        const path = `${folder}/auth.json`
        yield* fs.writeFileString(path, "{\"tokens\":{\"access_token\":\"old\"}}")
        const store = yield* Effect.provide(at(path), failingAt(step, refusing("ENOSPC")))
        const failure = yield* Effect.flip(store.write(json("SECRET")))
        assert.strictEqual(failure.message, `Could not write the credentials at ${path} (ENOSPC).`)
        assert.strictEqual(failure.fix("program"), "Make room on the disk that holds the file.")
        assert.notInclude(inspect(failure, { depth: 10 }), "SECRET")
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["auth.json"])
        assert.strictEqual(accessTokenOf(yield* store.read), "old")
      }).pipe(Effect.provide(platform)))
  }

  it.effect("names a problem by the system's code when it has no better name", () =>
    Effect.gen(function*() {
      const path = `${yield* temporaryFolder}/auth.json`
      const cause = Object.assign(new Error("SECRET"), { code: "EROFS" })
      const readOnly = altered(() => ({
        open: () =>
          Effect.fail(PlatformError.systemError({ _tag: "Unknown", module: "FileSystem", method: "open", cause }))
      }))
      const store = yield* Effect.provide(at(path), readOnly)
      const failure = yield* Effect.flip(store.write(json("SECRET")))
      assert.strictEqual(failure.message, `Could not write the credentials at ${path} (EROFS).`)
    }).pipe(Effect.provide(platform)))

  it.effect("expands ~/ to the home folder", () =>
    Effect.gen(function*() {
      const store = yield* at("~/x/auth.json")
      assert.strictEqual(store.location, "/home/ada/x/auth.json")
    }).pipe(Effect.provide(Layer.merge(platform, environment({ HOME: "/home/ada" })))))

  /** A file that was just touched, and holds another text at each look. */
  const reading = (texts: ReadonlyArray<string>) => {
    let looks = 0
    const text = () => texts[Math.min(looks, texts.length) - 1] ?? ""
    const fs = FileSystem.layerNoop({
      realPath: Effect.succeed,
      access: () => Effect.void,
      stat: () =>
        Effect.sync(() => {
          looks++
          return { ...file, size: ByteSize.bytes(text().length) }
        }),
      readFileString: () => Effect.sync(text)
    })
    return { layer: Layer.merge(fs, Path.layer), looks: () => looks }
  }

  it.effect("reads a half written file again", () =>
    Effect.gen(function*() {
      const torn = reading(["", "{\"tokens\":", "{\"tokens\":{\"access_token\":\"whole\"}}"])
      const store = yield* Effect.provide(at("/auth.json"), torn.layer)
      const fiber = yield* Effect.forkChild(store.read, { startImmediately: true })
      yield* TestClock.adjust("400 millis")
      assert.strictEqual(accessTokenOf(yield* Fiber.join(fiber)), "whole")
      assert.strictEqual(torn.looks(), 3)
    }))

  for (
    const [text, problem] of [["{\"tokens\": \"SECRET", "not JSON"], ["[\"SECRET\"]", "not an auth.json"]] as const
  ) {
    it.effect(`gives up on a file that stays ${problem} after a second`, () =>
      Effect.gen(function*() {
        const torn = reading([text])
        const store = yield* Effect.provide(at("/auth.json"), torn.layer)
        const fiber = yield* Effect.forkChild(Effect.flip(store.read), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        const failure = yield* Fiber.join(fiber)
        assert.strictEqual(failure.message, `The file at /auth.json is ${problem}.`)
        assert.notInclude(inspect(failure, { depth: 10 }), "SECRET")
        assert.strictEqual(torn.looks(), 6)
      }))
  }

  for (
    const [what, make, problem] of [
      ["a folder", (path: string) => `mkdir ${path}`, "a folder, not an auth.json"],
      ["a pipe", (path: string) => `mkfifo ${path}`, "no regular file"],
      ["a device", (path: string) => `ln -s /dev/zero ${path}`, "no regular file"],
      ["a link to a pipe", (path: string) => `mkfifo ${path}.pipe && ln -s ${path}.pipe ${path}`, "no regular file"],
      [
        "a link to a folder",
        (path: string) => `mkdir ${path}.d && ln -s ${path}.d ${path}`,
        "a folder, not an auth.json"
      ],
      ["the random device", (path: string) => `ln -s /dev/urandom ${path}`, "no regular file"],
      [
        "a socket",
        (path: string) =>
          `node -e "net.createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))" 2> /dev/null || true`,
        "no regular file"
      ],
      ["a file of a byte too much", (path: string) => `truncate -s 1000001 ${path}`, "larger than 1 MB"],
      ["a file of 1 GB", (path: string) => `truncate -s 1G ${path}`, "larger than 1 MB"]
    ] as const
  ) {
    it.live(`looks at ${what} and does not read it`, () =>
      Effect.gen(function*() {
        const path = `${yield* temporaryFolder}/auth.json`
        execSync(make(path))
        const store = yield* at(path)
        const failure = yield* Effect.flip(store.read)
        assert.strictEqual(failure.message, `What is at ${path} is ${problem}.`)
        assert.match(failure.fix("program"), /^Set CODEX_AUTH_JSON_PATH to /)
      }).pipe(Effect.provide(platform)), 2_000)
  }

  it.live("takes a file that was emptied for a login that is signed out", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporaryFolder}/auth.json`
      yield* fs.writeFileString(path, "")
      yield* fs.utimes(path, 1, 1)
      const store = yield* at(path)
      assert.strictEqual((yield* Effect.flip(store.read))._tag, "AuthFileNotFound")
      assert.isFalse(yield* store.remove)
      yield* store.write(json("back"))
      assert.strictEqual(accessTokenOf(yield* store.read), "back")
    }).pipe(Effect.provide(platform)))

  it.live("reads the file when it changed, decodes it once until then, and sees what somebody else wrote at once", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporaryFolder}/auth.json`
      let reads = 0
      const counting = altered((real) => ({
        readFileString: (file, encoding) => {
          if (file === path) reads++
          return real.readFileString(file, encoding)
        }
      }))
      yield* fs.writeFileString(path, "{\"tokens\":{\"access_token\":\"one\"}}")
      yield* fs.utimes(path, 1, 1)
      const store = yield* Effect.provide(at(path), counting)
      const first = yield* store.read
      for (let call = 0; call < 100; call++) assert.strictEqual(yield* store.read, first)
      assert.strictEqual(reads, 1)
      // In place and of the same size, as the CLI of old does it: only the time tells.
      yield* fs.writeFileString(path, "{\"tokens\":{\"access_token\":\"two\"}}")
      assert.strictEqual(accessTokenOf(yield* store.read), "two")
      // Replaced, with the same times: only the inode tells.
      yield* fs.utimes(path, 1, 1)
      assert.strictEqual(accessTokenOf(yield* store.read), "two")
      yield* fs.writeFileString(`${path}.new`, "{\"tokens\":{\"access_token\":\"tri\"}}")
      yield* fs.utimes(`${path}.new`, 1, 1)
      yield* fs.rename(`${path}.new`, path)
      assert.strictEqual(accessTokenOf(yield* store.read), "tri")
    }).pipe(Effect.provide(platform)))

  it.effect("reads a file anew that was written a moment ago, as another write may bear the same times", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporaryFolder}/auth.json`
      const write = (token: string) =>
        Effect.andThen(fs.writeFileString(path, `{"tokens":{"access_token":"${token}"}}`), fs.utimes(path, 1, 1))
      const store = yield* at(path)
      yield* write("one")
      yield* TestClock.setTime(1_099)
      assert.strictEqual(accessTokenOf(yield* store.read), "one")
      yield* write("two")
      yield* TestClock.setTime(1_100)
      assert.strictEqual(accessTokenOf(yield* store.read), "two")
      yield* write("tri")
      assert.strictEqual(accessTokenOf(yield* store.read), "two")
    }).pipe(Effect.provide(platform)))

  it.live("knows before it writes whether it can, by file, mount and folder", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporaryFolder}/auth.json`
      const store = yield* at(path)
      yield* store.writable
      yield* fs.writeFileString(path, "{}")
      yield* store.writable
      const itself = (code: string, beside = false) => (real: FileSystem.FileSystem) => ({
        open: (file, options) =>
          options?.flag === "r+" || (beside && options?.flag === "wx") ? refusing(code) : real.open(file, options)
      } satisfies Partial<FileSystem.FileSystem>)
      // A file that is for reading only, in a folder of our own: it is replaced.
      yield* (yield* Effect.provide(at(path), altered(itself("EACCES")))).writable
      assert.deepStrictEqual(yield* fs.readDirectory(path.slice(0, -"/auth.json".length)), ["auth.json"])
      for (const [code, beside] of [["EACCES", true], ["EROFS", false]] as const) {
        const refused = yield* Effect.provide(at(path), altered(itself(code, beside)))
        assert.strictEqual((yield* Effect.flip(refused.writable)).operation, "write")
      }
      const mounted = yield* Effect.provide(
        at(path),
        altered((real) => ({
          ...itself("EACCES")(real),
          readFileString: (file, encoding) =>
            file === "/proc/self/mountinfo"
              ? Effect.succeed(`36 35 98:0 / ${path} rw,noatime - ext4 /dev/root rw`)
              : real.readFileString(file, encoding)
        }))
      )
      assert.strictEqual((yield* Effect.flip(mounted.writable)).problem, "PermissionDenied")
    }).pipe(Effect.provide(platform)))

  it.effect("lets two stores on one real file take turns", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.writeFileString(`${folder}/auth.json`, "{}")
      yield* fs.symlink(`${folder}/auth.json`, `${folder}/link.json`)
      const one = yield* at(`${folder}/auth.json`)
      const two = yield* at(`${folder}/link.json`)
      const other = yield* at(`${folder}/other.json`)
      const inside = yield* Deferred.make<void>()
      const leave = yield* Deferred.make<void>()
      const order: Array<string> = []
      const first = yield* Effect.forkChild(one.exclusive(
        Effect.andThen(Deferred.succeed(inside, undefined), Deferred.await(leave)).pipe(
          Effect.andThen(Effect.sync(() => order.push("one")))
        )
      ))
      yield* Deferred.await(inside)
      const second = yield* Effect.forkChild(two.exclusive(Effect.sync(() => order.push("two"))), {
        startImmediately: true
      })
      yield* other.exclusive(Effect.sync(() => order.push("other")))
      yield* Deferred.succeed(leave, undefined)
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(order, ["other", "one", "two"])
    }).pipe(Effect.provide(platform)))
})

describe("AuthStore.layer without a source", () => {
  const inEnvironment = (env: Record<string, string>) =>
    AuthStore.AuthStore.pipe(
      Effect.map((store) => store.location),
      Effect.provide(AuthStore.layer().pipe(Layer.provide([platform, environment(env)])))
    )

  it.effect("is in CODEX_HOME, else under USERPROFILE, else under HOME", () =>
    Effect.gen(function*() {
      const all = { CODEX_HOME: "/c", USERPROFILE: "/u", HOME: "/h" }
      assert.strictEqual(yield* inEnvironment(all), "/c/auth.json")
      assert.strictEqual(yield* inEnvironment({ ...all, CODEX_HOME: "" }), "/u/.codex/auth.json")
      assert.strictEqual(yield* inEnvironment({ HOME: "/h" }), "/h/.codex/auth.json")
    }))

  it.effect("is at the home that the system knows when the environment names none, never in a folder called ~", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* inEnvironment({}), `${homedir()}/.codex/auth.json`)
      const store = yield* AuthStore.AuthStore.pipe(
        Effect.provide(AuthStore.layerFile("~/auth.json").pipe(Layer.provide([platform, environment({})])))
      )
      assert.strictEqual(store.location, `${homedir()}/auth.json`)
      for (const env of [{ HOME: "" }, { HOME: "", USERPROFILE: "" }, { CODEX_HOME: "", HOME: "" }]) {
        assert.strictEqual(yield* inEnvironment(env), `${homedir()}/.codex/auth.json`, JSON.stringify(env))
      }
      for (
        const [path, expected] of [["~", homedir()], ["~/", homedir()], ["~\\auth.json", `${homedir()}/auth.json`]]
      ) {
        const { location } = yield* AuthStore.AuthStore.pipe(
          Effect.provide(AuthStore.layerFile(path ?? "").pipe(Layer.provide([platform, environment({})])))
        )
        assert.strictEqual(location.replace(/\/$/, ""), expected)
      }
    }))
})

const storeOf = <E, R>(layer: Layer.Layer<AuthStore.AuthStore, E, R>) =>
  Effect.flatMap(Layer.build(layer), (services) => AuthStore.AuthStore.pipe(Effect.provide(services)))

authStoreContract(
  "layerFile",
  Effect.map(temporaryFolder, (folder) => Layer.provide(AuthStore.layerFile(`${folder}/auth.json`), platform)).pipe(
    Effect.orDie,
    Effect.provide(platform)
  ),
  { isShared: true }
)
authStoreContract("layerJson", Effect.succeed(AuthStore.layerJson({ tokens: { access_token: "given" } })), {
  isShared: false
})
authStoreContract("layerAccessToken", Effect.succeed(AuthStore.layerAccessToken(Redacted.make("given"))), {
  isShared: false
})

describe("AuthStore.layerFile between processes", () => {
  /** What another process would do: the lock of the file, held by somebody else. */
  const heldElsewhere = (path: string) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const database = new DatabaseSync(`${path}.effect-codex.lock`)
        database.exec("BEGIN EXCLUSIVE")
        return database
      }),
      (database) => Effect.sync(() => database.close())
    )

  const waitedFor = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
      while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
      return yield* Fiber.join(fiber)
    })

  it.effect("waits for the section of another process, and enters when it ends", () =>
    Effect.gen(function*() {
      const path = `${yield* temporaryFolder}/auth.json`
      const store = yield* at(path)
      const scope = yield* Scope.make()
      yield* Effect.provideService(heldElsewhere(path), Scope.Scope, scope)
      let entered = false
      const fiber = yield* Effect.forkChild(store.exclusive(Effect.sync(() => void (entered = true))))
      for (let second = 0; second < 10; second++) yield* TestClock.adjust("1 second")
      assert.isFalse(entered)
      yield* Scope.close(scope, Exit.void)
      yield* waitedFor(Fiber.join(fiber))
      assert.isTrue(entered)
    }).pipe(Effect.provide(platform)))

  it.effect("gives up on a process that does not leave its section for a minute", () =>
    Effect.gen(function*() {
      const path = `${yield* temporaryFolder}/auth.json`
      const store = yield* at(path)
      yield* heldElsewhere(path)
      const failure = yield* waitedFor(Effect.flip(store.exclusive(Effect.die("entered"))))
      assert(failure._tag === "AuthStoreFailed")
      assert.strictEqual(
        failure.message,
        `Could not lock the credentials at ${path} (another process holds the lock).`
      )
    }).pipe(Effect.provide(platform)))

  it.effect("locks next to the real file, by a name that means nothing to the official CLI", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.makeDirectory(`${folder}/real`)
      yield* fs.writeFileString(`${folder}/real/auth.json`, "{}")
      yield* fs.symlink(`${folder}/real/auth.json`, `${folder}/auth.json`)
      const store = yield* at(`${folder}/auth.json`)
      const during = yield* store.exclusive(fs.readDirectory(`${folder}/real`))
      const names = ["auth.json", "auth.json.effect-codex.lock"]
      assert.deepStrictEqual(during.toSorted(), names)
      assert.deepStrictEqual((yield* fs.readDirectory(`${folder}/real`)).toSorted(), names)
      assert.strictEqual((yield* fs.stat(`${folder}/real/auth.json.effect-codex.lock`)).type, "File")
    }).pipe(Effect.provide(platform)))

  it.effect("runs the section without a lock where there can be none", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      const missing = yield* at(`${folder}/missing/auth.json`)
      assert.strictEqual(yield* missing.exclusive(Effect.succeed(7)), 7)
      assert.isFalse(yield* fs.exists(`${folder}/missing`))
      yield* fs.writeFileString(
        `${folder}/auth.json.effect-codex.lock`,
        "no database, and long enough to be none".repeat(99)
      )
      const odd = yield* at(`${folder}/auth.json`)
      assert.strictEqual(yield* odd.exclusive(Effect.succeed(8)), 8)
    }).pipe(Effect.provide(platform)))

  /** Another machine, whose folder for temporary files is at this path. */
  const temporaryAt = (path: string) =>
    Effect.provideService(Machine, { home: Effect.succeed("/"), temporary: Effect.succeed(path) })

  /** Takes the place of the lock next to the file. */
  const blockLock = (path: string) =>
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeDirectory(`${path}.effect-codex.lock`))

  it.effect("locks in a folder of this user's where it cannot lock next to the file", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporaryFolder}/auth.json`
      const temporary = `${yield* temporaryFolder}/own`
      yield* blockLock(path)
      const store = yield* at(path)
      const during = yield* store.exclusive(fs.readDirectory(temporary)).pipe(temporaryAt(temporary))
      assert.strictEqual(during.length, 1)
      assert.match(during[0] ?? "", /\.effect-codex\.lock$/)
      assert.strictEqual((yield* fs.stat(temporary)).mode & 0o777, 0o700)
      yield* heldElsewhere(`${temporary}/${during[0]}`.replace(/\.effect-codex\.lock$/, ""))
      const failure = yield* waitedFor(
        Effect.flip(store.exclusive(Effect.die("entered"))).pipe(temporaryAt(temporary))
      )
      assert.strictEqual(failure.operation, "lock")
    }).pipe(Effect.provide(platform)))

  it.effect("says once that only one process may use the login where there can be no lock, and takes turns within it", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      const path = `${folder}/auth.json`
      yield* fs.writeFileString(path, "{}")
      yield* fs.symlink(path, `${folder}/link.json`)
      yield* blockLock(path)
      const warnings: Array<string> = []
      const logger = Logger.layer([Logger.make((entry) => {
        if (entry.logLevel === "Warn") warnings.push(String(entry.message))
      })])
      yield* Effect.gen(function*() {
        const one = yield* at(path)
        const two = yield* at(`${folder}/link.json`)
        const inside = yield* Deferred.make<void>()
        const leave = yield* Deferred.make<void>()
        let entered = false
        const first = yield* Effect.forkChild(
          one.exclusive(Effect.andThen(Deferred.succeed(inside, undefined), Deferred.await(leave)))
        )
        yield* Deferred.await(inside)
        const second = yield* Effect.forkChild(two.exclusive(Effect.sync(() => void (entered = true))), {
          startImmediately: true
        })
        // Far more steps on the disk than it would take to enter.
        for (let step = 0; step < 50; step++) yield* fs.readDirectory(folder)
        assert.isFalse(entered)
        yield* Deferred.succeed(leave, undefined)
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        assert.isTrue(entered)
        yield* one.exclusive(Effect.void)
      }).pipe(temporaryAt("/dev/null/none"), Effect.provide(logger))
      assert.strictEqual(warnings.length, 2)
      assert.match(warnings[0] ?? "", /no lock between processes for .*auth\.json.*Only one process/)
    }).pipe(Effect.provide(platform)))

  it.effect("says at start that only one process may use a login in a folder that cannot be written", () =>
    Effect.gen(function*() {
      const path = `${yield* temporaryFolder}/auth.json`
      const warnings: Array<string> = []
      const logger = Logger.layer([Logger.make((entry) => warnings.push(String(entry.message)))])
      const readOnly = altered((real) => ({
        access: (file, options) => options?.writable === true ? refusing("EROFS") : real.access(file, options)
      }))
      yield* at(path).pipe(Effect.provide(readOnly), temporaryAt("/dev/null/none"), Effect.provide(logger))
      assert.strictEqual(warnings.length, 1)
      yield* at(path).pipe(temporaryAt("/dev/null/none"), Effect.provide(logger))
      assert.strictEqual(warnings.length, 1)
    }).pipe(Effect.provide(platform)))

  it.effect("remembers no path that nobody holds on to", () =>
    Effect.gen(function*() {
      const path = `${yield* temporaryFolder}/auth.json`
      const before = yield* PathLocks.count
      yield* Effect.scoped(Effect.gen(function*() {
        yield* at(path)
        yield* at(path)
        assert.strictEqual(yield* PathLocks.count, before + 1)
      }))
      assert.strictEqual(yield* PathLocks.count, before)
    }).pipe(Effect.provide(platform)))

  it.effect("sweeps what killed processes left, and only that", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      const store = yield* at(`${folder}/auth.json`)
      for (const name of [".auth.json.effect-codex-old", ".auth.json.effect-codex-new", ".auth-theirs"]) {
        yield* fs.writeFileString(`${folder}/${name}`, "{}")
        yield* fs.utimes(`${folder}/${name}`, 0, name.endsWith("new") ? 1000 : 0)
      }
      yield* TestClock.setTime(1_030_000)
      yield* store.write(json("a"))
      assert.deepStrictEqual((yield* fs.readDirectory(folder)).toSorted(), [
        ".auth-theirs",
        ".auth.json.effect-codex-new",
        "auth.json"
      ])
    }).pipe(Effect.provide(platform)))
})

describe("AuthStore in memory", () => {
  const text = Redacted.make("{\"tokens\":{\"access_token\":\"a\"}}")

  it.effect("reads the login that it was given as text, as an object, or as an access token", () =>
    Effect.gen(function*() {
      for (
        const layer of [
          AuthStore.layerJson(text),
          AuthStore.layerJson({ tokens: { access_token: "a" } }),
          AuthStore.layerAccessToken(Redacted.make("a"))
        ]
      ) {
        assert.strictEqual(accessTokenOf(yield* (yield* storeOf(layer)).read), "a")
      }
    }))

  it.effect("fails to read what is no auth.json, without a word of it", () =>
    Effect.gen(function*() {
      const failure = yield* AuthStore.AuthStore.use((store) => Effect.flip(store.read)).pipe(
        Effect.provide(AuthStore.layerJson(Redacted.make("SECRET")))
      )
      assert.strictEqual(
        failure.message,
        "The auth JSON that was given (option authJson, variable CODEX_AUTH_JSON_JSON) is not JSON."
      )
    }))
})

describe("AuthStore.layer and layerConfig", () => {
  const located = <E>(layer: Layer.Layer<AuthStore.AuthStore, E, FileSystem.FileSystem | Path.Path>, env = {}) =>
    AuthStore.AuthStore.use((store) => Effect.succeed(store.location)).pipe(
      Effect.provide(layer),
      Effect.provide(Layer.mergeAll(platform, environment({ HOME: "/h", ...env })))
    )

  it.effect("take the access token, else the auth JSON, else the path, else the default path", () =>
    Effect.gen(function*() {
      const all = {
        accessToken: Redacted.make("t"),
        authJson: Redacted.make("{}"),
        authJsonPath: "~/auth.json"
      }
      assert.strictEqual(yield* located(AuthStore.layer(all)), "memory:access_token")
      assert.strictEqual(yield* located(AuthStore.layer({ ...all, accessToken: undefined })), "memory:auth.json")
      assert.strictEqual(yield* located(AuthStore.layer({ authJsonPath: "~/auth.json" })), "/h/auth.json")
      assert.strictEqual(yield* located(AuthStore.layer()), "/h/.codex/auth.json")
    }))

  it.effect("read the variables, or a Config of one's own for each option", () =>
    Effect.gen(function*() {
      const env = { CODEX_AUTH_JSON_JSON: "{}", CODEX_AUTH_JSON_PATH: "/a/auth.json", MINE: "/mine.json" }
      assert.strictEqual(yield* located(AuthStore.layerConfig(), env), "memory:auth.json")
      assert.strictEqual(
        yield* located(AuthStore.layerConfig(), { ...env, CODEX_AUTH_JSON_JSON: "" }),
        "/a/auth.json"
      )
      assert.strictEqual(yield* located(AuthStore.layerConfig()), "/h/.codex/auth.json")
      const own = AuthStore.layerConfig({ authJsonPath: Config.String("MINE") })
      assert.strictEqual(yield* located(own, env), "/mine.json")
    }))
})
