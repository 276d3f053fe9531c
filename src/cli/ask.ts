/**
 * `effect-codex ask`: one question, and its answer while it is written.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Codex from "../conversation/Codex.ts"
import * as RichText from "../telegram/richtext/RichText.ts"
import * as Account from "./internal/account.ts"
import * as Ansi from "./internal/ansi.ts"
import * as LiveText from "./internal/liveText.ts"
import { exitCodes, failed, misused, silent } from "./internal/outcome.ts"
import * as Screen from "./Screen.ts"

/** Files are longer than messages of a chat, in UTF-16 units. */
const longestPrompt = 1_000_000

/** How often a terminal is written to while an answer grows. */
const pace = "50 millis"

const input = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  return yield* stdio.stdin.pipe(Stream.decodeText, Stream.mkString)
})

/** What was asked: the words, with stdin in the place of `-`; all of stdin where there are no words. */
const asked = Effect.fnUntraced(function*(words: ReadonlyArray<string>) {
  const stdio = yield* Stdio.Stdio
  if (words.length > 0 && !words.includes("-")) return words.join(" ")
  if (words.length === 0 && (yield* stdio.stdinIsTerminal)) {
    return yield* misused("There is no question: say it behind `ask`, or pipe it in.")
  }
  const read = yield* Effect.mapError(input, () => misused("The standard input could not be read."))
  return words.length === 0 ? read : words.map((word) => word === "-" ? `\n${read}\n` : word).join(" ").trim()
})

const question = Effect.fnUntraced(function*(words: ReadonlyArray<string>) {
  const text = yield* asked(words)
  return text.trim() === ""
    ? yield* misused("The question is empty: say it behind `ask`, or pipe it in.")
    : text
})

/** Where somebody watches, the answer is formatted, and changes in place while it grows. */
const watched = Effect.fnUntraced(function*(events: Stream.Stream<Codex.TurnEvent, Codex.TurnError>) {
  const screen = yield* Screen.Screen
  const live = LiveText.make(screen)
  const { canStyle } = screen
  let renderer = RichText.makeRenderer()
  let last: Codex.Answer | undefined
  const paint = Effect.fnUntraced(function*(rich: RichText.Rich) {
    const columns = yield* screen.columns
    yield* live.show(rich.text === "" ? [] : Ansi.rowsOf(rich, { columns, canStyle }))
  })
  yield* events.pipe(
    Stream.groupedWithin(1000, pace),
    Stream.runForEach((events) => {
      for (const event of events) {
        if (event._tag === "TextDelta") renderer.append(event.text)
        if (event._tag === "Restarted") renderer = RichText.makeRenderer()
        if (event._tag === "Completed") last = event.answer
      }
      return paint(last === undefined ? renderer.preview() : renderer.finish(last.incomplete !== undefined))
    })
  )
  return last
})

/** Elsewhere it is plain, as it comes. What was written cannot be taken back: of an answer that starts over, only what is new is written. */
const plain = Effect.fnUntraced(function*(events: Stream.Stream<Codex.TurnEvent, Codex.TurnError>) {
  const screen = yield* Screen.Screen
  let written = ""
  let text = ""
  let last: Codex.Answer | undefined
  const follow = Effect.fnUntraced(function*() {
    if (written.startsWith(text)) return
    if (!text.startsWith(written)) {
      yield* screen.warn("The connection broke, and the answer starts over.")
      yield* screen.write("\n\n")
      written = ""
    }
    yield* screen.write(text.slice(written.length))
    written = text
  })
  yield* Stream.runForEach(events, (event) => {
    switch (event._tag) {
      case "TextDelta":
        text += event.text
        return follow()
      case "Restarted":
        text = ""
        return Effect.void
      case "ReasoningDelta":
      case "ToolStarted":
      case "ToolDone":
      case "Decided":
        return Effect.void
      case "Completed":
        last = event.answer
        return written.endsWith("\n") || written === "" ? Effect.void : screen.write("\n")
    }
  })
  return last
})

const run = Effect.fnUntraced(function*(prompt: {
  readonly text: string
  readonly model: string | undefined
  readonly reasoningEffort: string | undefined
  readonly systemPrompt: string | undefined
}) {
  const screen = yield* Screen.Screen
  const codex = yield* Codex.Codex
  const answer = yield* (screen.isWatched ? watched : plain)(codex.stream(prompt)).pipe(Effect.mapError(failed))
  if (answer?.incomplete !== undefined) {
    yield* screen.warn(`The answer is not whole (${answer.incomplete}).`)
    return yield* silent(exitCodes.failed)
  }
})

const optionOf = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

/** Asks once. */
export const ask = Command.make(
  "ask",
  {
    words: Account.words("question"),
    model: optionOf("model", "name", "The model to ask. Default: CODEX_MODEL, else the best of the account's list"),
    effort: optionOf("effort", "low|medium|high", "How hard it thinks. Default: CODEX_REASONING_EFFORT, else its own"),
    system: optionOf("system", "text", "Instructions. Default: CODEX_SYSTEM_PROMPT"),
    path: Account.path
  },
  Effect.fnUntraced(function*({ effort, model, path, system, words }) {
    const text = yield* question(words)
    return yield* run({
      text,
      model: Option.getOrUndefined(model),
      reasoningEffort: Option.getOrUndefined(effort),
      systemPrompt: Option.getOrUndefined(system)
    }).pipe(
      Effect.provide(Account.layer(path, { maxPromptLength: longestPrompt }))
    )
  })
).pipe(
  Command.withDescription(
    "Ask once, and read the answer while it is written: formatted at a terminal, as plain Markdown elsewhere. Without " +
      "words the question is read from the standard input; a word that is - stands for it."
  ),
  Command.withShortDescription("Ask a question, or what is piped in"),
  Command.withExamples([
    { command: "effect-codex ask What is 6 x 7?", description: "Ask" },
    { command: "git diff | effect-codex ask Write a commit message for this: -", description: "Ask about a pipe" },
    { command: "effect-codex ask < question.txt > answer.md", description: "From a file, into a file" }
  ])
)
