/**
 * What was accepted is answered: the mailbox of every chat, and the turns that empty it.
 *
 * Who takes updates hands over one entry for each, as data and never as a context, and may return at once. Whoever
 * answers sends by the bot's own client (`Senders`). Here everything lives in this process and ends with it; the same
 * three calls serve a layer that survives it.
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Codex } from "../conversation/Codex.ts"
import type { MemoryFailed } from "../conversation/TurnError.ts"
import { ensure, span } from "../internal/kinds.ts"
import { lazily } from "../internal/lazily.ts"
import { Entry, type Lane } from "./Entry.ts"
import type * as Departures from "./internal/departures.ts"
import type * as Limits from "./internal/limits.ts"
import type { TelegramApi } from "./TelegramApi.ts"
import type { TelegramDoor } from "./TelegramDoor.ts"

/**
 * What goes into a mailbox, as data.
 *
 * @since 0.2.0
 * @category models
 */
export { Content, Entry, File, FileKind, Lane, Origin } from "./Entry.ts"

/**
 * Nothing can be accepted at the moment; Telegram may be asked to send the update again.
 *
 * @since 0.2.0
 * @category errors
 */
export class TurnsUnavailable extends Schema.TaggedError<TurnsUnavailable>("effect-codex/TurnsUnavailable")(
  "TurnsUnavailable",
  { reason: Schema.Literals(["store", "moving", "closing"]) }
) {
  override get message(): string {
    return `Prompts cannot be accepted at the moment (${this.reason}).`
  }
}

/**
 * What became of an entry: it will be answered, was seen before, or nothing was kept.
 *
 * @since 0.2.0
 * @category models
 */
export type Accepted = "accepted" | "seen" | "full" | Limits.Limited

/**
 * Who asks has asked too often.
 *
 * @since 0.2.0
 * @category models
 */
export type { Limited } from "./internal/limits.ts"

/**
 * What a stop found.
 *
 * @since 0.2.0
 * @category models
 */
export interface Stopped {
  /** Whether an answer was being given, and ends because of this. */
  readonly running: boolean
  /** How many prompts were waiting, and will not be answered. */
  readonly dropped: number
}

/**
 * A chat of a bot.
 *
 * @since 0.2.0
 * @category models
 */
export type Chat = Departures.Chat

/**
 * The mailboxes of all chats.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /**
   * Takes an entry: it will be answered, was seen before, or nothing was kept: the mailbox of its chat is full, or who
   * asks has asked too often.
   */
  readonly accept: (entry: Entry) => Effect.Effect<Accepted, TurnsUnavailable>
  /**
   * Ends the running answer, which stays with its mark, and drops what waits. `update`: the one that asks for it; what was
   * sent behind it goes on, however late it comes, or again.
   */
  readonly stop: (lane: Lane, update?: number) => Effect.Effect<Stopped, TurnsUnavailable>
  /** `stop`, and then the conversation is forgotten: what comes later is answered without it. */
  readonly reset: (lane: Lane, update?: number) => Effect.Effect<Stopped, TurnsUnavailable | MemoryFailed>
  /**
   * Does what an update asks for that is no prompt, and gives what came of it; nothing when the same update was seen to
   * before. What fails, or is cut short, is done when the update comes again.
   */
  readonly once: <A, E, R>(
    asked: Pick<Entry, "lane" | "update">,
    work: Effect.Effect<A, E, R>
  ) => Effect.Effect<Option.Option<A>, E | TurnsUnavailable, R>
  /** Ends what is answered and drops what waits in a chat that is closed to the bot, and says nothing there. */
  readonly leave: (chat: Chat) => Effect.Effect<void, TurnsUnavailable>
  /**
   * Tries at once to bring the answers of a lane that Telegram has not taken yet; gives how many there are. Where there is
   * none of this, none wait.
   */
  readonly hurry?: ((lane: Lane) => Effect.Effect<number>) | undefined
  /** How long what was accepted can be read where it was accepted, once it is answered. Default: not at all. */
  readonly keeps?: Duration.Duration | undefined
  /** Waits until everything that was accepted for a lane is answered. */
  readonly rests: (lane: Lane) => Effect.Effect<void>
  /** Waits until everything that was accepted is answered. */
  readonly drained: Effect.Effect<void>
}

/**
 * The mailboxes as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class Turns extends Context.Service<Turns, Service>()("effect-codex/Turns") {}

/**
 * No client of this bot is known here.
 *
 * @since 0.2.0
 * @category errors
 */
export class UnknownBot extends Schema.TaggedError<UnknownBot>("effect-codex/UnknownBot")("UnknownBot", {
  bot: Schema.String
}) {
  override get message(): string {
    return "A prompt cannot be answered: its bot is not running here."
  }
}

/**
 * The clients of the bots that run here.
 *
 * @since 0.2.0
 * @category services
 */
export class Senders extends Context.Service<Senders, {
  /** Outgoing calls of a bot. */
  readonly of: (bot: string) => Effect.Effect<TelegramApi["Service"], UnknownBot>
  /** Told when all that was accepted for a lane is answered: what is kept for it can go. */
  readonly rested?: ((lane: Lane) => void) | undefined
}>()("effect-codex/Turns/Senders") {}

// A bot that ends has three seconds for them, and Telegram takes thirty messages a second.
const mostFarewells = 100

/**
 * How turns end that are under way when their layer does.
 *
 * @since 0.2.0
 * @category models
 */
export interface LocalOptions {
  /** How long what was accepted has to be answered when the layer ends; then its chat is told. Default: 15 s. */
  readonly drain?: Duration.Input | undefined
}

