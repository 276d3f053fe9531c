/**
 * The answers that nobody scripted: a small honest partner that uses what it is given, and nothing else.
 *
 * It remembers a name only when the conversation holds it, and speaks as its instructions say, so that memory and
 * personality can be seen from outside. The same request always gets the same answer.
 */
import type { Asked } from "./asked.ts"
import * as Reply from "./reply.ts"
import { valueOf } from "./schema.ts"

interface Phrases {
  readonly hello: (name: string) => string
  readonly yourName: (name: string) => string
  readonly noName: string
  readonly remembered: (count: number) => string
  readonly sum: (sum: string, result: string) => string
  readonly noSum: (sum: string) => string
  readonly images: (count: number) => string
  readonly instructed: (first: string) => string
  readonly notInstructed: string
  readonly asked: (prompt: string) => string
  readonly askedAbout: (passage: string, question: string) => string
  readonly lines: (lines: number, characters: number) => string
  readonly tool: (output: string) => string
  readonly found: (query: string) => string
}

const english: Phrases = {
  hello: (name) => `Nice to meet you, ${name}. I will remember your name.`,
  yourName: (name) => `Your name is ${name}.`,
  noName: "I do not know your name. Nobody told me in this conversation.",
  remembered: (count) => `I remember ${count} earlier ${count === 1 ? "message" : "messages"} of this conversation.`,
  sum: (sum, result) => `${sum} = ${result}.`,
  noSum: (sum) => `${sum} has no answer.`,
  images: (count) => `I can see ${count} ${count === 1 ? "picture" : "pictures"}.`,
  instructed: (first) => `I am the emulated Codex, and I was told: ${first}`,
  notInstructed: "I am the emulated Codex, and nobody gave me instructions.",
  asked: (prompt) => `You asked: "${prompt}"`,
  askedAbout: (passage, question) => `About "${passage}" you asked: "${question}"`,
  lines: (lines, characters) =>
    `You sent ${lines} ${lines === 1 ? "line" : "lines"} of ${characters} characters together.`,
  tool: (output) => `The function gave: ${output}`,
  found: (query) => `I looked for "${query}" and found Example Domain.`
}

const indonesian: Phrases = {
  hello: (name) => `Senang bertemu denganmu, ${name}. Namamu akan kuingat.`,
  yourName: (name) => `Namamu ${name}.`,
  noName: "Aku tidak tahu namamu. Belum ada yang memberitahuku di percakapan ini.",
  remembered: (count) => `Aku ingat ${count} pesan sebelumnya dari percakapan ini.`,
  sum: (sum, result) => `${sum} = ${result}.`,
  noSum: (sum) => `${sum} tidak ada jawabannya.`,
  images: (count) => `Aku melihat ${count} gambar.`,
  instructed: (first) => `Aku Codex tiruan, dan pesan untukku: ${first}`,
  notInstructed: "Aku Codex tiruan, dan belum ada pesan untukku.",
  asked: (prompt) => `Kamu bertanya: "${prompt}"`,
  askedAbout: (passage, question) => `Tentang "${passage}" kamu bertanya: "${question}"`,
  lines: (lines, characters) => `Kamu mengirim ${lines} baris, semuanya ${characters} karakter.`,
  tool: (output) => `Fungsi itu memberi: ${output}`,
  found: (query) => `Aku mencari "${query}" dan menemukan Example Domain.`
}

