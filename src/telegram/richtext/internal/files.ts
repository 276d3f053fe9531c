/**
 * Names of files that Telegram takes for domains, and would link.
 */

// Ends of file names that are top-level domains as well. Of those that are more often domains (ai, io, me, app, dev) none.
const ends =
  "ac|am|as|at|be|bz|cat|cc|cd|cf|cl|cr|cu|cv|gd|gs|inc|la|lds|map|md|mk|ml|mm|mo|mov|ms|nc|nf|pl|pm|pn|properties|ps|pub|py|rs|" +
  "sc|sh|sl|so|sr|st|sv|tc|td|tf|tk|tt|vi|zip"

// Scripts with spaces between words; in the others a name begins and ends where its script does.
const letter = "\\w\\u00c0-\\u024f\\u0370-\\u052f"

// Of ends that are mostly domains, what is known: weights of models, and Rack.
const known = "(?<=best|last|model|weights|checkpoint|ckpt|yolo\\w{1,8})\\.pt|(?<=config)\\.ru"

const name = new RegExp(
  `(?<![${letter}/@.:\\-])[${letter}-]+(?:[./][${letter}-]+)*` +
    `(?:\\.(?:${ends})|(?<=akefile|onfigure|\\.\\w{1,8})\\.in|${known})(?![${letter}/-]|\\.\\w)`,
  "giu"
)
const domains = new Set(["brew.sh", "bun.sh", "docs.rs", "notion.so", "orf.at", "youtu.be"])
// `github.com/you/README.md` is an address without its beginning.
const site = /^[\w.-]+\.(?:ai|app|com?|de|dev|edu|gov|io|me|net|org)\//i

/** Where a text names files. */
export const fileNames = (text: string): ReadonlyArray<{ readonly start: number; readonly end: number }> =>
  // Most sentences have a point at their end only.
  /\.[a-z]/i.test(text)
    ? Array.from(text.matchAll(name))
      .filter(({ 0: found }) => !domains.has(found.toLowerCase()) && !site.test(found))
      .map(({ 0: found, index }) => ({ start: index, end: index + found.length }))
    : []
