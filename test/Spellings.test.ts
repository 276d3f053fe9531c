/** What models write that is easily misread: each kind with neighbours of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeRenderer, render } from "../src/telegram/richtext/RichText.ts"
import { shownText } from "./support/shownText.ts"

const shows = (rows: ReadonlyArray<readonly [markdown: string, expected: string]>) =>
  Effect.sync(() => {
    for (const [markdown, expected] of rows) {
      assert.strictEqual(shownText(render(markdown)), expected, JSON.stringify(markdown))
      // The same in pieces, as it is written.
      const renderer = makeRenderer()
      for (const character of markdown) {
        renderer.append(character)
        renderer.preview()
      }
      assert.strictEqual(shownText(renderer.finish()), expected, `in pieces: ${JSON.stringify(markdown)}`)
    }
  })

const same = (...texts: ReadonlyArray<string>) => shows(texts.map((text) => [text, text]))

describe("signs that are content stay:", () => {
  it.effect("asterisks of arithmetic, pointers, patterns and tables", () =>
    Effect.andThen(
      same(
        "2*3*4",
        "(a+b)*c, π*r**2 and x**2",
        "5*x_1*x_2 = 3*√2*5",
        "SELECT count(*)*sum(*) FROM t",
        "int *p = *q; char **argv",
        "src/*/a, src/**/*.ts and test/**/*.ts",
        "f(*args, **kwargs)",
        "/* a */ and /** b */",
        "2 * 3 * 4 and 2 ** 3 ** 4",
        "⌊x⌋*2, x̄*ȳ, 5%*3*4, y′*z*2 and 2*⌈a⌉*b",
        "f(*a) and g(**b) and h(*[1, 2], **{\"c\": 3})",
        "a LIKE '_%' OR b LIKE '%_'",
        "* * * * * /bin/backup",
        "SELECT a||' '||b, 'c'||d, e||'f' FROM g"
      ),
      shows([
        ["**Sum: 3*4** and *a*", "{bold:Sum: 3*4} and {italic:a}"],
        ["un*frigging*believable", "un*frigging*believable"],
        ["the **1**st, **5**x and (**10**GB), **Part**2", "the {bold:1}st, {bold:5}x and ({bold:10}GB), {bold:Part}2"],
        ["*he*/*she*/*it*, *f*(x) and 2*f*(x)", "{italic:he}/{italic:she}/{italic:it}, {italic:f}(x) and 2*f*(x)"],
        ["**5%**/**10%** and **2**3 = 8**", "{bold:5%}/{bold:10%} and {bold:2**3 = 8}"],
        ["**TCP**/**UDP**, **Yes!**/**No!**", "{bold:TCP}/{bold:UDP}, {bold:Yes!}/{bold:No!}"],
        ["**a: 2**3** and x = *p*2", "{bold:a: 2**3} and x = *p*2"]
      ])
    ))

  it.effect("backslashes of paths and patterns, while those that escape vanish", () =>
    Effect.andThen(
      same(
        "C:\\Users\\me\\_private\\.git",
        "C:\\Program Files (x86)\\.cache\\_x",
        "\\\\server\\share\\_x",
        "file:C:\\_a",
        "$HOME\\.x\\_y and $env:APPDATA\\.x",
        "..\\..\\_src and %APPDATA%\\.foo",
        "\\d+\\.\\d+ or \\w+@\\w+\\.com",
        "a\\nb and \\frac{1}{2}",
        "¯\\_(ツ)_/¯"
      ),
      shows([
        ["\\*not bold\\* 1\\. 5\\.00\\!", "*not bold* 1. 5.00!"],
        ["**C:\\.git** or *\\\\srv\\_x*", "{bold:C:\\.git} or {italic:\\\\srv\\_x}"],
        ["C:\\a\n\n1\\. b", "C:\\a\n\n1. b"],
        ["C:\\a\nand \\*b\\*", "C:\\a\nand *b*"]
      ])
    ))

  it.effect("underscores that are escaped are names, of which the backslash is no part", () =>
    Effect.andThen(
      shows([
        ["snake\\_case, MAX\\_LEN\\_2 and \\_x\\_", "snake_case, MAX_LEN_2 and _x_"],
        ["\\_\\_init\\_\\_ of my\\_file.txt", "__init__ of my_file.txt"],
        ["https://a.b/foo\\_bar.", "https://a.b/foo_bar."],
        ["**https://a.b/?q=*&r=_x_**", "{bold:https://a.b/?q=*&r=_x_}"]
      ]),
      same("src\\_old\\app and src\\app\\_old", "[a-z]+\\.[a-z]{2,3}")
    ))

  it.effect("signs in quotation marks", () =>
    Effect.andThen(
      same(
        "\"*\" and '*' and \"**\"",
        "'_' or \"_\", \"~~\" and '~~'",
        "\"||\" and '||' “*” «*» “*”"
      ),
      shows([["\"*a*\" and '**b**' \"||c||\"", "\"{italic:a}\" and '{bold:b}' \"{spoiler:c}\""]])
    ))

  it.effect("classes of characters that are not meant, while footnotes are numbers in brackets", () =>
    Effect.andThen(
      same("[^abc]+ and \"[^\"]*\"", "^[^@]+@[^a-z\\s]+$", "[^1]+ and fact[^a]"),
      shows([
        ["a[^1] b[^2][^3] **c[^4]**", "a[1] b[2][3] {bold:c[4]}"],
        ["a[^Note] [^other]\n\n[^note]: b", "a[Note] [^other]\n\n[note] b"],
        ["see [docs][^1] and [the docs][x]", "see [docs][1] and the docs"]
      ])
    ))

  it.effect("tags that a sentence is about", () =>
    Effect.andThen(
      same(
        "The <b> tag and the <i> tag.",
        "Use <code> or <pre>, <a> links, <img> and <summary> with <details>, <p> and <hr>.",
        "Close it with </b> or </code>. <sub> and <sup> are small.",
        "the type <span> is"
      ),
      shows([
        ["- <b>: bold\n- <i> – italic", "• <b>: bold\n• <i> – italic"],
        ["| Tag | is |\n|--|--|\n| <b> | bold |", "{pre:Tag │ is\n────┼─────\n<b> │ bold}"],
        ["<b>a</b> <strong>b *c*</strong> <u>d", "{bold:a} {bold:b {italic:c}} <u>d"],
        ["<b>a b", "{bold:a b}"]
      ])
    ))

  it.effect("names between underscores, while bold stays bold", () =>
    Effect.andThen(
      same(
        "__init__ and __name__ == '__main__'",
        "self.__x__, src/__generated__/a",
        "__DEV__, __APP_VERSION__ and __NEXT_DATA__",
        "__webpack_require__(1)",
        "snake_case_name and _id",
        "foo__bar__baz",
        `${"__a".repeat(50)}`
      ),
      shows([
        ["__very important__ __word__", "{bold:very important} {bold:word}"],
        ["**__init__** is _it_", "{bold:__init__} is {italic:it}"]
      ])
    ))
})