const told = /\b(?:my name is|call me|namaku|nama saya)\s+(?:adalah\s+)?(\p{L}[\p{L}'-]*)/iu

const nameIn = (text: string): string | undefined => told.exec(text)?.[1]

const sumPattern = /(-?\d+(?:\.\d+)?)\s*([-+*/x×÷])\s*(-?\d+(?:\.\d+)?)/

const calculate = (left: number, operator: string, right: number): number => {
  switch (operator) {
    case "+":
      return left + right
    case "-":
      return left - right
    case "/":
    case "÷":
      return left / right
    default:
      return left * right
  }
}

const sample = [
  "**A sample of Markdown**",
  "",
  "A list with *emphasis*, `code` and a [link](https://example.com):",
  "",
  "1. first",
  "2. second",
  "",
  "```ts",
  "const greet = (name: string) => `Hello, ${name}`",
  "```",
  "",
  "> And a quotation at the end."
].join("\n")

const long = Array.from(
  { length: 60 },
  (_, i) => `Paragraph ${i + 1}. The emulator writes on and on, so that a message outgrows what one message can hold.`
).join("\n\n")

/** What is asked, apart from what it is asked about: lines that are quoted, under a line that says whose they are. */
const apart = (prompt: string): { readonly question: string; readonly passage: string } => {
  const frames = /^.*\(quoted material.*\):\n((?:>.*(?:\n|$))+)\n*/gm
  const passages = [...prompt.matchAll(frames)].map(([, lines = ""]) => lines.replace(/^> ?/gm, "").trim())
  return { question: prompt.replace(frames, "").trim(), passage: passages.join("\n") }
}

const plain = (asked: Asked, phrases: Phrases): string => {
  const { messages, prompt } = asked
  const { passage, question } = apart(prompt)
  const output = asked.afterTool ? asked.toolOutputs.at(-1) : undefined
  if (output !== undefined) return phrases.tool(output.output)
  const at = messages.findLastIndex((message) => message.role === "user")
  const images = messages[at]?.images ?? 0
  const introduced = nameIn(question)
  if (/\bmy name\s*(?:\?|$)|\bwho am i\b|siapa (?:namaku|nama saya|aku)\b/i.test(question)) {
    const names = messages.flatMap((message) => message.role === "user" ? nameIn(message.text) ?? [] : [])
    const name = names.at(-1)
    return name === undefined ? phrases.noName : phrases.yourName(name)
  }
  if (introduced !== undefined) return phrases.hello(introduced)
  if (/how many messages/i.test(question)) return phrases.remembered(Math.max(0, at))
  if (/how many lines/i.test(question)) return phrases.lines(question.split("\n").length, question.length)
  if (/who are you|siapa kamu/i.test(question)) {
    const first = /^[^.!?\n]+[.!?]?/.exec(asked.instructions.trim())?.[0]
    return first === undefined ? phrases.notInstructed : phrases.instructed(first)
  }
  if (images > 0) return phrases.images(images)
  const sum = sumPattern.exec(question) ?? sumPattern.exec(passage)
  if (sum !== null) {
    const [, left = "", operator = "", right = ""] = sum
    const result = calculate(Number(left), operator, Number(right))
    const spoken = `${left} ${operator} ${right}`
    return Number.isFinite(result) ? phrases.sum(spoken, String(Number(result.toFixed(6)))) : phrases.noSum(spoken)
  }
  if (/\bmarkdown\b/i.test(question)) return sample
  if (/\blong (?:text|answer|story)\b/i.test(question)) return long
  return passage === "" || question === "" ? phrases.asked(prompt) : phrases.askedAbout(passage, question)
}

const searched = /^(?:please )?(?:search(?: the web)?(?: for)?|look up|cari(?:kan)?)\s+(.+?)[.?!]*$/i

const source = { url: "https://example.com/", title: "Example Domain", of: "Example Domain" }

/**
 * Answers by the conversation and the instructions alone.
 *
 * It looks up on the web what it is asked to, when the request offers the search, and keeps to a schema when there is one.
 */
export const respond = (asked: Asked): Reply.Answer => {
  if (asked.compaction) return Reply.compaction()
  const told = asked.instructions
  const phrases = /\bindonesian?\b/i.test(told) ? indonesian : english
  const query = asked.tools.includes("web_search") ? searched.exec(asked.prompt)?.[1] : undefined
  if (query !== undefined && !asked.afterTool) {
    return Reply.text(phrases.found(query), { searches: [query], citations: [source] })
  }
  const answer = plain(asked, phrases)
  if (asked.schema !== undefined) return Reply.deltas([JSON.stringify(valueOf(asked.schema, answer))])
  const spoken = /\bpirate\b/i.test(told) ? `Arr! ${answer} Yo ho ho!` : answer
  const text = /\b(?:capital letters|capitals|upper ?case)\b/i.test(told) ? spoken.toUpperCase() : spoken
  return Reply.text(text, {
    reasoning:
      `**Reading the question**\n\nThe conversation has ${asked.messages.length} messages; the last one counts.`
  })
}
