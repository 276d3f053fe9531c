/**
 * Speech to text: what somebody said in a voice message, for a model that only reads.
 *
 * There is none by default: who wants it names a program of the machine (whisper.cpp and its kin), or a server that
 * speaks OpenAI's `/audio/transcriptions`. What was said is in no log, no span and no failure.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { backoff } from "../../Failure.ts"
import { ensure, span } from "../../internal/kinds.ts"
import { lazily } from "../../internal/lazily.ts"
import { optional, words } from "../../internal/settings.ts"
import * as TextBytes from "../internal/textBytes.ts"

/**
 * Bounds of one transcription.
 *
 * @since 0.2.0
 * @category models
 */
export interface Bounds {
  /** How long one may take before it is ended. Default: 2 minutes. */
  readonly timeout?: Duration.Input | undefined
  /** How many may run at once. Default: 2. */
  readonly concurrency?: number | undefined
}

/**
 * A program of this machine.
 *
 * @since 0.2.0
 * @category models
 */
export interface CommandOptions extends Bounds {
  /**
   * The program and its arguments, or a line for the shell, which may have pipes. It prints what it heard; `{file}`
   * stands for the file, which is the last argument where it is not named.
   */
  readonly command: string | ReadonlyArray<string>
}

/**
 * A server that speaks OpenAI's `/audio/transcriptions`.
 *
 * @since 0.2.0
 * @category models
 */
export interface OpenAiOptions extends Bounds {
  /** Where it is, up to and without `/audio/transcriptions`: `https://api.openai.com/v1`. */
  readonly url: string
  /** Default: none is sent. */
  readonly key?: Redacted.Redacted | undefined
  /** Default: `whisper-1`. */
  readonly model?: string | undefined
  /** The language that is spoken, as `en` or `de`. Default: the server finds out. */
  readonly language?: string | undefined
}

/**
 * One of the two.
 *
 * @since 0.2.0
 * @category models
 */
export type Options = CommandOptions | OpenAiOptions

/**
 * Something to listen to.
 *
 * @since 0.2.0
 * @category models
 */
export interface Speech {
  readonly bytes: Uint8Array
  /** A name with the ending that transcribers know the format by, as `voice.ogg`. */
  readonly name: string
}

/**
 * Nothing could be understood, and why.
 *
 * @since 0.2.0
 * @category errors
 */
export class TranscriptionFailed extends Schema.TaggedError<TranscriptionFailed>("effect-codex/TranscriptionFailed")(
  "TranscriptionFailed",
  {
    reason: Schema.Literals(["none", "timeout", "silence", "tooLong", "refused", "unavailable", "broken"]),
    /** The status of the server, or the exit code of the program. */
    code: Schema.optionalKey(Schema.Int),
    retryAfter: Schema.optionalKey(Schema.Duration)
  }
) {
  get isRetryable(): boolean {
    return this.reason === "unavailable"
  }
  override get message(): string {
    switch (this.reason) {
      case "none":
        return "I cannot listen to recordings: the owner of the bot can switch that on (CODEX_TRANSCRIBE_COMMAND or " +
          "CODEX_TRANSCRIBE_URL, or `transcribe` among the options)."
      case "timeout":
        return "Listening to the recording took too long: send a shorter one."
      case "silence":
        return "I heard no words in the recording."
      case "tooLong":
        return "There is too much in the recording: send a shorter one."
      case "refused":
        return "The service that listens to recordings refused this one: the owner of the bot finds out why in its log."
      case "unavailable":
        return "The service that listens to recordings cannot be reached at the moment: try again later."
      case "broken":
        return "The program that listens to recordings failed: the owner of the bot finds out why in its log."
    }
  }
}

/**
 * Speech to text.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** Whether there is one at all. */
  readonly isAvailable: boolean
  /** What is said in a recording: at least one word. */
  readonly transcribe: (speech: Speech) => Effect.Effect<string, TranscriptionFailed>
}

/**
 * Speech to text as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class Transcriber extends Context.Service<Transcriber, Service>()("effect-codex/media/Transcriber") {}

const failed = (reason: TranscriptionFailed["reason"], code?: number): TranscriptionFailed =>
  new TranscriptionFailed({ reason, ...(code !== undefined && { code }) })

// An hour of speech is 60 kB.
const mostOutput = 256 * 1024

// What whisper writes for noise and silence.
const noises = /\[[A-Z_ ]+\]|\((?:silence|music|inaudible)\)/gi

/** What was heard, as one text; it has a letter or a figure, or nothing was. */
const heard = (text: string): Effect.Effect<string, TranscriptionFailed> => {
  const words = TextBytes.cleaned(text).replace(noises, "").replace(/[ \t]+/g, " ").replace(/ ?\n ?/g, "\n").trim()
  return /[\p{L}\p{N}]/u.test(words) ? Effect.succeed(words) : Effect.fail(failed("silence"))
}

