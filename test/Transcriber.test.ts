import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import * as Transcriber from "../src/telegram/media/Transcriber.ts"

const speech: Transcriber.Speech = { bytes: new TextEncoder().encode("Hello, bot"), name: "voice.ogg" }

const heard = (layer: Layer.Layer<Transcriber.Transcriber>) =>
  Transcriber.Transcriber.use(({ transcribe }) => transcribe(speech)).pipe(Effect.provide(layer))

const problem = (layer: Layer.Layer<Transcriber.Transcriber>) =>
  Effect.map(Effect.flip(heard(layer)), ({ code, reason }) => ({ reason, ...(code !== undefined && { code }) }))

const command = (
  command: string | ReadonlyArray<string>,
  bounds: Transcriber.Bounds = {}
): Layer.Layer<Transcriber.Transcriber> => Transcriber.layerCommand({ command, ...bounds })

const { PATH: path } = process.env

const restore = (name: string, value: string | undefined): void => {
  if (value === undefined) Reflect.deleteProperty(process.env, name)
  else process.env[name] = value
}

// A program runs by the clock on the wall.
describe("a program of the machine", () => {
  it.live("is handed the recording as a file and heard by what it prints", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* heard(command("cat")), "Hello, bot")
      assert.strictEqual(yield* heard(command(["cat"])), "Hello, bot")
    }))

  it.live("may be a line for the shell that names the file itself", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* heard(command("cat {file} | tr a-z A-Z")), "HELLO, BOT")
    }))

  it.live("is a line for the shell in which the file is one word, whatever is in its name", () =>
    Effect.gen(function*() {
      const layer = command("cat {file} && printf %s ' read'")
      const name = "a b'$(printf x);exit 3;.ogg"
      const text = yield* Transcriber.Transcriber.use(({ transcribe }) => transcribe({ ...speech, name })).pipe(
        Effect.provide(layer)
      )
      assert.strictEqual(text, "Hello, bot read")
    }))

  it.live("is not given to the shell when it is words", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* heard(command(["printf", "%s;", "$HOME", "a b|c"])).pipe(
          Effect.map((text) => text.split(";").slice(0, 2).join())
        ),
        "$HOME,a b|c"
      )
    }))

  it.live("finds a file that nobody else can read, under an ending that it knows, and that is gone afterwards", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const said = yield* heard(command("stat -c '%a %n' {file} \"$(dirname {file})\""))
      const [file = "", folder = ""] = said.split("\n")
      assert.match(file, /^600 .*\/voice\.ogg$/)
      assert.match(folder, /^700 /)
      assert.isFalse(yield* fs.exists(folder.slice(4)))
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live.each(["sh -c env #", ["sh", "-c", "env"]])(
    "gets no setting of the bot in its environment: %j",
    (line) =>
      Effect.gen(function*() {
        const settings = {
          TELEGRAM_BOT_TOKEN: "1:SECRET",
          CODEX_AUTH_JSON_JSON: "SECRET",
          CODEX_ACCESS_TOKEN: "SECRET",
          CODEX_TRANSCRIBE_KEY: "SECRET",
          OPENAI_API_KEY: "SECRET",
          AWS_SECRET_ACCESS_KEY: "SECRET",
          LC_ALL: "C"
        }
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            const before = { ...process.env }
            Object.assign(process.env, settings)
            return before
          }),
          (before) => Effect.sync(() => Object.keys(settings).forEach((name) => restore(name, before[name])))
        )
        const environment = yield* heard(command(line))
        assert.notInclude(environment, "SECRET")
        assert.include(environment, `PATH=${path}`)
        assert.include(environment, "LC_ALL=C")
      })
  )

  it.live("that fails, or cannot be started, is a failure without a word of what it wrote", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* problem(command("echo do-not-tell; exit 3 #")), { reason: "broken", code: 3 })
      assert.deepStrictEqual(yield* problem(command(["/no/such/program"])), { reason: "broken" })
    }))

  it.live("that says nothing, or that there was noise, heard no words", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* problem(command("true")), { reason: "silence" })
      assert.deepStrictEqual(yield* problem(command("echo ' [BLANK_AUDIO]' #")), { reason: "silence" })
    }))

  it.live("that prints without end is ended", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* problem(command("yes #")), { reason: "tooLong" })
    }))

  const isRunning = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  const pidIn = Effect.fnUntraced(function*(file: string) {
    const fs = yield* FileSystem.FileSystem
    const text = yield* fs.readFileString(file).pipe(
      Effect.filterOrFail((text) => text.endsWith("\n")),
      Effect.retry(Schedule.spaced("10 millis"))
    )
    return Number(text)
  })

  it.live.each(["taking too long", "with the turn"] as const)(
    "is ended %s, with all that it started",
    (how) =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const pidFile = `${yield* fs.makeTempDirectoryScoped()}/pid`
        const layer = command(`sleep 300 & echo $! > ${pidFile}; wait #`, {
          timeout: how === "taking too long" ? "300 millis" : "1 minute"
        })
        const fiber = yield* Effect.forkChild(Effect.exit(heard(layer)))
        const pid = yield* pidIn(pidFile)
        assert.isTrue(isRunning(pid))
        if (how === "with the turn") yield* Fiber.interrupt(fiber)
        else assert.strictEqual((yield* Fiber.join(fiber))._tag, "Failure")
        yield* Effect.repeat(Effect.sync(() => isRunning(pid)), {
          until: (is) => !is,
          schedule: Schedule.spaced("10 millis")
        })
      }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.live("runs twice at once and no more", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const layer = command(`touch ${folder}/$$; ls ${folder} | wc -l; sleep 0.1; rm ${folder}/$$ #`)
      const counts = yield* Transcriber.Transcriber.use(({ transcribe }) =>
        Effect.all(Array.from({ length: 5 }, () => transcribe(speech)), { concurrency: "unbounded" })
      ).pipe(Effect.provide(layer))
      assert.isAtMost(Math.max(...counts.map(Number)), 2)
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

describe("a server that speaks OpenAI's transcriptions", () => {
  interface Asked {
    readonly url: string
    readonly key: string | null
    readonly form: FormData
  }

  /** A server at the other end of `fetch`. */
  const server = (answers: ReadonlyArray<Response | "down" | "hangs">) => {
    const asked: Array<Asked> = []
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const request = new Request(String(url), { method: "POST", body: init?.body ?? null })
      asked.push({
        url: String(url),
        key: new Headers(init?.headers).get("authorization"),
        form: await request.formData()
      })
      const answer = answers[asked.length - 1] ?? "down"
      return answer === "down" ? Promise.reject(new Error("down")) : answer === "hangs" ? new Promise(() => {}) : answer
    }
    return { asked, layer: Layer.succeed(FetchHttpClient.Fetch, fetch) }
  }

  const options: Transcriber.OpenAiOptions = { url: "http://127.0.0.1:1/v1/", key: Redacted.make("sk-do-not-tell") }

  const asking = (
    answers: ReadonlyArray<Response | "down" | "hangs">,
    more: Partial<Transcriber.OpenAiOptions> = {}
  ) => {
    const { asked, layer } = server(answers)
    return Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(
        Effect.result(heard(Transcriber.layer({ ...options, ...more }))).pipe(Effect.provide(layer))
      )
      for (let second = 0; second < 125; second++) yield* TestClock.adjust("1 second")
      const result = yield* Fiber.join(fiber)
      return {
        asked,
        said: result._tag === "Success" ? result.success : `${result.failure.reason} ${result.failure.code}`
      }
    })
  }

  it.effect("is sent the recording as a form, with the key, and its text is read", () =>
    Effect.gen(function*() {
      const { asked, said } = yield* asking([Response.json({ text: " Hello,  bot. ", more: 1 })])
      assert.strictEqual(said, "Hello, bot.")
      const [call] = asked
      assert.strictEqual(call?.url, "http://127.0.0.1:1/v1/audio/transcriptions")
      assert.strictEqual(call?.key, "Bearer sk-do-not-tell")
      const file = call?.form.get("file")
      assert.isTrue(file instanceof File)
      if (!(file instanceof File)) return
      assert.deepStrictEqual(
        [
          file.name,
          yield* Effect.promise(() => file.text()),
          call?.form.get("model"),
          call?.form.get("response_format")
        ],
        ["voice.ogg", "Hello, bot", "whisper-1", "json"]
      )
    }))

  it.effect.each(
    [
      [400, "refused 400", 1],
      [401, "refused 401", 1],
      [404, "refused 404", 1],
      [413, "tooLong 413", 1],
      [429, "unavailable 429", 3],
      [500, "unavailable 500", 3],
      [503, "unavailable 503", 3]
    ] as const
  )(
    "that answers %i fails as %s, asked %i times, and its owner reads why",
    ([status, expected, times]) =>
      Effect.gen(function*() {
        const lines: Array<string> = []
        const log = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
        const answers = Array.from({ length: 4 }, () => new Response("no", { status }))
        const { asked, said } = yield* Effect.provide(asking(answers), log)
        assert.deepStrictEqual([said, asked.length], [expected, times])
        assert.deepStrictEqual(lines, [`A recording could not be heard (${expected}).`])
      })
  )

  it.effect("in which no word is heard is no trouble of the owner's", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const log = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
      const { said } = yield* Effect.provide(asking([Response.json({ text: "(music) [BLANK_AUDIO] ..." })]), log)
      assert.strictEqual(said, "silence undefined")
      assert.deepStrictEqual(lines, [])
    }))

  it.effect("that answers with more than an hour of speech is not read to its end", () =>
    Effect.gen(function*() {
      const answers = (length: number) => Array.from({ length: 3 }, () => Response.json({ text: "x".repeat(length) }))
      assert.strictEqual((yield* asking(answers(250_000))).said.length, 250_000)
      assert.match((yield* asking(answers(265_000))).said, /^unavailable/)
    }))

  it.effect("has as much time for each recording, whoever waited before", () =>
    Effect.gen(function*() {
      const { layer } = server(["hangs", Response.json({ text: "second" })])
      const fiber = yield* Effect.forkChild(
        Transcriber.Transcriber.use(({ transcribe }) =>
          Effect.all([Effect.result(transcribe(speech)), Effect.result(transcribe(speech))], {
            concurrency: "unbounded"
          })
        ).pipe(
          Effect.provide(Transcriber.layer({ ...options, concurrency: 1, timeout: "10 seconds" })),
          Effect.provide(layer)
        )
      )
      for (let second = 0; second < 25; second++) yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(({ _tag }) => _tag), ["Failure", "Success"])
    }))

  it.effect("may be named with the whole address, another model and a language, and without a key", () =>
    Effect.gen(function*() {
      const { asked } = yield* asking([Response.json({ text: "Hi" })], {
        url: "http://127.0.0.1:1/x/audio/transcriptions",
        model: "whisper-large",
        language: "de",
        key: undefined
      })
      const [call] = asked
      assert.deepStrictEqual(
        [call?.url, call?.key, call?.form.get("model"), call?.form.get("language")],
        ["http://127.0.0.1:1/x/audio/transcriptions", null, "whisper-large", "de"]
      )
    }))

  it.effect("is asked again when it is busy, and not when it refuses", () =>
    Effect.gen(function*() {
      const busy = () => new Response("busy", { status: 503 })
      const again = yield* asking([busy(), "down", Response.json({ text: "At last" })])
      assert.deepStrictEqual([again.said, again.asked.length], ["At last", 3])
      const never = yield* asking([busy(), busy(), busy(), busy()])
      assert.deepStrictEqual([never.said, never.asked.length], ["unavailable 503", 3])
      const refused = yield* asking([new Response("no", { status: 401 })])
      assert.deepStrictEqual([refused.said, refused.asked.length], ["refused 401", 1])
    }))

  it.effect.each([
    { name: "too much", answer: () => new Response("", { status: 413 }), says: "tooLong 413" },
    { name: "silence", answer: () => Response.json({ text: "" }), says: "silence undefined" },
    { name: "no JSON", answer: () => new Response("<html>"), says: "refused 200" },
    { name: "a redirect", answer: () => Response.redirect("http://127.0.0.1:2/", 302), says: "unavailable undefined" },
    { name: "nothing at all", answer: () => "hangs" as const, says: "timeout undefined" }
  ])("that answers with $name is a failure of its own", ({ answer, says }) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* asking([answer(), answer(), answer()])).said, says)
    }))
})

describe("the environment", () => {
  const described = (env: Record<string, string>) => Transcriber.config.parse(ConfigProvider.fromEnv({ env }))

  it.effect("names a program, or a server, or none", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* described({}), undefined)
      assert.deepStrictEqual(
        yield* described({ CODEX_TRANSCRIBE_COMMAND: "whisper-cli -f {file}", CODEX_TRANSCRIBE_URL: "http://x/v1" }),
        { command: "whisper-cli -f {file}" }
      )
      const server = yield* described({
        CODEX_TRANSCRIBE_URL: "http://x/v1",
        CODEX_TRANSCRIBE_KEY: "sk",
        CODEX_TRANSCRIBE_MODEL: "m"
      })
      assert.isTrue(server !== undefined && "url" in server)
      if (server === undefined || !("url" in server)) return
      assert.deepStrictEqual([server.url, server.model, server.key && Redacted.value(server.key)], [
        "http://x/v1",
        "m",
        "sk"
      ])
    }))

  it.effect("without either of them, a recording is answered with how to switch it on", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(heard(Transcriber.layerNone))
      assert.match(failure.message, /CODEX_TRANSCRIBE_COMMAND or CODEX_TRANSCRIBE_URL, or `transcribe`/)
    }))
})
