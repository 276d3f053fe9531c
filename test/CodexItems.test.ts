/**
 * What an answer is made of goes to the backend and comes back: through the emulator, by the real rooms of the house.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AuthStore from "../src/auth/AuthStore.ts"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as Item from "../src/backend/Item.ts"
import type { ResponseEvent } from "../src/backend/ResponseEvent.ts"
import { codexLive } from "../src/CodexLive.ts"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import { backend, respond, type Seen, steady, type Step, unreachable } from "./fixtures/backend.ts"
import { png } from "./fixtures/items.ts"
import officialCli from "./fixtures/officialCli.json" with { type: "json" }
import { answer, block, completed, created, failed, message } from "./fixtures/streams.ts"

const { Reply } = CodexEmulator

const request = (
  input: CodexRequest["input"],
  more: Partial<CodexRequest> = {}
): CodexRequest => ({ instructions: "Be kind.", input, sessionId: "0195d1c4-0000-7000-8000-000000000001", ...more })

const user = (text: string) => Item.fromText("user", text)

/** What was answered: its items, for whom they are sealed, and its end. */
const said = (events: ReadonlyArray<ResponseEvent>) => {
  const seals = new Map<Item.Item, string>()
  const items = events.flatMap((event) => {
    if (event._tag !== "ItemDone") return []
    if (event.seal !== undefined) seals.set(event.item, event.seal)
    return [event.item]
  })
  const end = events.at(-1)
  return { items, seals, tags: events.map(({ _tag }) => _tag), finish: end?._tag === "Completed" && end.finishReason }
}

/** An account at an emulator, and how it asks. */
const signedIn = Effect.fnUntraced(function*(emulator: CodexEmulator.Service, model = "gpt-6-luna") {
  const login = Redacted.make(yield* emulator.signIn())
  const rooms = codexLive({
    authStore: AuthStore.layerJson(login),
    baseUrl: emulator.baseUrl,
    issuer: emulator.issuer,
    model,
    maxRetries: 0
  })
  return (asked: CodexRequest) =>
    CodexBackend.use(({ responses }) => Effect.map(Stream.runCollect(responses(asked)), said)).pipe(
      Effect.provide(rooms)
    )
})

const Bodies = Schema.Array(Schema.Struct({ body: Schema.Struct({ input: Schema.Array(Schema.Unknown) }) }))

/** The inputs that the emulator was sent. */
const inputs = (emulator: CodexEmulator.Service) =>
  Effect.flatMap(emulator.requests, (requests) =>
    Effect.map(
      Schema.decodeUnknownEffect(Bodies)(requests.filter(({ path }) => path.endsWith("/responses"))),
      (all) => all.map(({ body }) => body.input)
    ))

const typesOf = (input: ReadonlyArray<unknown> | undefined) =>
  Schema.decodeSync(Schema.Array(Item.Item))(input ?? []).map((item) => item.type)

const encode = Schema.encodeSync(Schema.Array(Item.Item))

const emulated = Effect.provide(CodexEmulator.layer())

