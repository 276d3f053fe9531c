/**
 * Clients without Effect on a ChatGPT login: the `openai` package and the AI SDK, over `codexFetch`, against the double of
 * the backend.
 */
import { createOpenAI } from "@ai-sdk/openai"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { generateText, isStepCount, streamText, tool } from "ai"
import { type CodexFetch, codexFetch, type CodexFetchOptions } from "effect-codex/ai"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import OpenAI from "openai"
import { z } from "zod"
import { codexLive } from "../src/CodexLive.ts"
import * as Codex from "../src/conversation/Codex.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"

const { Reply } = CodexEmulator

const model = "gpt-5.6-sol"

const fetchOver = (server: CodexEmulator.Service, options: CodexFetchOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => codexFetch({ baseUrl: server.baseUrl, issuer: server.issuer, ...options })),
    (fetch) => Effect.promise(() => fetch.close())
  )

const start = Effect.fnUntraced(function*(options: CodexEmulator.Options = {}) {
  const server = yield* CodexEmulator.make(options)
  const fetch = yield* fetchOver(server, { authJson: yield* server.signIn() })
  return { server, fetch, openai: new OpenAI({ apiKey: "unused", fetch }) }
})

const bodies = (server: CodexEmulator.Service) =>
  Effect.map(
    server.requests,
    (all) => all.filter(({ path }) => path.endsWith("/responses")).map(({ body }) => JSON.parse(JSON.stringify(body)))
  )

const promise = <A>(f: () => PromiseLike<A>) => Effect.promise(() => Promise.resolve(f()))
const rejected = (f: () => PromiseLike<unknown>) =>
  promise(() => f().then((value) => assert.fail(`answered ${JSON.stringify(value)}`), (error: unknown) => error))

const post = (fetch: CodexFetch, body: object, path = "/v1/responses") =>
  promise(() => fetch(`https://api.openai.com${path}`, { method: "POST", body: JSON.stringify(body) }))

const weather = {
  type: "function" as const,
  name: "weather",
  description: "The weather of a city",
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false
  }
}

