/**
 * Makes the maps of `dist` small: a place for each line instead of each word, and no second copy of the sources,
 * which the package has in `src`.
 */
import { decode, encode } from "@jridgewell/sourcemap-codec"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"

const dist = new URL("../dist/", import.meta.url)

for (const name of readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".map"))) {
  const url = new URL(name, dist)
  const { file, mappings, sources, version } = JSON.parse(readFileSync(url, "utf8"))
  const lines = decode(mappings).map((segments) =>
    segments.filter((segment) => segment.length > 1).slice(0, 1).map((
      [column, ...place]
    ) => [column, ...place.slice(0, 3)])
  )
  writeFileSync(url, JSON.stringify({ version, file, sources, names: [], mappings: encode(lines) }))
}
