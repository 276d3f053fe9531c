import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Logger from "effect/Logger"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Service as Login } from "../src/auth/CodexAuth.ts"
import { withClientTransform } from "../src/backend/ClientTransform.ts"
import { CodexBackend } from "../src/backend/CodexBackend.ts"
import type { CodexRequest } from "../src/backend/CodexRequest.ts"
import * as ModelList from "../src/backend/internal/modelList.ts"
import * as Item from "../src/backend/Item.ts"
import * as ModelsModule from "../src/backend/Models.ts"
import { explain } from "../src/Failure.ts"
import {
  backend,
  credentials,
  json,
  type Options,
  respond,
  type Seen,
  type Step,
  unreachable
} from "./fixtures/backend.ts"
import { answer, block, completed, delta, failed } from "./fixtures/streams.ts"

const { Models } = ModelsModule

const builtIn = ModelList.builtIn.models.map(({ id }) => id)

// Gone since June 2026, and in many a recipe still.
const retired = ["gpt-5.3-codex", "gpt-5.3-codex-spark", "gpt-5.4", "gpt-5.4-mini", "gpt-5.3"]

const modelOf = (seen: Seen): string => {
  const body: { readonly model: string } = JSON.parse(seen.body)
  return body.model
}

const listOf = (slugs: ReadonlyArray<string>): Step =>
  json(200, { models: slugs.map((slug, priority) => ({ slug, priority, visibility: "list" })) })

type Refusal = (model: string) => Step

/** The words in which models are refused, as they were seen. */
const refusals: ReadonlyArray<readonly [string, Refusal]> = [
  [
    "a 400",
    (model) => json(400, { detail: `The '${model}' model is not supported when using Codex with a ChatGPT account.` })
  ],
  [
    "a bare 404",
    (model) => json(404, { detail: `The model ${model} does not exist or you do not have access to it.` })
  ],
  ["a 404 with code", () => json(404, { error: { code: "model_not_found", message: "No." } })],
  ["a stream", () => respond(200, block(failed({ code: "model_not_found", message: "No." })))]
]

const refused: Refusal = (model) => json(400, { detail: `The '${model}' model is not supported.` })

interface Account {
  /** What its list says; `undefined` when it cannot be asked. */
  readonly list: ReadonlyArray<string> | undefined
  /** What it may use. */
  readonly may: ReadonlyArray<string>
  readonly refusal?: Refusal
}

const serving = ({ list, may, refusal = refused }: Account): Step => (seen) =>
  seen.url.includes("/models")
    ? (list === undefined ? respond(404, "") : listOf(list))(seen)
    : (may.includes(modelOf(seen)) ? respond(200, answer(`I am ${modelOf(seen)}`)) : refusal(modelOf(seen)))(seen)

const prompt: CodexRequest = { instructions: "", input: [Item.fromText("user", "Hi")], sessionId: "s" }

/** Asks, and tells what it said, which models were asked, and what was logged. */
const asking = (account: Account, options: Options, requests: ReadonlyArray<Partial<CodexRequest>> = [{}]) =>
  Effect.gen(function*() {
    const seen: Array<Seen> = []
    const log: Array<string> = []
    const said: Array<string> = []
    const chosen = yield* Effect.gen(function*() {
      const service = yield* CodexBackend
      for (const request of requests) {
        const end = yield* service.responses({ ...prompt, ...request }).pipe(Stream.runCollect, Effect.result)
        said.push(
          end._tag === "Failure"
            ? explain(end.failure)
            : end.success.flatMap((event) => event._tag === "TextDelta" ? [event.text] : []).join("")
        )
      }
      const { model, modelNote } = yield* service.status
      return { model, note: modelNote }
    }).pipe(
      Effect.provide(backend([serving(account)], seen, options)),
      Effect.provide(Logger.layer([Logger.make(({ message }) => log.push(String(message)))]))
    )
    const asked = seen.filter(({ method }) => method === "POST").map(modelOf)
    return { said, asked, log, chosen }
  })

const former = "gpt-5.3-codex"