describe("codexFetch under the openai package", () => {
  it.live("streams an answer, and the last event holds the whole output", () =>
    Effect.gen(function*() {
      const { openai } = yield* start()
      const { deltas, final } = yield* promise(async () => {
        const stream = openai.responses.stream({ model, input: "What is 2 + 2?" })
        const deltas: Array<string> = []
        for await (const event of stream) {
          if (event.type === "response.output_text.delta") deltas.push(event.delta)
        }
        return { deltas, final: await stream.finalResponse() }
      })
      assert.strictEqual(deltas.join(""), "2 + 2 = 4.")
      assert.isAbove(deltas.length, 1)
      assert.strictEqual(final.output_text, "2 + 2 = 4.")
    }))

  it.live("collects the answer for a caller that does not stream, with usage and no second shape", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      const answer = yield* promise(() =>
        openai.responses.create({
          model,
          store: true,
          input: [{ role: "system", content: "You are a pirate." }, { role: "user", content: "What is 2 + 2?" }]
        })
      )
      assert.strictEqual(answer.output_text, "Arr! 2 + 2 = 4. Yo ho ho!")
      assert.strictEqual(answer.status, "completed")
      assert.isAbove(answer.usage?.total_tokens ?? 0, 0)
      const [body] = yield* bodies(server)
      assert.strictEqual(body.store, false)
      assert.strictEqual(body.stream, true)
      assert.deepStrictEqual(body.include, ["reasoning.encrypted_content"])
      assert.strictEqual(body.input[0].role, "developer")
    }))

  it.live("calls a tool and answers with what it gave", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      yield* server.script(Reply.functionCall("weather", { city: "Jakarta" }))
      const text = yield* promise(async () => {
        const input: Array<OpenAI.Responses.ResponseInputItem> = [{ role: "user", content: "Weather in Jakarta?" }]
        const first = await openai.responses.create({ model, input, tools: [weather] })
        for (const item of first.output) {
          if (item.type !== "function_call") continue
          const { city } = JSON.parse(item.arguments)
          input.push(item, { type: "function_call_output", call_id: item.call_id, output: `31 degrees in ${city}` })
        }
        return (await openai.responses.create({ model, input, tools: [weather] })).output_text
      })
      assert.strictEqual(text, "The function gave: 31 degrees in Jakarta")
    }))

  for (
    const [field, body] of [
      ["temperature", { temperature: 0.2 }],
      ["max_output_tokens", { max_output_tokens: 100 }],
      ["previous_response_id", { previous_response_id: "resp_1" }],
      ["metadata", { metadata: { for: "us" } }],
      ["service_tier", { service_tier: "flex" as const }],
      ["truncation", { truncation: "auto" as const }]
    ] as const
  ) {
    it.live(`refuses ${field} by name, without a request`, () =>
      Effect.gen(function*() {
        const { openai, server } = yield* start()
        const error = yield* rejected(() => openai.responses.create({ model, input: "Hello", ...body }))
        assert.instanceOf(error, OpenAI.BadRequestError)
        assert.strictEqual(error.param, field)
        assert.strictEqual(error.code, "unsupported_parameter")
        assert.include(error.message, field)
        assert.deepStrictEqual(yield* bodies(server), [])
      }))
  }

  it.live("passes on a field that only the backend refuses, and names it", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      yield* server.script(Reply.rejected("Unsupported parameter: client_metadata"))
      const error = yield* rejected(() => openai.responses.create({ model, input: "Hello" }))
      assert.instanceOf(error, OpenAI.BadRequestError)
      assert.strictEqual(error.param, "client_metadata")
      assert.include(error.message, "Unsupported parameter: client_metadata")
    }))

  it.live("leaves out what a client sends as null", () =>
    Effect.gen(function*() {
      const { openai } = yield* start()
      const answer = yield* promise(() =>
        openai.responses.create({ model, input: "What is 1 + 1?", temperature: null, metadata: null })
      )
      assert.strictEqual(answer.output_text, "1 + 1 = 2.")
    }))

  it.live("tells a quota that is used up once, and asks no second time", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      yield* server.setQuota({ primary: 100 })
      const error = yield* rejected(() => openai.responses.create({ model, input: "Hello" }))
      assert.instanceOf(error, OpenAI.RateLimitError)
      assert.strictEqual(error.code, "usage_limit_reached")
      assert.strictEqual((yield* bodies(server)).length, 1)
    }))

  it.live("fails when the answer fails on the way, whoever reads it", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      const failing = Reply.failed("context_length_exceeded")
      yield* server.script(failing, failing)
      const error = yield* rejected(() => openai.responses.create({ model, input: "Hello" }))
      assert.instanceOf(error, OpenAI.BadRequestError)
      assert.strictEqual(error.code, "context_length_exceeded")
      const seen = yield* promise(async () => {
        const types: Array<string> = []
        for await (const event of await openai.responses.create({ model, input: "Hello", stream: true })) {
          types.push(event.type)
        }
        return types
      })
      assert.strictEqual(seen.at(-1), "response.failed")
    }))

  it.live("shows no page of Cloudflare", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      yield* server.script(Reply.cloudflare())
      const error = yield* rejected(() => openai.responses.create({ model, input: "Hello" }))
      assert.instanceOf(error, OpenAI.PermissionDeniedError)
      assert.include(error.message, "Cloudflare blocked the request")
      assert.notInclude(error.message, "<")
    }))

  it.live("breaks off when its caller does, before the head and within the answer", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start({ tokenDelay: "50 millis" })
      const error = yield* promise(async () => {
        const controller = new AbortController()
        const stream = await openai.responses.create({ model, input: "Tell a long story", stream: true }, {
          signal: controller.signal
        })
        let seen = 0
        for await (const _ of stream) {
          if (++seen === 5) controller.abort()
        }
        return seen
      })
      assert.isBelow(error, 20)
      yield* server.awaitOpenStreams(0)
    }))
})

