/**
 * One turn, from its entry to the answer in its chat.
 */
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { InputText } from "../../backend/Item.ts"
import type { Service as Codex, TurnError, TurnEvent } from "../../conversation/Codex.ts"
import { ConversationKey } from "../../conversation/Message.ts"
import { PromptTooLong } from "../../conversation/TurnError.ts"
import * as Access from "../Access.ts"
import type { Entry } from "../Entry.ts"
import type * as Media from "../media/Media.ts"
import type { Afterwards, Later } from "../reply/Delivering.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import type { Steps } from "../reply/Steps.ts"
import * as Undelivered from "../reply/Undelivered.ts"
import { type Destination, TelegramApi } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import { compose, nameOf, newest } from "./composing.ts"
import { chatOf, type Departures } from "./departures.ts"
import * as GuestWay from "./guestWay.ts"
import type { Place } from "./mailbox.ts"
import type * as MovedChats from "./movedChats.ts"
import * as Pressed from "./pressed.ts"
import * as Refusals from "./refusals.ts"

/** What a turn needs to know of an update that asked. */
export interface Asked extends Pick<Entry, "lane" | "origin" | "isEdit" | "isLate" | "content"> {
  /** When it was accepted, in milliseconds. */
  readonly at?: number | undefined
}

/** What a turn has where it outlives this process. */
export interface Lasting {
  /** Its name, which is the same when it begins again. */
  readonly turn: string
  readonly steps: Steps
  /** What had been answered when it was stopped, if that was before it began again. */
  readonly stoppedWith?: string | undefined
  /** Told how to read what has been answered so far. */
  readonly follow?: ((read: () => string) => void) | undefined
  /** Takes over what Telegram does not take now. */
  readonly later?: Later | undefined
  /** Whether this process goes down: what that cuts short is for the next one. */
  readonly isLeaving?: (() => boolean) | undefined
}

type Turn = Stream.Stream<TurnEvent, TurnError | LiveReply.Unasked>

/** The end of a turn that was stopped before it asked, or asked again. */
const sparedWith = (text: string): TurnEvent => ({
  _tag: "Completed",
  answer: { text, model: undefined, usage: undefined, incomplete: "stopped", remembered: false }
})

/** An answer, unless it was stopped by nobody but the end of this process. */
const unlessLeaving = (
  answer: Stream.Stream<TurnEvent, TurnError>,
  place: Place,
  isLeaving: () => boolean
): Stream.Stream<TurnEvent, TurnError> =>
  Stream.tap(
    answer,
    (event) =>
      event._tag === "Completed" && event.answer.incomplete === "stopped" && !place.isStopped && isLeaving()
        ? Effect.interrupt
        : Effect.void
  )

// What Telegram cut is a paste; what stands alone is a message, for which `vibegram/codex` has its own bound.
const longestAlone = 4_000

/** A message by itself that is too long, unless somebody has chosen what is. */
const tooLongAlone = ([{ content }, ...more]: Arr.NonEmptyReadonlyArray<Asked>, { bound }: Codex) => {
  const [text, ...pieces] = content.filter((part) => part._tag === "Text")
  // The address of a link was not typed.
  const length = text === undefined || text.isRich === true
    ? 0
    : Math.min(text.text.length, text.sentLength ?? text.text.length)
  return more.length > 0 || pieces.length > 0 || bound.isChosen || length <= longestAlone
    ? undefined
    : new PromptTooLong({ what: "message", length, maximum: longestAlone })
}

/** Whether there is a question besides the files: what is only referred to is none. */
const asksSomething = ({ content }: Asked): boolean => content.some(({ _tag }) => _tag === "Text" || _tag === "Forward")

/** Whether an entry is not about one of these files. */
const isNoneOf = (files: ReadonlyArray<string>) => ({ content }: Asked): boolean =>
  !content.some((part) => part._tag === "File" && files.includes(part.file))

const destinationOf = (asked: Asked): Destination => {
  const { directTopic, isForum, isPrivate, isThread, message, thread } = asked.origin
  return {
    chatId: chatOf(asked).id,
    threadId: thread,
    ...(directTopic !== undefined && { directTopicId: directTopic }),
    ...(isForum !== undefined && { isForum }),
    ...(isThread !== undefined && { isThread }),
    replyTo: isPrivate ? undefined : message
  }
}