describe("a model that nobody chose", () => {
  it.effect("is the best of the account's list, and nothing is said about it", () =>
    Effect.gen(function*() {
      for (const options of [{ model: undefined }, { model: "" }]) {
        const { asked, chosen, log } = yield* asking({ list: ["best", "next"], may: ["best", "next"] }, options)
        assert.deepStrictEqual(asked, ["best"])
        assert.deepStrictEqual(chosen, { model: "best", note: undefined })
        assert.deepStrictEqual(log, [])
      }
    }))

  it.effect("is remembered as the one that answers, also where its answer had to be asked for without what it cannot open", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      const step: Step = (asked) =>
        (asked.url.includes("/models")
          ? listOf(["best", "next", "last"])
          : modelOf(asked) === "best"
          ? refused("best")
          : asked.body.includes("encrypted_content\":")
          ? json(400, { error: { code: "invalid_encrypted_content", message: "No." } })
          : respond(200, answer("I am next")))(asked)
      yield* Effect.gen(function*() {
        const { responses } = yield* CodexBackend
        const sealed: CodexRequest["input"] = [
          Item.fromText("user", "Hi"),
          { type: "reasoning", summary: [], encrypted_content: "of another account" },
          Item.fromText("assistant", "Hello"),
          Item.fromText("user", "And now?")
        ]
        yield* Stream.runDrain(responses({ ...prompt, input: sealed }))
        yield* Stream.runDrain(responses(prompt))
      }).pipe(Effect.provide(backend([step], seen, { model: undefined })))
      const asked = seen.filter(({ method }) => method === "POST").map(modelOf)
      assert.deepStrictEqual(asked, ["best", "next", "next", "next"])
    }))

  it.effect("is the former default too, however it was given, once the account's list lacks it", () =>
    Effect.gen(function*() {
      const account = { list: ["best", "next"], may: ["best", "next"] }
      const ways = [
        asking(account, { model: former }),
        asking(account, { model: undefined }, [{ model: former }]),
        asking(account, { model: "best" }, [{ model: former }])
      ]
      for (const way of ways) assert.deepStrictEqual((yield* way).asked, ["best"])
      const { chosen, log } = yield* asking(account, { model: former }, [{}, {}])
      assert.strictEqual(chosen.model, "best")
      assert.strictEqual(
        chosen.note,
        "The model gpt-5.3-codex is retired, and this account's list does not have it; best is asked instead."
      )
      assert.deepStrictEqual(log, [chosen.note])
    }))

  it.effect("is not the former default where the list has it", () =>
    Effect.gen(function*() {
      const { asked, chosen } = yield* asking({ list: ["best", former], may: [former] }, { model: former })
      assert.deepStrictEqual(asked, [former])
      assert.deepStrictEqual(chosen, { model: former, note: undefined })
      const gone = yield* asking({ list: ["best", former], may: ["best"] }, { model: former })
      assert.deepStrictEqual(gone.asked, [former])
    }))

  it.effect("is the former default while no list can be had, until it is refused", () =>
    Effect.gen(function*() {
      const relay = yield* asking({ list: undefined, may: [former] }, { model: former })
      assert.deepStrictEqual(relay.asked, [former])
      const { asked, chosen } = yield* asking({ list: undefined, may: ["gpt-6-astra"] }, { model: former }, [{}, {}])
      assert.deepStrictEqual(asked, [former, "gpt-6.1-sol", "gpt-6-astra", "gpt-6-astra"])
      assert.include(chosen.note, "refused the models gpt-5.3-codex, gpt-6.1-sol; gpt-6-astra is asked instead")
    }))

  it.effect.each(refusals)(
    "walks on down the list after the refusal by %s, and remembers the winner",
    ([_, refusal]) =>
      Effect.gen(function*() {
        const account = { list: ["best", "next", "third"], may: ["third"], refusal }
        const { asked, chosen, log, said } = yield* asking(account, { model: undefined }, [{}, {}])
        assert.deepStrictEqual(asked, ["best", "next", "third", "third"])
        assert.deepStrictEqual(said, ["I am third", "I am third"])
        assert.deepStrictEqual(chosen, {
          model: "third",
          note: "This account is refused the models best, next; third is asked instead."
        })
        assert.deepStrictEqual(log, [chosen.note])
      })
  )

  it.effect("is not waited for longer than a second: this turn asks a known one, the next the account's best", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const seen: Array<Seen> = []
      const account = serving({ list: ["best"], may: ["best", ...builtIn] })
      const step: Step = (request) =>
        request.url.includes("/models") ? Effect.andThen(Deferred.await(gate), account(request)) : account(request)
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        const turn = yield* Effect.forkChild(Stream.runDrain(service.responses(prompt)), { startImmediately: true })
        yield* TestClock.adjust("999 millis")
        assert.deepStrictEqual(seen.map(({ method }) => method), ["GET"])
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(turn)
        yield* Deferred.succeed(gate, undefined)
        yield* Stream.runDrain(service.responses(prompt))
        assert.deepStrictEqual(seen.filter(({ method }) => method === "POST").map(modelOf), [builtIn[0], "best"])
      }).pipe(Effect.provide(backend([step], seen, { model: undefined })))
    }))

  it.effect("is asked for three times at most, and then three others are named", () =>
    Effect.gen(function*() {
      const list = ["a", "b", "c", "d", "e", "f", "g"]
      const { asked, chosen, said } = yield* asking({ list, may: ["d"] }, { model: undefined })
      assert.deepStrictEqual(asked, ["a", "b", "c"])
      assert.include(said[0], "The model c is not available")
      assert.include(said[0], "such as d, e, f:")
      assert.isUndefined(chosen.note)
    }))

  it.effect("is not walked for by a refusal that names no model, nor by a passing failure", () =>
    Effect.gen(function*() {
      const steps = [json(403, {}), json(429, {}), json(400, { detail: "No." }), json(402, {})]
      for (const step of steps) {
        const { asked } = yield* asking({ list: ["a", "b"], may: [], refusal: () => step }, { model: undefined })
        assert.deepStrictEqual(asked, ["a"])
      }
    }))

  it.effect("is not walked for once there is text, which would be told twice", () =>
    Effect.gen(function*() {
      const broken = respond(200, block(delta("Half")) + block(failed({ code: "model_not_found", message: "No." })))
      const { asked, said } = yield* asking({ list: ["a", "b"], may: ["b"], refusal: () => broken }, {
        model: undefined
      })
      assert.deepStrictEqual(asked, ["a"])
      assert.include(said[0], "The model a is not available")
    }))

  it.effect("is not remembered as a winner before it has said anything", () =>
    Effect.gen(function*() {
      const empty = (model: string): Step => model === "a" ? refused(model) : respond(200, block(completed))
      const { chosen } = yield* asking({ list: ["a", "b"], may: [], refusal: empty }, { model: undefined })
      assert.isUndefined(chosen.note)
    }))
})

