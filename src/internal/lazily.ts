/**
 * What is loaded at the first need.
 *
 * Node pays for a module when it is imported, whether it is used or not. What a door exports has to be there at once: its
 * tags, errors, schemas and settings. What stands behind a layer can wait until the layer is built: an import of
 * `effect-codex/telegram` took 260 ms, and takes 172, of which 167 are those of Effect behind `Schema` and `Config`.
 */
import * as Effect from "effect/Effect"

/** Loads modules once; from then on they are there without a wait. */
export const lazily = <M>(load: () => Promise<M>): Effect.Effect<M> => {
  let loaded: { readonly modules: M } | undefined
  return Effect.suspend(() =>
    loaded === undefined
      ? Effect.map(Effect.promise(load), (modules) => (loaded = { modules }).modules)
      : Effect.succeed(loaded.modules)
  )
}