describe("items, to the backend and back", () => {
  it.live("whatever an answer is made of is told, and taken again as it came", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.CodexEmulator
      const ask = yield* signedIn(emulator)
      yield* emulator.script(
        Reply.text("See Example Domain.", {
          reasoning: "**Thinking**",
          commentary: "Looking.",
          searches: ["example"],
          citations: [{ url: "https://example.com/", title: "Example", of: "Example Domain" }],
          images: [{ result: png, revisedPrompt: "A dot." }]
        }),
        Reply.functionCall("weather", { city: "Oslo" }, { callId: "call_1" }),
        Reply.refusal("I will not."),
        Reply.compaction()
      )
      const first = yield* ask(request([user("Look it up.")], { reasoningSummary: true }))
      for (
        const tag of [
          "ReasoningDelta",
          "SearchStarted",
          "SearchDone",
          "AnnotationAdded",
          "ImagePartial",
          "ImageDone",
          "TextDelta",
          "MessageDone"
        ]
      ) assert.include(first.tags, tag)
      assert.deepStrictEqual(first.items.map(({ type }) => type), [
        "reasoning",
        "message",
        "web_search_call",
        "image_generation_call",
        "message"
      ])
      assert.strictEqual(first.finish, "stop")
      assert.strictEqual(first.seals.size, first.items.length)

      const called = yield* ask(
        request([user("Look it up."), ...first.items, user("And the weather?")], {
          seals: first.seals,
          tools: [{ type: "function", name: "weather", parameters: { type: "object", properties: {} } }]
        })
      )
      assert.includeMembers(called.tags, ["ToolCallStarted", "ToolCallDelta", "ToolCallDone"])
      assert.strictEqual(called.finish, "tool_calls")
      const output: Item.Item = {
        type: "function_call_output",
        call_id: "call_1",
        output: [{ type: "input_text", text: "4" }, {
          type: "input_image",
          image_url: `data:image/png;base64,${png}`,
          detail: "high"
        }]
      }
      const whole: CodexRequest["input"] = [
        user("Look it up."),
        ...first.items,
        user("And the weather?"),
        ...called.items,
        output
      ]
      const refused = yield* ask(request(whole, { seals: new Map([...first.seals, ...called.seals]) }))
      assert.include(refused.tags, "RefusalDelta")
      assert.deepStrictEqual((yield* inputs(emulator)).at(-1), encode(whole))

      const compacted = yield* ask(
        request([...whole, { type: "other", raw: { type: "compaction_trigger" } }])
      )
      assert.deepStrictEqual(compacted.items.map(({ type }) => type), ["compaction"])
      const [compaction] = compacted.items
      if (compaction === undefined) return
      yield* ask(request([compaction, user("Go on.")], { seals: compacted.seals }))
      assert.deepStrictEqual((yield* inputs(emulator)).at(-1), encode([compaction, user("Go on.")]))
    }).pipe(emulated))

  it.live("what is sealed for another account or family of models is not sent, and all that is said is", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.CodexEmulator
      const [ask, other, family, sibling] = yield* Effect.all([
        signedIn(emulator),
        signedIn(emulator),
        signedIn(emulator, "gpt-5.5"),
        signedIn(emulator)
      ])
      yield* emulator.script(Reply.text("Hello.", { reasoning: "Greeting" }))
      const { items, seals } = yield* ask(request([user("Hi")], { reasoningSummary: true }))
      const again = request([user("Hi"), ...items, user("Again")], { seals })
      yield* other(again)
      yield* family(again)
      yield* sibling({ ...again, model: "gpt-6-sol" })
      yield* ask({ ...again, model: "gpt-6-sol" })
      const sent = (yield* inputs(emulator)).slice(1).map(typesOf)
      const without = ["message", "message", "message"]
      // One request each: nothing had to be refused first.
      assert.deepStrictEqual(sent, [without, without, without, ["message", "reasoning", "message", "message"]])
    }).pipe(emulated))

  it.live("a refusal of sealed items is mended once: text, pictures and pairs stay", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.CodexEmulator
      const ask = yield* signedIn(emulator)
      const picture: Item.InputImage = {
        type: "input_image",
        image_url: `data:image/png;base64,${png}`,
        detail: "high"
      }
      const input: CodexRequest["input"] = [
        { type: "compaction", encrypted_content: "of another account" },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }, picture] },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "of another account" },
        { type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: "4" },
        user("Well?")
      ]
      const answered = yield* ask(request(input))
      assert.strictEqual(answered.finish, "stop")
      const sent = yield* inputs(emulator)
      assert.strictEqual(sent.length, 2)
      assert.deepStrictEqual(sent[1], [
        { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }, picture] },
        { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: "4" },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Well?" }] }
      ])
    }).pipe(emulated))

  it.live("an item that the backend does not know is sent, and goes when it is refused by its place", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.CodexEmulator
      const ask = yield* signedIn(emulator)
      const answered = yield* ask(request([{ type: "other", raw: { type: "hologram", rays: 3 } }, user("Hi")]))
      assert.strictEqual(answered.finish, "stop")
      assert.deepStrictEqual((yield* inputs(emulator)).map((input) => input.length), [2, 1])
    }).pipe(emulated))

  it.live("a picture that is none goes from the history, and is told of where it was just asked about", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.CodexEmulator
      const ask = yield* signedIn(emulator)
      const broken = (text: string): Item.Item => ({
        type: "message",
        role: "user",
        content: [{ type: "input_text", text }, { type: "input_image", image_url: "data:image/png;base64,AAAA" }]
      })
      const answered = yield* ask(request([broken("Look"), Item.fromText("assistant", "Hm."), user("Well?")]))
      assert.strictEqual(answered.finish, "stop")
      assert.notInclude(JSON.stringify((yield* inputs(emulator)).at(-1)), "input_image")
      const failure = yield* Effect.flip(ask(request([user("Hi"), broken("Look")])))
      assert.deepInclude(failure, { _tag: "RequestRejected", param: "input[1].content[1].image_url" })
      assert.strictEqual((yield* inputs(emulator)).length, 3)
      // Mended once, and no more.
      const again = yield* Effect.flip(ask(request([broken("One"), broken("Two"), user("Well?")])))
      assert.deepInclude(again, { _tag: "RequestRejected", param: "input[1].content[1].image_url" })
      assert.strictEqual((yield* inputs(emulator)).length, 5)
    }).pipe(emulated))
})

