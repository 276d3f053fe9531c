/**
 * Small answers of a backend: as text, from a server of another process, and read by the least a client must do.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import process from "node:process"
import { fileURLToPath } from "node:url"

const line = (event: object): string => `data: ${JSON.stringify(event)}\n\n`

/** The first event of an answer. */
export const head = line({ type: "response.created", response: { id: "r", model: "m" } })

/** A piece of its text. */
export const delta = (text: string): string =>
  line({ type: "response.output_text.delta", item_id: "i", output_index: 0, content_index: 0, delta: text })

/** Its end. */
export const tail = (text: string): string =>
  line({
    type: "response.output_item.done",
    item: { id: "i", type: "message", role: "assistant", content: [{ type: "output_text", text }] }
  }) + line({ type: "response.completed", response: { id: "r", model: "m", output: [], usage: { input_tokens: 1 } } })

/** A whole answer in one piece. */
export const whole = (text: string): string => head + delta(text.slice(0, 12)) + delta(text.slice(12)) + tail(text)

const word = " word"

const serve = () => {
  let connections = 0
  const server = createServer((request, response) => {
    // `/late/2`: the body ends two milliseconds after its last event. `/drip/20/100`: a delta every 100 ms, twenty times.
    const [, how, first = "", second = ""] = (request.url ?? "").split("/")
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" })
      if (how === "late") {
        response.write(whole("Forty-two is the answer."))
        setTimeout(() => response.end(), Number(first))
      } else if (how === "drip") {
        let left = Number(first)
        response.write(head)
        const timer = setInterval(() => {
          if (left-- > 0) return void response.write(delta(word))
          clearInterval(timer)
          response.end(tail(word.repeat(Number(first))))
        }, Number(second))
        response.on("close", () => clearInterval(timer))
      } else response.end(whole("Forty-two is the answer."))
    })
  })
  server.keepAliveTimeout = 60_000
  server.on("connection", () => process.send?.({ connections: ++connections }))
  server.listen(0, "127.0.0.1", 4096, () => {
    const address = server.address()
    process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 })
  })
  process.on("disconnect", () => process.exit())
}

interface Said {
  readonly port?: number
  readonly connections?: number
}

/** A server in a process of its own, so that its work is not counted; `connections` says how many were opened. */
export const server = async (): Promise<{ url: string; connections: () => number; end: () => void }> => {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ["serve"])
  let connections = 0
  child.on("message", (said: Said) => {
    connections = said.connections ?? connections
  })
  const [said]: Array<Said> = await once(child, "message")
  return { url: `http://127.0.0.1:${said?.port ?? 0}`, connections: () => connections, end: () => child.disconnect() }
}

/** Fetch, split, JSON.parse: what stands below every ratio. */
export const bareAsk = async (url: string, onText: (text: string) => unknown = () => {}): Promise<string> => {
  const response = await fetch(`${url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", authorization: "Bearer t" },
    body: JSON.stringify({
      model: "m",
      store: false,
      stream: true,
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] }]
    })
  })
  const utf8 = new TextDecoder()
  let rest = ""
  let answer = ""
  if (response.body === null) return answer
  for await (const chunk of response.body) {
    rest += utf8.decode(chunk, { stream: true })
    let from = 0
    for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n", from)) {
      const event: { type?: string; delta?: string } = JSON.parse(rest.slice(rest.indexOf("data: ", from) + 6, end))
      if (event.type === "response.output_text.delta") onText(answer += event.delta ?? "")
      from = end + 2
    }
    rest = rest.slice(from)
  }
  return answer
}

if (process.argv[2] === "serve") serve()
