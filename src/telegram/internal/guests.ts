/**
 * A question from a chat where the bot is no member: answered at once with a sign of life, and then by its inline id.
 *
 * There is no second message and no history: the chat may have the number of another one.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { Codex } from "../../conversation/Codex.ts"
import type { Entry, Lane } from "../Entry.ts"
import type { Asking } from "../Incoming.ts"
import type { Origin } from "../incoming/Origin.ts"
import * as Delivering from "../reply/Delivering.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import * as RichText from "../richtext/RichText.ts"
import { type Content, TelegramApi } from "../TelegramApi.ts"
import { Turns } from "../Turns.ts"
import { compose, nameOf } from "./composing.ts"
import { tooOften } from "./refusals.ts"

const working = "…"

const longest = 4_096

/** One message of an answer, which says so when there was more. */
const shortened = (text: string): Content => {
  const [first = { text: working, entities: [] }, ...more] = RichText.chunk(RichText.render(text), {
    hard: longest - working.length - 1
  })
  return more.length === 0 ? first : { ...first, text: `${first.text}\n${working}` }
}

/** Says something in place of an answer. */
export const say = (origin: Origin, queryId: string, text: string): Effect.Effect<void, never, TelegramApi> =>
  Effect.flatMap(
    TelegramApi,
    (api) => Effect.catch(Effect.asVoid(api.answerGuest(origin.destination, queryId, text)), Delivering.undelivered)
  )

/** Answers a guest's question. */
export const answer = Effect.fn("Guests.answer")(function*(
  origin: Origin,
  lane: Lane,
  queryId: string,
  asking: Asking
) {
  const api = yield* TelegramApi
  const codex = yield* Codex
  const to = origin.destination
  const show = (message: string, content: Content) =>
    Effect.catch(api.editInline(to, message, content), Delivering.undelivered)
  const asked: Pick<Entry, "lane" | "origin"> = {
    lane,
    origin: {
      chat: origin.chatId,
      isPrivate: false,
      message: origin.messageId,
      ...(origin.userId !== undefined && { user: origin.userId })
    }
  }
  const limited = yield* Turns.use((turns) => turns.limited(asked))
  if (Option.isSome(limited)) {
    return yield* say(origin, queryId, tooOften(limited.value))
  }
  const sent = yield* Effect.catch(
    api.answerGuest(to, queryId, working),
    (error) => Effect.as(Delivering.undelivered(error), Option.none<string>())
  )
  if (Option.isNone(sent)) return
  const { text } = compose([{ ...asked, content: asking.content }], codex.bound.maxPromptLength)
  const answer = yield* Effect.result(codex.ask({
    text,
    userId: origin.userId,
    chatId: origin.chatId,
    speaker: asking.name === undefined ? undefined : { name: nameOf(asking.name), isOneOfMany: false }
  })).pipe(Effect.onInterrupt(() => LiveReply.briefly(show(sent.value, { text: LiveReply.stopping }))))
  yield* show(
    sent.value,
    Result.match(answer, {
      onFailure: (error): Content => ({ text: LiveReply.failureText(error, false) }),
      onSuccess: ({ text }) => shortened(text)
    })
  )
})
