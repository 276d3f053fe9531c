/**
 * What the emulators cost, against a bare `node:http` server in the same process and the same rounds.
 *
 * Run with `node test/bench/emulators.ts`. The ratios are what counts, the milliseconds depend on the machine.
 * `start` is from nothing to a server that listens, and does not count its end. `updates` are a thousand messages of a
 * person, polled, each answered by the bot with a message; `turns` are a thousand short answers of the Codex backend,
 * each read to its end. Their measure is a thousand requests, one after another, that a bare server echoes.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer } from "node:http"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"

const count = 1_000
const startRounds = 25
const loadRounds = 5

const bare: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function*() {
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/json" })
      response.end(body)
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )
  const address = server.address()
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : ""
})

const post = async (url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body)
  })
  const text = await response.text()
  if (response.ok) return text
  throw new Error(`${response.status} ${text}`)
}

const echoes = (url: string) =>
  Effect.promise(async () => {
    for (let n = 0; n < count; n++) JSON.parse(await post(url, { chat_id: 7, text: `message ${n}` }))
  })

interface Updates {
  readonly result: ReadonlyArray<{ readonly update_id: number; readonly message: { readonly text: string } }>
}

const updates = (telegram: TelegramEmulator.Service) =>
  Effect.gen(function*() {
    const ann = yield* telegram.user({ id: 7, firstName: "Ann" })
    yield* Effect.forEach(
      Array.from({ length: count }, (_, n) => `message ${n}`),
      (text) => ann.chat.send(text),
      { discard: true }
    )
    const root = `${telegram.apiRoot}/bot${telegram.token}`
    yield* Effect.promise(async () => {
      let offset = 0
      for (let answered = 0; answered < count;) {
        const { result }: Updates = JSON.parse(await post(`${root}/getUpdates`, { offset, timeout: 30 }))
        for (const { message, update_id } of result) {
          offset = update_id + 1
          await post(`${root}/sendMessage`, { chat_id: 7, text: `you said ${message.text}` })
          answered++
        }
      }
    })
  })

interface Login {
  readonly tokens: { readonly access_token: string; readonly account_id: string }
}

const turns = (codex: CodexEmulator.Service) =>
  Effect.gen(function*() {
    yield* codex.respondWith(() => CodexEmulator.Reply.text("A short answer."))
    const login: Login = JSON.parse(yield* codex.signIn())
    const headers = {
      authorization: `Bearer ${login.tokens.access_token}`,
      "chatgpt-account-id": login.tokens.account_id,
      accept: "text/event-stream"
    }
    const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }]
    const body = { model: "gpt-5.5", instructions: "Be brief.", input, stream: true, store: false }
    yield* Effect.promise(async () => {
      for (let n = 0; n < count; n++) {
        const text = await post(`${codex.baseUrl}/responses`, body, headers)
        if (!text.includes("response.completed")) throw new Error(text)
      }
    })
  })

const elapsed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(self, (value) => ({ value, ms: performance.now() - start }))
  })

const median = (times: ReadonlyArray<number>): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0

/** Rounds of all rows in turns, so that whatever slows the machine slows all; the first ones warm up. */
const compare = Effect.fnUntraced(function*<E>(
  title: string,
  rounds: number,
  rows: Readonly<Record<string, Effect.Effect<number, E, Scope.Scope>>>
) {
  const times = new Map<string, Array<number>>()
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(rows)) {
      const ms = yield* Effect.scoped(run)
      if (round >= 0) times.set(name, [...times.get(name) ?? [], ms])
    }
  }
  const [first = []] = times.values()
  for (const [name, some] of times) {
    yield* Console.log(
      `${title.padEnd(8)} ${name.padEnd(17)} ratio ${(median(some) / median(first)).toFixed(2)}`
    )
  }
})

const startOf = <A, E>(make: Effect.Effect<A, E, Scope.Scope>) => Effect.map(elapsed(make), ({ ms }) => ms)
const loadOf = <A, E, E2>(make: Effect.Effect<A, E, Scope.Scope>, load: (server: A) => Effect.Effect<void, E2>) =>
  Effect.flatMap(make, (server) => Effect.map(elapsed(load(server)), ({ ms }) => ms))

await Effect.runPromise(Effect.gen(function*() {
  yield* compare("start", startRounds, {
    "node:http": startOf(bare),
    TelegramEmulator: startOf(TelegramEmulator.make()),
    CodexEmulator: startOf(CodexEmulator.make())
  })
  yield* compare("updates", loadRounds, {
    "node:http echo": loadOf(bare, echoes),
    TelegramEmulator: loadOf(TelegramEmulator.make(), updates)
  })
  yield* compare("turns", loadRounds, {
    "node:http echo": loadOf(bare, echoes),
    CodexEmulator: loadOf(CodexEmulator.make(), turns)
  })
}))
