/**
 * Writes a page that shows the answers of test/fixtures/answers as Markdown, as Telegram shows them, and half-written.
 *
 * Run with `node scripts/richTextReport.ts [file]`; the page goes to `coverage/rich-text.html` unless a file is named.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { chunk, type MessageEntity, render, renderPreview, type Rich } from "../src/telegram/richtext/RichText.ts"

const folder = new URL("../test/fixtures/answers/", import.meta.url)
const target = process.argv[2] ?? new URL("../coverage/rich-text.html", import.meta.url).pathname

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" })[one] ?? one)

const tags: Readonly<Record<MessageEntity["type"], string>> = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  spoiler: "mark",
  code: "code",
  pre: "pre",
  text_link: "a",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote"
}

const opening = ({ language, type, url }: MessageEntity): string =>
  `<${tags[type]}${url === undefined ? "" : ` href="${escaped(url)}"`}${
    language === undefined ? "" : ` data-language="${escaped(language)}"`
  }>`

const html = ({ entities, text }: Rich): string => {
  const marks = entities.flatMap((entity, n) => [
    { at: entity.offset, order: 1000 + n, tag: opening(entity) },
    { at: entity.offset + entity.length, order: 999 - n, tag: `</${tags[entity.type]}>` }
  ]).sort((a, b) => a.at - b.at || a.order - b.order)
  let at = 0
  let page = ""
  for (const mark of marks) {
    page += escaped(text.slice(at, mark.at)) + mark.tag
    at = mark.at
  }
  return page + escaped(text.slice(at))
}

const bubble = (rich: Rich): string =>
  chunk(rich).map((part) => `<div class="bubble" dir="auto">${html(part)}</div>`).join("")

const sections = readdirSync(folder).filter((name) => name.endsWith(".md")).sort().map((name) => {
  const source = readFileSync(new URL(name, folder), "utf8")
  const rich = render(source)
  const half = source.slice(0, Math.floor(source.length * 0.55))
  return `<h2>${name}</h2><p>${source.length} characters of Markdown, ${rich.text.length} units of text, ${rich.entities.length} entities</p>
<div class="row"><pre class="source" dir="auto">${escaped(source)}</pre><div>${bubble(rich)}</div></div>
<details><summary>written to 55 %: ${
    escaped(half.slice(-30))
  }</summary><div class="row"><pre class="source" dir="auto">${escaped(half)}</pre><div>${
    bubble(renderPreview(half))
  }</div></div></details>`
})

mkdirSync(dirname(target), { recursive: true })
writeFileSync(
  target,
  `<!doctype html><meta charset="utf-8"><title>Answers in Telegram</title><style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; background: #dfe8ee; color: #111 }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: start }
.source { white-space: pre-wrap; background: #fff; padding: 1rem; font-size: 12px; margin: 0 }
.bubble { white-space: pre-wrap; background: #fff; border-radius: 12px; padding: .6rem .9rem; margin-bottom: .5rem; max-width: 34rem }
.bubble pre { background: #f1f3f5; padding: .5rem; margin: 0; overflow-x: auto; border-left: 3px solid #888 }
.bubble pre[data-language]::before { content: attr(data-language); display: block; color: #666; font-size: 11px }
.bubble code { background: #f1f3f5; color: #b3261e }
.bubble blockquote { margin: 0; padding-left: .6rem; border-left: 3px solid #3390ec; background: #eef5fc }
.bubble mark { background: #bbb; color: transparent } .bubble mark:hover { color: inherit }
</style><h1>Answers as Markdown and in Telegram</h1>
${sections.join("\n")}
`
)
process.stdout.write(`${target}\n`)
