/**
 * The text of one answer, from its first words to its last, as the parts that fit into messages.
 */
import type { Answer, TurnEvent } from "../../../conversation/Codex.ts"
import { stopButton } from "../../Incoming.ts"
import * as RichText from "../../richtext/RichText.ts"
import type { Content, Document } from "../../TelegramApi.ts"
import type { Service as Door } from "../../TelegramDoor.ts"
import * as Pages from "./pages.ts"
import { format, join, plain } from "./richParts.ts"

/** What a person reads when the bot goes away in the middle of an answer. */
export const shutDown = "⚠️ The bot is being stopped and could not finish this answer.\nPlease ask again."

/** What a person reads when we broke in the middle of an answer. */
export const broken = "⚠️ Something went wrong inside the bot.\nIts log says what."

/** What a person reads when a message was sent and nobody knows whether it came through. */
export const unconfirmed = (prefix: string): string =>
  `⚠️ Telegram did not confirm the whole answer.\nIf a part of it is missing: /${prefix} last shows it again.`

const stopped = "⏹ Stopped."
const restarting = "↻ The connection broke. Starting over."
const cursor = " ▍"

const notes: { readonly [reason: string]: string } = {
  stopped,
  cut: "⚠️ The answer breaks off here: its time was up, or the connection was lost. Ask again for the rest.",
  max_output_tokens: "⚠️ The answer ends here: it has reached the model's limit.",
  content_filter: "⚠️ The answer ends here: the rest was filtered."
}

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

export const make = (door: Door): AnswerText => {
  const button = stopButton(door.commandPrefix)
  const pages = Pages.make()
  let renderer = RichText.makeRenderer()
  let written = ""
  let thought = ""
  /** How much was written when the answer started over. */
  let lost = 0
  let answer: Answer | undefined

  const longest = Math.min(RichText.maxMessageLength, door.maxResponseLength)
  const isCut = door.longAnswers === "truncate"

  /** What follows a text in the same message; none of it where there is no room. */
  const below = (parts: ReadonlyArray<RichText.Rich>): RichText.Rich => {
    const rich = join(parts)
    return rich.text.length + 2 < longest ? rich : plain("")
  }

  const roomFor = ({ text }: RichText.Rich): number => longest - (text === "" ? 0 : text.length + 2)

  const complete = (body: ReadonlyArray<RichText.Rich>, end: ReadonlyArray<RichText.Rich>): ReadonlyArray<Content> => {
    const whole = join([...body, ...end])
    if (!isCut) return pages.complete(whole, longest - cursor.length)
    if (whole.text !== "" && whole.text.length <= longest) return RichText.chunk(whole, { hard: longest })
    const tail = below([plain(RichText.truncationMark), ...end])
    return pages.complete(join(body), roomFor(tail)).slice(0, 1).map((first) => join([first, tail]))
  }

  const thinking = (): ReadonlyArray<RichText.Rich> =>
    door.reasoning === "show" && thought !== ""
      ? [format(RichText.render(thought), { type: "expandable_blockquote" })]
      : []

  const preview = (): ReadonlyArray<Content> => {
    const isRestarting = written.length < lost
    const body = renderer.preview()
    const rich = join([...(isRestarting ? [plain(restarting)] : []), ...thinking(), body])
    const parts = pages.growing(
      rich,
      rich.text.length - body.text.length + body.settled,
      Math.min(longest - cursor.length, isCut ? roomFor(below([plain(RichText.truncationMark)])) : longest)
    )
    const shown = isCut ? parts.slice(0, 1) : parts
    return shown.map((part, index) =>
      index < shown.length - 1 ? part : { ...part, text: `${part.text}${cursor}`, button }
    )
  }

  const footer = ({ model, usage }: Answer): ReadonlyArray<RichText.Rich> => {
    const words = [model, usage === undefined ? undefined : `${usage.totalTokens} tokens`]
    const line = words.filter((word) => word !== undefined).join(" · ")
    return door.footer && line !== "" ? [format(plain(line), { type: "italic" })] : []
  }

  const final = (): ReadonlyArray<Content> => {
    if (answer === undefined) return []
    const note = answer.incomplete === undefined ? undefined : notes[answer.incomplete]
    // What was broken off has marks that will never be closed.
    const body = answer.incomplete === undefined ? RichText.render(answer.text) : RichText.renderPreview(answer.text)
    return complete([...thinking(), body], [...(note === undefined ? [] : [plain(note)]), ...footer(answer)])
  }

  return {
    read: (event) => {
      switch (event._tag) {
        case "TextDelta":
          written += event.text
          renderer.append(event.text)
          break
        case "ReasoningDelta":
          thought += event.text
          break
        case "Restarted":
          lost = Math.max(lost, written.length)
          renderer = RichText.makeRenderer()
          pages.forget()
          written = ""
          thought = ""
          break
        case "Completed":
          answer = event.answer
      }
    },
    length: () => written.length + (door.reasoning === "show" ? thought.length : 0),
    preview,
    final,
    failed: (why) => complete([...thinking(), RichText.renderPreview(written)], [plain(why)]),
    document: () =>
      answer === undefined ? undefined : {
        name: "answer.md",
        content: new TextEncoder().encode(answer.text),
        caption: "The whole answer as a file.",
        protect: false
      }
  }
}
