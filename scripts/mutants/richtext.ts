/**
 * Formatted text, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/richtext/internal/signs.ts", ["test/Spellings.test.ts"], {
    "text: asterisks never multiply": [
      "if (left === undefined || right === undefined || length > 2) return false",
      "if (length > 0) return false"
    ],
    "text: no backslash is of a path": ["    if (isPath) return true\n", "    if (at >= 0) return false\n"]
  }),
  ...mutants("src/telegram/richtext/internal/fence.ts", ["test/Spellings.test.ts"], {
    "text: a fence opens no other": ["    open.lengths.push(marks.length)\n", ""]
  }),
  ...mutants("src/telegram/richtext/internal/output.ts", ["test/Spellings.test.ts"], {
    "text: a quotation begins behind its first mark": [
      "        markerDepth = frames.length\n",
      "        markerDepth = 0\n"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/render.ts", ["test/Spellings.test.ts"], {
    "text: numbers are counted anew": ["(last.isRepeated && last.written === written)", "true"]
  }),
  ...mutants("src/telegram/richtext/internal/files.ts", ["test/Spellings.test.ts"], {
    "text: files are domains": ["\"ac|am|as|at|", "\"ac|as|at|"]
  }),
  ...mutants("src/telegram/richtext/internal/tags.ts", ["test/Spellings.test.ts"], {
    "text: a span is no spoiler": [".includes(\"tg-spoiler\")", ".includes(\"spoiler\")"]
  }),
  ...mutants("src/telegram/richtext/internal/table.ts", ["test/Spellings.test.ts"], {
    "text: a table is as wide as it likes": ["const maxTableWidth = 38", "const maxTableWidth = 60"]
  }),
  ...mutants("src/telegram/richtext/internal/rows.ts", ["test/Spellings.test.ts"], {
    "text: a sentence below a table is a row": ["table.isPiped ? text.startsWith(\"|\")", "table.isPiped ? true"]
  }),
  ...mutants("src/telegram/richtext/internal/url.ts", ["test/Accepted.test.ts"], {
    "text: any address is a link": ["return isOpened(url) ? url : undefined", "return url === \"\" ? undefined : url"]
  }),
  ...mutants("src/telegram/richtext/internal/output.ts", ["test/Accepted.test.ts"], {
    "text: what code cut in two crosses the end of a quotation": [
      "if (outer.start <= frame.start) continue",
      "if (outer.start >= -1) continue"
    ],
    "text: what code cut in two crosses the beginning of a quotation": [
      "frame.start >= 0 && frame.start < quote.start",
      "frame.start > quote.start"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/chunk.ts", ["test/Accepted.test.ts"], {
    "text: messages of nothing": ["if (!isBlank(visible)) yield", "if (visible !== \"\") yield"]
  }),
  ...mutants("src/telegram/richtext/internal/target.ts", ["test/Markdown.test.ts", "test/RichText.test.ts"], {
    "rich text: brackets of a target nest without a bound": ["++depth > 32", "++depth > Infinity"]
  }),
  ...mutants("src/telegram/richtext/internal/output.ts", ["test/Markdown.test.ts", "test/RichText.test.ts"], {
    "rich text: a quote holds another kind of quote": [" || (quotes.has(type) && quotes.has(format.type))", ""]
  }),
  ...mutants("src/telegram/richtext/internal/url.ts", ["test/Markdown.test.ts"], {
    "rich text: programs are shown as addresses": [
      " || /^(?:javascript|vbscript|data|blob|about)$/i.test(scheme)",
      ""
    ]
  }),
  ...mutants("src/telegram/richtext/internal/table.ts", ["test/Markdown.test.ts"], {
    "rich text: a link in a table is lost": [
      "cells.some((row) => row.some((cell) => typeof cell !== \"string\" && isLinked(cell)))",
      "Math.random() > 1"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/chunk.ts", ["test/Markdown.test.ts"], {
    "rich text: a link is cut at a space": [" && around(links, place.start) === undefined &&", " &&"]
  }),
  ...mutants("src/telegram/richtext/internal/rows.ts", [
    "test/Markdown.test.ts",
    "test/RichText.test.ts",
    "test/Spellings.test.ts",
    "test/Accepted.test.ts"
  ], {
    "rich text: what a row has too much is lost": [
      "    : [...whole.slice(0, columns - 1), whole.slice(columns - 1).filter((cell) => cell !== \"\").join(\" | \")]",
      "    : whole.slice(0, columns)"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/render.ts", [
    "test/Markdown.test.ts",
    "test/RichText.test.ts",
    "test/Spellings.test.ts",
    "test/Accepted.test.ts"
  ], {
    "rich text: a task that has a number has no box": ["`${shown}${number.sign} ${box}`", "`${shown}${number.sign} `"]
  }),
  ...mutants("src/telegram/richtext/internal/chunk.ts", ["test/Markdown.test.ts"], {
    "fresh: a cut goes through an emoji": [
      "const border = graphemes.segment(text).containing(limit)?.index ?? limit",
      "const border: number = limit"
    ]
  })
]