describe("codexFetch under the AI SDK", () => {
  it.live("streams an answer", () =>
    Effect.gen(function*() {
      const { fetch } = yield* start()
      const openai = createOpenAI({ apiKey: "unused", fetch })
      const text = yield* promise(() => streamText({ model: openai(model), prompt: "What is 2 + 2?" }).text)
      assert.strictEqual(text, "2 + 2 = 4.")
    }))

  it.live("goes on with a conversation, though it names the items of the answer by id", () =>
    Effect.gen(function*() {
      const { fetch, server } = yield* start()
      const openai = createOpenAI({ apiKey: "unused", fetch })
      const text = yield* promise(async () => {
        // Behind thoughts it names the message by id.
        const providerOptions = { openai: { reasoningSummary: "auto" } }
        const first = await generateText({ model: openai(model), prompt: "My name is Ada.", providerOptions })
        const { text } = await generateText({
          model: openai(model),
          providerOptions,
          messages: [
            { role: "user", content: "My name is Ada." },
            ...first.responseMessages,
            { role: "user", content: "What is my name?" }
          ]
        })
        return text
      })
      assert.strictEqual(text, "Your name is Ada.")
      const [, second] = yield* bodies(server)
      assert.include(JSON.stringify(second.input), "Nice to meet you, Ada. I will remember your name.")
    }))

  it.live("runs its loop of tool calls", () =>
    Effect.gen(function*() {
      const { fetch, server } = yield* start()
      yield* server.script(Reply.functionCall("weather", { city: "Jakarta" }))
      const openai = createOpenAI({ apiKey: "unused", fetch })
      const { steps, text } = yield* promise(() =>
        generateText({
          model: openai(model),
          prompt: "Weather in Jakarta?",
          tools: {
            weather: tool({
              description: "The weather of a city",
              inputSchema: z.object({ city: z.string() }),
              execute: ({ city }) => Promise.resolve(`31 degrees in ${city}`)
            })
          },
          stopWhen: isStepCount(3)
        })
      )
      assert.strictEqual(text, "The function gave: 31 degrees in Jakarta")
      assert.strictEqual(steps.length, 2)
    }))

  it.live("rejects with the name of a field that the backend refuses", () =>
    Effect.gen(function*() {
      const { fetch } = yield* start()
      const openai = createOpenAI({ apiKey: "unused", fetch })
      const error = yield* rejected(() => generateText({ model: openai(model), prompt: "Hello", maxOutputTokens: 10 }))
      assert.include(String(error), "max_output_tokens")
    }))
})

