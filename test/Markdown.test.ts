import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"
import { readdirSync, readFileSync } from "node:fs"
import * as RichText from "../src/telegram/richtext/RichText.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import { shownText as shown } from "./support/shownText.ts"

const { chunk, makeRenderer, render, renderPreview } = RichText

const shows = (markdown: string, expected: string) =>
  Effect.sync(() => assert.strictEqual(shown(render(markdown)), expected))

const previews = (markdown: string, expected: string) =>
  Effect.sync(() => assert.strictEqual(shown(renderPreview(markdown)), expected))

const folder = new URL("fixtures/answers/", import.meta.url)
const answers = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")] as const)

/** Cuts a source as a network would, anywhere; `sizes` is used in turns. */
const deltas = (source: string, sizes: ReadonlyArray<number>): ReadonlyArray<string> => {
  const parts: Array<string> = []
  for (let at = 0; at < source.length; at += sizes[(parts.length - 1) % sizes.length] ?? 1) {
    parts.push(source.slice(at, at + (sizes[parts.length % sizes.length] ?? 1)))
  }
  return parts
}

const letters = (text: string): number => text.replace(/[^\p{L}]/gu, "").length

const Words = Schema.Array(
  Schema.Literals(["alpha", "be", "日本語", "שלום", "мир", "été", "👩‍🚀", "🇺🇦", "ＡＢ"])
).check(Schema.isMinLength(1), Schema.isMaxLength(3))
const Inline = Schema.Struct({
  kind: Schema.Literals([
    "plain",
    "plain",
    "bold",
    "italic",
    "under",
    "both",
    "strike",
    "spoiler",
    "code",
    "link",
    "boldLink",
    "image",
    "math",
    "dollar",
    "tag",
    "break",
    "entity",
    "mixed"
  ]),
  words: Words
})
const Line = Schema.Array(Inline).check(Schema.isMinLength(1), Schema.isMaxLength(4))
const Block = Schema.Struct({
  kind: Schema.Literals([
    "paragraph",
    "bullets",
    "loose",
    "numbers",
    "tasks",
    "nested",
    "fence",
    "table",
    "heading",
    "quote",
    "rule",
    "formula"
  ]),
  lines: Schema.Array(Line).check(Schema.isMinLength(1), Schema.isMaxLength(4))
})
const Document = Schema.Array(Block).check(Schema.isMinLength(1), Schema.isMaxLength(5))
const Sizes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(6)
)
const Fragments = Schema.Array(Schema.Literals([
  "a",
  "b ",
  "**",
  "*",
  "_",
  "`",
  "```",
  "```js\n",
  "\n",
  "\n\n",
  "- ",
  "1. ",
  "> ",
  "| ",
  "|---|",
  "# ",
  "[",
  "]",
  "(",
  ")",
  "http://x.y",
  "~~",
  "||",
  "$",
  "$$",
  "\\",
  "\\(",
  "\\[",
  "<b>",
  "</b>",
  "<br>",
  "<",
  "&amp;",
  "&",
  "    ",
  "  ",
  "!",
  "日本",
  "👩‍🚀",
  "\ud83d",
  "---",
  "===",
  ": ",
  "[^1]",
  "[^1]: ",
  "[a]: http://q.r\n",
  "[a]",
  "\t",
  "\r\n",
  "<details>",
  "<!--",
  "-->",
  "x",
  "\u0000"
])).check(Schema.isMaxLength(30))

