/**
 * What texts cost that are easy to write and hard to read, against prose of the same length in the same run.
 *
 * Run with `node test/bench/richText.ts [name...]`. Each text is rendered as a chat does it: `final` in one go when it is
 * complete, `live` in twenty pieces with a preview after each. `doubling` is what twice the text costs: 2 where the work is
 * linear, or no more than that of prose, 4 where it is quadratic; more than 2.6 falls short. `cost` and `block` are ratios to prose: of all the work, and
 * of the longest piece of it, in which nobody else has a turn, to the whole of what prose takes. CPU is counted, not time.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync } from "node:fs"
import * as Pages from "../../src/telegram/reply/internal/pages.ts"
import { makeRenderer } from "../../src/telegram/richtext/RichText.ts"

const length = 50_000
const bursts = 20
const worst = 2.6

const folder = new URL("../fixtures/answers/", import.meta.url)
const answers = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n\n")

type Make = (length: number) => string

const fill = (piece: string): Make => (most) => piece.repeat(Math.ceil(most / piece.length)).slice(0, most)
const grow = (piece: (n: number) => string, before = ""): Make => (most) => {
  let text = before
  for (let n = 1; text.length < most; n++) text += piece(n)
  return text.slice(0, most)
}

const prose = fill(`${answers}\n\n`)

const texts: Readonly<Record<string, Make>> = {
  "one line of words": fill("word "),
  "one word": fill("x"),
  "one list": grow((n) => `${n}. **Item** ${n} with \`code\`\n   - and more\n`),
  "one fence": grow((n) => `  const x${n} = f(${n})\n`, "```ts\n"),
  "one table": grow((n) => `| row ${n} | **${n}** |\n`, "| a | b |\n|---|---|\n"),
  "one paragraph": grow((n) => `word${n} **bold** and \`code\`, `),
  "wide table": (most) => {
    const columns = Math.floor(most / 12)
    return `${"|ab".repeat(columns)}|\n${"|--".repeat(columns)}|\n${"|**c**".repeat(columns)}|`
  },
  "quotes in quotes": grow((n) => `${"> ".repeat(n % 60)}a *b\n`),
  "deep lists": grow((n) => `${"  ".repeat(n % 50)}- a\n`),
  "lists and quotes": fill("> - "),
  "open stars": fill("**a *b "),
  "open underscores": fill("__a"),
  "open strikes and bars": fill("~~a ||b "),
  "links without end": fill("[a](b "),
  "footnotes without end": fill("[^"),
  "images in images": fill("![["),
  "backticks": grow((n) => `${"`".repeat(n % 300)} `),
  "code with a space": (most) => `\`${" x".padEnd(most, "x")}\``,
  "angles": fill("<a <b"),
  "tags in tags": fill("<b><i><u>"),
  "quotations by tags": fill("<blockquote>`a` "),
  "attributes": (most) => `<a ${"b='c' ".repeat(most / 6)}`,
  "bars": fill("|"),
  "dashes and bars": fill("|-|\n"),
  "dollars": fill("$a $$b "),
  "backslashes": fill("\\(a\\["),
  "entities": fill("&amp;&#x1F600;&bogus;"),
  "lines of Windows": fill("- a **b**\r\n\r\n"),
  "tabulators": fill("\t- a\n"),
  "nothing to be seen": fill("\u200b\u200d"),
  "spaces": (most) => `a${" ".repeat(most - 2)}b`,
  "empty lines": fill("\n"),
  "emoji": fill("👨‍👩‍👧‍👦"),
  "accents": fill("e\u0301\u0302"),
  "Arabic": fill("مرحبا **بالعالم** "),
  "files and domains": fill("a.md/b.py,"),
  "addresses": fill("https://a.b/c)_"),
  "definitions": grow((n) => `[a${n}]: https://x.y/${n}\n`),
  "definitions that come late": grow((n) => `[a${n + 1}] [a${n}]\n\n[a${n}]: https://x.y\n\n`),
  "headings": grow((n) => `# a${n} #\n===\n`),
  "fences in fences": fill("```md\n```js\n"),
  "brackets that close": fill("[a]] "),
  "mail": fill("<a@"),
  "titles": fill("[a](b \"c' "),
  "comments": fill("<!-- <!-"),
  "raw text": fill("<pre>\n<code class=\n"),
  "details": fill("<details><summary>a\n\n"),
  "patterns of paths": fill("**/a/"),
  "patterns without end": (most) => fill("**/")(most / 2) + fill("a/")(most / 2),
  "kinds of files": fill("*.a"),
  "long kinds of files": fill(`*.${"a".repeat(70)} `),
  "folders": fill("/_a"),
  "escaped brackets": fill("\\[a "),
  "environments": fill("\\begin{a}\n"),
  "environments in lines": fill("\\begin{a} "),
  "bars that end quotations": fill("> a||\nb||\n"),
  "lazy lines with bars": (most) => "> a\n" + fill("||x||\n")(most),
  "numbers of two digits": fill("10. a\n   "),
  "paths with spaces": fill("C:\\a \\b\\*"),
  "links that say nothing": fill("[](https://a.b)")
}

