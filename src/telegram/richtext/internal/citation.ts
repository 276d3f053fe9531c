/**
 * Marks for ChatGPT's own screen, between characters for private use: `\ue200cite\ue202turn0search1\ue201`.
 *
 * They say nothing to whoever reads, and nobody sees them there. Of a thing with a name its name is seen.
 */
import { matchAt } from "./characters.ts"

const mark = /\ue200[a-z_]+\ue202[^\ue200\ue201\n]*\ue201/y
const open = /\ue200(?:[a-z_]*|[a-z_]+\ue202[^\ue200\ue201\n]*)$/y
const named = /^\ue200entity\ue202\["[^"]*","([^"]*)"/

/** The mark that begins at a place: what is seen of it, and how long it is; "open" when the text ends within it. */
export const citationAt = (
  source: string,
  at: number
): { readonly text: string; readonly length: number } | "open" | undefined => {
  const found = matchAt(mark, source, at)
  if (found !== undefined) return { text: named.exec(found)?.[1] ?? "", length: found.length }
  return matchAt(open, source, at) === undefined ? undefined : "open"
}
