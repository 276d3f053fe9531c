/**
 * The end of an answer on its way into its chat: its parts, its files, and what is left of them when Telegram does not
 * take them now.
 *
 * Who can wait hands on what is left (`Later`), and brings it another time, with a word that it is late. The others try for
 * a minute, and again when a longer pause is over that Telegram has named, and say what is missing.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ConversationKey } from "../../conversation/Message.ts"
import { behind } from "../Content.ts"
import * as RichText from "../richtext/RichText.ts"
import type { Content, Destination, Document, Service as TelegramApi } from "../TelegramApi.ts"
import { TelegramFailed } from "../TelegramError.ts"
import { Begun, type Rest } from "./internal/ended.ts"
import * as Repeating from "./Repeating.ts"
import * as ShownMessages from "./ShownMessages.ts"
import * as Steps from "./Steps.ts"
import * as Undelivered from "./Undelivered.ts"

export { Begun, Rest } from "./internal/ended.ts"

/** Takes over what is left of an answer, and why it is; false when it cannot. */
export type Later = (rest: Rest, why: TelegramFailed) => Effect.Effect<boolean>

/** Does something beside what comes next. */
export type Afterwards = (work: Effect.Effect<void>) => Effect.Effect<void>

/** Says in the log that a message was lost: there is nobody left to tell. */
export const undelivered = (error: TelegramFailed): Effect.Effect<void> =>
  Effect.logError(`A message could not be delivered. ${error.message}`)

/** Tells whoever asked that there is no place for the answer any more: not where the others are, and not the answer. */
export const tellAsker = (
  api: TelegramApi,
  failure: TelegramFailed,
  words: (failure: TelegramFailed) => string | undefined,
  { chat, user }: { readonly chat: number | string; readonly user: number | undefined }
): Effect.Effect<void> => {
  // Nobody else is to be told in a chat that is closed itself.
  const text = failure.reason === "blocked" && chat === user ? undefined : words(failure)
  // A channel reads no messages.
  return text === undefined || user === undefined || user <= 0
    ? Effect.void
    : Effect.catch(
      Effect.asVoid(api.sendMessage({ chatId: user, threadId: undefined, replyTo: undefined }, { text })),
      undelivered
    )
}

/** Keeps an answer that is given up, so that it can be asked for. */
export const giveUp = (conversation: ConversationKey | undefined, parts: ReadonlyArray<Content>) =>
  conversation === undefined ? Effect.void : Undelivered.use(({ keep }) => keep(conversation, parts))

/** A file that was given up, and why. */
interface Lost {
  readonly file: Document
  readonly why: TelegramFailed
}

/** What a person reads where files of an answer did not arrive, or may not have. */
export const lostWord = (lost: ReadonlyArray<Lost>): string => {
  const pictures = lost.filter(({ file }) => file.as === "photo").length
  const what = [
    ...pictures > 1 ? [`${pictures} pictures`] : pictures === 1 ? ["a picture"] : [],
    ...pictures < lost.length ? ["the file"] : []
  ].join(" and ")
  return lost.every(({ why }) => Repeating.isUnsure(why))
    ? `⚠️ Telegram did not confirm ${what} of this answer.\nAsk again if that is missing.`
    : `⚠️ Telegram did not take ${what} of this answer.\nAsk again, or in a private chat with me.`
}

/** Where nothing arrives any more there is nothing to say. */
const canBeTold = ({ why }: Lost): boolean => why.reason === "unsupported" || !Repeating.isHopeless(why)

