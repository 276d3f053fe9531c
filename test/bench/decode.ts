/**
 * How fast an answer is decoded, against the least that any client must do: fetch, split, JSON.parse.
 *
 * Run with `npm run bench -- decode`. Both sides read the same bytes from the same kind of body, in turns, in
 * one process; the ratio is what counts, the milliseconds depend on the machine. `whole backend` goes through
 * the service with its watch and limits; `decoder` is `ResponseStream` alone.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as CodexAuth from "../../src/auth/CodexAuth.ts"
import * as CodexBackend from "../../src/backend/CodexBackend.ts"
import * as Item from "../../src/backend/Item.ts"
import * as Models from "../../src/backend/Models.ts"
import * as ResponseStream from "../../src/backend/ResponseStream.ts"
import * as RetryPolicy from "../../src/backend/RetryPolicy.ts"

const count = 100_000
const rounds = 9

const line = (event: object): string => `event: x\ndata: ${JSON.stringify(event)}\n\n`
const all = new TextEncoder().encode(
  Array.from({ length: count }, (_, n) =>
    line({
      type: "response.output_text.delta",
      sequence_number: n,
      item_id: "msg_0195d1c4000070008000000000000001",
      output_index: 0,
      content_index: 0,
      delta: ` word${n}`,
      logprobs: []
    })).join("") + line({ type: "response.completed", response: { id: "r", output: [] } })
)

const bodyOf = (size: number) => () => {
  let at = 0
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      controller.enqueue(all.subarray(at, at += size))
      if (at >= all.length) controller.close()
    }
  }, { highWaterMark: 0 })
}

/** The least a client must do. */
const bare = (body: () => ReadableStream<Uint8Array>) =>
  Effect.promise(async () => {
    const reader = body().getReader()
    const utf8 = new TextDecoder()
    let rest = ""
    let seen = 0
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const buffer = rest + utf8.decode(part.value, { stream: true })
      let at = 0
      for (let end = buffer.indexOf("\n\n"); end !== -1; end = buffer.indexOf("\n\n", at)) {
        const data = buffer.indexOf("data: ", at)
        const event: unknown = JSON.parse(buffer.slice(data + 6, end))
        if (event !== null) seen++
        at = end + 2
      }
      rest = buffer.slice(at)
    }
    return seen
  })

const exchange = { model: "m", host: "h", status: 200, headers: {}, sent: Redacted.make([]) }

const drained = <E>(events: Stream.Stream<unknown, E>) =>
  Effect.suspend(() => {
    let seen = 0
    return Stream.runForEachArray(events, (some) => Effect.sync(() => (seen += some.length))).pipe(
      Effect.map(() => seen)
    )
  })

const decoder = (body: () => ReadableStream<Uint8Array>) =>
  Stream.fromReadableStream({ evaluate: body, onError: (cause) => cause }).pipe(
    Stream.orDie,
    ResponseStream.decode({ exchange }),
    drained,
    Effect.orDie
  )

const login = Layer.mock(CodexAuth.CodexAuth)({
  credentials: Effect.succeed({
    accessToken: Redacted.make("t"),
    accountId: undefined,
    plan: undefined,
    residency: undefined,
    isFedramp: false,
    expiresAt: undefined,
    origin: "store"
  })
})

const backend = (body: () => ReadableStream<Uint8Array>) =>
  CodexBackend.CodexBackend.use((service) =>
    drained(service.responses({ instructions: "", input: [Item.fromText("user", "x")], sessionId: "s" }))
  ).pipe(
    Effect.provide(
      CodexBackend.layer().pipe(
        Layer.provide([ResponseStream.layer(), RetryPolicy.layer(), Models.layerFixed(["m"])]),
        Layer.provide(login),
        Layer.provide(FetchHttpClient.layer),
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, () => Promise.resolve(new Response(body()))))
      )
    ),
    Effect.orDie
  )

const timed = Effect.fnUntraced(function*(run: Effect.Effect<number>) {
  const start = performance.now()
  const seen = yield* run
  if (seen < count) return yield* Effect.die(`only ${seen} events`)
  return performance.now() - start
})

const median = (times: ReadonlyArray<number>): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0

const compare = Effect.fnUntraced(function*(size: number) {
  const body = bodyOf(size)
  const rows = { "bare loop": bare(body), "decoder": decoder(body), "whole backend": backend(body) }
  const times = new Map<string, Array<number>>()
  // In turns, so that whatever slows the machine slows all; the first rounds warm up and do not count.
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(rows)) {
      const time = yield* timed(run)
      if (round >= 0) times.set(name, [...times.get(name) ?? [], time])
    }
  }
  const floor = median(times.get("bare loop") ?? [])
  for (const [name, some] of times) {
    const ms = median(some)
    yield* Console.log(
      `${String(size).padStart(6)} bytes a chunk  ${name.padEnd(13)} ratio ${(ms / floor).toFixed(2)}`
    )
  }
})

await Effect.runPromise(Effect.forEach([65_536, 200], compare, { discard: true }))
