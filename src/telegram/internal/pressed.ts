/**
 * The answer to the press of a button that approves: given when it is known whether anything waits for it.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TurnError, TurnEvent } from "../../conversation/Codex.ts"
import type { Content, Entry } from "../Entry.ts"
import type { Service as TelegramApi } from "../TelegramApi.ts"

/** Whether nobody can say yes or no to this any more. */
const isOver = (error: TurnError): boolean => error._tag === "PromptEmpty" && error.reason !== "notYours"

/** Lets whoever has pressed know what their word is worth, and takes the buttons away once it was said. */
export const told = (
  answer: Stream.Stream<TurnEvent, TurnError>,
  { origin }: Pick<Entry, "origin">,
  { approved, callback }: Extract<Content, { readonly _tag: "Approval" }>,
  api: TelegramApi
): Stream.Stream<TurnEvent, TurnError> => {
  const to = { chatId: origin.chat, threadId: origin.thread, replyTo: undefined }
  const note = (text: string) =>
    callback === undefined ? Effect.void : Effect.ignore(api.answerCallback(to, callback, text))
  // The message that the button is under is the one that the press came from.
  const over = Effect.ignore(api.removeButtons(to, origin.message))
  return answer.pipe(
    Stream.tap((event) =>
      event._tag === "Decided" ? Effect.andThen(note(approved ? "Approved." : "Denied."), over) : Effect.void
    ),
    Stream.tapError((error) => Effect.andThen(note(error.message), isOver(error) ? over : Effect.void))
  )
}