const inlineSource = ({ kind, words }: typeof Inline.Type): string => {
  const text = words.join(" ")
  switch (kind) {
    case "bold":
      return `**${text}**`
    case "italic":
      return `*${text}*`
    case "under":
      return `_${text}_`
    case "both":
      return `***${text}***`
    case "strike":
      return `~~${text}~~`
    case "spoiler":
      return `||${text}||`
    case "code":
      return `\`${text}\``
    case "link":
      return `[${text}](https://example.org/a_b)`
    case "boldLink":
      return `**[${text}](https://example.org/c)**`
    case "image":
      return `![${text}](https://example.org/i.png)`
    case "math":
      return `\\(${text}\\)`
    case "dollar":
      return `$x^2 + ${text}$`
    case "tag":
      return `<b>${text}</b>`
    case "break":
      return `${text}<br>${text}`
    case "entity":
      return `${text} &copy;`
    case "mixed":
      return `**${text} \`code\` and ~~${text}~~**`
    default:
      return text
  }
}
const lineSource = (line: typeof Line.Type): string => line.map(inlineSource).join(" ")
const blockSource = ({ kind, lines: parts }: typeof Block.Type): string => {
  const lines = parts.map(lineSource)
  switch (kind) {
    case "bullets":
      return lines.map((line) => `- ${line}`).join("\n")
    case "loose":
      return lines.map((line) => `* ${line}\n\n  more`).join("\n\n")
    case "numbers":
      return lines.map((line, n) => `${n + 1}. ${line}`).join("\n")
    case "tasks":
      return lines.map((line, n) => `- [${n % 2 === 0 ? " " : "x"}] ${line}`).join("\n")
    case "nested":
      return lines.map((line, n) => `${"   ".repeat(n)}1. ${line}`).join("\n")
    case "fence":
      return `\`\`\`js\n${parts.map((line) => line.flatMap(({ words }) => words).join("  ")).join("\n  ")}\n\`\`\``
    case "table":
      return lines.map((line, n) => `| ${line.replaceAll("||", "")} | be |${n === 0 ? "\n| --- | :-: |" : ""}`).join(
        "\n"
      )
    case "heading":
      return `## ${lines[0]}`
    case "quote":
      return lines.map((line) => `> ${line}`).join("\n")
    case "rule":
      return "---"
    case "formula":
      return `$$\n${parts.length} + x\n$$`
    default:
      return lines.join("\n")
  }
}
const documentSource = (blocks: typeof Document.Type): string => blocks.map(blockSource).join("\n\n")

const assertSound = ({ entities, text }: RichText.Rich): void => {
  assert.strictEqual(text, text.trimEnd())
  for (const { length, offset, type } of entities) {
    assert.isAtLeast(offset, 0)
    assert.isAbove(length, 0)
    assert.isAtMost(offset + length, text.length)
    for (const other of entities) {
      assert.isFalse(
        offset < other.offset && other.offset < offset + length && offset + length < other.offset + other.length,
        `${type} and ${other.type} cross`
      )
    }
  }
}

/** Stretches of the text in their order, and nothing that could be seen between them. */
const assertWhole = (parts: ReadonlyArray<RichText.Rich>, rich: RichText.Rich): void => {
  let at = 0
  for (const { text } of parts) {
    const found = rich.text.indexOf(text, at)
    assert.notStrictEqual(found, -1, text)
    assert.isTrue(RichText.isBlank(rich.text.slice(at, found)))
    at = found + text.length
  }
  assert.isTrue(RichText.isBlank(rich.text.slice(at)))
}

