/**
 * What `streamText` costs over the same answer of `CodexBackend.responses`, which may be twice of it.
 *
 * Run with `npm run bench -- effectAi`. The events are made up and come in chunks as a socket would bring them, so that only
 * the way through effect/ai is measured, against the backend with its decoder, in one process.
 */
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as CodexLanguageModel from "../../src/ai/CodexLanguageModel.ts"
import * as CodexBackend from "../../src/backend/CodexBackend.ts"
import * as Item from "../../src/backend/Item.ts"
import { codexLive } from "../../src/CodexLive.ts"
import { compared, cpuOf, tell } from "./measure.ts"

const count = 100_000

const line = (event: object): string => `data: ${JSON.stringify(event)}\n\n`
const at = { item_id: "msg_0195d1c4000070008000000000000001", output_index: 0, content_index: 0 }
const all = new TextEncoder().encode(
  Array.from(
    { length: count },
    (_, n) => line({ type: "response.output_text.delta", sequence_number: n, ...at, delta: ` word${n}`, logprobs: [] })
  ).join("") + line({ type: "response.completed", response: { id: "r", output: [] } })
)

const bodyOf = (size: number): ReadableStream<Uint8Array> => {
  let at = 0
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(all.subarray(at, at += size))
      if (at >= all.length) controller.close()
    }
  }, { highWaterMark: 0 })
}

const layer = (size: number) => {
  const fetch = Layer.succeed(FetchHttpClient.Fetch, () => Promise.resolve(new Response(bodyOf(size))))
  return CodexLanguageModel.layer({ model: "gpt-5.6-sol" }).pipe(
    Layer.provideMerge(codexLive({
      accessToken: Redacted.make("token"),
      httpClient: Layer.provide(FetchHttpClient.layer, fetch)
    }))
  )
}

const request = {
  model: "gpt-5.6-sol",
  instructions: "",
  input: [Item.fromText("user", "Hi")],
  sessionId: "s"
} as const

const responses = CodexBackend.CodexBackend.use((backend) => Stream.runDrain(backend.responses(request)))
const streamText = Stream.runDrain(LanguageModel.streamText({ prompt: "Hi" }))

for (const size of [65_536, 4_096, 210]) {
  const run = <E>(effect: Effect.Effect<void, E, LanguageModel.LanguageModel | CodexBackend.CodexBackend>) => () =>
    cpuOf(() => Effect.runPromise(Effect.provide(effect, layer(size))))
  const ratio = await compared({ rounds: 7, warmUp: 3 }, run(streamText), run(responses))
  tell(`streamText / responses, chunks of ${size} bytes`, ratio, 2)
}
