/**
 * The text of one answer, from its first words to its last, as the parts that fit into messages.
 */
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { Answer, TurnEvent } from "../../../conversation/Codex.ts"
import { bounded } from "../../../Failure.ts"
import * as Approvals from "../../incoming/Approvals.ts"
import { stopButton } from "../../incoming/Stops.ts"
import * as RichText from "../../richtext/RichText.ts"
import type { Content, Document } from "../../TelegramApi.ts"
import type { Service as Door } from "../../TelegramDoor.ts"
import * as Pages from "./pages.ts"
import { format, join, plain } from "./richParts.ts"

/** What a person reads when the bot goes away in the middle of an answer. */
export const shutDown = "⚠️ The bot is being stopped and could not finish this answer.\nPlease ask again."

/** What a person reads when a message was sent and nobody knows whether it came through. */
export const unconfirmed = (prefix: string): string =>
  `⚠️ Telegram did not confirm the whole answer.\nIf a part of it is missing: /${prefix} last shows it again.`

const unkept = "⚠️ The conversation memory failed: I will not remember this question and its answer."
/** What a person reads where an answer was stopped. */
export const stopped = "⏹ Stopped."
const restarting = "↻ The connection broke. Starting over."
const cursor = " ▍"

/** What a person reads when the bot has gone away in the middle of an answer, and come back. */
export const startedOver = "↻ The bot was restarted while it answered, and has asked again."

// A map, since the reason is a server's word, and an object knows words of its own.
const notes: ReadonlyMap<string, string> = new Map([
  ["stopped", stopped],
  [
    "cut",
    "⚠️ The answer breaks off here: its time was up, it grew too long, or the connection was lost. Ask again for the rest."
  ],
  ["max_rounds", "⚠️ The answer ends here: it has called tools as often as it may. Ask again to go on."],
  ["max_output_tokens", "⚠️ The answer ends here: it has reached the model's limit."],
  ["content_filter", "⚠️ The answer ends here: the rest was filtered."]
])

/** A tool that the model has called since it last said something. */
interface Working {
  readonly callId: string
  readonly name: string
  readonly mark: "…" | " ✓" | " ✗"
}

// How many tools are named; nobody reads on.
const mostTools = 5

/** One quiet line for each tool. */
const statusOf = (working: ReadonlyArray<Working>): string =>
  [
    ...working.slice(0, mostTools).map(({ mark, name }) => `🔧 ${bounded(name.replace(/\s+/g, " "))}${mark}`),
    ...working.length > mostTools ? [`🔧 ${working.length - mostTools} more…`] : []
  ].join("\n")

/** How much is shown of what a model thinks, in UTF-16 units; nobody reads on. The answer has a bound of its own. */
const longestThought = 100_000

/** What a file of this format ends with. */
const nameOf = (format: string): string => /^[a-z]{2,5}$/.test(format) ? format : "png"

/** What is said of tools that are broken off, where somebody had to approve of what they do. */
const brokenOff = (working: ReadonlyArray<Working>): ReadonlyArray<RichText.Rich> =>
  working.filter(({ mark }) => mark === "…").slice(0, mostTools).map(({ name }) =>
    plain(`⚠️ ${bounded(name.replace(/\s+/g, " "))} was broken off: it may have been done.`)
  )

/** What somebody is asked to approve, with all that they need to know for it. */
const questionOf = ({ arguments: written, name }: NonNullable<Answer["approvals"]>[number]): string =>
  `🔐 May I? ${bounded(name)} ${bounded(written, 600)}`

/** Pages as links, one a line. */
const linksTo = (sources: NonNullable<Answer["sources"]>): RichText.Rich =>
  sources.reduce<RichText.Rich>(
    ({ entities, text }, { title, url }, index) => {
      const before = `${text}\n${index + 1}. `
      return {
        text: before + title,
        entities: [...entities, { type: "text_link", url, offset: before.length, length: title.length }]
      }
    },
    plain("🔗 Sources")
  )

export interface AnswerText {
  /** Takes one event of the turn. */
  readonly read: (event: TurnEvent) => void
  /** The words of the answer, as they have come. */
  readonly soFar: () => string
  /** How much there is to show before it is complete. */
  readonly length: () => number
  /** Renders what has come, a piece at a time: others have their turn in between. */
  readonly settle: Effect.Effect<void>
  /** The parts as they stand, with a cursor and a stop button under the last. */
  readonly preview: () => ReadonlyArray<Content>
  /** The parts of the complete answer; none when the turn never completed, or says nothing. */
  readonly final: Effect.Effect<ReadonlyArray<Content>>
  /** The parts of an answer that ended otherwise: what there was of it, and why there is no more. */
  readonly failed: (why: string) => Effect.Effect<ReadonlyArray<Content>>
  /** The answer as a file. */
  readonly document: () => Document | undefined
  /** What was drawn for it. */
  readonly pictures: () => ReadonlyArray<Document>
}