describe("render", () => {
  it.effect("shows the formats of a sentence", () =>
    shows(
      "**bold** *it* __strong__ _em_ ~~gone~~ ||hidden|| `a*b` ***both***",
      "{bold:bold} {italic:it} {bold:strong} {italic:em} {strikethrough:gone} {spoiler:hidden} {code:a*b} {bold:{italic:both}}"
    ))

  describe("leaves signs that are content", () => {
    const cases: Readonly<Record<string, ReadonlyArray<readonly [markdown: string, expected: string]>>> = {
      "of patterns of paths": [
        ["Exclude **/node_modules/** and **/dist/**.", "Exclude **/node_modules/** and **/dist/**."],
        ["lint **/*.{js,ts}, !**/dist/**, **/*.test.*", "lint **/*.{js,ts}, !**/dist/**, **/*.test.*"],
        [`"*.ts" and '*.js' (*.md), [*.css], *.* ok`, `"*.ts" and '*.js' (*.md), [*.css], *.* ok`],
        ["rm ./* ../*; ls *.{a,b}*", "rm ./* ../*; ls *.{a,b}*"],
        ["**Files: *.ts** and *it*", "{bold:Files: *.ts} and {italic:it}"],
        ["**/start** and **/help** ask *.gitignore*", "{bold:/start} and {bold:/help} ask {italic:.gitignore}"]
      ],
      "of queries and expressions": [
        ["SELECT *, COUNT(*) FROM t; SELECT t.*, u.* FROM t", "SELECT *, COUNT(*) FROM t; SELECT t.*, u.* FROM t"],
        ["^.*$ and .*?foo.* or [a-z]*\\s, x*)", "^.*$ and .*?foo.* or [a-z]*\\s, x*)"],
        ["*(a)*, *...then* and *\"q\"*", "{italic:(a)}, {italic:...then} and {italic:\"q\"}"]
      ],
      "of folders": [
        ["/_next/static/_a_/b and src/_parts_/x", "/_next/static/_a_/b and src/_parts_/x"],
        ["D:\\My Docs\\*.txt", "D:\\My Docs\\*.txt"],
        ["C:\\Program Files\\[app]\\(x86)\\#1", "C:\\Program Files\\[app]\\(x86)\\#1"],
        ["_a_/b and/or _c_", "{italic:a}/b and/or {italic:c}"]
      ],
      "of brackets that are escaped": [
        ["\\[a-z\\]+ and \\[sic\\] and \\[1\\]", "[a-z]+ and [sic] and [1]"],
        ["\\[x^2\\] and \\[ y \\]", "{code:x^2} and {code:y}"]
      ]
    }
    for (const [name, shown] of Object.entries(cases)) {
      it.effect(name, () => Effect.forEach(shown, ([markdown, expected]) => shows(markdown, expected)))
    }
  })

  it.effect("shows an environment of LaTeX as it is, with its line ends", () =>
    shows(
      "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}\nso",
      "{latex:\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}}\nso"
    ))

  it.effect("ends a quotation behind the two bars that end it, without an empty line", () =>
    Effect.andThen(
      shows("**>a||\nafter", "{expandable_blockquote:a}\nafter"),
      shows("> a ||x||\nlazy", "{blockquote:a {spoiler:x}\nlazy}")
    ))

  it.effect("takes three spaces for inside, also below a number of two digits", () =>
    Effect.andThen(
      shows("10. a\n   - b\n11. c\n\n   d", "10. a\n    ◦ b\n11. c\n\n    d"),
      shows("10. a\n   ```js\n   x\n     y\n   ```\n11. b", "10. a\n{js:x\n  y}\n11. b")
    ))

  it.effect("shows the address of a link that says nothing", () => shows("[](https://a.b/c)!", "https://a.b/c!"))

  it.effect("counts offsets in UTF-16 units", () =>
    Effect.sync(() => assert.deepStrictEqual(render("👩‍🚀 **日本**").entities, [{ type: "bold", offset: 6, length: 2 }])))

  it.effect("keeps formats apart from code, which Telegram cannot nest", () =>
    shows("**see `x` now** [`y`](https://a.b) ||`z`||", "{bold:see} {code:x} {bold:now} {https://a.b:y} {spoiler:z}"))

  it.effect("shows headings in bold, the first level underlined too", () =>
    shows("# One\ntext\n\n## Two **x**", "{underline:{bold:One}}\ntext\n\n{bold:Two x}"))

  it.effect("indents lists and continues their numbers", () =>
    shows(
      "3. a\n   - b\n     1. c\n\n   para\n4. d\n\n- [x] e\n- [ ] f",
      "3. a\n    ◦ b\n        1. c\n\n    para\n4. d\n\n☑ e\n☐ f"
    ))

  it.effect("names the language of code and takes nothing out of it", () =>
    shows(
      "```TypeScript title=x\n**a**\n  <b> &amp;\n```\n~~~\nplain\n~~~",
      "{typescript:**a**\n  <b> &amp;}\n{pre:plain}"
    ))

  it.effect("flattens quotes in quotes", () => shows("> a **b**\n> > c", "{blockquote:a {bold:b}\nc}"))

  it.effect("flattens quotes in quotes of the other kind", () =>
    Effect.all([
      shows("> a\n> <blockquote expandable>b</blockquote>", "{blockquote:a\nb}"),
      shows("<blockquote expandable>a <blockquote>b</blockquote></blockquote>", "{expandable_blockquote:a\nb}")
    ]))

  it.effect("reads brackets in the target of a link up to 32 deep, as CommonMark bounds them", () => {
    const target = (depth: number) => `https://h.test/${"(".repeat(depth)}x${")".repeat(depth)}`
    return Effect.all([
      shows(`[a](${target(32)})`, `{${target(32)}:a}`),
      shows(`[a](${target(33)})`, `[a](${target(33)})`)
    ])
  })

  it.effect("aligns a table by the columns that people see", () =>
    shows(
      "| Name | N |\n|:--|--:|\n| 日本 | 1 |\n| 👩‍🚀 **b** | 22 |",
      "{pre:Name │  N\n─────┼───\n日本 │  1\n👩‍🚀 b │ 22}"
    ))

  it.effect("lists a table that is too wide, or that has links", () =>
    Effect.sync(() => {
      assert.strictEqual(
        shown(render("| K | V |\n|--|--|\n| [a](https://x.y) | **b** |\n| c | |")),
        "• {bold:K}: {https://x.y:a}\n    {bold:V}: {bold:b}\n• {bold:K}: c\n    {bold:V}:"
      )
      assert.strictEqual(
        shown(render(`| K | V |\n|--|--|\n| a | ${"w ".repeat(40)} |`)),
        `• {bold:K}: a\n    {bold:V}: ${"w ".repeat(40).trim()}`
      )
    }))

  it.effect("shows images as links, and what is no web address as text", () =>
    shows(
      "![alt](https://x.y/z.png) ![](https://x.y/z.png) [local](./a.md) <https://a.b/c_d_e> https://q.r/s_t_u",
      "{https://x.y/z.png:alt} {https://x.y/z.png:z.png} local https://a.b/c_d_e https://q.r/s_t_u"
    ))

  it.effect.each(["javascript:alert", "vbscript:x", "data:text/html,x", "blob:x", "about:blank", "JavaScript:alert"])(
    "shows nothing of a target that is a program or data: %s",
    (target) => shows(`see [this](${target}) now`, "see this now")
  )

  it.effect("shows formulas as code and leaves money alone", () =>
    shows(
      "$x^2$ \\(a_1\\) \\[b\\] costs $5 and $10, US$5\n\n$$\ny = 1\n$$\n\n\\[\nz\n\\]",
      "{code:x^2} {code:a_1} {code:b} costs $5 and $10, US$5\n\n{latex:y = 1}\n\n{latex:z}"
    ))

  it.effect("obeys tags that Telegram knows and shows the others", () =>
    shows(
      "<b>x</b> H<sub>2</sub>O<br>n<sup>ab</sup> Map<K, V> <div> <!-- no -->\n\n<details><summary>S</summary>\nbody\n</details>",
      "{bold:x} H₂O\nn^(ab) Map<K, V> <div>\n\n{bold:S}\nbody"
    ))

  it.effect("closes tags that cross or stay open", () =>
    shows("<b>a <i>b</b> c</i> <u>d *e </u> f*\n\ng", "{bold:a {italic:b}} c {underline:d {italic:e  f}}\n\ng"))

  it.effect("reads Chinese, Japanese and Korean marks that have no spaces around them", () =>
    shows("**「重要」**は 5~10分，3~4 **\"정렬\"**은", "{bold:「重要」}は 5~10分，3~4 {bold:\"정렬\"}은"))

  it.effect("keeps file names from becoming links", () =>
    shows(
      "see README.md, src/main.py, a.b@c.sh and example.com",
      "see {code:README.md}, {code:src/main.py}, a.b@c.sh and example.com"
    ))

  it.effect("shows footnotes, references, rules and characters by name", () =>
    shows(
      "a[^n] &amp; &#65; [r][k] \\*\n\n***\n\n[^n]: note\n\n[k]: https://x.y",
      "a[n] & A {https://x.y:r} *\n\n──────────\n\n[n] note"
    ))

  it.effect("shows a link without a target as its text, and leaves other brackets alone", () =>
    shows("[the **guide**][none] [gone][] [1][2] rows[ij][kl] [x]", "the {bold:guide} gone [1][2] rows[ij][kl] [x]"))

  it.effect("drops what is no text", () => shows("a\u0000b\ud83d c\u0007\r\nd &#0;", "ab c\nd \ufffd"))

  it.effect("gives nothing for nothing", () =>
    Effect.sync(() => {
      for (const source of ["", " \n\n", "<!-- x -->", "```\n\n```", "[a]: https://x.y"]) {
        assert.deepStrictEqual(render(source), { text: "", entities: [] })
      }
    }))

  it.effect("shows quotations and items deeper than sixteen in each other as they are written", () =>
    Effect.sync(() => {
      for (const mark of [">", "> ", "- ", "> - ", "1. "]) {
        const hostile = `${mark.repeat(8_000)}a`
        for (const { text } of [render(hostile), renderPreview(hostile)]) {
          assert.isTrue(text.endsWith("a"))
          assert.isAbove(text.length, hostile.length - 16 * mark.length)
        }
      }
    }))

  it.effect.prop("gives sound entities for any text", [Fragments], ([fragments]) =>
    Effect.sync(() => {
      assertSound(render(fragments.join("")))
      assertSound(renderPreview(fragments.join("")))
    }), { arbitrary: { runs: 500, seed: 1 } })
})

