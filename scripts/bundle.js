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

/**
 * Files of what is loaded together: by all that are named, and by nobody before them. Each file has a price of its own, and
 * each import in it, also of what is there already (0.16 ms): with 17 files a door took 188 ms that takes 172 with 4.
 */
const groups = [
  ["ground", "index", "telegram/index"],
  ["machine", "index", "Sqlite"],
  ["core", "index"],
  ["names", "telegram/index"],
  ["telegram", "telegram/promise/Middleware"],
  ["turns", "telegram/internal/behindTurns"]
].map(([name, ...loaders], position, { length }) => {
  let loaded
  return {
    debugName: name,
    priority: length - position,
    name: (id, context) => {
      loaded ??= loaders.map((loader) => loadedBy(source(loader), context))
      return loaded.every((modules) => modules.has(id)) ? name : null
    }
  }
})

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
