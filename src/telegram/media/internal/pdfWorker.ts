/**
 * Reads a PDF in a thread of its own, which can be ended whatever a file does to it. A program, not a module: it ends
 * with its answer.
 */
import { parentPort } from "node:worker_threads"
import { getDocumentProxy } from "unpdf"
import type { Answer, Task } from "./pdf.ts"

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof getDocumentProxy>>["getPage"]>>

const textOf = async (page: Page): Promise<string> => {
  const { items } = await page.getTextContent()
  page.cleanup()
  return items.map((item) => "str" in item ? item.str + (item.hasEOL ? "\n" : "") : "").join("")
}

const read = async ({ bytes, mostPages, mostText }: Task): Promise<Answer> => {
  const file = await getDocumentProxy(bytes, { verbosity: 0 })
  const pages: Array<string> = []
  let length = 0
  while (pages.length < Math.min(file.numPages, mostPages) && length <= mostText) {
    const text = await textOf(await file.getPage(pages.length + 1))
    pages.push(text)
    length += text.length
  }
  return { _tag: "Read", text: pages.join("\n\n"), read: pages.length, pages: file.numPages }
}

const problemOf = (error: unknown): Answer => ({
  _tag: error instanceof Error && error.name === "PasswordException" ? "Locked" : "Broken"
})

parentPort?.once("message", (task: Task) => {
  void read(task).catch(problemOf).then((answer) => parentPort?.postMessage(answer))
})
