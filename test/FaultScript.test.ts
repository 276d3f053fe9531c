import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { connect } from "node:net"
import { inspect } from "node:util"
import { runInNewContext } from "node:vm"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import * as FaultScript from "../src/testing/faults/FaultScript.ts"
import * as Faults from "../src/testing/internal/faults.ts"
import * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"

const Auth = Schema.fromJsonString(Schema.Struct({
  tokens: Schema.Struct({ access_token: Schema.String, refresh_token: Schema.String })
}))

interface Heard {
  /** All bytes, as Latin-1 text. */
  readonly bytes: string
  readonly head: string
  /** The body without the framing of its chunks. */
  readonly body: string
  /** The sizes of the chunks. */
  readonly chunks: ReadonlyArray<number>
  /** Whether the body came to its own end. */
  readonly isWhole: boolean
}

const hear = (bytes: string): Heard => {
  const [head = "", rest = ""] = bytes.split(/\r\n\r\n(.*)/s)
  if (!/transfer-encoding: chunked/i.test(head)) {
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? -1)
    return { bytes, head, body: rest, chunks: [], isWhole: rest.length === length }
  }
  const chunks: Array<string> = []
  let at = 0
  for (;;) {
    const end = rest.indexOf("\r\n", at)
    const size = Number.parseInt(rest.slice(at, end), 16)
    if (end === -1 || Number.isNaN(size)) {
      return { bytes, head, body: chunks.join(""), chunks: chunks.map((chunk) => chunk.length), isWhole: false }
    }
    if (size === 0) {
      return { bytes, head, body: chunks.join(""), chunks: chunks.map((chunk) => chunk.length), isWhole: true }
    }
    chunks.push(rest.slice(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}

const events = [{ type: "one" }, { type: "two" }, { type: "three" }]
const pieces = events.map(({ type }, i) => `event: ${type}\ndata: {"type":"${type}","sequence_number":${i}}\n\n`)
const [one = "", two = "", three = ""] = pieces

const setup = Effect.fnUntraced(function*(faults?: FaultScript.FaultScript) {
  const emulator = yield* CodexEmulator.make(faults === undefined ? {} : { faults })
  yield* emulator.respondWith(() => CodexEmulator.Reply.events(events))
  const { tokens } = yield* Effect.flatMap(emulator.signIn(), Schema.decodeEffect(Auth))
  const say = (path: string, body: object): Effect.Effect<Heard> =>
    Effect.callback<string>((resume) => {
      const received: Array<Buffer> = []
      const text = JSON.stringify(body)
      const socket = connect(Number(new URL(emulator.issuer).port), "127.0.0.1", () =>
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\n` +
            `authorization: Bearer ${tokens.access_token}\r\ncontent-length: ${text.length}\r\n\r\n${text}`
        ))
      socket.on("data", (chunk) => received.push(chunk))
      socket.on("error", () => {})
      socket.on("close", () => resume(Effect.succeed(Buffer.concat(received).toString("latin1"))))
      return Effect.sync(() => socket.destroy())
    }).pipe(Effect.map(hear))
  const ask = say("/backend-api/codex/responses", {
    model: "gpt-5.5",
    instructions: "",
    input: [{ role: "user", content: "Hi" }],
    store: false,
    stream: true
  })
  const refresh = say("/oauth/token", {
    client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
    grant_type: "refresh_token",
    refresh_token: tokens.refresh_token
  })
  return { emulator, ask, refresh, tokens }
})

describe("FaultScript: on the wire", () => {
  it.effect("nothing befalls a call without a rule", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup()
      const heard = yield* ask
      assert.strictEqual(heard.body, pieces.join(""))
      assert.isTrue(heard.isWhole)
    }))

  const faults: ReadonlyArray<readonly [string, FaultScript.Fault, string, boolean]> = [
    ["half cuts the first piece in the middle", FaultScript.half(), one.slice(0, Math.ceil(one.length / 2)), false],
    [
      "half can wait for a piece",
      FaultScript.half({ pieces: 0, of: "two" }),
      one + two.slice(0, Math.ceil(two.length / 2)),
      false
    ],
    ["cut ends the connection behind so many pieces", FaultScript.cut({ pieces: 2 }), one + two, false],
    [
      "cut counts only the pieces that it is told to",
      FaultScript.cut({ pieces: 1, of: "three" }),
      one + two + three,
      false
    ],
    ["cut before the first piece leaves a head", FaultScript.cut({ pieces: 0 }), "", false],
    ["dropLast leaves the terminal event out", FaultScript.dropLast, one + two, true],
    ["trickle says the same", FaultScript.trickle(), one + two + three, true]
  ]
  it.effect.each(faults)("%s", ([, fault, body, isWhole]) =>
    Effect.gen(function*() {
      const { ask, emulator } = yield* setup()
      yield* emulator.failNext("responses", fault)
      const heard = yield* ask
      assert.match(heard.head, /^HTTP\/1\.1 200 OK\r\n/)
      assert.strictEqual(heard.body, body)
      assert.strictEqual(heard.isWhole, isWhole)
      assert.isTrue((yield* ask).isWhole)
    }))

  it.effect("trickle writes a byte at a time, and takes its time between them", () =>
    Effect.gen(function*() {
      const { ask, emulator } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.trickle())
      const { chunks } = yield* ask
      assert.strictEqual(chunks.length, pieces.join("").length)
      assert.isTrue(chunks.every((size) => size === 1))
      yield* emulator.failNext("responses", FaultScript.trickle("1 second"))
      const slow = yield* Effect.forkChild(ask)
      yield* emulator.awaitOpenStreams(1)
      yield* TestClock.adjust(`${pieces.join("").length - 1} seconds`)
      assert.isUndefined(slow.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isTrue((yield* Fiber.join(slow)).isWhole)
    }))

  it.effect("garbage comes between the pieces, the same for the same seed", () =>
    Effect.gen(function*() {
      const said = Effect.fnUntraced(function*(seed: number) {
        const script = FaultScript.make({
          seed,
          rules: [{ on: "responses", fault: FaultScript.garbage({ pieces: 1 }, 16) }]
        })
        const { ask } = yield* setup(script)
        return yield* ask
      })
      const first = yield* said(1)
      assert.isTrue(first.body.startsWith(one))
      assert.isTrue(first.body.endsWith(two + three))
      assert.deepStrictEqual(first.chunks, [one.length, 16, two.length, three.length])
      assert.isTrue(first.isWhole)
      assert.strictEqual((yield* said(1)).body, first.body)
      assert.notStrictEqual((yield* said(2)).body, first.body)
    }))

  it.effect("an answer stands in for the call, before its effect or after it", () =>
    Effect.gen(function*() {
      const { emulator, refresh } = yield* setup()
      yield* emulator.failNext("token", FaultScript.answer({ status: 503, retryAfter: 7 }))
      yield* emulator.failNext("token", FaultScript.answer({ status: 418, body: "teapot", headers: { "x-a": "b" } }))
      yield* emulator.failNext("token", FaultScript.answer({ status: 400, message: "Not you." }))
      yield* emulator.failNext("token", FaultScript.answer({ status: 502, body: { lost: true }, at: "after" }))
      const own = yield* refresh
      assert.match(own.head, /^HTTP\/1\.1 503 Service Unavailable\r\n/)
      assert.match(own.head, /\r\nretry-after: 7\r\n/)
      assert.include(own.body, `"code":"server_is_overloaded"`)
      const given = yield* refresh
      assert.match(given.head, /^HTTP\/1\.1 418 /)
      assert.match(given.head, /\r\nx-a: b\r\n/)
      assert.strictEqual(given.body, "teapot")
      assert.strictEqual(
        (yield* refresh).body,
        `{"error":{"message":"Not you.","type":"invalid_request_error","param":null,"code":null}}`
      )
      assert.strictEqual(yield* emulator.refreshes, 0)
      assert.strictEqual((yield* refresh).body, `{"lost":true}`)
      assert.strictEqual(yield* emulator.refreshes, 1)
      assert.include((yield* refresh).body, "refresh_token_reused")
    }))

  it.effect("a cut before the effect leaves the call undone, a cut after it does the work and says nothing", () =>
    Effect.gen(function*() {
      const { emulator, refresh, tokens } = yield* setup()
      yield* emulator.failNext("token", FaultScript.cut())
      assert.strictEqual((yield* refresh).bytes, "")
      assert.isTrue(yield* emulator.holds(tokens.refresh_token))
      yield* emulator.failNext("token", FaultScript.cut("after"))
      assert.strictEqual((yield* refresh).bytes, "")
      assert.isFalse(yield* emulator.holds(tokens.refresh_token))
      assert.strictEqual(yield* emulator.refreshes, 1)
    }))

  it.effect("a body that is one piece can be halved and lost", () =>
    Effect.gen(function*() {
      const { emulator, refresh } = yield* setup()
      yield* emulator.failNext("token", FaultScript.half())
      yield* emulator.failNext("token", FaultScript.dropLast)
      const halved = yield* refresh
      assert.match(halved.body, /^\{"id_token":"/)
      assert.notMatch(halved.body, /\}$/)
      assert.isFalse(halved.isWhole)
      const lost = yield* refresh
      assert.match(lost.head, /\r\ncontent-type: application\/json/)
      assert.strictEqual(lost.body, "")
      assert.isTrue(lost.isWhole)
    }))

  it.effect("a stall says nothing more for ever, a delay only for its time", () =>
    Effect.gen(function*() {
      const { ask, emulator } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.delay("10 seconds"))
      const late = yield* Effect.forkChild(ask)
      yield* emulator.awaitOpenStreams(1)
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isTrue((yield* Fiber.join(late)).isWhole)
      for (const at of ["before", "after", { pieces: 1 }] as const) {
        yield* emulator.failNext("responses", FaultScript.stall(at))
        const silent = yield* Effect.forkChild(ask)
        yield* emulator.awaitOpenStreams(1)
        yield* TestClock.adjust("1 hour")
        assert.isUndefined(silent.pollUnsafe())
        yield* Fiber.interrupt(silent)
        yield* emulator.awaitOpenStreams(0)
      }
    }))

  it.effect("keep-alive comments come at their pace, and then the answer goes on", () =>
    Effect.gen(function*() {
      const { ask, emulator } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.keepAlive("15 seconds", { times: 2, at: { pieces: 1 } }))
      const asking = yield* Effect.forkChild(ask)
      yield* emulator.awaitOpenStreams(1)
      yield* TestClock.adjust("29 seconds")
      // Another answer comes whole meanwhile: this one had the time, if it did not wait.
      assert.isTrue((yield* ask).isWhole)
      assert.isUndefined(asking.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const heard = yield* Fiber.join(asking)
      assert.strictEqual(heard.body, `${one}: keep-alive\n\n: keep-alive\n\n${two}${three}`)
      assert.isTrue(heard.isWhole)
    }))

  it.effect("what comes between pieces comes once, also where the pieces behind it do not count", () =>
    Effect.gen(function*() {
      const { ask, emulator } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.keepAlive(0, { times: 1, at: { pieces: 1, of: "one" } }))
      assert.strictEqual((yield* ask).body, `${one}: keep-alive\n\n${two}${three}`)
    }))

  it.effect("an answer that stands in for a call may be late as well", () =>
    Effect.gen(function*() {
      const script = FaultScript.make({
        rules: [FaultScript.delay("10 seconds"), FaultScript.answer({ status: 503 })].map((fault) => ({
          on: "responses",
          fault
        }))
      })
      const { ask, emulator, refresh } = yield* setup(script)
      const late = yield* Effect.forkChild(ask)
      yield* emulator.awaitOpenStreams(1)
      yield* TestClock.adjust("9999 millis")
      // Another call is answered meanwhile: this one had the time, if it did not wait.
      assert.isTrue((yield* refresh).isWhole)
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust("1 milli")
      assert.match((yield* Fiber.join(late)).head, /^HTTP\/1\.1 503 /)
    }))

  it.effect("a redirect says where to, on both servers", () =>
    Effect.gen(function*() {
      const { ask, emulator, refresh, tokens } = yield* setup()
      yield* emulator.failNext("responses", FaultScript.redirect("http://127.0.0.2:1/responses"))
      yield* emulator.failNext(
        "token",
        FaultScript.answer(CodexEmulator.Reply.redirect("http://127.0.0.2:1/token", 308))
      )
      assert.match((yield* ask).head, /^HTTP\/1\.1 307 [^]*\r\nlocation: http:\/\/127\.0\.0\.2:1\/responses\r\n/i)
      assert.match((yield* refresh).head, /^HTTP\/1\.1 308 [^]*\r\nlocation: http:\/\/127\.0\.0\.2:1\/token\r\n/i)
      assert.isTrue(yield* emulator.holds(tokens.refresh_token))
    }))

  const File = Schema.Struct({ result: Schema.Struct({ file_path: Schema.String }) })

  it.live.each(["issuer", "backend", "telegram", "download"] as const)(
    "a body without end flows until the client hangs up: %s",
    (server) =>
      Effect.gen(function*() {
        const emulator = yield* CodexEmulator.make()
        const telegram = yield* TelegramEmulator.make()
        const ann = yield* telegram.user({ id: 7, firstName: "Ann" })
        const { tokens } = JSON.parse(yield* emulator.signIn())
        yield* emulator.failNext("token", FaultScript.endless())
        yield* emulator.failNext("responses", FaultScript.endless({ pieces: 1 }))
        yield* telegram.failNext("getMe", FaultScript.endless())
        yield* telegram.failNext("file", FaultScript.endless({ pieces: 1 }))
        const bot = `bot${telegram.token}`
        const client = yield* HttpClient.HttpClient
        const { document } = yield* ann.chat.sendDocument({ fileName: "a.txt" })
        const found = yield* client.get(`${telegram.apiRoot}/${bot}/getFile?file_id=${document?.file_id}`)
        const { result } = yield* HttpClientResponse.schemaBodyJson(File)(found)
        const request = {
          issuer: HttpClientRequest.post(`${emulator.issuer}/oauth/token`).pipe(HttpClientRequest.bodyJsonUnsafe({})),
          backend: HttpClientRequest.post(`${emulator.baseUrl}/responses`).pipe(
            HttpClientRequest.bearerToken(tokens.access_token),
            HttpClientRequest.bodyJsonUnsafe({
              model: "gpt-5.5",
              instructions: "",
              input: [{ role: "user", content: "Hi" }],
              store: false,
              stream: true
            })
          ),
          telegram: HttpClientRequest.get(`${telegram.apiRoot}/${bot}/getMe`),
          download: HttpClientRequest.get(`${telegram.apiRoot}/file/${bot}/${result.file_path}`)
        }[server]
        const enough = 3_000_000
        const read = yield* Effect.flatMap(client.execute(request), (response) =>
          response.stream.pipe(
            Stream.scan(() => 0, (size, chunk) => size + chunk.length),
            Stream.takeUntil((size) => size > enough),
            Stream.runLast
          ))
        assert.isAbove(Option.getOrElse(read, () => 0), enough)
      }).pipe(Effect.provide(FetchHttpClient.layer))
  )

  it.live("a stall in the body comes after the head, also before the first piece", () =>
    Effect.gen(function*() {
      const emulator = yield* CodexEmulator.make()
      yield* emulator.failNext("token", FaultScript.stall({ pieces: 0 }))
      const client = yield* HttpClient.HttpClient
      const request = HttpClientRequest.post(`${emulator.issuer}/oauth/token`).pipe(
        HttpClientRequest.bodyJsonUnsafe({})
      )
      const response = yield* client.execute(request)
      assert.strictEqual(response.status, 401)
      assert.deepStrictEqual(
        yield* Effect.timeoutOption(response.text, "50 millis"),
        Option.none()
      )
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.effect("several rules befall the same call, in their order", () =>
    Effect.gen(function*() {
      const { ask } = yield* setup(FaultScript.make({
        rules: [
          { on: "responses", fault: FaultScript.dropLast },
          { on: "*", fault: FaultScript.half({ pieces: 1 }) }
        ]
      }))
      assert.strictEqual((yield* ask).body, one + two.slice(0, Math.ceil(two.length / 2)))
    }))
})

describe("FaultScript: which calls are hit", () => {
  const hitsOf = (script: FaultScript.FaultScript, calls: ReadonlyArray<string>) => {
    const faults = Faults.make(script, ["poll"])
    return calls.map((call) => faults.next(call) !== undefined)
  }
  const rule = (more: Omit<FaultScript.Rule, "fault">) =>
    FaultScript.make({ rules: [{ ...more, fault: FaultScript.cut() }] })

  it("the nth of a name, some in a row, or every one", () => {
    const calls = ["a", "b", "a", "A", "a"]
    assert.deepStrictEqual(hitsOf(rule({ on: "a", nth: 2 }), calls), [false, false, true, false, false])
    assert.deepStrictEqual(hitsOf(rule({ on: "a", between: [2, 3] }), calls), [false, false, true, true, false])
    assert.deepStrictEqual(hitsOf(rule({ on: "a" }), calls), [true, false, true, true, true])
  })

  it("a star counts all calls but those that wait for news", () => {
    const calls = ["poll", "a", "poll", "b", "c"]
    assert.deepStrictEqual(hitsOf(rule({ on: "*", nth: 2 }), calls), [false, false, false, true, false])
    assert.deepStrictEqual(hitsOf(rule({ on: "poll", nth: 2 }), calls), [false, false, true, false, false])
  })

  it("chance is the seed's, whatever else is called in between", () => {
    const script = rule({ on: "a", chance: 0.3 })
    const alone = Array.from({ length: 2000 }, () => "a")
    const hits = hitsOf(script, alone)
    const share = hits.filter((hit) => hit).length / hits.length
    assert.isTrue(share > 0.26 && share < 0.34, `a share of ${share}`)
    assert.deepStrictEqual(
      hitsOf(script, alone.flatMap((call) => [call, "b"])).filter((_, i) => i % 2 === 0),
      hits
    )
    assert.notDeepEqual(hitsOf(FaultScript.withSeed(script, 1), alone), hits)
    assert.isFalse(hitsOf(rule({ on: "a", chance: 0 }), alone).includes(true))
    assert.isFalse(hitsOf(rule({ on: "a", chance: 1 }), alone).includes(false))
  })

  it.effect("what is added hits one call after the other, and is part of the script that is printed", () =>
    Effect.gen(function*() {
      const faults = Faults.make(rule({ on: "b" }))
      faults.next("a")
      yield* faults.controls.failNext("a", FaultScript.cut())
      yield* faults.controls.failNext("a", FaultScript.stall(), 2)
      const seen = Array.from({ length: 4 }, () => faults.next("a")?.head?._tag)
      assert.deepStrictEqual(seen, ["Cut", "Stall", "Stall", undefined])
      const script = yield* faults.controls.faults
      assert.deepStrictEqual(script.rules.map(({ between, nth, on }) => ({ between, nth, on })), [
        { on: "b", nth: undefined, between: undefined },
        { on: "a", nth: 2, between: undefined },
        { on: "a", nth: undefined, between: [3, 4] }
      ])
      assert.deepStrictEqual(
        (yield* faults.controls.faultsHappened).map(({ call, fault, nth }) => [call, nth, fault._tag]),
        [["a", 2, "Cut"], ["a", 3, "Stall"], ["a", 4, "Stall"]]
      )
      yield* faults.controls.setFaults(FaultScript.none)
      assert.deepStrictEqual(yield* faults.controls.faultsHappened, [])
      yield* faults.controls.failNext("a", FaultScript.cut(), Infinity)
      assert.deepStrictEqual((yield* faults.controls.faults).rules[0]?.between, [1, 1e9])
    }))
})

describe("FaultScript: a value", () => {
  const Json = Schema.fromJsonString(FaultScript.FaultScript)

  it.effect.prop(
    "comes back whole from its JSON and from the code that it prints",
    [FaultScript.FaultScript],
    ([script]) =>
      Effect.gen(function*() {
        const json = yield* Schema.encodeEffect(Json)(script)
        assert.strictEqual((yield* Schema.decodeEffect(Json)(json)).toString(), script.toString())
        const pasted: unknown = runInNewContext(script.toString(), { FaultScript })
        assert.instanceOf(pasted, FaultScript.FaultScript)
        assert.strictEqual(String(pasted), script.toString())
        assert.strictEqual(inspect(script), script.toString())
      }),
    { arbitrary: { runs: 100 } }
  )

  const wrong: ReadonlyArray<readonly [string, () => unknown]> = [
    ["a status that is none", () => FaultScript.answer({ status: 99 })],
    ["a call before the first", () => FaultScript.make({ rules: [{ on: "a", nth: 0, fault: FaultScript.cut() }] })],
    ["a chance above one", () => FaultScript.make({ rules: [{ on: "a", chance: 2, fault: FaultScript.cut() }] })],
    ["no name", () => FaultScript.make({ rules: [{ on: "", fault: FaultScript.cut() }] })]
  ]
  it.each(wrong)("does not take %s", (_, make) => {
    assert.throws(make)
  })

  it.effect("is printed by a run that fails, and what is printed fails the same way", () =>
    Effect.gen(function*() {
      const script = FaultScript.make({
        seed: 5,
        rules: [{ on: "responses", chance: 0.4, fault: FaultScript.dropLast }]
      })
      const run = (script: FaultScript.FaultScript) =>
        Effect.gen(function*() {
          const { ask } = yield* setup(script)
          for (let i = 1;; i++) {
            if ((yield* ask).body !== pieces.join("")) {
              return yield* Effect.fail(new Error(`Answer ${i} was not whole.`))
            }
          }
        }).pipe(Effect.scoped, FaultScript.explained(script), Effect.flip)
      const failed = yield* run(script)
      assert.match(failed.message, /^Answer \d+ was not whole\.\n\nThe run failed under this script/)
      assert.isTrue(failed.message.endsWith(script.toString()))
      assert.instanceOf(failed.cause, Error)
      const [, code = ""] = failed.message.split(/(FaultScript\.make\(.*\))/s)
      const pasted: unknown = runInNewContext(code, { FaultScript })
      assert.instanceOf(pasted, FaultScript.FaultScript)
      assert.strictEqual((yield* run(pasted)).message, failed.message)
    }))
})