describe("two who ask at once", () => {
  it.effect("hear once what is asked instead", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      yield* CodexBackend.use((service) => {
        const ask = Stream.runDrain(service.responses(prompt))
        return Effect.all([ask, ask, ask], { concurrency: 3 })
      }).pipe(
        Effect.provide(backend([serving({ list: ["a", "b"], may: ["b"] })], [], { model: undefined })),
        Effect.provide(Logger.layer([Logger.make(({ message }) => log.push(String(message)))]))
      )
      assert.deepStrictEqual(log, ["This account is refused the model a; b is asked instead."])
    }))
})

describe("a model that somebody chose", () => {
  it.effect("is asked without a look at the list, and never replaced; its refusal names option, variable, and others", () =>
    Effect.gen(function*() {
      const account = { list: ["a", "b", "c", "d"], may: ["a"] }
      for (const [options, request] of [[{ model: "mine" }, {}], [{ model: "a" }, { model: "mine" }]] as const) {
        const { asked, chosen, log, said } = yield* asking(account, options, [request, request])
        assert.deepStrictEqual(asked, ["mine", "mine"])
        assert.deepStrictEqual(said[0]?.split("\n"), [
          "The model mine is not available to this account (400).",
          "Try another model from `/codex models`, such as a, b, c: the bot's owner sets `model` or CODEX_MODEL."
        ])
        assert.deepStrictEqual(chosen, { model: options.model, note: undefined })
        assert.deepStrictEqual(log, [])
      }
      const seen: Array<Seen> = []
      yield* CodexBackend.use((service) => Stream.runDrain(service.responses(prompt))).pipe(
        Effect.provide(backend([serving({ ...account, may: ["mine"] })], seen, { model: "mine" }))
      )
      assert.strictEqual(seen.length, 1)
    }))

  it.effect("is told with three models that are there to the author of a program, too", () =>
    Effect.gen(function*() {
      const failure = yield* CodexBackend.use((service) => Effect.flip(Stream.runDrain(service.responses(prompt))))
        .pipe(
          Effect.provide(backend([serving({ list: ["a", "b"], may: [] })], [], { model: "mine" }))
        )
      assert.strictEqual(
        failure.fix("program"),
        "Set `model` or CODEX_MODEL to a model of this account, such as a, b."
      )
    }))
})

