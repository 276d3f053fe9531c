/**
 * Puts the modules of `src` together in `dist`: a file for each door, and what doors share.
 *
 * Node pays for each module that it loads, whatever is in it: of the 400 ms that an import of `effect-codex/telegram` took,
 * 140 were 190 small files of ours. Effect stays outside, so that there is one of it, and one of each service of ours for
 * whoever uses several doors.
 */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const root = new URL("../", import.meta.url)
const { bin, exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"))

const doors = [
  ...Object.values(exports).flatMap((door) => door?.default ?? []),
  ...Object.values(bin),
  // A thread is started from a file that stands beside the one that starts it.
  "dist/telegram/media/internal/pdf.js",
  "dist/telegram/media/internal/pdfWorker.js"
].map((path) => path.replace(/^(?:\.\/)?dist\/(.*)\.js$/, "$1"))

const source = (path) => fileURLToPath(new URL(`src/${path}.ts`, root))

/** All that an import of a module loads at once. */
const loadedBy = (id, context, found = new Set()) => {
  if (found.has(id)) return found
  found.add(id)
  for (const imported of context.getModuleInfo(id)?.importedIds ?? []) loadedBy(imported, context, found)
  return found
}

/** A file of what both faces load, and one of what only one of them loads: each file has a price of its own. */
const groups = [
  ["ground", "index", "telegram/index"],
  ["core", "index"],
  ["names", "telegram/index"],
  ["telegram", "telegram/promise/Middleware"],
  ["turns", "telegram/internal/behindTurns"]
].map(
  ([name, ...faces], position) => {
    let loaded
    return {
      debugName: name,
      priority: 5 - position,
      name: (id, context) => {
        loaded ??= faces.map((face) => loadedBy(source(face), context))
        return loaded.every((modules) => modules.has(id)) ? name : null
      }
    }
  }
)

const bundle = await rolldown({
  cwd: fileURLToPath(root),
  input: Object.fromEntries(doors.map((name) => [name, `./src/${name}.ts`])),
  external: /^[^./]/,
  platform: "node"
})
await bundle.write({
  dir: "dist",
  format: "esm",
  codeSplitting: { groups },
  entryFileNames: "[name].js",
  chunkFileNames: "shared/[name].js",
  sourcemap: true,
  sourcemapExcludeSources: true,
  comments: { annotation: true, jsdoc: false, legal: false }
})