describe("preview", () => {
  it.effect("closes what is open", () =>
    Effect.all([
      previews("a **bold", "a {bold:bold}"),
      previews("a ***both", "a {bold:{italic:both}}"),
      previews("a **bold *", "a {bold:bold}"),
      previews("a **bold*", "a {bold:bold}"),
      previews("a `code", "a {code:code}"),
      previews("a ~~gone~", "a {strikethrough:gone}"),
      previews("a ||hid", "a {spoiler:hid}"),
      previews("a \\(x + 1", "a {code:x + 1}"),
      previews("a $x^2", "a {code:x^2}"),
      previews("$$\nx +", "{latex:x +}"),
      previews("$$\nx +\n$", "{latex:x +}"),
      previews("- a\n  \\[\n  x\\", "• a\n{latex:x}"),
      previews("```js\nlet x\n``", "{js:let x}"),
      previews("- a\n  ```js\n  let x", "•\n{js:let x}".replace("•", "• a"))
    ], { discard: true }))

  it.effect("keeps back what may become a mark", () =>
    Effect.all([
      previews("a **", "a"),
      previews("a [", "a"),
      previews("a\n-", "a"),
      previews("a\n\n- [", "a"),
      previews("a\n\n- [x] b\n- [", "a\n\n☑ b"),
      previews("a\n\n#", "a"),
      previews("a\n\n```py", "a"),
      previews("a <b", "a"),
      previews("a <b>c</", "a {bold:c}"),
      previews("a &am", "a"),
      previews("a \\", "a"),
      previews("a\n| b | c |\n|--", "a"),
      previews("a\n\n[k]: http", "a"),
      previews("a\n\n[ke", "a"),
      previews("a <someone@exa", "a"),
      previews("a <a href=\"http", "a"),
      previews("a[^1", "a")
    ], { discard: true }))

  it.effect("shows the text of a link whose target is not complete", () =>
    Effect.all([
      previews("see [the **do", "see the {bold:do}"),
      previews("see [the do]", "see the do"),
      previews("see [the do](http", "see the do"),
      previews("see ![the do](http", "see the do"),
      previews("see [the do](http://x.y)", "see {http://x.y:the do}")
    ], { discard: true }))

  it.effect("shows a table from its first line on, cell by cell", () =>
    Effect.all([
      previews("| a | b |\n|---|---|\n", "{bold:a} · {bold:b}".replace("{bold:a} · {bold:b}", "{pre:a │ b\n──┼──}")),
      previews("| a | b |\n|---|---|\n| **c", "{pre:a │ b\n──┼──\nc │}")
    ], { discard: true }))

  it.effect("takes back nothing where a line has only begun", () =>
    Effect.all([
      previews("- a\n\n  | b | c |\n  ", "• a"),
      previews("+--+\n| b | c |\n  ", "+--+"),
      previews("a\n  ", "a"),
      previews("[a] [b]\n\n[a]: https://x.y\n[b]: https://x", "{https://x.y:a} [b]"),
      previews("[a]\n\n[a]: https://x", "[a]"),
      previews("call <tel:+4", "call"),
      previews("In\n\n2024", "In\n\n2024"),
      previews("a\n1.", "a\n1."),
      previews("1. a\n   1. ", "1. a\n    1."),
      previews("> 42", "{blockquote:42}"),
      previews("not **/modules/*", "not /modules/"),
      previews("not *.git", "not .git"),
      previews("not *.git a", "not *.git a"),
      previews("[Ann]: Hello to", "[Ann]: Hello to"),
      previews("[Ann]: Hello", ""),
      previews("a \ue200cite\ue202turn", "a"),
      previews("the <b> tag and <b>this <su", "the <b> tag and {bold:this}"),
      previews("x<sup>1", "x¹"),
      previews("> [!TIP]\n> a **b", "{blockquote:{bold:Tip}\na {bold:b}}")
    ], { discard: true }))

  it.effect("shows marks that turned out to be none", () =>
    Effect.all([
      previews("5 * 3 and snake_case_", "5 * 3 and snake_case"),
      previews("an open **mark\n\nnext", "an open **mark\n\nnext"),
      previews("costs $5 and", "costs $5 and"),
      previews("a[i] and", "a[i] and")
    ], { discard: true }))

  it.effect.prop(
    "shows no raw marks and never fewer letters than before, wherever the source is cut",
    [Document, Sizes],
    ([document, sizes]) =>
      Effect.sync(() => {
        const source = documentSource(document)
        const renderer = makeRenderer()
        const marks = /[*_~`|[\]()$\\<>#&-]/
        assert.notMatch(render(source).text, marks)
        let before = 0
        for (const delta of deltas(source, sizes)) {
          renderer.append(delta)
          const { text } = renderer.preview()
          assert.notMatch(text, marks)
          assert.isAtLeast(letters(text), before)
          before = letters(text)
        }
      }),
    { arbitrary: { runs: 100, seed: 1 } }
  )
})

describe("an answer while it is written", () => {
  const found = /\*\*|\*|__|_|~~|\|\||\||`|\]\(|\[|\]|<[a-z/]|\$[a-z\\]|\\|^#+ |^[-+] |^> /gmu
  /** What marks show outside of code. */
  const marks = ({ entities, text }: RichText.Rich): ReadonlyArray<string> => {
    const characters = text.split("")
    for (const { length, offset, type } of entities) {
      if (type === "code" || type === "pre") characters.fill("", offset, offset + length)
    }
    return characters.join("").match(found) ?? []
  }

  for (const [name, source] of answers) {
    it.effect(`${name} never shows a mark that its end does not show, nor loses letters`, () =>
      Effect.sync(() => {
        const allowed = new Set(marks(render(source)))
        const renderer = makeRenderer()
        let before = 0
        for (let at = 0; at < source.length; at++) {
          renderer.append(source.charAt(at))
          const preview = renderer.preview()
          assert.deepStrictEqual(marks(preview).filter((mark) => !allowed.has(mark)), [], source.slice(at - 30, at + 1))
          assert.isAtLeast(letters(preview.text), before, source.slice(at - 30, at + 1))
          before = letters(preview.text)
        }
      }))
  }
})

describe("makeRenderer", () => {
  const assertSame = (source: string, sizes: ReadonlyArray<number>) => {
    const renderer = makeRenderer()
    const isLate = /\]:/.test(source)
    let read = ""
    let settled = ""
    for (const delta of deltas(source, sizes)) {
      renderer.append(delta)
      read += delta
      const preview = renderer.preview()
      assertSound(preview)
      // A definition that comes late changes what was settled.
      if (isLate) continue
      assert.isTrue(preview.text.startsWith(settled), "settled text stays")
      settled = preview.text.slice(0, preview.settled)
      if (/[\ud800-\udbff\r]$/.test(read)) continue
      assert.deepStrictEqual({ text: preview.text, entities: preview.entities }, renderPreview(read))
    }
    assert.strictEqual(read, source)
    assert.deepStrictEqual(renderer.finish(), render(source))
    const brokenOff = makeRenderer()
    for (const delta of deltas(source, sizes)) {
      brokenOff.append(delta)
      brokenOff.step()
    }
    const { entities, text } = brokenOff.finish(true)
    assert.deepStrictEqual({ text, entities }, renderPreview(source))
  }

  it.effect.prop(
    "shows the same as rendering everything at once, for documents",
    [Document, Sizes],
    ([document, sizes]) => Effect.sync(() => assertSame(documentSource(document), sizes)),
    { timeout: 60_000, arbitrary: { runs: 50, seed: 2 } }
  )

  it.effect.prop(
    "shows the same as rendering everything at once, for any text",
    [Fragments, Sizes],
    ([fragments, sizes]) => Effect.sync(() => assertSame(fragments.join(""), sizes)),
    { arbitrary: { runs: 500, seed: 3 } }
  )

  it.effect("shows the same as rendering everything at once, for the answers", () =>
    Effect.sync(() => {
      for (const [, source] of answers) assertSame(source, [7, 1, 23, 4])
    }))

  it.effect("shows the same as rendering everything at once, for odd places of blocks", () =>
    Effect.sync(() => {
      for (
        const source of [
          "a\n\n```\n\n```\nb",
          "```\n```\n\n- a\n\n- b\n* c\n1. d\n1. e\n\n\n1. f",
          "<!-- x -->\n\na\n<br>\n\nb\n***\n# c\n~~~js\n  d\n~~\n~~~ \ne",
          "> a\nb\n\n> c\n\n    d\n\n\n    e\n",
          "[a]\n\n```\n[a]: x\n```\n\n[a]: http://x.y\n\n[a]"
        ]
      ) assertSame(source, [1])
    }))

  it.effect("links a settled reference when its target comes", () =>
    Effect.sync(() => {
      const renderer = makeRenderer()
      renderer.append("see [the guide][g].\n\nnext\n\n")
      assert.strictEqual(shown(renderer.preview()), "see the guide.\n\nnext")
      renderer.append("[g]: https://x.y\n\nend")
      assert.strictEqual(shown(renderer.preview()), "see {https://x.y:the guide}.\n\nnext\n\nend")
    }))

  it.effect("renders a long open piece again only when it has grown by a sixteenth", () =>
    Effect.sync(() => {
      const source = "word **bold** ".repeat(600)
      const renderer = makeRenderer()
      const texts = new Set<string>()
      for (let at = 0; at < source.length; at += 10) {
        renderer.append(source.slice(at, at + 10))
        const { text } = renderer.preview()
        texts.add(text)
        if (at < 1980) assert.strictEqual(text, renderPreview(source.slice(0, at + 10)).text)
        assert.isAtLeast(text.length * 17 / 16 + 10, renderPreview(source.slice(0, at + 10)).text.length)
      }
      assert.isAtMost(texts.size, 230)
      assert.deepStrictEqual(renderer.finish(), render(source))
    }))

  it.effect("takes a pair and a line end that were cut in two", () =>
    Effect.sync(() => {
      const renderer = makeRenderer()
      for (const delta of ["a\ud83d", "\ude42\r", "\n- b\r"]) renderer.append(delta)
      assert.strictEqual(renderer.preview().text, "a🙂\n• b")
      assert.strictEqual(renderer.finish().text, "a🙂\n• b")
    }))
})

describe("chunk", () => {
  const texts = (markdown: string, options: RichText.ChunkOptions) => chunk(render(markdown), options).map(shown)

  it.effect("leaves a text that fits alone", () =>
    Effect.sync(() => {
      const whole = { text: "x".repeat(4096), entities: [] }
      assert.deepStrictEqual(chunk(whole), [whole])
      assert.deepStrictEqual(chunk({ text: "", entities: [] }), [])
      assert.deepStrictEqual(chunk({ text: `${"x".repeat(4096)}y`, entities: [] }).map(({ text }) => text.length), [
        4000,
        97
      ])
    }))

  it.effect("cuts at a paragraph, a line, a sentence, a space, in this order", () =>
    Effect.sync(() => {
      const at = { target: 20, hard: 20 }
      assert.deepStrictEqual(texts("one two.\nthree\n\nfour five\nsix", at), ["one two.\nthree", "four five\nsix"])
      assert.deepStrictEqual(texts("one two. tre\nfour five six seven", at), ["one two. tre", "four five six seven"])
      assert.deepStrictEqual(texts("one two tre. four five six seven", at), ["one two tre.", "four five six seven"])
      assert.deepStrictEqual(texts("one two tre four five six seven", at), ["one two tre four", "five six seven"])
      assert.deepStrictEqual(texts("東京は大きい都市です。大阪も大きい都市だと思います", at), [
        "東京は大きい都市です。",
        "大阪も大きい都市だと思います"
      ])
    }))

  it.effect("closes and opens formats and code again, with language and indentation", () =>
    Effect.sync(() => {
      assert.deepStrictEqual(texts("```py\ndef f():\n    return 1\n```", { target: 12, hard: 14 }), [
        "{py:def f():}",
        "{py:    return 1}"
      ])
      assert.deepStrictEqual(texts("```py\n    a\nb\n```\nc", {}), ["{py:    a\nb}\nc"])
      assert.deepStrictEqual(texts("one two\n\n```py\n    a\n  b\n```", { target: 10, hard: 12 }), [
        "one two",
        "{py:    a\n  b}"
      ])
      assert.deepStrictEqual(texts("&nbsp; a\n\n    b", { target: 2, hard: 2 }), ["a", "{pre:b}"])
      assert.deepStrictEqual(texts("**one two three four**", { target: 10, hard: 10 }), [
        "{bold:one two}",
        "{bold:three four}"
      ])
    }))

  it.effect("never cuts a link that fits, nor a grapheme", () =>
    Effect.sync(() => {
      assert.deepStrictEqual(texts("aaaa [bb cc dd](https://x.y) e", { target: 10, hard: 12 }), [
        "aaaa",
        "{https://x.y:bb cc dd} e"
      ])
      assert.deepStrictEqual(texts("👩‍🚀👩‍🚀👩‍🚀", { target: 12, hard: 12 }), ["👩‍🚀👩‍🚀", "👩‍🚀"])
      assert.deepStrictEqual(texts("[aaaaaaaaaaaaaa](https://x.y) b", { target: 10, hard: 14 }), [
        "{https://x.y:aaaaaaaaaaaaaa}",
        "b"
      ])
    }))

  it.effect("ends a message before it has too many formats, found links counted", () =>
    Effect.sync(() => {
      const parts = chunk(render(Array.from({ length: 150 }, () => "**a** https://x.y").join(" ")))
      assert.deepStrictEqual(parts.map(({ entities }) => entities.length), [50, 50, 50])
    }))

  const Limits = Schema.Struct({
    target: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 120 })),
    extra: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })),
    maxEntities: Schema.Int.check(Schema.isBetween({ minimum: 4, maximum: 20 }))
  })

  it.effect.prop(
    "keeps text, formats and limits",
    [Document, Limits],
    ([document, { extra, maxEntities, target }]) =>
      Effect.sync(() => {
        const rich = render(documentSource(document))
        const parts = chunk(rich, { target, hard: target + extra, maxEntities })
        assertWhole(parts, rich)
        for (const part of parts) {
          assertSound(part)
          assert.isAtMost(part.text.length, target + extra)
          assert.isAtMost(part.entities.length, maxEntities)
          assert.notMatch(part.text, /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/)
        }
        // A format of the whole is in the messages with all its characters.
        const covered = (all: ReadonlyArray<RichText.Rich>, type: string) =>
          all.flatMap(({ entities, text }) =>
            entities.filter((entity) => entity.type === type).map((entity) =>
              text.slice(entity.offset, entity.offset + entity.length)
            )
          ).join("").replace(/[\s\u200d]/g, "")
        for (const { type } of rich.entities) assert.strictEqual(covered(parts, type), covered([rich], type))
      }),
    { timeout: 60_000, arbitrary: { runs: 500, seed: 4 } }
  )

  layer(TelegramEmulator.layer(), { excludeTestServices: true })("against the Bot API", (it) => {
    const Answer = Schema.Struct({
      ok: Schema.Boolean,
      result: Schema.optionalKey(Schema.Struct({
        text: Schema.String,
        entities: Schema.optionalKey(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))
      }))
    })
    const decode = Schema.decodeUnknownEffect(Answer)
    const send = Effect.fnUntraced(function*(part: RichText.Rich) {
      const telegram = yield* TelegramEmulator.TelegramEmulator
      const ann = yield* telegram.user({ id: 7, firstName: "Ann" })
      const response = yield* HttpClient.execute(
        HttpClientRequest.post(`${telegram.apiRoot}/bot${telegram.token}/sendMessage`).pipe(
          HttpClientRequest.bodyJsonUnsafe({ chat_id: ann.user.id, text: part.text, entities: part.entities })
        )
      )
      return yield* decode(yield* response.json)
    }, Effect.provide(FetchHttpClient.layer))

    const accepts = Effect.fnUntraced(function*(source: string, options: RichText.ChunkOptions) {
      for (const part of chunk(render(source), options)) {
        const { ok, result } = yield* send(part)
        assert.isTrue(ok)
        const skipped = part.text.length - part.text.trimStart().length
        assert.strictEqual(result?.text, part.text.trim())
        for (const entity of part.entities) {
          const from = Math.max(0, entity.offset - skipped)
          const length = entity.offset + entity.length - skipped - from
          assert.deepInclude(result?.entities ?? [], { ...entity, offset: from, length })
        }
      }
    })

    it.effect.prop(
      "accepts every message with all its formats",
      [Document, Limits],
      ([document, { extra, target }]) =>
        accepts(documentSource(document), { target: target * 10, hard: target * 10 + extra }),
      { arbitrary: { runs: 40, seed: 5 } }
    )

    it.effect("accepts the answers", () =>
      Effect.forEach(answers, ([, source]) => accepts(source, { target: 700, hard: 800 }), { discard: true }))
  })
})