/** Sends files one after the other, and those that were sent before not again; gives why one has to wait, and which. */
const sendFiles = Effect.fnUntraced(function*(
  api: TelegramApi,
  to: Destination,
  steps: Steps.Steps,
  files: ReadonlyArray<Document>,
  { canWait, from, patience }: {
    readonly from: number
    readonly canWait: boolean
    readonly patience: Repeating.Patience
  }
) {
  const lost: Array<Lost> = []
  const tell = Effect.suspend(() =>
    lost.length === 0 || !lost.every(canBeTold)
      ? Effect.void
      : steps.once(
        "Lost",
        Schema.Void,
        Effect.catch(
          Effect.asVoid(
            patience.persistently(false)(api.sendMessage(behind(to), { text: lostWord(lost) }))
          ),
          undelivered
        )
      )
  )
  for (const [index, file] of files.entries()) {
    if (index < from) continue
    const failure = yield* steps.once(
      `File/${index}`,
      Schema.UndefinedOr(TelegramFailed),
      Effect.map(
        Effect.result(patience.persistently(false)(api.sendDocument(to, file))),
        (sent) => Result.isFailure(sent) ? sent.failure : undefined
      )
    )
    if (failure === undefined) continue
    // One that may be there already is not sent again.
    if (canWait && Repeating.isPassing(failure) && !Repeating.isUnsure(failure)) {
      yield* tell
      return Option.some({ failure, files: index })
    }
    yield* undelivered(failure)
    lost.push({ file, why: failure })
  }
  yield* tell
  return Option.none<{ readonly failure: TelegramFailed; readonly files: number }>()
})

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`

/** What a person reads below an answer that was ready so long ago. */
export const lateWord = (age: Duration.Duration): string => {
  const minutes = Math.max(1, Math.round(Duration.toMinutes(age)))
  const time = minutes < 90 ? plural(minutes, "minute") : plural(Math.round(minutes / 60), "hour")
  return `⏳ This answer is late: it was ready ${time} ago, and could not be delivered before.`
}

/** The word goes below the last part, or behind it where there is no room. */
const withWord = (parts: ReadonlyArray<Content>, word: string): ReadonlyArray<Content> => {
  const last = parts.at(-1)
  if (last === undefined) return [{ text: word }]
  const text = `${last.text}\n\n${word}`
  return text.length <= RichText.maxMessageLength
    ? [...parts.slice(0, -1), { ...last, text }]
    : [...parts, { text: word }]
}

/** What became of an answer that was left for later. It only ever grows, by keys that may be left out. */
export const Tried = Schema.Struct({
  /** When that was, in milliseconds. */
  at: Schema.Int,
  /** How far it has come by now. */
  begun: Begun,
  /** Why it has not arrived; absent when it has. */
  failure: Schema.optionalKey(TelegramFailed)
})

/** What became of an answer that was left for later. */
export type Tried = typeof Tried.Type

/** Whether there is any point in trying again. */
export const isWaiting = ({ failure }: Tried): boolean => failure !== undefined && Repeating.isPassing(failure)

/** Tries once to bring what is left of an answer, and says that it is late. */
export const bringLate = Effect.fnUntraced(function*(
  api: TelegramApi,
  to: Destination,
  steps: Steps.Steps,
  { begun, files, parts }: Rest,
  ready: number
): Effect.fn.Return<Tried> {
  const age = Duration.millis((yield* Clock.currentTimeMillis) - ready)
  const shown = ShownMessages.make(api, to, undefined, steps, { canWait: true, begun })
  yield* shown.restore
  const isSettled = parts.length > 0 && begun.settled >= parts.length
  const failure = isSettled
    ? Option.none<TelegramFailed>()
    : yield* Effect.option(Effect.flip(shown.finish(withWord(parts, lateWord(age)))))
  const now = isSettled ? begun : { ...shown.begun(), files: begun.files }
  if (Option.isSome(failure)) return { at: yield* Clock.currentTimeMillis, begun: now, failure: failure.value }
  const left = yield* sendFiles(api, to, steps, files, { from: begun.files, canWait: true, patience: Repeating.none })
  const at = yield* Clock.currentTimeMillis
  return Option.match(left, {
    onNone: (): Tried => ({ at, begun: { ...now, files: files.length } }),
    onSome: ({ failure, files }): Tried => ({ at, begun: { ...now, files }, failure })
  })
})

// Telegram names its pauses, so that one try is mostly enough.
const mostTries = 5

/** Brings an answer when Telegram's pause is over, unless it was shown again or forgotten meanwhile. */
const bringAfterwards = Effect.fnUntraced(function*(
  { api, conversation, shown, to, unfinished }: {
    readonly api: TelegramApi
    readonly to: Destination
    readonly conversation: ConversationKey | undefined
    readonly shown: ShownMessages.ShownMessages
    readonly unfinished: (error: TelegramFailed) => Effect.Effect<void>
  },
  { parts, ...rest }: Rest,
  ready: number,
  pause: Duration.Duration
) {
  // A guest has one message, in which a word behind the answer would stand in its place.
  if (conversation === undefined) {
    return yield* Effect.catch(Effect.delay(shown.finish(parts), pause), undelivered)
  }
  let begun = rest.begun
  let wait = pause
  for (let nth = 0; nth < mostTries; nth++) {
    yield* Effect.sleep(wait)
    const kept = yield* Undelivered.use(({ find }) => find(conversation))
    if (Option.isSome(kept) && Option.getOrUndefined(kept.value) !== parts) {
      // It stands elsewhere, or is not wanted: what was seen of it shall not seem to grow.
      return yield* Effect.ignore(shown.finish([]))
    }
    const tried = yield* bringLate(api, to, Steps.fleeting, { ...rest, parts, begun }, ready)
    if (!isWaiting(tried)) {
      if (tried.failure !== undefined) return yield* unfinished(tried.failure)
      yield* Undelivered.use(({ forget }) => forget(conversation))
      return
    }
    begun = tried.begun
    wait = tried.failure?.retryAfter ?? pause
  }
})

/** Brings an answer to its end: what cannot go out now is left for later, where there is one. */
export const bring = Effect.fnUntraced(function*(
  { afterwards, api, conversation, later, shown, steps, to, unfinished }: {
    readonly api: TelegramApi
    readonly to: Destination
    readonly conversation: ConversationKey | undefined
    readonly shown: ShownMessages.ShownMessages
    readonly steps: Steps.Steps
    readonly later: Later | undefined
    /** Does something when this has ended, as long as the process lives. */
    readonly afterwards?: Afterwards | undefined
    /** Says what is missing. */
    readonly unfinished: (error: TelegramFailed) => Effect.Effect<void>
  },
  { files, parts }: Pick<Rest, "parts" | "files">,
  isFresh: boolean
) {
  const leave = (why: TelegramFailed, files_: number) =>
    later === undefined || !Repeating.isPassing(why)
      ? Effect.succeed(false)
      : later({ parts, files, begun: { ...shown.begun(), files: files_ } }, why)
  const failure = yield* Effect.option(Effect.flip(shown.finish(parts, isFresh)))
  if (Option.isSome(failure)) {
    if (yield* leave(failure.value, 0)) return
    yield* giveUp(conversation, parts)
    yield* unfinished(failure.value)
    const { reason, retryAfter } = failure.value
    if (reason === "rateLimited" && retryAfter !== undefined && afterwards !== undefined) {
      const ready = yield* Clock.currentTimeMillis
      const rest = { parts, files, begun: { ...shown.begun(), files: 0 } }
      return yield* afterwards(bringAfterwards({ api, to, conversation, shown, unfinished }, rest, ready, retryAfter))
    }
  }
  const left = yield* sendFiles(api, to, steps, files, {
    from: 0,
    canWait: later !== undefined,
    patience: Repeating
  })
  if (Option.isSome(left) && !(yield* leave(left.value.failure, left.value.files))) {
    yield* undelivered(left.value.failure)
  }
})
