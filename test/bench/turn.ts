/**
 * What a small turn costs, and a thousand at once, against bare fetch over the same sockets.
 *
 * Run with `npm run bench -- turn`. The login is an auth.json on a disk; the server is a process of its own, one for each
 * side, so that neither finds connections of the other.
 */
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import process from "node:process"
import { codexLive } from "../../src/CodexLive.ts"
import { Codex } from "../../src/conversation/Codex.ts"
import { ConversationKey } from "../../src/conversation/Message.ts"
import { bareAsk, server } from "./answers.ts"
import { compared, cpuOf, login, tell } from "./measure.ts"

const batch = 100

const authJsonPath = login()
const one = await server()
const other = await server()

let turn = 0
const prompt = () => {
  turn++
  return { text: "Hello", conversation: ConversationKey(`c${turn}`), userId: turn % 50 }
}

const repeated = (ask: () => Promise<unknown>) => () =>
  cpuOf(async () => {
    for (let n = 0; n < batch; n++) await ask()
  })

for (const [what, path] of [["body ends at once", "/small"], ["body ends 2 ms late", "/late/2"]] as const) {
  const runtime = ManagedRuntime.make(codexLive({ authJsonPath, baseUrl: `${one.url}${path}` }))
  const codex = await runtime.runPromise(Codex.use(Effect.succeed))
  const opened = one.connections()
  const ratio = await compared(
    { rounds: 20, warmUp: 5 },
    repeated(() => Effect.runPromise(codex.ask(prompt()))),
    repeated(() => bareAsk(`${other.url}${path}`))
  )
  tell(`small turn, ${what}`, ratio, 3)
  tell(`connections a turn, ${what}`, (one.connections() - opened) / (25 * batch), 0.05)
  await runtime.dispose()
}

{
  const path = "/drip/20/100"
  const runtime = ManagedRuntime.make(codexLive({ authJsonPath, baseUrl: `${one.url}${path}` }))
  const codex = await runtime.runPromise(Codex.use(Effect.succeed))
  const many = (ask: () => Promise<unknown>) => () => cpuOf(() => Promise.all(Array.from({ length: 1000 }, ask)))
  const ratio = await compared(
    { rounds: 3, warmUp: 1 },
    many(() => Effect.runPromise(Stream.runDrain(codex.stream(prompt())))),
    many(() => bareAsk(`${other.url}${path}`))
  )
  tell("a thousand turns at once, a delta every 100 ms", ratio, 1.8)
  await runtime.dispose()
}
one.end()
other.end()
process.exit()