const events = (script: ReadonlyArray<Step>, asked: CodexRequest) =>
  Effect.gen(function*() {
    const seen: Array<Seen> = []
    const told: Array<ResponseEvent> = []
    const exit = yield* CodexBackend.use(({ responses }) =>
      Stream.runForEach(responses(asked), (event) => Effect.sync(() => told.push(event)))
    ).pipe(Effect.provide(backend(script, seen, { maxRetries: 1 })), steady, Effect.result)
    // The list of models is asked for as well, where there are pictures.
    const bodies = seen.flatMap(({ body, method }) => method === "POST" ? [body] : [])
    return { bodies, told, end: exit._tag === "Success" ? "completed" : exit.failure }
  })

const refusal = (code: string, text: string, param: string | null = null): Step =>
  respond(400, JSON.stringify({ error: { message: text, type: "invalid_request_error", code, param } }))

const sealed: CodexRequest["input"] = [
  user("Hi"),
  { type: "reasoning", summary: [], encrypted_content: "x" },
  Item.fromText("assistant", "Hello"),
  user("Well?")
]

describe("a refusal of items", () => {
  it.live("is mended by its code, by its words, by the place it names, and inside a stream", () =>
    Effect.gen(function*() {
      const refusals = [
        refusal("invalid_encrypted_content", "No."),
        refusal("bad_request", "The encrypted content abc could not be decrypted or parsed."),
        refusal("invalid_value", "Invalid value.", "input[1].summary"),
        refusal("invalid_value", "Invalid 'input[1].id': 'x'. Expected an ID that begins with 'rs'."),
        respond(200, block(created) + block(failed({ code: "invalid_encrypted_content", message: "No." })))
      ]
      for (const step of refusals) {
        const { bodies, end } = yield* events([step, respond(200, answer("Hi"))], request(sealed))
        assert.strictEqual(end, "completed")
        assert.strictEqual(bodies.length, 2)
        assert.include(bodies[0], "reasoning\"")
        assert.notInclude(bodies[1], `"type":"reasoning"`)
      }
    }))

  it.live("takes no pair of a call and its output along, of a custom tool neither", () =>
    Effect.gen(function*() {
      const pair: ReadonlyArray<Item.Item> = [
        { type: "other", raw: { type: "custom_tool_call", id: "ctc_1", call_id: "c", name: "patch", input: "x" } },
        { type: "other", raw: { type: "custom_tool_call_output", call_id: "c", output: "patched" } },
        { type: "other", raw: { type: "hologram" } }
      ]
      const { bodies } = yield* events(
        [refusal("invalid_encrypted_content", "No."), respond(200, answer("Hi"))],
        request([user("Hi"), { type: "reasoning", summary: [], encrypted_content: "x" }, ...pair, user("Well?")])
      )
      assert.include(bodies[1], "patched")
      assert.include(bodies[1], `"type":"custom_tool_call"`)
      assert.notInclude(bodies[1], "hologram")
    }))

  it.live("is told when it is another one, when nothing can be mended, when it comes again, and after text", () =>
    Effect.gen(function*() {
      const about = refusal("invalid_encrypted_content", "No.")
      const other = yield* events([refusal("invalid_value", "Invalid value.", "tools[0].name")], request(sealed))
      const nothing = yield* events([about], request([user("Hi")]))
      const twice = yield* events([about], request(sealed))
      const late = yield* events(
        [
          respond(
            200,
            block(created) + block(message("So far")) +
              block(failed({ code: "invalid_encrypted_content", message: "No." }))
          )
        ],
        request(sealed)
      )
      assert.deepStrictEqual([other, nothing, twice, late].map(({ bodies }) => bodies.length), [1, 1, 2, 1])
      for (const { end } of [other, nothing, twice, late]) assert.deepInclude(end, { _tag: "RequestRejected" })
    }))
})

