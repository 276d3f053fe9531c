/**
 * Markdown as nobody should write it: everything in everything, marks left open, odd signs, each text from one number.
 */

/** A source of chance that gives the same again for the same number (mulberry32). */
export const chance = (seed: number) => {
  let state = seed | 0
  const next = (): number => {
    state = state + 0x6d2b79f5 | 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  const one = (all: ReadonlyArray<string>): string => all[below(all.length)] ?? ""
  return { next, below, one }
}

type Chance = ReturnType<typeof chance>

const words = [
  ..."alpha be 日本語 「重要」 שלום مرحبا мир été 👩‍🚀 🇺🇦 ＡＢ ñ e\u0301 𝒳 2*3*4 snake_case __init__ C:\\.git README.md"
    .split(" "),
  ..."https://x.y/a_b http://[::1]/ www.a.b a@b.cd @name #tag /cmd $5 $x^2$ &amp; &lt;b&gt; &#128512; &#xD83D; &nbsp; &bogus;"
    .split(" "),
  ..."\u200b \u200d \u2028 \u202e \ufeff \u2800 \u00a0 \u00ad \ud83d \ude00 \u0000 \u0007 \t <3 a<b x>y == ~5 || a||b *_* ¯\\_(ツ)_/¯ \\"
    .split(" "),
  "x".repeat(70),
  "長".repeat(40),
  "👨‍👩‍👧‍👦".repeat(9),
  "z\u0301\u0302\u0303".repeat(30),
  " ",
  "  ",
  ""
]
const marks = [
  "**",
  "*",
  "_",
  "__",
  "***",
  "~~",
  "||",
  "`",
  "``",
  "$",
  "$$",
  "\\",
  "[",
  "]",
  "](",
  ")",
  "!",
  "![",
  "<",
  ">",
  "&",
  "|"
]
const targets = [
  "https://x.y",
  "http://localhost:3000",
  "https://{host}.a.b/c",
  "https://a.b:99999/",
  "https:/a.b",
  "https:a.b",
  "ftp://a.b",
  "tg://user?id=1",
  "tg://resolve?domain=a",
  "tg:a b",
  "mailto:a@b.cd",
  "tel:+1",
  "javascript:x",
  "//a.b/c",
  "www.",
  "a.com/b",
  "#x",
  "",
  "<https://a b.c>",
  "https://a.b/(c)",
  "https://𝒳.b",
  "https://a.b/\"t",
  "https://%zz.b",
  "https://a@b@c.d",
  "https://."
]
const tags = [
  "b",
  "i",
  "u",
  "s",
  "code",
  "pre",
  "tg-spoiler",
  "blockquote",
  "sup",
  "sub",
  "span",
  "kbd",
  "details",
  "div",
  "x-y"
]

const inline = (by: Chance, depth: number): string => {
  const inside = (): string => sentence(by, depth - 1)
  switch (by.below(depth > 0 ? 14 : 2)) {
    case 2: {
      const mark = by.one(marks)
      return mark + inside() + mark
    }
    case 3:
      return by.one(marks) + inside() + by.one(marks)
    case 4:
      return `[${inside()}](${by.one(targets)})`
    case 5:
      return `![${inside()}](${by.one(targets)} "${by.one(words)}")`
    case 6:
      return `\`${inside()}\``
    case 7: {
      const tag = by.one(tags)
      return `<${tag}>${inside()}</${by.below(4) === 0 ? by.one(tags) : tag}>`
    }
    case 8:
      return `<a href="${by.one(targets)}">${inside()}</a>`
    case 9:
      return by.one([
        "<br>",
        "<hr>",
        "<!-- ",
        "-->",
        "<b",
        "</",
        "<img src=\"https://x.y\" alt=\"a\">",
        "<span class=\"tg-spoiler\">"
      ])
    case 10:
      return by.one(["[^1]", "[r]", "[a][r]", "[a][none]", "\\(x\\)", "\\[y\\]", "$a_1$", "\\*"])
    case 11:
      return by.one(marks)
    default:
      return by.one(words)
  }
}

const sentence = (by: Chance, depth: number): string =>
  Array.from({ length: 1 + by.below(5) }, () => inline(by, depth)).join(by.one([" ", " ", " ", "", "\n"]))

const block = (by: Chance, depth: number): string => {
  const line = (): string => sentence(by, 3).replaceAll("\n", " ")
  const inside = (): string => depth > 0 ? blocks(by, depth - 1) : line()
  const prefixed = (first: string, rest: string): string =>
    inside().split("\n").map((text, n) => (n === 0 ? first : rest) + text).join("\n")
  switch (by.below(16)) {
    case 0:
      return `${"#".repeat(1 + by.below(6))} ${line()}`
    case 1:
      return prefixed("> ", by.one(["> ", "> ", ">", ""]))
    case 2:
      return prefixed(by.one(["- ", "* ", "+ ", "- [ ] ", "- [x] "]), by.one(["  ", "    ", ""]))
    case 3:
      return prefixed(`${by.below(40)}${by.one([". ", ") "])}`, by.one(["   ", "  ", ""]))
    case 4:
      return `${by.one(["```js", "```", "~~~", "````md", "```md"])}\n${inside()}\n${
        by.one(["```", "```", "~~~", "````", ""])
      }`
    case 5: {
      const columns = 1 + by.below(4)
      const row = (): string => `|${Array.from({ length: columns }, line).join("|")}|`
      return [row(), `|${"-|".repeat(columns)}`, ...Array.from({ length: by.below(4) }, row), by.one(["", line()])]
        .join("\n")
    }
    case 6:
      return by.one([
        "---",
        "***",
        "===",
        "- - -",
        "$$\nx\n$$",
        "\\[\ny\n\\]",
        "    indented",
        "\ttab",
        "[r]: https://x.y",
        "[^1]: note"
      ])
    case 7:
      return `<${by.one(["div", "details", "blockquote", "pre", "pre><code class=\"language-js\""])}>\n${inside()}\n${
        by.one(["</div>", "</details>", "</blockquote>", "</pre>", ""])
      }`
    case 8:
      return prefixed("**>", ">") + by.one(["||", ""])
    case 9:
      return `[^1]: ${prefixed("", "    ")}`
    default:
      return sentence(by, 4)
  }
}

const blocks = (by: Chance, depth: number): string =>
  Array.from({ length: 1 + by.below(4) }, () => block(by, depth)).join(by.one(["\n\n", "\n\n", "\n", "\r\n", "\n\n\n"]))

/** The text of a number; now and then a long one, and one that breaks off. */
export const wildMarkdown = (by: Chance): string => {
  const text = blocks(by, by.below(4))
  const long = by.below(60) === 0 ? Array.from({ length: 8 }, () => blocks(by, 1)).join("\n\n") : text
  return by.below(4) === 0 ? long.slice(0, by.below(long.length + 1)) : long
}
