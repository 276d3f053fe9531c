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

const bundle = await rolldown({
  cwd: fileURLToPath(root),
  input: Object.fromEntries(doors.map((name) => [name, `./src/${name}.ts`])),
  external: /^[^./]/,
  platform: "node"
})
await bundle.write({
  dir: "dist",
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "shared/[name].js",
  sourcemap: true,
  sourcemapExcludeSources: true,
  comments: { annotation: true, jsdoc: false, legal: false }
})