describe("the login of a turn", () => {
  it.effect("is looked at once, and anew only when the account was asked for its list meanwhile", () =>
    Effect.gen(function*() {
      let looked = 0
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        const ask = Effect.suspend(() => {
          looked = 0
          return Effect.map(Stream.runDrain(service.responses(prompt)), () => looked)
        })
        // For the prompt, for the list, and again for the prompt: the list may have met the refusal of a token.
        assert.strictEqual(yield* ask, 3)
        assert.strictEqual(yield* ask, 1)
        assert.deepStrictEqual(seen.map(({ method }) => method), ["GET", "POST", "POST"])
      }).pipe(Effect.provide(backend([serving({ list: ["a1"], may: ["a1"] })], seen, { model: undefined }, {
        credentials: Effect.sync(() => {
          looked++
          return credentials
        })
      })))
    }))
})

/** A login that changes its owner. */
const loginOf = (account: Ref.Ref<string>): Partial<Login> => ({
  credentials: Effect.map(Ref.get(account), (accountId) => ({ ...credentials, accountId })),
  account: Ref.get(account),
  status: Effect.map(Ref.get(account), (accountId) => ({
    location: "memory",
    signedIn: true,
    problem: undefined,
    expiresAt: undefined,
    accountId,
    plan: undefined,
    canRefresh: true,
    unwritable: undefined
  }))
})

describe("another account", () => {
  it.effect("has a list, a choice and a note of its own", () =>
    Effect.gen(function*() {
      const account = yield* Ref.make("ada")
      const lists: { readonly [name: string]: ReadonlyArray<string> } = { ada: ["a1", "a2"], bob: ["b1"] }
      const ofAccount: Step = (seen) =>
        serving({ list: lists[seen.headers["chatgpt-account-id"] ?? ""], may: ["a2", "b1"] })(seen)
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const service = yield* CodexBackend
        const models = yield* Models
        const ask = Stream.runDrain(service.responses(prompt))
        yield* ask
        assert.deepInclude(yield* service.status, { model: "a2" })
        yield* Ref.set(account, "bob")
        assert.deepStrictEqual((yield* models.list).models.map(({ id }) => id), ["b1"])
        assert.deepInclude(yield* service.status, { model: "b1", modelNote: undefined })
        yield* ask
        assert.deepStrictEqual(seen.filter(({ method }) => method === "POST").map(modelOf), ["a1", "a2", "b1"])
      }).pipe(Effect.provide(backend([ofAccount], seen, { model: undefined }, loginOf(account))))
    }))

  it.effect("is asked with no ETag of the one before, and gets none of its models when it cannot be asked", () =>
    Effect.gen(function*() {
      const account = yield* Ref.make("ada")
      const seen: Array<Seen> = []
      const step: Step = (request) =>
        (request.headers["chatgpt-account-id"] === "ada"
          ? json(200, { models: [{ slug: "a1" }] }, { etag: "1" })
          : respond(500, ""))(request)
      yield* Effect.gen(function*() {
        const models = yield* Models
        assert.strictEqual((yield* models.list).source, "live")
        yield* Ref.set(account, "bob")
        assert.strictEqual((yield* models.list).source, "built-in")
        assert.notProperty(seen[1]?.headers, "if-none-match")
      }).pipe(Effect.provide(backend([step], seen, { model: undefined }, loginOf(account))))
    }))

  it.effect("that comes in just before its list is asked is asked with no ETag of the one before either", () =>
    Effect.gen(function*() {
      const account = yield* Ref.make("ada")
      const seen: Array<Seen> = []
      const step: Step = (request) =>
        request.headers["if-none-match"] === undefined
          ? json(200, { models: [{ slug: `of-${request.headers["chatgpt-account-id"]}` }] }, { etag: "1" })(request)
          : respond(304, "")(request)
      const login = loginOf(account)
      const asWas: Partial<Login> = { ...login, account: Effect.succeed("ada") }
      yield* Effect.gen(function*() {
        const models = yield* Models
        assert.deepStrictEqual((yield* models.list).models.map(({ id }) => id), ["of-ada"])
        yield* TestClock.adjust("5 minutes")
        yield* Ref.set(account, "bob")
        assert.deepStrictEqual((yield* models.list).models.map(({ id }) => id), ["of-bob"])
        assert.strictEqual(seen.length, 2)
      }).pipe(Effect.provide(backend([step], seen, { model: undefined }, asWas)))
    }))

  it.effect("does not get the list of the one before that comes late", () =>
    Effect.gen(function*() {
      const account = yield* Ref.make("ada")
      const gate = yield* Deferred.make<void>()
      const step: Step = (request) =>
        request.headers["chatgpt-account-id"] === "ada"
          ? Effect.andThen(Deferred.await(gate), listOf(["a1"])(request))
          : respond(500, "")(request)
      yield* Effect.gen(function*() {
        const models = yield* Models
        const late = yield* Effect.forkChild(models.list)
        yield* Effect.yieldNow
        yield* Ref.set(account, "bob")
        assert.strictEqual((yield* models.list).source, "built-in")
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(late)
        assert.isUndefined((yield* models.chosen).model)
        yield* TestClock.adjust("61 seconds")
        assert.strictEqual((yield* models.list).source, "built-in")
      }).pipe(Effect.provide(backend([step], [], { model: undefined }, loginOf(account))))
    }))
})

