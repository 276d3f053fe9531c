/**
 * The way out where the bot is a guest: one message, which is there already and becomes whatever is said.
 *
 * Nothing else can be sent there, and nothing be taken away. What a turn says and shows on the usual ways is shown in
 * that message, so that a turn of a guest is a turn like any other.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Answer, TurnError, TurnEvent } from "../../conversation/Codex.ts"
import type { Content, Service as TelegramApi } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import { TelegramFailed } from "../TelegramError.ts"
import type { CallOptions } from "./calling.ts"
import type { Place } from "./mailbox.ts"

/** It has no number that anybody could mistake for that of another. */
const theOne = 0

// Telegram's own limit; a button that is longer gets the whole message refused.
const longestData = 64

const encoder = new TextEncoder()

/** The button says where it is: a press of it names the message, and no chat. */
const placed = ({ button, buttons: _, ...content }: Content, chat: number | string): Content => {
  const data = `${button?.data}:${chat}`
  return button === undefined || encoder.encode(data).length > longestData
    ? content
    : { ...content, button: { ...button, data } }
}

const cannot = (method: string) => Effect.fail(new TelegramFailed({ method, reason: "unsupported" }))

/** All calls of a bot as calls about this message. */
export const make = (api: TelegramApi, inline: string, chat: number | string): TelegramApi => ({
  ...api,
  whereabouts: (to) => to,
  sendMessage: (to, content, options) =>
    // What is said beside the answer would stand in its place.
    options?.onSent === undefined
      ? cannot("sendMessage")
      : api.editInline(to, inline, placed(content, chat), shownAs(options, chat)).pipe(
        Effect.as(Option.some(theOne)),
        Effect.mapError(repeatable)
      ),
  editMessage: (to, _, content, options) => api.editInline(to, inline, placed(content, chat), shownAs(options, chat)),
  deleteMessage: () => Effect.void,
  removeButtons: () => Effect.void,
  sendDraft: () => cannot("sendMessageDraft"),
  sendChatAction: () => Effect.void,
  sendDocument: () => cannot("sendDocument")
})

/** However often it is said, it is there once: that nobody knows whether it arrived is as if it had not. */
const repeatable = (error: TelegramFailed): TelegramFailed => {
  const { code, method, reason } = error
  return reason === "unreachable"
    ? new TelegramFailed({ method, reason, neverArrived: true, ...(code !== undefined && { code }) })
    : error
}

/** Telegram tells no id for an edit. */
const shownAs = ({ keep: _, ...options }: CallOptions = {}, chat: number | string): CallOptions => {
  const { late, newest, onSent } = options
  return {
    ...options,
    ...(newest !== undefined && { newest: () => placed(newest(), chat) }),
    ...(onSent !== undefined && { onSent: () => onSent(Option.some(theOne)) }),
    ...(late !== undefined && { late: () => late(Option.some(theOne)) })
  }
}

/** How an answer looks in one message. */
export const manners = (door: Door): Door => ({
  ...door,
  longAnswers: "truncate",
  documentAfter: Number.POSITIVE_INFINITY,
  streaming: door.streaming === "draft" ? "edit" : door.streaming
})

const unsent = "⚠️ There is a picture as well, which I can only send where I am a member."
const unapproved = "⚠️ A tool needs an approval, which can only be given where I am a member."

/** An answer without what cannot go with it, and with a word about that. */
const bare = ({ approvals = [], pictures = [], ...answer }: Answer, preface: string): Answer => ({
  ...answer,
  text: [
    `${preface}${answer.text}`,
    ...(pictures.length > 0 ? [unsent] : []),
    ...(approvals.length > 0 ? [unapproved] : [])
  ].filter((part) => part !== "").join("\n\n")
})

/**
 * An answer outside of any conversation: it ends when it is stopped, with what there is of it. The preface comes before it,
 * and stays.
 */
export const alone = (
  answer: Stream.Stream<TurnEvent, TurnError>,
  { stopped }: Pick<Place, "stopped">,
  preface: string
): Stream.Stream<TurnEvent, TurnError> =>
  Stream.suspend(() => {
    let said = ""
    let isOver = false
    const before: ReadonlyArray<TurnEvent> = preface === "" ? [] : [{ _tag: "TextDelta", text: preface }]
    const told = Stream.flatMap(answer, (event): Stream.Stream<TurnEvent> => {
      switch (event._tag) {
        case "TextDelta":
          said += event.text
          return Stream.succeed(event)
        case "Restarted":
          said = ""
          return Stream.make(event, ...before)
        case "Completed":
          isOver = true
          return Stream.succeed({ ...event, answer: bare(event.answer, preface) })
        default:
          return Stream.succeed(event)
      }
    })
    const broken = Stream.suspend((): Stream.Stream<TurnEvent> =>
      isOver ? Stream.empty : Stream.succeed({
        _tag: "Completed",
        answer: {
          text: `${preface}${said}`,
          model: undefined,
          usage: undefined,
          incomplete: "stopped",
          remembered: false
        }
      })
    )
    return Stream.fromIterable(before).pipe(
      Stream.concat(Stream.interruptWhen(told, Deferred.await(stopped))),
      Stream.concat(broken)
    )
  })