describe("an answer without text", () => {
  it.live("that calls a function, is a picture or a compaction is none that is empty", () =>
    Effect.gen(function*() {
      const only = (item: object) => respond(200, block({ type: "response.output_item.done", item }) + block(completed))
      const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" }
      for (
        const item of [
          call,
          { type: "image_generation_call", result: png },
          { type: "compaction", encrypted_content: "x" }
        ]
      ) assert.strictEqual((yield* events([only(item)], request([user("Hi")]))).end, "completed", item.type)
      const thought = { type: "reasoning", summary: [] }
      assert.deepInclude((yield* events([only(thought)], request([user("Hi")]))).end, { _tag: "EmptyResponse" })
    }))

  it.live("that handed out a call and breaks is not asked for again", () =>
    Effect.gen(function*() {
      const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" }
      const { bodies, end, told } = yield* events(
        [respond(200, block({ type: "response.output_item.done", item: call })), respond(200, answer("Hi"))],
        request([user("Hi")])
      )
      assert.strictEqual(bodies.length, 1)
      assert.deepInclude(end, { _tag: "StreamInterrupted" })
      assert.notInclude(told.map(({ _tag }) => _tag), "Restarted")
    }))
})

describe("the requests of the official CLI", () => {
  // Recorded of 0.169.0 against the emulator: a picture, a call with its output, a remark, a resumed session. Long texts
  // are cut, and what was sealed is left out.
  const Recorded = Schema.Struct({ input: Schema.Array(Item.Item) })
  const body: object = officialCli

  it.live("are taken by the emulator as they are", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.make({ requireInstructions: false })
      const { tokens } = yield* Schema.decodeEffect(
        Schema.fromJsonString(Schema.Struct({ tokens: Schema.Struct({ access_token: Schema.String }) }))
      )(yield* emulator.signIn())
      const response = yield* HttpClientRequest.post(`${emulator.baseUrl}/responses`).pipe(
        HttpClientRequest.bodyJsonUnsafe(body),
        HttpClientRequest.bearerToken(tokens.access_token),
        HttpClient.execute
      )
      assert.strictEqual(response.status, 200)
      assert.include(yield* response.text, "response.completed")
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)))

  it.live("are items to the last field: what we send of them is what it sent", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.CodexEmulator
      const ask = yield* signedIn(emulator)
      const { input: [head, ...rest] } = yield* Schema.decodeUnknownEffect(Recorded)(body)
      if (head === undefined) return assert.fail("nothing was recorded")
      assert.notInclude([head, ...rest].map(({ type }) => type), "other")
      const answered = yield* ask(request([head, ...rest]))
      assert.strictEqual(answered.finish, "stop")
      assert.deepStrictEqual<unknown>(yield* inputs(emulator), [officialCli.input])
    }).pipe(emulated))
})

