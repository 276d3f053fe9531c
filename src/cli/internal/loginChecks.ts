/**
 * Checks of the login: is it there, until when, who else can read it, and can a renewed one be kept.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { Status } from "../../auth/CodexAuth.ts"
import * as Screen from "../Screen.ts"
import * as Finding from "./finding.ts"

const signIn = "Sign in with `effect-codex login`."

const isFile = ({ location }: Status): boolean => !/^(memory|sql|store):/.test(location)

/** Whether somebody is signed in. */
export const login = (status: Status): Finding.Finding =>
  status.problem === undefined
    ? Finding.ok(
      "login",
      `${status.location}${status.plan === undefined ? "" : `, plan ${Screen.printable(status.plan)}`}`
    )
    : Finding.broken("login", status.problem.message, `${status.problem.fix("program")} ${signIn}`)

/** Until when the token is good. */
export const token = (status: Status, now: DateTime.Utc): Finding.Finding => {
  const { canRefresh, expiresAt, signedIn } = status
  if (expiresAt === undefined) {
    if (!signedIn) return Finding.skipped("token", "there is no login")
    return canRefresh
      ? Finding.ok("token", "does not say when it ends; renewed by itself")
      : Finding.warning("token", "cannot be renewed, and does not say when it ends", signIn)
  }
  const says = `until ${Screen.when(expiresAt, now)}`
  if (canRefresh) return Finding.ok("token", `${says}, renewed by itself`)
  return DateTime.isGreaterThan(expiresAt, now)
    ? Finding.warning(
      "token",
      `${says}, and cannot be renewed`,
      `${signIn} Where the environment says CODEX_AUTO_REFRESH=false, take that out.`
    )
    : Finding.broken("token", `${says}, and cannot be renewed`, signIn)
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, "0")

/** Whether others on this machine can read the login, or put another one in its place. */
export const files = Effect.fnUntraced(function*(status: Status) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  if (!isFile(status)) return Finding.skipped("files", `the login is not in a file (${status.location})`)
  // Windows has no such modes.
  if (paths.sep === "\\") return Finding.skipped("files", "this system has no modes of files")
  const real = yield* Effect.orElseSucceed(fs.realPath(status.location), () => status.location)
  const file = yield* Effect.option(fs.stat(real))
  // What is no file is told as that; a folder without its `x` would not even open.
  if (Option.isNone(file) || file.value.type !== "File") return Finding.skipped("files", "there is no file")
  if ((file.value.mode & 0o077) !== 0) {
    return Finding.warning(
      "files",
      `${real} has mode ${octal(file.value.mode)}: others on this machine can read the login`,
      `chmod 600 ${real}`
    )
  }
  const folder = paths.dirname(real)
  const info = yield* Effect.option(fs.stat(folder))
  // In a folder like /tmp everybody may write, but only what is theirs.
  const isOpen = Option.exists(info, ({ mode }) => (mode & 0o022) !== 0 && (mode & 0o1000) === 0)
  return isOpen
    ? Finding.warning(
      "files",
      `${folder} has mode ${octal(Option.getOrThrow(info).mode)}: others can put another login in its place`,
      `chmod 700 ${folder}`
    )
    : Finding.ok("files", `only their owner can read the login (mode ${octal(file.value.mode)})`)
})

/** Whether a file is a mount of its own, by the kernel's list where there is one. */
const isMount = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const listed = yield* Effect.orElseSucceed(fs.readFileString("/proc/self/mountinfo"), () => "")
  const name = path.replaceAll(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`)
  return listed.split("\n").some((line) => line.split(" ")[4] === name)
})

/** Whether a renewed login could be kept. */
export const saving = Effect.fnUntraced(function*(status: Status) {
  const fs = yield* FileSystem.FileSystem
  const paths = yield* Path.Path
  if (status.unwritable !== undefined) return Finding.failure("saving", status.unwritable)
  if (!isFile(status)) {
    return status.location.startsWith("memory:")
      ? Finding.warning(
        "saving",
        "a renewed login is kept in memory only, and lost with the process; the one it began with is then used up",
        "Put the login in a file that can be written, and say CODEX_AUTH_JSON_PATH instead of CODEX_AUTH_JSON_JSON."
      )
      : Finding.ok("saving", `a renewed login is kept in ${status.location}`)
  }
  const real = yield* Effect.orElseSucceed(fs.realPath(status.location), () => status.location)
  if (yield* isMount(real)) {
    return Finding.warning(
      "saving",
      `${real} is a mount of its own: it is written in place, and does not see when the file outside is replaced, as ` +
        "the Codex CLI does",
      "Mount its folder instead of the file, or let nobody else use the login."
    )
  }
  const folder = paths.dirname(real)
  const isReplaceable = yield* Effect.isSuccess(fs.access(folder, { writable: true }))
  return Finding.ok(
    "saving",
    isReplaceable || !(yield* Effect.orElseSucceed(fs.exists(real), () => false))
      ? "a renewed login can be saved"
      : `a renewed login can be saved, in place: ${folder} cannot be written`
  )
})