/** Renders all that has come to a renderer, a piece at a time. */
const settle = Effect.fnUntraced(function*(renderer: RichText.Renderer) {
  // The first is all that most texts take.
  for (let steps = 0; renderer.step(); steps++) if (steps > 0) yield* Effect.yieldNow
})

/** Makes a list a piece at a time. */
const gathered = Effect.fnUntraced(function*<A>(pieces: Iterable<A>) {
  const all: Array<A> = []
  for (const piece of pieces) {
    all.push(piece)
    // Most answers are one or two, and nobody waits for so little.
    if (all.length % 2 === 0) yield* Effect.yieldNow
  }
  return all
})

/** Nothing yet; `again` says that an answer to this was begun before, `asker` who may press its buttons. */
export const make = (door: Door, again: () => boolean = () => false, asker?: number): AnswerText => {
  const button = stopButton(door.commandPrefix, asker)
  const pages = Pages.make()
  let renderer = RichText.makeRenderer()
  let written = ""
  /** What of it the renderer has not been given: a delta costs it as much as a page. */
  let unread = ""
  /** What the model thinks, where it tells, and how much of it there is. */
  let thoughts: RichText.Renderer | undefined
  let thought = 0
  /** How much was written when the answer started over. */
  let lost = 0
  let working: ReadonlyArray<Working> = []
  /** Whether somebody has approved of what is done. */
  let isApproved = false
  let answer: Answer | undefined
  /** The last preview, while nothing has come since: a call asks for it when it is made and again when it goes out. */
  let current: ReadonlyArray<Content> | undefined

  const longest = Math.min(RichText.maxMessageLength, door.maxResponseLength)
  const isCut = door.longAnswers === "truncate"
  /** Only that it works is shown, and not the answer before it is there. */
  const isProgress = door.streaming === "progress"

  /** What follows a text in the same message; none of it where there is no room. */
  const below = (parts: ReadonlyArray<RichText.Rich>): RichText.Rich => {
    const rich = join(parts)
    return rich.text.length + 2 < longest ? rich : plain("")
  }

  const roomFor = ({ text }: RichText.Rich): number => longest - (text === "" ? 0 : text.length + 2)

  const complete = Effect.fnUntraced(function*(body: ReadonlyArray<RichText.Rich>, end: ReadonlyArray<RichText.Rich>) {
    const whole = join([...body, ...end])
    if (!isCut) return yield* gathered(pages.complete(whole, longest - cursor.length, longest))
    if (whole.text !== "" && whole.text.length <= longest) {
      // All of its words are one message, with as many of its marks as Telegram takes in one.
      return RichText.chunk(whole, { hard: longest, maxEntities: Number.POSITIVE_INFINITY }).map((part) => ({
        ...part,
        entities: part.entities.slice(0, RichText.maxMessageEntities)
      }))
    }
    const tail = below([plain(RichText.truncationMark), ...end])
    const first = pages.complete(join(body), roomFor(tail)).next()
    return first.done === true ? [] : [join([first.value, tail])]
  })

  const restarts = (): ReadonlyArray<RichText.Rich> => again() ? [format(plain(startedOver), { type: "italic" })] : []

  const unknown = (): ReadonlyArray<RichText.Rich> => isApproved ? brokenOff(working) : []

  const quoted = (rendered: (thoughts: RichText.Renderer) => RichText.Rich): ReadonlyArray<RichText.Rich> =>
    thoughts === undefined ? [] : [format(rendered(thoughts), { type: "expandable_blockquote" })]

  /** Hands over what has come since the last look, at once. */
  const readOn = (): void => {
    renderer.append(unread)
    unread = ""
  }

  /** Parts with the word of what is being done below the last, or in place of them. */
  const withStatus = (parts: ReadonlyArray<RichText.Rich>): ReadonlyArray<Content> => {
    const status = statusOf(working)
    const last = parts.at(-1)
    const below = join([last ?? plain(""), plain(status)])
    if (status !== "" && below.text.length <= longest) return [...parts.slice(0, -1), { ...below, button }]
    return last === undefined ? [] : [...parts.slice(0, -1), { ...last, text: `${last.text}${cursor}`, button }]
  }

  const rendered = (): ReadonlyArray<Content> => {
    if (isProgress) return withStatus([])
    readOn()
    const isRestarting = written.length < lost
    const body = renderer.preview()
    const rich = join([...(isRestarting ? [plain(restarting)] : []), ...quoted((thoughts) => thoughts.preview()), body])
    const settled = rich.text.length - body.text.length + body.settled
    const limit = Math.min(
      longest - cursor.length,
      isCut ? roomFor(below([plain(RichText.truncationMark)])) : longest
    )
    const parts = pages.growing({ ...rich, settled, revision: body.revision }, limit, isCut ? limit : longest)
    return withStatus(isCut ? parts.slice(0, 1) : parts)
  }

  const footer = ({ model, usage }: Answer): ReadonlyArray<RichText.Rich> => {
    const words = [model, usage === undefined ? undefined : `${usage.totalTokens} tokens`]
    const line = words.filter((word) => word !== undefined).join(" · ")
    return door.footer && line !== "" ? [format(plain(line), { type: "italic" })] : []
  }

  /** All of a text; one that was broken off has marks that will never be closed. */
  const whole = Effect.fnUntraced(function*(text: string, isBrokenOff: boolean) {
    // Mostly it was shown while it was written, and most of it is rendered.
    const known = text === written ? renderer : RichText.makeRenderer()
    if (known === renderer) readOn()
    else known.append(text)
    known.end()
    yield* settle(known)
    return known.finish(isBrokenOff)
  })

  const settledThoughts = Effect.fnUntraced(function*(isBrokenOff: boolean) {
    if (thoughts !== undefined) yield* settle(thoughts)
    return quoted((thoughts) => thoughts.finish(isBrokenOff))
  })

  const final = Effect.gen(function*() {
    if (answer === undefined) return []
    const { sources = [] } = answer
    const note = answer.incomplete === undefined ? undefined : notes.get(answer.incomplete)
    const body = yield* whole(answer.text, answer.incomplete !== undefined)
    const { approvals = [], pictures = [] } = answer
    const isNothing = note === undefined && [sources, approvals, pictures].every((things) => things.length === 0)
    if (isNothing && RichText.isBlank(body.text)) return []
    const parts: ReadonlyArray<Content> = yield* complete([...(yield* settledThoughts(false)), body], [
      ...(note === undefined ? [] : [plain(note)]),
      ...unknown(),
      ...(answer.memoryProblem === undefined ? [] : [plain(unkept)]),
      ...(sources.length === 0 ? [] : [linksTo(sources)]),
      ...(answer.incomplete === "stopped" ? [] : restarts()),
      ...(approvals.length === 0 ? [] : [plain(approvals.map(questionOf).join("\n"))]),
      ...footer(answer)
    ])
    const last = parts.at(-1)
    const [first] = approvals
    return last === undefined || first === undefined
      ? parts
      : [...parts.slice(0, -1), { ...last, buttons: Approvals.buttons(door.commandPrefix, asker, first.callId) }]
  })

  return {
    read: (event) => {
      current = undefined
      switch (event._tag) {
        case "TextDelta":
          // Its words take the place of what it did to find them.
          if (working.length > 0) working = working.filter(({ mark }) => mark === "…")
          written += event.text
          unread += event.text
          break
        case "ReasoningDelta":
          if (door.reasoning !== "show" || thought >= longestThought) break
          thought += event.text.length
          thoughts ??= RichText.makeRenderer()
          thoughts.append(event.text)
          break
        case "Restarted":
          lost = Math.max(lost, written.length)
          renderer = RichText.makeRenderer()
          pages.forget()
          written = ""
          unread = ""
          thought = 0
          thoughts = undefined
          break
        case "ToolStarted":
          working = [...working, { callId: event.callId, name: event.name, mark: "…" }]
          break
        case "ToolDone":
          working = working.map((tool) =>
            tool.callId === event.callId ? { ...tool, mark: event.failed ? " ✗" : " ✓" } : tool
          )
          break
        case "Decided":
          isApproved = event.approved
          break
        case "Completed":
          answer = event.answer
      }
    },
    soFar: () => written,
    length: () => (isProgress ? 0 : written.length + thought) + statusOf(working).length,
    settle: Effect.suspend(() => {
      readOn()
      return thoughts === undefined ? settle(renderer) : Effect.andThen(settle(thoughts), settle(renderer))
    }),
    preview: () => current ??= rendered(),
    final,
    failed: Effect.fnUntraced(function*(why) {
      const body = yield* whole(written, true)
      return yield* complete([...(yield* settledThoughts(true)), body], [plain(why), ...unknown(), ...restarts()])
    }),
    pictures: () =>
      (answer?.pictures ?? []).flatMap(({ base64, format }, index) =>
        Result.match(Base64.decode(base64), {
          onFailure: () => [],
          onSuccess: (
            content
          ) => [{ name: `picture-${index + 1}.${nameOf(format)}`, content, caption: "", protect: false, as: "photo" }]
        })
      ),
    document: () =>
      answer === undefined ? undefined : {
        name: "answer.md",
        content: new TextEncoder().encode(answer.text),
        caption: "The whole answer as a file.",
        protect: false
      }
  }
}
