/**
 * What the layers of `Turns` have in common: the manners of the door, put together with whoever answers.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Codex } from "../../conversation/Codex.ts"
import { ConversationKey } from "../../conversation/Message.ts"
import type { Entry, Lane } from "../Entry.ts"
import * as Media from "../media/Media.ts"
import type { Afterwards } from "../reply/Delivering.ts"
import * as Undelivered from "../reply/Undelivered.ts"
import type { TelegramApi } from "../TelegramApi.ts"
import { TelegramDoor } from "../TelegramDoor.ts"
import * as Answering from "./answering.ts"
import * as Departures from "./departures.ts"
import * as Joining from "./joining.ts"
import * as Limits from "./limits.ts"
import { MovedChats } from "./movedChats.ts"

/** The bot's way out, where it is known. */
type WayOut<E> = (bot: string) => Effect.Effect<TelegramApi["Service"], E>

/** Names a lane. */
export const keyOf = ({ bot, conversation }: Lane): string => JSON.stringify([bot, conversation])

/** An entry by what has become of its album: late where that was asked without it, and nothing where that was stopped. */
export const besideSiblings = (
  entry: Entry,
  became: (entry: Entry) => "asked" | "stopped" | undefined
): Entry | undefined => {
  const siblings = entry.album === undefined ? undefined : became(entry)
  return siblings === "stopped" ? undefined : siblings === "asked" ? { ...entry, isLate: true } : entry
}

/** Says what has become of entries that were dropped, to those that have a message of their own. */
export const tellDropped = <E>(
  entries: ReadonlyArray<Entry>,
  { drop, isAlone }: ReturnType<typeof Answering.make>,
  of: WayOut<E>
): Effect.Effect<void> =>
  Effect.forEach(
    entries.filter(isAlone),
    (entry) => Effect.ignore(Effect.flatMap(of(entry.lane.bot), (api) => drop(entry, api))),
    { concurrency: "unbounded", discard: true }
  )
/**
 * Whether an entry was sent behind an update: that one cannot have meant it.
 *
 * Telegram numbers updates in their order; after a week without any it goes on by chance, and nothing waits for so long.
 * What has no number of Telegram's has one below nought.
 */
export const behind = (update: number | undefined) => (entry: Pick<Entry, "update">): boolean =>
  update !== undefined && update >= 0 && entry.update > update

/** Everything around the mailboxes. */
export const make = Effect.fnUntraced(function*<E>(of: WayOut<E>) {
  const codex = yield* Codex
  const door = yield* TelegramDoor
  const undelivered = yield* Effect.serviceOption(Undelivered.Undelivered)
  const moved = yield* MovedChats
  const media = yield* Effect.flatMap(
    Effect.serviceOption(Media.Media),
    Option.match({ onNone: () => Media.make, onSome: Effect.succeed })
  )
  const departures = Departures.make()
  const scope = yield* Effect.scope
  const afterwards: Afterwards = (work) => Effect.asVoid(Effect.forkIn(work, scope))
  const answering = Answering.make({ afterwards, codex, departures, door, media, undelivered, moved })
  const limit = door.rateLimit === undefined ? undefined : yield* Limits.make(door.rateLimit)

  /** What a conversation is called by, and was before its chat moved. */
  const keysOf = ({ conversation }: Lane): ReadonlyArray<ConversationKey> => [
    ...new Set([ConversationKey(conversation), moved.nowOf(conversation)])
  ]

  return {
    answering,
    departures,
    limit,
    waiting: door.whenBusy === "reject" ? 0 : door.maxWaiting,
    mostTurns: door.maxTurns,
    rules: Joining.rules({
      text: Duration.toMillis(door.joinWindow),
      picture: Duration.toMillis(door.joinWindow) === 0 ? 0 : 2_000,
      paste: 1_500,
      album: 500,
      longest: 7_500
    }),
    patience: door.waitingNotice === "off" ? undefined : {
      millis: Duration.toMillis(door.waitingNotice),
      over: (entry: Entry) =>
        Effect.ignore(Effect.flatMap(of(entry.lane.bot), (api) => answering.tellWaiting(entry, api)))
    },
    /** Ends the answer that is being given; false when there is none. */
    stop: (lane: Lane) =>
      Effect.map(Effect.forEach(keysOf(lane), codex.stop), (stopped: ReadonlyArray<boolean>) => stopped.includes(true)),
    /** Forgets a conversation. */
    forget: Effect.fnUntraced(function*(lane: Lane) {
      yield* Effect.forEach(keysOf(lane), codex.reset)
      if (Option.isSome(undelivered)) yield* undelivered.value.forget(ConversationKey(lane.conversation))
    })
  }
})