describe("codexFetch", () => {
  it.live("answers a client without types with the name of the option that is wrong", () =>
    Effect.gen(function*() {
      const server = yield* CodexEmulator.make()
      const authJson = yield* server.signIn()
      const untyped = (options: unknown): CodexFetch => Reflect.apply(codexFetch, undefined, [options])
      const wrong: ReadonlyArray<readonly [options: object, problem: RegExp]> = [
        [{ authJsonPth: "/mine" }, /it has no option authJsonPth\./],
        [{ authJsonPath: 5 }, /authJsonPath has to be a text\./],
        [{ authJson: JSON.parse(authJson) }, /authJson has to be a text\./],
        [{ baseUrl: "nowhere" }, /baseUrl has to be an http or https address\./],
        [{ fetch: {} }, /fetch has to be a function\./]
      ]
      for (const [options, problem] of wrong) {
        const openai = new OpenAI({ apiKey: "unused", maxRetries: 0, fetch: untyped(options) })
        const error = yield* rejected(() => openai.responses.create({ model, input: "Hello" }))
        assert.match(String(error), /400 codexFetch\(\.\.\.\) cannot begin: /)
        assert.match(String(error), problem)
      }
      const fetch = untyped({ authJson, baseUrl: server.baseUrl, issuer: "", accountId: null, deviceId: undefined })
      assert.strictEqual((yield* post(fetch, { model, input: "Hello" })).status, 200)
      yield* promise(fetch.close)
    }))

  it.live("knows one path, and says so of every other", () =>
    Effect.gen(function*() {
      const { fetch, server } = yield* start()
      const answer = yield* post(fetch, { model, messages: [] }, "/v1/chat/completions")
      assert.strictEqual(answer.status, 404)
      assert.include(yield* promise(() => answer.text()), "/v1/chat/completions")
      assert.deepStrictEqual(yield* server.requests, [])
    }))

  it.live.each([true, false])(
    "hands on limits and ids, and no cookie and no length of another body; stream: %s",
    (stream) =>
      Effect.gen(function*() {
        const server = yield* CodexEmulator.make()
        const fetch = yield* fetchOver(server, {
          authJson: yield* server.signIn(),
          fetch: async (input, init) => {
            const { body, headers, status } = await globalThis.fetch(input, init)
            const more = { "set-cookie": "__cf_bm=theirs", "content-length": "7", "x-codex-primary-used-percent": "12" }
            return new Response(body, { status, headers: { ...Object.fromEntries(headers), ...more } })
          }
        })
        const answer = yield* post(fetch, { model, input: "What is 2 + 2?", stream })
        assert.include(yield* promise(() => answer.text()), "2 + 2 = 4.")
        assert.strictEqual(answer.headers.get("x-codex-primary-used-percent"), "12")
        assert.deepStrictEqual(
          ["set-cookie", "content-length", "content-encoding", "connection"].filter((name) => answer.headers.has(name)),
          []
        )
      })
  )

  it.live("says which item it cannot find, when a client names one of an answer that is long gone", () =>
    Effect.gen(function*() {
      const { fetch } = yield* start()
      const answer = yield* post(fetch, {
        model,
        input: [{ role: "user", content: "Hello" }, { type: "item_reference", id: "msg_gone" }]
      })
      assert.strictEqual(answer.status, 400)
      const { error } = yield* promise(() => answer.json())
      assert.strictEqual(error.param, "input[1]")
    }))

  it.live("answers a body that is no JSON with a 400", () =>
    Effect.gen(function*() {
      const { fetch } = yield* start()
      const answer = yield* promise(() => fetch("https://api.openai.com/v1/responses", { method: "POST", body: "{" }))
      assert.strictEqual(answer.status, 400)
    }))

  it.live("tells a missing login as a 401 with its path and cure, which no client repeats", () =>
    Effect.gen(function*() {
      const server = yield* CodexEmulator.make()
      const fetch = yield* fetchOver(server, { authJsonPath: "/nowhere/auth.json" })
      const openai = new OpenAI({ apiKey: "unused", fetch })
      const error = yield* rejected(() => openai.responses.create({ model, input: "Hello" }))
      assert.instanceOf(error, OpenAI.AuthenticationError)
      assert.include(error.message, "/nowhere/auth.json")
      assert.strictEqual(error.code, "AuthFileNotFound")
    }))

  it.live("rejects as fetch does when nobody answers", () =>
    Effect.gen(function*() {
      const server = yield* CodexEmulator.make()
      const fetch = yield* fetchOver(server, {
        authJson: yield* server.signIn(),
        fetch: () => Promise.reject(new TypeError("fetch failed"))
      })
      const error = yield* rejected(() =>
        fetch("https://api.openai.com/v1/responses", { method: "POST", body: JSON.stringify({ model, input: "Hi" }) })
      )
      assert.instanceOf(error, TypeError)
      assert.strictEqual(error.message, "fetch failed")
      assert.include(String(error.cause), "Could not reach")
    }))

  it.live("errors a body that is being read when its caller breaks off", () =>
    Effect.gen(function*() {
      const { fetch, server } = yield* start({ tokenDelay: "50 millis" })
      const error = yield* rejected(async () => {
        const controller = new AbortController()
        const answer = await fetch("https://api.openai.com/v1/responses", {
          method: "POST",
          body: JSON.stringify({ model, input: "Tell a long story", stream: true }),
          signal: controller.signal
        })
        controller.abort()
        return answer.text()
      })
      assert.propertyVal(error, "name", "AbortError")
      yield* server.awaitOpenStreams(0)
    }))

  it.live("rejects with the reason that its caller gives for breaking off, whatever it is, as fetch does", () =>
    Effect.gen(function*() {
      const { fetch, server } = yield* start({ tokenDelay: "50 millis" })
      const reason = { left: "for lunch" }
      const init = (stream: boolean, signal: AbortSignal) => ({
        method: "POST",
        body: JSON.stringify({ model, input: "Tell a long story", stream }),
        signal
      })
      const early = yield* rejected(() =>
        fetch("https://api.openai.com/v1/responses", init(false, AbortSignal.abort(reason)))
      )
      assert.strictEqual(early, reason)
      const late = yield* rejected(async () => {
        const controller = new AbortController()
        const answer = await fetch("https://api.openai.com/v1/responses", init(true, controller.signal))
        controller.abort(reason)
        return answer.text()
      })
      assert.strictEqual(late, reason)
      yield* server.awaitOpenStreams(0)
    }))

  it.live("lets go of the connection of an answer that is cancelled at once, unread", () =>
    Effect.gen(function*() {
      const server = yield* CodexEmulator.make()
      let isLeft = false
      const fetch = yield* fetchOver(server, {
        authJson: yield* server.signIn(),
        fetch: () => {
          const cancel = () => {
            isLeft = true
          }
          return Promise.resolve(new Response(new ReadableStream({ cancel })))
        }
      })
      const answer = yield* post(fetch, { model, input: "Tell a long story", stream: true })
      yield* promise(() => answer.body?.cancel() ?? Promise.resolve())
      assert.isTrue(isLeft)
    }))

  it.live("errors the body of an answer that breaks off", () =>
    Effect.gen(function*() {
      const { fetch, server } = yield* start()
      yield* server.script(Reply.bytes([`data: {"type":"response.created","response":{"id":"r"}}\n\n`]))
      const answer = yield* post(fetch, { model, input: "Hello", stream: true })
      assert.strictEqual(answer.status, 200)
      const error = yield* rejected(() => answer.text())
      assert.include(String(error), "broke off")
      yield* server.script(Reply.bytes([`data: {"type":"response.created","response":{"id":"r"}}\n\n`]))
      const whole = yield* rejected(() =>
        fetch("https://api.openai.com/v1/responses", { method: "POST", body: JSON.stringify({ model, input: "Hi" }) })
      )
      assert.instanceOf(whole, TypeError)
    }))

  it.live("gives the text of an answer that has no items", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      yield* server.script(Reply.events([
        { type: "response.output_text.delta", delta: "Hello", item_id: "m", output_index: 0, content_index: 0 },
        { type: "response.output_text.done", text: "Hello", item_id: "m", output_index: 0, content_index: 0 },
        { type: "response.completed", response: { id: "r", status: "completed", output: [] } }
      ]))
      const answer = yield* promise(() => openai.responses.create({ model, input: "Hello" }))
      assert.strictEqual(answer.output_text, "Hello")
    }))

  it.live("shares one auth.json with the rest of the house: one refresh for all of them", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const server = yield* CodexEmulator.make()
      const authJsonPath = `${yield* fs.makeTempDirectoryScoped()}/auth.json`
      yield* fs.writeFileString(authJsonPath, yield* server.signIn({ expiresIn: "-1 minute" }))
      const first = yield* fetchOver(server, { authJsonPath })
      const second = yield* fetchOver(server, { authJsonPath })
      const asked = (fetch: CodexFetch) =>
        promise(() => new OpenAI({ apiKey: "unused", fetch }).responses.create({ model, input: "What is 1 + 2?" }))
      const answers = yield* Effect.all([
        Effect.map(asked(first), (answer) => answer.output_text),
        Effect.map(asked(second), (answer) => answer.output_text),
        Codex.Codex.use((codex) => codex.ask({ text: "What is 1 + 2?", model })).pipe(
          Effect.map((answer) => answer.text),
          Effect.provide(codexLive({ authJsonPath, baseUrl: server.baseUrl, issuer: server.issuer }))
        )
      ], { concurrency: "unbounded" })
      assert.deepStrictEqual(answers, ["1 + 2 = 3.", "1 + 2 = 3.", "1 + 2 = 3."])
      assert.strictEqual(yield* server.refreshes, 1)
      yield* server.expireAccessTokens
      assert.strictEqual((yield* asked(first)).output_text, "1 + 2 = 3.")
      assert.strictEqual((yield* asked(second)).output_text, "1 + 2 = 3.")
      assert.strictEqual(yield* server.refreshes, 2)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("leaves a passing failure to the client, which asks again", () =>
    Effect.gen(function*() {
      const { openai, server } = yield* start()
      yield* server.script(Reply.unavailable())
      const answer = yield* promise(() => openai.responses.create({ model, input: "What is 1 + 1?" }))
      assert.strictEqual(answer.output_text, "1 + 1 = 2.")
      assert.strictEqual((yield* bodies(server)).length, 2)
    }))
})