describe("a fence within a fence", () => {
  const fence = "```"

  it.effect("of the same length opens where the outer one holds text, and the rest is no code", () =>
    shows([
      [
        `${fence}markdown\n# T\n${fence}js\nx\n${fence}\nmore\n${fence}\n**b**`,
        `{markdown:# T\n${fence}js\nx\n${fence}\nmore}\n{bold:b}`
      ],
      [
        `${fence}md\n${fence}js\nx\n${fence}\n${fence}py\ny\n${fence}\n${fence}\n**b**`,
        `{md:${fence}js\nx\n${fence}\n${fence}py\ny\n${fence}}\n{bold:b}`
      ],
      [`${fence}prompt\n${fence}json\n{}\n${fence}\n${fence}\n**b**`, `{prompt:${fence}json\n{}\n${fence}}\n{bold:b}`],
      [`~~~md\n~~~js\nx\n~~~\n~~~\n**b**`, `{md:~~~js\nx\n~~~}\n{bold:b}`],
      [
        `1. a\n   ${fence}md\n   ${fence}js\n   x\n   ${fence}\n   ${fence}\n2. **b**`,
        `1. a\n{md:${fence}js\nx\n${fence}}\n2. {bold:b}`
      ]
    ]))

  it.effect("that is longer opens, too, where the outer one names a language of text", () =>
    shows([
      [
        "```md\na\n````\nb\n````\nc\n```\n**d**",
        "{md:a\n````\nb\n````\nc}\n{bold:d}"
      ],
      [`~~~text\n~~~~\n~~~\n~~~~\n~~~\n**b**`, "{text:~~~~\n~~~\n~~~~}\n{bold:b}"],
      ["````\na\n```\n``````\n**b**", "{pre:a\n```}\n{bold:b}"],
      ["```js\na\n````\n**b**", "{js:a}\n{bold:b}"]
    ]))

  it.effect("opens in code where it is indented, and closes nothing", () =>
    shows([
      [
        `${fence}yaml\na: |\n  ${fence}sh\n  x\n  ${fence}\n${fence}\n**b**`,
        `{yaml:a: |\n  ${fence}sh\n  x\n  ${fence}}\n{bold:b}`
      ],
      [`${fence}js\nx\n${fence}py\ny\n${fence}\n**b**`, `{js:x\n${fence}py\ny}\n{bold:b}`]
    ]))
})

