/**
 * What only the machine itself can say: where its user is at home, and where such a user may put what lasts no longer
 * than the machine runs. The one place that asks Node for it.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
// The file system of Effect waits for a thread.
// @effect-diagnostics-next-line nodeBuiltinImport:off
import { statSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import process from "node:process"

/** What tells that a file is not what it was. */
export interface Mark {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  /** In milliseconds since 1970. */
  readonly mtime: number
}

interface Machine {
  /** The home folder by the system's list of users; it may not know this user. */
  readonly home: Effect.Effect<string>
  /** A folder name for this user alone, below the folder for temporary files; it need not exist. */
  readonly temporary: Effect.Effect<string>
  /**
   * The mark of a file, at once; `undefined` where there is none, or nobody can say. A glance that waits for a thread takes
   * twenty times as much, which is a twelfth of a small turn.
   */
  readonly glance?: ((path: string) => Mark | undefined) | undefined
}

const markOf = (path: string): Mark | undefined => {
  const info = statSync(path, { bigint: true, throwIfNoEntry: false })
  return info === undefined
    ? undefined
    : { dev: info.dev, ino: info.ino, size: info.size, mtime: info.mtime.getTime() }
}

/** The machine that we run on; a test may put another one in its place. */
export const Machine: Context.Reference<Machine> = Context.Reference("effect-codex/Machine", {
  defaultValue: (): Machine => ({
    // A container may run with a user that is in no list; such a user is at home at the root.
    home: Effect.orElseSucceed(Effect.try(homedir), () => "/"),
    temporary: Effect.sync(() => `${tmpdir()}/effect-codex-${process.getuid?.() ?? "user"}`),
    glance: (path) => Result.getOrUndefined(Result.try(() => markOf(path)))
  })
})

/** The home folder: `USERPROFILE`, else `HOME`, else what the system knows of its user. */
export const home: Effect.Effect<string> = Config.String("USERPROFILE").pipe(
  Config.orElse(() => Config.String("HOME")),
  Effect.catch(() => Effect.flatMap(Machine, (machine) => machine.home))
)

/** The place that a path with a leading `~` means; none for any other path. */
export const inHome = Effect.fnUntraced(function*(path: string) {
  if (path !== "~" && !/^~[/\\]/.test(path)) return Option.none<string>()
  const paths = yield* Path.Path
  return Option.some(paths.join(yield* home, path.slice(2)))
})
