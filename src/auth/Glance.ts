/**
 * A look at a file that waits for nothing: whether it may have changed since it was read.
 *
 * Every turn asks for the login. `FileSystem.stat` wakes a thread for that (50 to 170 us of CPU), Node's own `statSync`
 * takes 3 us; a store on a disk that hangs would hold up the process, which is what such a disk does anyway. It is
 * provided beside Node's `FileSystem` and nowhere else: a file system of an application is asked itself.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
// @effect-diagnostics-next-line nodeBuiltinImport:off - `FileSystem` of Effect has no look that waits for nothing.
import { statSync } from "node:fs"

/** What changes when a regular file does; `undefined` where that cannot be told, and the file must be looked at. */
export type Glance = (path: string) => string | undefined

/** The look at files; without one, there is none. */
export const Glance: Context.Reference<Glance> = Context.Reference("effect-codex/auth/Glance", {
  defaultValue: (): Glance => () => undefined
})

const look = (path: string): string | undefined => {
  const info = statSync(path, { bigint: true, throwIfNoEntry: false })
  return info?.isFile() === true
    ? [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join(" ")
    : undefined
}

/** The look of Node, which belongs to Node's `FileSystem`. */
export const layerNode: Layer.Layer<never> = Layer.succeed(
  Glance,
  (path) => Result.getOrUndefined(Result.try(() => look(path)))
)