describe("a list", () => {
  it.effect("at the beginning of a quotation is in it from its first mark on", () =>
    shows([
      ["> - a\n> - b", "{blockquote:• a\n• b}"],
      ["> 3) a\n> 4) b\n\nc", "{blockquote:3) a\n4) b}\n\nc"],
      ["> - [ ] a\n> - [x] b", "{blockquote:☐ a\n☑ b}"],
      ["> > - a", "{blockquote:• a}"],
      ["**>- a\n>- b||", "{expandable_blockquote:• a\n• b}"],
      ["1. > - a\n   > - b", "1.\n    {blockquote:◦ a\n    ◦ b}"]
    ]))

  it.effect("ends before a label in bold at the beginning of a line, and goes on with other words", () =>
    shows([
      ["**Pros:**\n- a\n- b\n**Cons:**\n- c", "{bold:Pros:}\n• a\n• b\n{bold:Cons:}\n• c"],
      ["1. a\n   - b\n**Note**: c **d**", "1. a\n    ◦ b\n{bold:Note}: c {bold:d}"],
      ["- a\n**b** c", "• a\n    {bold:b} c"],
      ["- a\n  **b:** c\n> d\n**e:** f", "• a\n    {bold:b:} c\n{blockquote:d\n{bold:e:} f}"]
    ]))

  it.effect("keeps its numbers as they are written, and counts where all are the same", () =>
    shows([
      ["3. a\n4. b", "3. a\n4. b"],
      ["10. a\n9. b\n8. c", "10. a\n9. b\n8. c"],
      ["1. a\n2. b\n2. c\n3. d", "1. a\n2. b\n2. c\n3. d"],
      ["01. a\n02. b", "01. a\n02. b"],
      ["1. a\n\ntext\n\n2. b", "1. a\n\ntext\n\n2. b"],
      ["1. a\n- b\n\n2. c", "1. a\n• b\n\n2. c"],
      ["1. a\n1. b\n1. c", "1. a\n2. b\n3. c"]
    ]))
})

it.effect("targets that cannot be links are shown behind their text, unless it names them", () =>
  shows([
    ["[us](mailto:a@b.cd?subject=x)", "us (a@b.cd)"],
    ["[a@b.cd](mailto:a@b.cd)", "a@b.cd"],
    ["[call](tel:+49-170)", "call (+49-170)"],
    ["[+49 170](tel:+49170)", "+49 170"],
    ["[us](a@b.cd) <a href=\"sms:+49\">text</a>", "us (a@b.cd) text (+49)"],
    ["[here](http://localhost:3000/x)", "here (http://localhost:3000/x)"],
    ["[api](https://{host}.example.org/v1)", "api (https://{host}.example.org/v1)"],
    ["[files](ftp://a.b/c) [repo](git@a.b:c/d.git)", "files (ftp://a.b/c) repo (git@a.b:c/d.git)"],
    ["[you](tg://user?id=1)", "you (tg://user?id=1)"],
    ["[site](example.com/a) [same](//example.org)", "{https://example.com/a:site} {https://example.org:same}"],
    ["[a](#here) [b](./c.md) [d](javascript:e)", "a b d"]
  ]))

it.effect("a word behind a name in brackets is said, while a target defines it", () =>
  shows([
    ["[Ann]: Hello!\n[Bob]: n/a\n[Cid]: /help", "[Ann]: Hello!\n[Bob]: n/a\n[Cid]: /help"],
    ["[10:30]: meeting", "[10:30]: meeting"],
    ["[a] [b][c]\n\n[a]: x.org/y\n[c]: <y> \"z\"", "{https://x.org/y:a} b"],
    ["[a] [b] [c]\n\n[a]: https://x.y\n[b]: ./b.md\n[c]: mailto:a@b.cd", "{https://x.y:a} b c (a@b.cd)"]
  ]))