/** The bot's way out for an answer: where it is a guest, the message that is there already. */
const wayFor = ({ origin: { chat, inline } }: Asked, api: TelegramApi["Service"]): TelegramApi["Service"] =>
  inline === undefined ? api : GuestWay.make(api, inline, chat)

/** What stands in for files where there are none, or nobody waits for them any more. */
const nothing: Media.Found = { attachments: [], spoken: [], refusals: [] }

const warning = (sentences: ReadonlyArray<string>): string => sentences.map((sentence) => `⚠️ ${sentence}`).join("\n")

/** Tells the model what it does not get to see, so that it does not make it up. */
const unseen = ({ refusals }: Media.Found): ReadonlyArray<InputText> =>
  refusals.length === 0
    ? []
    : [{
      type: "input_text",
      text: `[Not all of what was sent along can be read. The person has been told: ${JSON.stringify(refusals)}]`
    }]

/** Says something of our own about an entry. */
const say = (asked: Asked, api: TelegramApi["Service"], text: string): Effect.Effect<void> =>
  Effect.provideService(LiveReply.say(destinationOf(asked), text), TelegramApi, wayFor(asked, api))

/** Turns over a conversation and the manners of a door; whatever goes wrong is told in the chat. */
export const make = ({ afterwards, codex, departures, door, media, moved, undelivered }: {
  /** Does what is left of an answer beside what comes next. */
  readonly afterwards: Afterwards
  readonly codex: Codex
  /** Where nobody is left to read an answer. */
  readonly departures: Departures
  readonly door: Door
  readonly media: Media.Service
  /** Where answers are kept that Telegram did not take. */
  readonly undelivered: Option.Option<Undelivered.Service>
  readonly moved: MovedChats.Service
}) => ({
  /** Asks and shows the answer while it is written. */
  answer: (
    pieces: Arr.NonEmptyReadonlyArray<Asked>,
    given: TelegramApi["Service"],
    place: Place,
    lasting?: Lasting
  ): Effect.Effect<void> => {
    const entries = newest(pieces)
    const [asked] = entries
    const { lane, origin } = asked
    const { maxPromptLength } = codex.bound
    const { files, text: words, unread } = compose(entries, maxPromptLength)
    const tooLong = tooLongAlone(entries, codex)
    const destination = destinationOf(asked)
    const api = wayFor(asked, given)
    const isGuest = origin.inline !== undefined
    const spared = sparedWith(lasting?.stoppedWith ?? "")
    /** Asks where the conversation is by now: its group may have moved while it waited, and what was said with it. */
    const ask = (text: string, found: Media.Found, speaksFor?: number): Turn => {
      // What has no conversation is stopped by its reader.
      place.hasBegun = !isGuest
      const conversation = isGuest ? undefined : moved.nowOf(lane.conversation)
      const [approval] = asked.content
      const answer = codex.stream({
        approval: approval._tag !== "Approval" ? undefined : {
          callId: approval.call,
          approved: approval.approved,
          speaksFor,
          isAdmin: origin.user !== undefined && door.authAdminUserIds.includes(origin.user)
        },
        text: [text, ...found.spoken].filter((words) => words !== "").join("\n\n"),
        attachments: [...found.attachments, ...unseen(found)],
        conversation,
        speaker: origin.name === undefined ? undefined : {
          name: nameOf(origin.name),
          isOneOfMany: origin.thread !== undefined && door.topics === "shared"
        },
        userId: origin.user,
        chatId: moved.places.get(String(origin.chat)) ?? origin.chat,
        reasoningSummary: door.reasoning === "show",
        turn: lasting?.turn,
        askedAt: asked.at === undefined ? undefined : DateTime.makeUnsafe(asked.at)
      })
      const whole = lasting?.isLeaving === undefined ? answer : unlessLeaving(answer, place, lasting.isLeaving)
      if (conversation === undefined) {
        const preface = found.refusals.length === 0 ? "" : `${warning(found.refusals)}\n\n`
        return GuestWay.alone(whole, place, preface)
      }
      const told = approval._tag === "Approval" ? Pressed.told(whole, asked, approval, api) : whole
      return conversation === lane.conversation
        ? told
        : Stream.unwrap(Effect.as(codex.move(ConversationKey(lane.conversation), conversation), told))
    }
    /** Asks by a word that may be said for a chat. A button may say anything: who is an admin there is asked of Telegram. */
    const askFor = (askedAs: number, user: number): Turn =>
      Stream.unwrap(
        Effect.map(api.isChatAdmin(askedAs, user), (isAdmin) => ask(words, nothing, isAdmin ? askedAs : undefined))
      )
    /** Reads what came along, until it is stopped; what cannot be read is told at once. */
    const read = Effect.gen(function*(): Effect.fn.Return<Turn, never, TelegramApi> {
      const read = yield* Effect.raceFirst(
        media.read(files, destination),
        Effect.as(Deferred.await(place.stopped), nothing)
      )
      const found = { ...read, refusals: [...read.refusals, ...unread.map(Refusals.onlyWords)] }
      if (place.isStopped) return Stream.make(spared)
      const left = Arr.filter(entries, isNoneOf(found.logins ?? []))
      if (!Arr.isArrayNonEmpty(left)) return Stream.fail({ _tag: "Unasked", text: "" })
      if (!left.some(asksSomething) && found.attachments.length === 0 && found.spoken.length === 0) {
        return Stream.fail({ _tag: "Unasked", text: warning(found.refusals) })
      }
      if (found.refusals.length > 0 && !isGuest) yield* LiveReply.say(destination, warning(found.refusals))
      if (place.isStopped) return Stream.make(spared)
      return ask(left.length === entries.length ? words : compose(left, maxPromptLength).text, found)
    })
    return LiveReply.show(
      {
        destination,
        isPrivate: origin.isPrivate,
        messageId: origin.message,
        userId: origin.user,
        conversation: isGuest ? undefined : ConversationKey(lane.conversation),
        door: isGuest ? GuestWay.manners(door) : door,
        steps: lasting?.steps,
        follow: lasting?.follow,
        readers: departures.of(chatOf(asked)),
        later: isGuest ? undefined : lasting?.later,
        afterwards,
        mayKnowPaths: Access.mayKnowPaths({ userId: origin.user, isPrivate: origin.isPrivate }, door)
      },
      Stream.suspend((): Turn => {
        if (place.isStopped) return Stream.make(spared)
        if (tooLong !== undefined) return Stream.fail(tooLong)
        const [said] = asked.content
        if (said._tag === "Approval" && said.askedAs !== undefined && origin.user !== undefined) {
          return askFor(said.askedAs, origin.user)
        }
        return files.length === 0 && unread.length === 0
          ? ask(words, nothing)
          : Stream.unwrap(Effect.provideService(read, TelegramApi, api))
      })
    ).pipe(
      Effect.provideService(TelegramApi, api),
      (work) =>
        Option.match(undelivered, {
          onNone: () => work,
          onSome: (kept) => Effect.provideService(work, Undelivered.Undelivered, kept)
        })
    )
  },
  /** Says that an answer will come, and what comes before. */
  tellWaiting: (asked: Asked, api: TelegramApi["Service"]): Effect.Effect<void> =>
    say(
      asked,
      api,
      asked.origin.inline === undefined
        ? `⏳ This has to wait for other answers. You can stop them, and it, with /${door.commandPrefix} stop.`
        : "⏳ This has to wait for other answers."
    ),
  /** Whether an entry has a message of its own on screen, in which is said what becomes of it. */
  isAlone: ({ origin }: Asked): boolean => origin.inline !== undefined,
  /** Says that an entry was dropped, where it has a message of its own. */
  drop: (asked: Asked, api: TelegramApi["Service"]): Effect.Effect<void> =>
    LiveReply.briefly(say(asked, api, LiveReply.stopped)),
  /** Says that an answer will not come. */
  forsake: (asked: Asked, api: TelegramApi["Service"]): Effect.Effect<void> =>
    Effect.provideService(LiveReply.sayStopped(destinationOf(asked)), TelegramApi, wayFor(asked, api))
})