/** A transcriber in its bounds, which says in the log what its owner has to know. */
const bounded = Effect.fnUntraced(function*(
  { concurrency = 2, timeout = "2 minutes" }: Bounds,
  listen: (speech: Speech) => Effect.Effect<string, TranscriptionFailed>
) {
  yield* ensure("Transcriber.layer", { timeout: span }, { timeout })
  const permits = yield* Semaphore.make(concurrency)
  return Transcriber.of({
    isAvailable: true,
    transcribe: Effect.fn("Transcriber.transcribe")((speech) =>
      permits.withPermit(
        listen(speech).pipe(
          Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(failed("timeout")) })
        )
      ).pipe(
        Effect.flatMap(heard),
        Effect.tapError(({ code, reason }) =>
          reason === "silence"
            ? Effect.void
            : Effect.logWarning(`A recording could not be heard (${reason}${code === undefined ? "" : ` ${code}`}).`)
        )
      )
    )
  })
})

const makeCommand = ({ command, ...bounds }: CommandOptions) =>
  bounded(
    bounds,
    Effect.fnUntraced(function*(speech): Effect.fn.Return<string, TranscriptionFailed> {
      const { run } = yield* Effect.promise(() => import("./internal/command.ts"))
      const outcome = yield* run(command, speech, mostOutput)
      switch (outcome._tag) {
        case "Printed":
          return outcome.text
        case "Exited":
          return yield* failed("broken", outcome.code)
        case "TooLong":
          return yield* failed("tooLong")
        case "Unstartable":
          return yield* failed("broken")
      }
    })
  )

/**
 * By a program of this machine, such as whisper.cpp.
 *
 * The recording is a file in a folder of its own that nobody else can read, and is gone afterwards. The program is
 * killed with the turn, and when it takes too long or prints too much. Of the environment it gets what programs need to
 * run (`PATH`, `HOME`, `LANG` and their kin), and no setting of the bot: no token, no key.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerCommand = (options: CommandOptions): Layer.Layer<Transcriber> =>
  Layer.effect(Transcriber, makeCommand(options))

const decodeAnswer = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ text: Schema.String })))

const refusalOf = (status: number): TranscriptionFailed =>
  status === 413
    ? failed("tooLong", status)
    : failed(status === 429 || status >= 500 ? "unavailable" : "refused", status)

const behind = lazily(() => import("./internal/server.ts"))

const makeOpenAi = Effect.fnUntraced(function*({ key, language, model = "whisper-1", url, ...bounds }: OpenAiOptions) {
  const { asking } = yield* behind
  const heardBy = yield* asking({ key, language, model, url, most: mostOutput })
  // What the platform says may quote the address, which is somebody's.
  const ask = (speech: Speech) => Effect.mapError(heardBy(speech), () => failed("unavailable"))
  return yield* bounded(bounds, (speech) =>
    ask(speech).pipe(
      Effect.flatMap(({ body, status }) =>
        status === 200
          ? Option.match(decodeAnswer(body), {
            onNone: () => Effect.fail(failed("refused", status)),
            onSome: ({ text }) => Effect.succeed(text)
          })
          : Effect.fail(refusalOf(status))
      ),
      Effect.retry(backoff({ base: "500 millis", times: 2, longest: "10 seconds" }))
    ))
})

/**
 * By a server that speaks OpenAI's `/audio/transcriptions`. Two more attempts are made when it is busy.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerOpenAi = (
  options: OpenAiOptions
): Layer.Layer<Transcriber, never, HttpClient.HttpClient> => Layer.effect(Transcriber, makeOpenAi(options))

/**
 * None: recordings are answered with one sentence that says how to switch it on.
 *
 * @since 0.2.0
 * @category constructors
 */
export const none: Service = {
  isAvailable: false,
  transcribe: () => Effect.fail(failed("none"))
}

/**
 * None, which is what there is without a layer as well.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerNone: Layer.Layer<Transcriber> = Layer.succeed(Transcriber, none)

/**
 * The one that the options describe, or none; a server is asked over `fetch`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options: Options | undefined): Layer.Layer<Transcriber> =>
  options === undefined
    ? layerNone
    : "command" in options
    ? layerCommand(options)
    : Layer.provide(layerOpenAi(options), Layer.unwrap(Effect.map(behind, ({ overFetch }) => overFetch)))

/**
 * `CODEX_TRANSCRIBE_COMMAND`, or `CODEX_TRANSCRIBE_URL` with `CODEX_TRANSCRIBE_KEY`, `CODEX_TRANSCRIBE_MODEL` and
 * `CODEX_TRANSCRIBE_LANGUAGE`; the command comes first, and without either there is none.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options | undefined> = Config.all({
  command: words("CODEX_TRANSCRIBE_COMMAND"),
  url: optional(Config.map(Config.URL("CODEX_TRANSCRIBE_URL"), ({ href }) => href)),
  key: optional(Config.Redacted("CODEX_TRANSCRIBE_KEY")),
  model: words("CODEX_TRANSCRIBE_MODEL"),
  language: words("CODEX_TRANSCRIBE_LANGUAGE")
}).pipe(
  Config.map(({ command, url, ...rest }) =>
    command !== undefined ? { command } : url !== undefined ? { url, ...rest } : undefined
  )
)

/**
 * The one that the environment describes, or none.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config<Options | undefined> = config
): Layer.Layer<Transcriber, Config.ConfigError> => Layer.unwrap(Effect.map(options, layer))