it.effect("names of files that Telegram takes for domains are code", () =>
  shows([
    ...["am", "at", "be", "cc", "tf", "so", "ml", "pm", "pub", "sv", "py", "rs", "sh", "md", "zip", "mov", "ps"].map(
      (end) => [`see main.${end}, it`, `see {code:main.${end}}, it`] as const
    ),
    ["(src/app.rs:10) **README.md**", "({code:src/app.rs}:10) {code:README.md}"],
    ["[README.md](https://x.y) `a.py`", "{https://x.y:README.md} {code:a.py}"],
    [
      "lib.rs, X86.td, model.pt, yolov8n.pt and config.ru",
      "{code:lib.rs}, {code:X86.td}, {code:model.pt}, {code:yolov8n.pt} and {code:config.ru}"
    ],
    ["orf.at, docs.rs, sapo.pt, example.com, a@b.sh, e.g. so", "orf.at, docs.rs, sapo.pt, example.com, a@b.sh, e.g. so"]
  ]))

it.effect("Telegram's own spellings are what they are in Telegram", () =>
  shows([
    ["<span class=\"tg-spoiler\">a</span> <tg-spoiler>b</tg-spoiler> ||c||", "{spoiler:a} {spoiler:b} {spoiler:c}"],
    ["<span class='tg-spoiler'>a **b**</span>", "{spoiler:a {bold:b}}"],
    ["<span style=\"x\">a</span>", "a"],
    ["<pre><code class=\"language-python\">x &lt; 1\ny</code></pre>", "{python:x < 1\ny}"],
    ["<pre language=\"c++\">x</pre>", "{c++:x}"],
    ["a <pre><code class=\"language-js\">x</code></pre> b", "a {code:x} b"],
    ["<blockquote expandable>a\nb</blockquote>", "{expandable_blockquote:a\nb}"],
    ["**>a\n>b||", "{expandable_blockquote:a\nb}"],
    ["> a ||b||", "{blockquote:a {spoiler:b}}"],
    ["<u>a</u> <ins>b</ins> <s>c</s>", "{underline:a} {underline:b} {strikethrough:c}"],
    ["![👍](tg://emoji?id=5368324170671202286) <tg-emoji emoji-id=\"1\">👍</tg-emoji>", "👍 👍"]
  ]))

it.effect("what is raised or lowered says so, whatever it is made of", () =>
  shows([
    ["10<sup>**6**</sup>, x<sup>*n*</sup>, y<sub>`i`</sub>", "10^({bold:6}), x^({italic:n}), y_({code:i})"],
    ["2<sup>10</sup> H<sub>2</sub>O a<sup>b</sup> z<sup></sup>", "2¹⁰ H₂O a^b z"],
    [
      "the 19<sup>th</sup>, a fact<sup>[1]</sup> and <sup>[2](https://a.b)</sup>",
      "the 19th, a fact[1] and {https://a.b:2}"
    ]
  ]))

it.effect("a tabulator behind a mark reaches to its column", () =>
  shows([
    [">\ta\n>\n>\t- b", "{blockquote:a\n\n• b}"],
    ["-\ta\n\t-\tb\n\t\t-\tc\n\n\td\n-\te", "• a\n    ◦ b\n        ▪ c\n\n    d\n• e"],
    ["1.\ta\n\tb\n2.\tc", "1. a\n    b\n2. c"],
    [">\t\ta", "{pre:{blockquote:  a}}"],
    ["> ```\n> \ta\n> ```", "{pre:{blockquote:\ta}}"]
  ]))

it.effect("a quotation that is an alert on GitHub begins with its kind", () =>
  shows([
    ["> [!NOTE]\n> a **b**", "{blockquote:{bold:Note}\na {bold:b}}"],
    ["> [!warning]\n>\n> - a", "{blockquote:{bold:Warning}\n\n• a}"],
    ["> [!NOTE] a\n\n[!TIP]", "{blockquote:[!NOTE] a}\n\n[!TIP]"]
  ]))

it.effect("headings, items and code within HTML are what they are outside of it", () =>
  shows([
    ["<h1 align=\"center\">a</h1>\n<h2>b <i>c</i></h2>\nd", "{bold:a}\n{bold:b {italic:c}}\nd"],
    ["<ul><li>a</li>\n<li>b<ol><li>c<li>d</ol></li></ul>", "• a\n• b\n    1. c\n    2. d"],
    ["<details>\n<summary>a</summary>\n```js\nx\ny\n```\n</details>", "{bold:a}\n{js:x\ny}"],
    ["use <h1> or \"<li>\"", "use <h1> or \"<li>\""]
  ]))