describe("a list that does not come", () => {
  it.effect("is given up after thirty seconds", () =>
    Effect.gen(function*() {
      const asked = yield* Effect.forkChild(Models.use(({ list }) => list), { startImmediately: true })
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(asked.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(asked)).source, "built-in")
    }).pipe(Effect.provide(backend([() => Effect.never]))))
})

describe("Models.layerFixed", () => {
  it.effect("asks its first model where nobody chose, and what was chosen elsewhere", () =>
    Effect.gen(function*() {
      const models = yield* Models
      assert.deepStrictEqual((yield* models.list).models.map(({ id }) => id), ["a", "b", "c", "d"])
      assert.deepStrictEqual(yield* models.choose(undefined), { model: "a", isExplicit: false })
      assert.deepStrictEqual(yield* models.choose("mine"), { model: "mine", isExplicit: true })
      assert.strictEqual(yield* models.after(["a"]), "b")
      assert.isUndefined(yield* models.after(["a", "b", "c"]))
      assert.deepStrictEqual(yield* models.chosen, { model: "a", note: undefined })
    }).pipe(Effect.provide(ModelsModule.layerFixed(["a", "b", "c", "d"]))))
})

describe("Models.list", () => {
  const models = json(200, {
    models: [
      { slug: "b", priority: 2, visibility: "list", display_name: "B", description: "Second" },
      { slug: "hidden", priority: 0, visibility: "hide" },
      {
        slug: "a",
        priority: 1,
        supported_reasoning_levels: [{ effort: "high" }, { effort: "new" }, { effort: "low" }, { effort: "high" }]
      },
      { slug: "z" },
      { priority: 1 }
    ]
  }, { etag: "\"v1\"" })

  it.effect("lists what is meant to be listed, best first, and asks again only after five minutes", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const service = yield* Models
        const first = yield* service.list
        assert.strictEqual(first.source, "live")
        assert.deepStrictEqual(first.models, [
          { id: "a", displayName: undefined, description: undefined, reasoningEfforts: ["low", "high", "new"] },
          { id: "b", displayName: "B", description: "Second", reasoningEfforts: [] },
          { id: "z", displayName: undefined, description: undefined, reasoningEfforts: [] }
        ])
        yield* TestClock.adjust("4 minutes")
        yield* service.list
        assert.strictEqual(seen.length, 1)
        assert.strictEqual(seen[0]?.url, "https://chatgpt.com/backend-api/codex/models?client_version=0.0.0")
        assert.notProperty(seen[0]?.headers, "if-none-match")
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(yield* service.list, first)
        assert.strictEqual(seen.length, 2)
        assert.strictEqual(seen[1]?.headers["if-none-match"], "\"v1\"")
        yield* TestClock.adjust("6 minutes")
        assert.deepStrictEqual(yield* service.list, first)
      }).pipe(Effect.provide(backend([models, respond(304, ""), respond(500, "")], seen)))
    }))

  it.effect("counts a list that is still the same for five minutes again, to the millisecond", () =>
    Effect.gen(function*() {
      const seen: Array<Seen> = []
      yield* Effect.gen(function*() {
        const service = yield* Models
        yield* service.list
        for (const asked of [2, 3]) {
          yield* TestClock.adjust(299_999)
          yield* service.list
          assert.strictEqual(seen.length, asked - 1)
          yield* TestClock.adjust(1)
          yield* service.list
          assert.strictEqual(seen.length, asked)
        }
      }).pipe(Effect.provide(backend([models, respond(304, ""), respond(304, "")], seen)))
    }))

  it("tells no name and no description that nobody can read", () => {
    const long = "x".repeat(20_000)
    const read = (model: object) => ModelList.read(JSON.stringify({ models: [model] }))
    for (const slug of [long, "two\nlines", "<b>", 7, null, {}, "rt_secret"]) {
      assert.deepStrictEqual(read({ slug }), [], JSON.stringify(slug).slice(0, 20))
    }
    assert.deepStrictEqual(
      read({
        slug: "vendor/model-1.5:fast",
        display_name: long,
        description: "two\n lines",
        supported_reasoning_levels: [{ effort: "low" }, { effort: long }, { effort: "not one" }]
      }),
      [{
        id: "vendor/model-1.5:fast",
        displayName: undefined,
        description: "two lines",
        reasoningEfforts: ["low"]
      }]
    )
  })

  it.effect("falls back to the built-in list and asks again after a minute", () =>
    Effect.gen(function*() {
      for (
        const step of [respond(500, ""), unreachable, json(200, { models: [] }), json(401, {}), respond(200, "<html>")]
      ) {
        const seen: Array<Seen> = []
        yield* Effect.gen(function*() {
          const service = yield* Models
          const list = yield* service.list
          assert.strictEqual(list.source, "built-in")
          assert.deepStrictEqual(list.models.map(({ id }) => id).slice(0, 3), [
            "gpt-6.1-sol",
            "gpt-6-astra",
            "gpt-6-sol"
          ])
          assert.isFalse(list.models.some(({ id }) => retired.includes(id)))
          const asked = seen.length
          yield* TestClock.adjust("59 seconds")
          yield* service.list
          assert.strictEqual(seen.length, asked)
          yield* TestClock.adjust("2 seconds")
          yield* service.list
          assert.isAbove(seen.length, asked)
        }).pipe(Effect.provide(backend([step], seen)))
      }
    }))

  it.effect("is asked once for all who wait for it, in the name of none of them", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const seen: Array<Seen> = []
      const slow: Step = (request) => Effect.andThen(Deferred.await(gate), models(request))
      const named = (name: string) =>
        withClientTransform(HttpClient.mapRequest(HttpClientRequest.setHeader("x-name", name)))
      yield* Effect.gen(function*() {
        const { list } = yield* Models
        const [first, second] = yield* Effect.all([Effect.forkChild(list.pipe(named("a"))), Effect.forkChild(list)])
        yield* Effect.yieldNow
        yield* Fiber.interrupt(first)
        yield* Deferred.succeed(gate, undefined)
        assert.strictEqual((yield* Fiber.join(second)).source, "live")
        assert.strictEqual(seen.length, 1)
        assert.notProperty(seen[0]?.headers, "x-name")
      }).pipe(Effect.provide(backend([slow], seen)))
    }))
})