const cpu = (): number => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1000
}

interface Cost {
  readonly all: number
  readonly longest: number
}

/** Renders a text in so many pieces; `rest` is everything that follows the last. */
const cost = (source: string, isLive: boolean): Cost => {
  const start = cpu()
  let last = start
  let longest = 0
  const lap = (): void => {
    const now = cpu()
    longest = Math.max(longest, now - last)
    last = now
  }
  const renderer = makeRenderer()
  const pages = Pages.make()
  const settle = (): void => {
    while (renderer.step()) lap()
    lap()
  }
  const size = Math.ceil(source.length / bursts)
  for (let at = 0; at < source.length; at += size) {
    renderer.append(source.slice(at, at + size))
    lap()
    if (!isLive) continue
    settle()
    pages.growing(renderer.preview(), 4096)
    lap()
  }
  renderer.end()
  settle()
  const rich = renderer.finish()
  lap()
  for (const _ of pages.complete(rich, 4096)) lap()
  lap()
  return { all: cpu() - start, longest }
}

// The clock of the CPU ticks every few milliseconds, so that what is quick is measured many times.
const enough = 120
const most = 12

/** What a text costs in the mean of some runs, and its longest piece in the best of them. */
const measured = (make: Make, length: number, isLive: boolean): Cost => {
  const source = make(length)
  let runs = 0
  let all = 0
  let longest = Infinity
  while (runs < most && (all < enough || runs < 2)) {
    const one = cost(source, isLive)
    runs++
    all += one.all
    longest = Math.min(longest, one.longest)
  }
  return { all: all / runs, longest }
}

const chosen = process.argv.slice(2)

const program = Effect.gen(function*() {
  for (let n = 0; n < 3; n++) for (const isLive of [true, false]) cost(prose(length), isLive)
  yield* Console.log("text                          how    doubling   cost  block")
  let short = 0
  for (const isLive of [false, true]) {
    const base = measured(prose, 2 * length, isLive)
    for (const [name, make] of Object.entries({ prose, ...texts })) {
      if (chosen.length > 0 && !chosen.includes(name)) continue
      const once = measured(make, length, isLive)
      const twice = measured(make, 2 * length, isLive)
      // Below what prose costs a doubling is noise of what is always done, and nobody waits.
      const doubling = twice.all <= base.all ? 2 : twice.all / Math.max(once.all, base.all / 2)
      if (doubling > worst) short++
      yield* Console.log(
        [
          name.padEnd(29),
          isLive ? "live " : "final",
          doubling.toFixed(2).padStart(9),
          (twice.all / base.all).toFixed(2).padStart(6),
          (twice.longest / base.all).toFixed(2).padStart(6),
          doubling > worst ? "FALLS SHORT" : ""
        ].join(" ")
      )
    }
  }
  yield* Console.log(`${short} fall short`)
})

await Effect.runPromise(program)
