/**
 * One turn, from its entry to the answer in its chat.
 */
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Service as Codex, TurnEvent } from "../../conversation/Codex.ts"
import { ConversationKey } from "../../conversation/Message.ts"
import { PromptTooLong } from "../../conversation/TurnError.ts"
import * as Access from "../Access.ts"
import type { Entry } from "../Entry.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import * as Undelivered from "../reply/Undelivered.ts"
import { type Destination, TelegramApi } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import { compose } from "./composing.ts"
import type { Place } from "./mailbox.ts"
import type * as MovedChats from "./movedChats.ts"
import * as Refusals from "./refusals.ts"

/** What a turn needs to know of an update that asked. */
export type Asked = Pick<Entry, "lane" | "origin" | "content">

/** The end of a turn that was stopped before it asked. */
const spared: TurnEvent = {
  _tag: "Completed",
  answer: { text: "", model: undefined, usage: undefined, incomplete: "stopped", remembered: false }
}

// What Telegram cut is a paste; what stands alone is a message, for which `vibegram/codex` has its own bound.
const longestAlone = 4_000

/** A message by itself that is too long, unless somebody has chosen what is. */
const tooLongAlone = ([{ content }, ...more]: Arr.NonEmptyReadonlyArray<Asked>, { bound }: Codex) => {
  const length = content.reduce(
    (sum, part) => part._tag === "Text" && part.isRich !== true ? sum + part.text.length : sum,
    0
  )
  return more.length > 0 || bound.isChosen || length <= longestAlone
    ? undefined
    : new PromptTooLong({ what: "message", length, maximum: longestAlone })
}

const destinationOf = ({ origin }: Asked): Destination => ({
  chatId: origin.chat,
  threadId: origin.thread,
  replyTo: origin.isPrivate ? undefined : origin.message
})

/** Turns over a conversation and the manners of a door; whatever goes wrong is told in the chat. */
export const make = ({ codex, door, moved, undelivered }: {
  readonly codex: Codex
  readonly door: Door
  /** Where answers are kept that Telegram did not take. */
  readonly undelivered: Option.Option<Undelivered.Service>
  readonly moved: MovedChats.Service
}) => ({
  /** Asks and shows the answer while it is written. */
  answer: (
    entries: Arr.NonEmptyReadonlyArray<Asked>,
    api: TelegramApi["Service"],
    place: Place
  ): Effect.Effect<void> => {
    const [asked] = entries
    const { lane, origin } = asked
    const { files, text } = compose(entries, codex.bound.maxPromptLength)
    const tooLong = tooLongAlone(entries, codex)
    const destination = destinationOf(asked)
    const refused = files.length === 0
      ? Effect.void
      : LiveReply.say(destination, Refusals.sentence(files.map(({ kind }) => kind)))
    const shown = LiveReply.show(
      {
        destination,
        isPrivate: origin.isPrivate,
        messageId: origin.message,
        conversation: ConversationKey(lane.conversation),
        door,
        mayKnowPaths: Access.mayKnowPaths({ userId: origin.user, isPrivate: origin.isPrivate }, door)
      },
      Stream.suspend(() => {
        if (place.isStopped) return Stream.make(spared)
        if (tooLong !== undefined) return Stream.fail(tooLong)
        place.hasBegun = true
        // What waited while its group moved is asked where the group is by now, and knows what was said before.
        const conversation = moved.nowOf(lane.conversation)
        const chatId = moved.now(origin.chat)
        const answer = codex.stream({
          text,
          conversation,
          userId: origin.user,
          chatId,
          reasoningSummary: door.reasoning === "show"
        })
        return conversation === lane.conversation
          ? answer
          : Stream.unwrap(Effect.as(codex.move(ConversationKey(lane.conversation), conversation), answer))
      })
    )
    return Effect.andThen(refused, text === "" && files.length > 0 ? Effect.void : shown).pipe(
      Effect.provideService(TelegramApi, api),
      (work) =>
        Option.match(undelivered, {
          onNone: () => work,
          onSome: (kept) => Effect.provideService(work, Undelivered.Undelivered, kept)
        })
    )
  },
  /** Says that an answer will not come. */
  forsake: (asked: Asked, api: TelegramApi["Service"]): Effect.Effect<void> =>
    Effect.provideService(LiveReply.sayStopped(destinationOf(asked)), TelegramApi, api)
})