const megabyte = 1024 * 1024
const picture = (megabytes: number): Item.Item => ({
  type: "message",
  role: "user",
  content: [
    { type: "input_text", text: `A picture of ${megabytes} MB` },
    { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(megabytes * megabyte)}` }
  ]
})

describe("the size of a request", () => {
  const ok = [respond(200, answer("Hi"))]

  it.live("is bounded: the oldest pictures give way to a note, and no more of them than it takes", () =>
    Effect.gen(function*() {
      const drawn: Item.Item = { type: "image_generation_call", result: "A".repeat(3 * megabyte) }
      const shot: Item.Item = {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_image", image_url: `data:image/png;base64,${"A".repeat(3 * megabyte)}` }]
      }
      const call: Item.Item = { type: "function_call", call_id: "c", name: "f", arguments: "{}" }
      const { bodies: [body = ""], end } = yield* events(
        ok,
        request([picture(2), drawn, call, shot, picture(5), picture(1)])
      )
      assert.strictEqual(end, "completed")
      assert.isBelow(body.length, 10 * megabyte)
      assert.isAbove(body.length, 9 * megabyte)
      assert.strictEqual(body.split("An earlier picture was left out").length, 3)
      assert.include(body, "A picture of 2 MB")
    }))

  it.live("is kept also by what tools have shown in this turn: the oldest of it gives way, the newest stays", () =>
    Effect.gen(function*() {
      const shots = [1, 2, 3].flatMap((n): ReadonlyArray<Item.Item> => [
        { type: "function_call", call_id: `c${n}`, name: "f", arguments: "{}" },
        {
          type: "function_call_output",
          call_id: `c${n}`,
          output: [
            { type: "input_text", text: `Shot ${n}` },
            { type: "input_image", image_url: `data:image/png;base64,${`${n}`.repeat(4 * megabyte)}` }
          ]
        }
      ])
      const { bodies: [body = ""], end } = yield* events(ok, request([user("Look."), ...shots]))
      assert.strictEqual(end, "completed")
      assert.strictEqual(body.split("An earlier picture was left out").length, 2)
      assert.deepStrictEqual([1, 2, 3].map((n) => body.includes(`base64,${n}`)), [false, true, true])
      const twice: Item.Item = {
        type: "function_call_output",
        call_id: "c1",
        output: [1, 2, 3].map(() => ({ type: "input_image", image_url: `data:,${"A".repeat(4 * megabyte)}` }))
      }
      const newest = yield* events(ok, request([user("Look."), ...shots.slice(0, 1), twice]))
      assert.deepStrictEqual(newest.bodies, [])
      assert.deepInclude(newest.end, { _tag: "ContextWindowExceeded" })
    }))

  it.live("that is over it all the same is told, and nothing is sent", () =>
    Effect.gen(function*() {
      for (const input of [picture(11), user("x".repeat(11 * megabyte))]) {
        const { bodies, end } = yield* events(ok, request([picture(1), input]))
        assert.deepStrictEqual(bodies, [])
        assert.deepInclude(end, { _tag: "ContextWindowExceeded", maximum: 10 * megabyte })
        assert.match(typeof end === "string" ? "" : end.message, /: 1\d\.\d MB, and 10\.0 MB can be sent at once/)
      }
    }))

  it.live("is not the same again after nobody answered: smaller, or not at all", () =>
    Effect.gen(function*() {
      // Before a picture is sent, the list is asked whether the model looks at it.
      const list = respond(404, "")
      const script = [list, unreachable, ...ok]
      const lighter = yield* events(script, request([picture(2), user("Well?")]))
      assert.strictEqual(lighter.end, "completed")
      assert.deepStrictEqual(lighter.bodies.map(({ length }) => length > megabyte), [true, false])
      const never = yield* events(script, request([user("Hi"), picture(2)]))
      assert.strictEqual(never.bodies.length, 1)
      assert.deepInclude(never.end, { _tag: "NetworkFailed" })
      const small = yield* events(script, request([picture(0.5), user("Well?")]))
      assert.strictEqual(small.bodies.length, 2)
      assert.strictEqual(small.bodies[0], small.bodies[1])
      // Whoever answers, whatever it says, has read it.
      const answered = yield* events([list, respond(503, ""), ...ok], request([picture(2), user("Well?")]))
      assert.strictEqual(answered.bodies[0], answered.bodies[1])
    }))
})