it.effect("a line that is broken begins without space", () =>
  shows([["a<br> b<br/>\n  c <br>&nbsp;d", "a\nb\nc\n\u00a0d"]]))

it.effect("marks of sources for ChatGPT's own screen are not seen, and a thing is its name", () =>
  shows([
    ["It is \ue200cite\ue202turn0search1\ue202turn0news2\ue201.", "It is."],
    ["a \ue200filecite\ue202turn0file0\ue202L1-L5\ue201 b", "a b"],
    ["by \ue200entity\ue202[\"people\",\"Ada\",\"x\"]\ue201!", "by Ada!"],
    ["| a | b |\n|--|--|\n| c \ue200cite\ue202x\ue201 | d |", "{pre:a │ b\n──┼──\nc │ d}"],
    ["\ue200 and `\ue200cite\ue202x\ue201`", "\ue200 and {code:\ue200cite\ue202x\ue201}"]
  ]))

describe("a table", () => {
  it.effect("wider than a phone is a list, and one that fits is columns", () =>
    shows([
      [
        `| ${"x".repeat(17)} | ${"y".repeat(18)} |\n|--|--|\n| 1 | 2 |`,
        `{pre:${"x".repeat(17)} │ ${"y".repeat(18)}\n${"─".repeat(18)}┼${"─".repeat(19)}\n1${" ".repeat(16)} │ 2}`
      ],
      [
        `| ${"x".repeat(17)} | ${"y".repeat(19)} |\n|--|--|\n| 1 | 2 |`,
        `• {bold:${"x".repeat(17)}}: 1\n    {bold:${"y".repeat(19)}}: 2`
      ],
      [
        "| 日本語日本語日本語 | 日本語日本語日本語 |\n|--|--|\n| 1 | 2 |",
        "• {bold:日本語日本語日本語}: 1\n    {bold:日本語日本語日本語}: 2"
      ],
      ["| a | b |\n|--|--|\n| `c|d` | 2 |", "{pre:a   │ b\n────┼──\nc|d │ 2}"]
    ]))

  it.effect("may have a bar in code in its head, too", () =>
    shows([
      ["| Op | `a | b` |\n|--|--|\n| 1 | 2 |", "{pre:Op │ a | b\n───┼──────\n1  │ 2}"],
      ["| `a || b` | x \\| y |\n|--|--|", "{pre:a || b │ x | y\n───────┼──────}"],
      ["| a | `b | c` | d |\n|--|--|", "| a | {code:b | c} | d |\n|--|--|"]
    ]))

  it.effect("keeps in its last column what a row has too much", () =>
    shows([
      ["| a | b |\n|--|--|\n| c | d | e |", "{pre:a │ b\n──┼──────\nc │ d | e}"],
      ["| a | b |\n|--|--|\n| c | d | | e | |", "{pre:a │ b\n──┼──────\nc │ d | e}"]
    ]))

  it.effect("ends before a sentence, a list or a heading that stands right below it", () =>
    shows([
      ["| a | b |\n|--|--|\n| c | d |\nThat **is** all.", "{pre:a │ b\n──┼──\nc │ d}\nThat {bold:is} all."],
      ["| a | b |\n|--|--|\n| c | d |\nOne | two.", "{pre:a │ b\n──┼──\nc │ d}\nOne | two."],
      ["a | b\n--|--\nc | d\nThat is all.", "{pre:a │ b\n──┼──\nc │ d}\nThat is all."],
      ["> | a | b |\n> |--|--|\n> | c | d |\n> e", "{blockquote:{pre:a │ b\n──┼──\nc │ d}\ne}"],
      ["| a | b |\n|--|--|\n| c | d |\n- e", "{pre:a │ b\n──┼──\nc │ d}\n• e"]
    ]))
})

it.effect("tasks are boxes, and links and brackets that look like them are not", () =>
  shows([
    ["- [ ] a\n- [x] b\n- [X] c", "☐ a\n☑ b\n☑ c"],
    ["* [ ] a\n  + [x] b", "☐ a\n    ☑ b"],
    ["1. [ ] a\n2. [x] b", "1. ☐ a\n2. ☑ b"],
    ["- [ ] **a** [l](https://x.y)", "☐ {bold:a} {https://x.y:l}"],
    ["- [x](https://x.y)\n- [ ]a", "• {https://x.y:x}\n• [ ]a"],
    ["- a [x] b", "• a [x] b"]
  ]))