const behind = lazily(() => import("./internal/behindTurns.ts"))

const decode = Schema.decodeEffect(Entry)
const decodeEntry = (given: Entry) => Effect.orDie(decode(given))

const makeLocal = Effect.fnUntraced(function*({ drain = "15 seconds" }: LocalOptions) {
  yield* ensure("Turns.layerLocal", { drain: span }, { drain })
  const { Departures, Mailbox, Seen, Tracing, Turning } = yield* behind
  const senders = yield* Senders
  const { answering, departures, forget, limit, mostTurns, patience, rules, stop: stopAnswer, waiting } = yield* Turning
    .make(
      senders.of
    )
  const tracing = Tracing.make()
  const { rested } = senders
  let farewells = 0
  let dropped: ReadonlyArray<Entry> = []
  const mailbox = yield* Mailbox.make<Entry>({
    waiting,
    concurrency: mostTurns,
    rules,
    patience,
    isEdit: ({ isEdit }) => isEdit === true,
    isAlone: answering.isAlone,
    dropped: (pieces) => {
      dropped = pieces.map(({ entry }) => entry)
    },
    turn: (entries, place, pieces) =>
      tracing.turn(
        entries,
        senders.of(entries[0].lane.bot).pipe(
          Effect.flatMap((api) => answering.answer(Arr.map(pieces, ({ at, entry }) => ({ ...entry, at })), api, place)),
          Effect.catch((unknown) => Effect.logError(unknown.message))
        )
      ),
    forsaken: (entry) =>
      Effect.suspend(() =>
        farewells++ < mostFarewells
          ? Effect.ignore(Effect.flatMap(senders.of(entry.lane.bot), (api) => answering.forsake(entry, api)))
          : Effect.void
      ),
    rested: rested === undefined ? undefined : ({ lane }) => rested(lane)
  })

  let isClosing = false
  // Added last, so this runs first: what it stands on is there until it is over.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isClosing = true
      return Effect.ignore(Effect.timeoutOption(mailbox.drained, drain))
    })
  )

  const stop = Effect.fn("Turns.stop")(function*(lane: Lane, update?: number) {
    dropped = []
    const { dropped: count, goesOn, isSpared } = yield* mailbox.stop(Turning.keyOf(lane), Turning.behind(update))
    const gone = dropped
    const running = !goesOn && ((yield* stopAnswer(lane)) || isSpared)
    yield* Turning.tellDropped(gone, answering, senders.of)
    return { running, dropped: count }
  })
  const seen = Seen.make()

  return Turns.of({
    // An entry that a durable layer would refuse is refused here, too.
    accept: Effect.fnUntraced(function*(given) {
      const entry = Turning.besideSiblings(yield* decodeEntry(given), mailbox.siblings)
      if (entry === undefined) return "seen"
      if (isClosing) return yield* new TurnsUnavailable({ reason: "closing" })
      const key = Turning.keyOf(entry.lane)
      const id = `${entry.lane.bot}/${entry.update}`
      const place = yield* mailbox.placeOf(key, entry)
      if (place === "nowhere") return "seen"
      if (entry.isMore === true && entry.isLate !== true && (yield* mailbox.isNew(key, id, entry))) return "seen"
      if (limit !== undefined && (yield* mailbox.isNew(key, id, entry))) {
        // What is refused anyway is no question that was asked.
        const hasRoom = yield* mailbox.hasRoom(key, { entry, at: yield* Clock.currentTimeMillis })
        if (place !== "running" && !hasRoom) return "full"
        const limited = yield* limit(entry)
        if (Option.isSome(limited)) return limited.value
      }
      departures.back(Departures.chatOf(entry))
      yield* tracing.accepted(entry)
      const taken = yield* mailbox.offer(key, id, entry)
      if (taken === "accepted" && place === "running") yield* stopAnswer(entry.lane)
      return taken === "closed" ? yield* new TurnsUnavailable({ reason: "closing" }) : taken
    }),
    stop,
    reset: Effect.fn("Turns.reset")(function*(lane: Lane, update?: number) {
      const stopped = yield* stop(lane, update)
      yield* forget(lane)
      return stopped
    }),
    once: ({ lane, update }, work) =>
      Effect.suspend(() => {
        const id = `${lane.bot}/${update}`
        if (seen.has(id)) return Effect.succeedNone
        seen.add(id)
        return Effect.onError(Effect.asSome(work), () => Effect.sync(() => seen.remove(id)))
      }),
    leave: Effect.fn("Turns.leave")((chat: Chat) =>
      Effect.suspend(() => {
        departures.leave(chat)
        const lanes = mailbox.last().filter((entry) => Departures.isFrom(chat, entry)).map(({ lane }) => lane)
        return Effect.ensuring(
          Effect.forEach(lanes, (lane) => mailbox.stop(Turning.keyOf(lane)), { discard: true }),
          Effect.sync(() => departures.tell(chat))
        )
      })
    ),
    rests: (lane) => mailbox.rests(Turning.keyOf(lane)),
    drained: mailbox.drained
  })
})

/**
 * Mailboxes and turns in this process: when it ends, what was accepted has so long to be answered; what is not is lost, and
 * its chat is told so.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerLocalWith = (options: LocalOptions): Layer.Layer<Turns, never, Codex | TelegramDoor | Senders> =>
  Layer.effect(Turns, makeLocal(options))

/**
 * The same with 15 seconds.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerLocal: Layer.Layer<Turns, never, Codex | TelegramDoor | Senders> = layerLocalWith({})
