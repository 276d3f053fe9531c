/**
 * What many users cost those who come after them, and how much of what was said stays in memory.
 *
 * Run with `npm run bench -- growth`. A turn of a new user after 20,000 others is held against one of a new user among the
 * first hundred, side by side in one heap. The bound of the memory is 64 MB, whatever was said.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import process from "node:process"
import { codexLive } from "../../src/CodexLive.ts"
import { Codex } from "../../src/conversation/Codex.ts"
import { ConversationKey } from "../../src/conversation/Message.ts"
import { whole } from "./answers.ts"
import { compared, cpuOf, login, tell } from "./measure.ts"

const users = 20_000
const batch = 100
const longest = 32_000

const authJsonPath = login()
let text = "Forty-two is the answer."
const http = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.Fetch, () => Promise.resolve(new Response(whole(text)))))
)

let id = 0
const opened = async () => {
  const runtime = ManagedRuntime.make(codexLive({ authJsonPath, model: "m", httpClient: http }))
  const codex = await runtime.runPromise(Codex.use(Effect.succeed))
  return {
    turn: () => {
      id++
      return Effect.runPromise(codex.ask({ text: "Hello", conversation: ConversationKey(`c${id}`), userId: id }))
    },
    close: () => runtime.dispose()
  }
}

const repeated = (turn: () => Promise<unknown>, times: number) =>
  cpuOf(async () => {
    for (let n = 0; n < times; n++) {
      await turn()
      // Turns without sockets would never let the event loop come round.
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  })

const many = await opened()
await repeated(many.turn, users)
const ratio = await compared({ rounds: 11, warmUp: 2 }, () => repeated(many.turn, batch), async () => {
  const few = await opened()
  const cost = await repeated(few.turn, batch)
  await few.close()
  return cost
})
tell(`a turn after ${users} users, against one after none`, ratio, 1.2)

const kept = () => {
  for (let n = 0; n < 3; n++) globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}
const before = kept()
await repeated(() => {
  text = `${"x".repeat(longest)}${id}`
  return many.turn()
}, 4_000)
tell("memory after 4,000 answers of 32 kB, against its bound of 64 MB", (kept() - before) / 64, 1.1)
await many.close()
