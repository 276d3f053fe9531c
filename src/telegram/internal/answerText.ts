/**
 * The text of one answer, from its first words to its last, as the parts that fit into messages.
 */
import type { Settings } from "../../CodexConfig.ts"
import type { Answer, TurnEvent } from "../../conversation/Codex.ts"
import * as RichText from "../RichText.ts"
import type { Button, Content, Document } from "../TelegramApi.ts"
import { format, join, plain } from "./richParts.ts"

/** What a person reads when the bot goes away in the middle of an answer. */
export const shutDown = "⚠️ The bot is being stopped and could not finish this answer.\nPlease ask again."

const stopped = "⏹ Stopped."
const restarting = "↻ The connection broke. Starting over."
const cursor = " ▍"

const notes: { readonly [reason: string]: string } = {
  stopped,
  max_output_tokens: "⚠️ The answer ends here: it has reached the model's limit.",
  content_filter: "⚠️ The answer ends here: the rest was filtered."
}

/** Where a long answer is best broken, in UTF-16 units. */
const target = 4000

export interface AnswerText {
  /** Takes one event of the turn. */
  readonly read: (event: TurnEvent) => void
  /** How much there is to show. */
  readonly length: () => number
  /** The parts as they stand, with a cursor and a stop button under the last. */
  readonly preview: () => ReadonlyArray<Content>
  /** The parts of the complete answer; none when the turn never completed. */
  readonly final: () => ReadonlyArray<Content>
  /** The parts of an answer that ended otherwise: what there was of it, and why there is no more. */
  readonly failed: (why: string) => ReadonlyArray<Content>
  /** The answer as a file. */
  readonly document: () => Document | undefined
}

/** The stop button of a bot with this prefix. */
export const stopButton = (prefix: string): Button => ({ text: "⏹ Stop", data: `${prefix}:stop` })

export const make = (settings: Settings): AnswerText => {
  const button = stopButton(settings.commandPrefix)
  let renderer = RichText.makeRenderer()
  let written = 0
  let thought = ""
  let isRestarting = false
  let answer: Answer | undefined

  const longest = Math.min(RichText.maxMessageLength, settings.maxResponseLength)

  const chunks = (rich: RichText.Rich, room = 0): ReadonlyArray<RichText.Rich> =>
    RichText.chunk(rich, { target: Math.min(target, longest - room), hard: longest - room })

  const thinking = (): ReadonlyArray<RichText.Rich> =>
    settings.reasoning === "show" && thought !== ""
      ? [format(RichText.render(thought), { type: "expandable_blockquote" })]
      : []

  const preview = (): ReadonlyArray<Content> => {
    const parts = chunks(
      join([...(isRestarting ? [plain(restarting)] : []), ...thinking(), renderer.preview()]),
      cursor.length
    )
    const shown = settings.longAnswers === "truncate" ? parts.slice(0, 1) : parts
    return shown.map((part, index) =>
      index < shown.length - 1 ? part : { ...part, text: `${part.text}${cursor}`, button }
    )
  }

  const footer = ({ model, usage }: Answer): ReadonlyArray<RichText.Rich> => {
    const words = [model, usage === undefined ? undefined : `${usage.totalTokens} tokens`]
    const line = words.filter((word) => word !== undefined).join(" · ")
    return settings.footer && line !== "" ? [format(plain(line), { type: "italic" })] : []
  }

  const final = (): ReadonlyArray<Content> => {
    if (answer === undefined) return []
    const note = answer.incomplete === undefined ? undefined : notes[answer.incomplete]
    const source = settings.longAnswers === "truncate"
      ? RichText.truncate(answer.text, settings.maxResponseLength)
      : answer.text
    const parts = chunks(join([
      ...thinking(),
      // What was broken off has marks that will never be closed.
      answer.incomplete === undefined ? RichText.render(source) : RichText.renderPreview(source),
      ...(note === undefined ? [] : [plain(note)]),
      ...footer(answer)
    ]))
    return settings.longAnswers === "truncate" ? parts.slice(0, 1) : parts
  }

  return {
    read: (event) => {
      switch (event._tag) {
        case "TextDelta":
          isRestarting = false
          written += event.text.length
          renderer.append(event.text)
          break
        case "ReasoningDelta":
          thought += event.text
          break
        case "Restarted":
          isRestarting = written > 0
          renderer = RichText.makeRenderer()
          written = 0
          thought = ""
          break
        case "Completed":
          answer = event.answer
      }
    },
    length: () => written + (settings.reasoning === "show" ? thought.length : 0),
    preview,
    final,
    failed: (why) => chunks(join([...thinking(), renderer.preview(), plain(why)])),
    document: () =>
      answer === undefined ? undefined : {
        name: "answer.md",
        content: new TextEncoder().encode(answer.text),
        caption: "The whole answer as a file.",
        protect: false
      }
  }
}
