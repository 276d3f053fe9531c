/**
 * Names of files that Telegram takes for domains, and would link.
 */

// Ends of file names that are top-level domains as well. Of those that are more often domains (ai, io, me, app, dev) none.
const ends =
  "ac|am|as|at|be|bz|cat|cc|cd|cl|cv|gd|gs|kts|la|mk|ml|mm|mo|mov|md|ms|nc|pl|pm|pn|properties|ps|pub|py|rs|sc|sh|sl|so|sr|st|sv|" +
  "tc|tf|tk|tt|vi|zip"

const name = new RegExp(
  `(?<![\\p{L}\\p{N}_/@.:\\-])[\\w-]+(?:[./][\\w-]+)*(?:\\.(?:${ends})|(?<=akefile|onfigure|\\.\\w{1,8})\\.in)(?![\\p{L}\\p{N}_/-]|\\.\\w)`,
  "giu"
)
const domains = new Set(["brew.sh", "bun.sh", "docs.rs", "lib.rs", "notion.so", "orf.at", "youtu.be"])

/** Where a text names files. */
export const fileNames = (text: string): ReadonlyArray<{ readonly start: number; readonly end: number }> =>
  text.includes(".")
    ? Array.from(text.matchAll(name))
      .filter(({ 0: found }) => !domains.has(found.toLowerCase()))
      .map(({ 0: found, index }) => ({ start: index, end: index + found.length }))
    : []
