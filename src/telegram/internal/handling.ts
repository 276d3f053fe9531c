/**
 * What is to be done about an update, once it is known what it is and who sent it.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Access from "../Access.ts"
import * as AuthCommands from "../AuthCommands.ts"
import * as Commands from "../Commands.ts"
import type * as Incoming from "../Incoming.ts"
import type { Kind } from "../incoming/Kinds.ts"
import type { Origin } from "../incoming/Origin.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import { TelegramApi } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import type { AccessDenied, DoorError } from "../TelegramError.ts"
import { type Accepted, type Lane, Turns, type TurnsUnavailable } from "../Turns.ts"
import { Errands } from "./errands.ts"
import type { Item } from "./following.ts"
import * as Guests from "./guests.ts"
import * as Listening from "./listening.ts"
import type { Overheard } from "./overheard.ts"
import * as Refusals from "./refusals.ts"

/** What handling stands on. */
export type Needs = Commands.Needs | Errands

/** Something to be done. It tells its failures itself, but not that nothing can be accepted at the moment. */
export type Work = Effect.Effect<void, TurnsUnavailable, Needs>

/** An update that says something to us. */
export type Known = Exclude<Incoming.Incoming, { _tag: "Nothing" }>

/** Whether an update asks, and so goes into a mailbox. */
const isPrompt = (incoming: Known): boolean =>
  incoming._tag === "Prompt" || incoming._tag === "More" || incoming._tag === "Edit" || incoming._tag === "Approval" ||
  (incoming._tag === "Command" && incoming.asking !== undefined) ||
  (incoming._tag === "Import" && incoming.otherwise !== undefined)

/** Commands that leave something written down: as with a prompt, who hands one over hears of it when it is. */
const written: ReadonlySet<string> = new Set(["stop", "reset", "forget", "personality"])

/** Whether whoever hands an update over waits until what it asks for is written down. */
export const isAwaited = (incoming: Known): boolean =>
  isPrompt(incoming) || incoming._tag === "Stop" || (incoming._tag === "Command" && written.has(incoming.name))

/** Whether an update is for the handlers behind as well: a file that only might be a login, an edit, and what is said to a group. */
export const isForOthers = (incoming: Known): boolean =>
  incoming._tag === "Spoken" || incoming._tag === "Edit" ||
  incoming._tag === "Import" && incoming.source._tag === "File" && !incoming.source.isCertain &&
    incoming.otherwise === undefined

/** Where an update came in. */
export interface Desk {
  readonly door: Door
  readonly lane: Lane
  readonly update: number
  /** What came before of its album or paste, and did not name the bot. */
  readonly earlier: ReadonlyArray<Item>
  readonly overheard: Overheard
  /** Keeps the way out for the answer of a lane; gives the way back for a prompt that is not taken. */
  readonly hold: (lane: Lane, api: typeof TelegramApi.Service) => () => void
  /** Hears that what was asked for is done, and only a word about it is to be said. */
  readonly done: Effect.Effect<unknown>
}

/** How it reads in a chat that nothing can be accepted at the moment. */
const unavailable = (error: TurnsUnavailable): string => `⚠️ ${error.message}`

/** Does something that is to be done once, however often its update comes, and wherever; then what is to be said of it. */
const once = <A>(
  { done, lane, update }: Desk,
  work: Effect.Effect<A, TurnsUnavailable, Needs>,
  say: (done: A) => Work
): Work =>
  Turns.use((turns) => turns.once({ lane, update }, work)).pipe(
    Effect.tap(done),
    Effect.flatMap(Option.match({ onNone: () => Effect.void, onSome: say }))
  )

/** Sees to an update that leaves nothing behind but what is said, once. Where it cannot be known whether somebody has, again. */
const claimed = ({ lane, update }: Desk, work: Work): Work =>
  Turns.use((turns) => turns.once({ lane, update }, Effect.void)).pipe(
    Effect.orElseSucceed(() => Option.some(undefined)),
    Effect.flatMap((mine) => Option.isSome(mine) ? work : Effect.void)
  )

/** Says what came of something, or why nothing did. */
const worded = (
  origin: Origin,
  door: Door,
  work: Effect.Effect<string | undefined, DoorError | TurnsUnavailable, Needs>
) =>
  Effect.catchIf(
    work,
    (error) => error._tag !== "TurnsUnavailable",
    (error) => Effect.succeed(LiveReply.failureText(error, Access.mayKnowPaths(origin, door)))
  )

/** Says something where it was asked for, or in private that there is no place for it. */
const say = ({ destination, userId }: Origin, text: string): Work => LiveReply.say(destination, text, userId)

const sayIn = (origin: Origin) => (text: string | undefined): Work =>
  text === undefined ? Effect.void : say(origin, text)

const orSayStopped = ({ destination }: Origin) => Effect.onInterrupt(() => LiveReply.sayStopped(destination))

/** Does something that has a word to say at its end, and says it. */
const told = (
  origin: Origin,
  door: Door,
  work: Effect.Effect<string | undefined, DoorError | TurnsUnavailable, Needs>
): Work =>
  worded(origin, door, work).pipe(
    Effect.catch((error) => Effect.succeed(unavailable(error))),
    Effect.flatMap(sayIn(origin)),
    orSayStopped(origin)
  )

/** What is said when as many prompts wait as may. */
export const full = "⚠️ Too many messages are waiting here. Wait for their answers, or stop them, and ask again."

/** What is said when one answer is given and no prompt may wait for it. */
export const busy = "⚠️ I am still answering here. Wait for the answer, or stop it, and ask again."

const words = {
  text: Commands.empty,
  "forwarded command": Commands.notTyped,
  "seen by nobody else": Refusals.noSecrets,
  command: Refusals.noCommands,
  login: Refusals.noLogins
} as const

const isWorded = (kind: Kind | keyof typeof words): kind is keyof typeof words => kind in words

const whyRefused = (kind: Kind | keyof typeof words): string => isWorded(kind) ? words[kind] : Refusals.sentence([kind])

/** What is said of an entry that was not taken. */
const whyNot = (taken: Accepted | TurnsUnavailable, { whenBusy }: Door): string | undefined =>
  typeof taken !== "string"
    ? taken._tag === "Limited" ? Refusals.tooOften(taken) : unavailable(taken)
    : taken !== "full"
    ? undefined
    : whenBusy === "reject"
    ? busy
    : full

/** Hands a prompt over; says what became of it. A mailbox that is full says so once, until it is empty again. */
const accept = (
  origin: Origin,
  { door, earlier, hold, lane, overheard, update }: Desk,
  { name, ...asking }: Incoming.Asking
): Effect.Effect<Accepted, TurnsUnavailable, Needs> =>
  Effect.gen(function*() {
    const { chatId, destination, isPrivate, messageId, userId } = origin
    const heard = isPrivate || asking.isEdit === true || asking.isMore === true
      ? []
      : overheard.before(origin, lane.conversation, earlier.map(({ origin }) => origin.messageId))
    const turns = yield* Turns
    const release = hold(lane, yield* TelegramApi)
    const taken = yield* turns.accept({
      lane,
      update,
      origin: {
        chat: chatId,
        isPrivate,
        message: messageId,
        ...(destination.threadId !== undefined && { thread: destination.threadId }),
        ...(destination.directTopicId !== undefined && { directTopic: destination.directTopicId }),
        ...(destination.isThread !== undefined && { isThread: destination.isThread }),
        ...(destination.isForum !== undefined && { isForum: destination.isForum }),
        ...(userId !== undefined && { user: userId }),
        ...(name !== undefined && { name })
      },
      ...asking,
      content: Arr.appendAll(heard, asking.content)
    }).pipe(Effect.onError(() => Effect.sync(release)))
    if (taken === "seen" || typeof taken !== "string") release()
    if (taken === "full" && (yield* Errands.use((errands) => errands.isNews(lane)))) {
      yield* say(origin, door.whenBusy === "reject" ? busy : full)
    }
    const person = `${lane.bot}/${userId ?? chatId}`
    if (typeof taken !== "string" && (yield* Errands.use((errands) => errands.isFirst(person, taken.retryAfter)))) {
      yield* say(origin, Refusals.tooOften(taken))
    }
    return taken
  })

/** The same, with all of an album or of a paste: any part of it may be the one that asks. */
const acceptAll = (origin: Origin, desk: Desk, asking: Incoming.Asking) => {
  const pieces = desk.earlier.filter((item) => item.asking.album === undefined)
  return Effect.andThen(
    // Pieces that were cut are words of the one that asks: nothing joins them by when they were taken.
    accept(origin, desk, {
      ...asking,
      content: Arr.appendAll(pieces.flatMap((item) => item.asking.content), asking.content)
    }),
    Effect.forEach(
      desk.earlier.filter((item) => item.asking.album !== undefined),
      (item) => accept(item.origin, { ...desk, earlier: [], update: item.update }, item.asking),
      { discard: true }
    )
  )
}

/** Answers the press of a button; a press that is not answered keeps turning. */
const note = (origin: Origin, callbackId: string | undefined, text: string): Work =>
  callbackId === undefined
    ? Effect.void
    : Effect.ignore(TelegramApi.use((api) => api.answerCallback(origin.destination, callbackId, text)))

const stop = (origin: Origin, desk: Desk, callbackId: string | undefined): Work =>
  once(
    desk,
    Turns.use((turns) => turns.stop(desk.lane, desk.update)),
    ({ dropped, running }) =>
      note(
        origin,
        callbackId,
        dropped > 0
          ? `Stopped. ${Commands.dropped(dropped)}`
          : running
          ? "Stopped."
          : Commands.nothingToStop(origin, desk.door)
      )
  )

/** Tells that nothing can be accepted at the moment, where nobody brings an update again. */
export const refused = (incoming: Known, error: TurnsUnavailable): Work =>
  incoming._tag === "Stop"
    ? note(incoming.origin, incoming.callbackId, unavailable(error))
    : incoming._tag === "Approval"
    // Whoever pressed was told with the press.
    ? Effect.void
    : say(incoming.origin, unavailable(error))

/** The owner looks for the id of whom to let in; what was said is nobody's business. */
const toldOwner = ({ subject }: AccessDenied, { chatId, speaker, userId }: Origin): Effect.Effect<void> =>
  Effect.logWarning(
    `The ${speaker ?? subject} ${
      subject === "chat" ? chatId : userId ?? "without an id"
    } is not on the allow-list, and was not answered.`
  )

const deny = (incoming: Known, denied: AccessDenied): Option.Option<Work> => {
  const { origin } = incoming
  if (incoming._tag === "Stop" || incoming._tag === "Approval") {
    return Option.some(note(origin, incoming.callbackId, denied.message))
  }
  // A group need not read that somebody in it may not use the bot, and who edits has asked nothing.
  return origin.isPrivate && incoming._tag !== "Edit"
    ? Option.some(Effect.andThen(
      toldOwner(denied, origin),
      say(origin, LiveReply.failureText(denied, false))
    ))
    : Option.none()
}

/** What is to be done about an update; nothing when it is none of our business. */
export const plan = (incoming: Known, desk: Desk): Option.Option<Work> => {
  const { origin } = incoming
  const access = Access.check(origin, desk.door)
  if (Result.isFailure(access)) return Option.map(deny(incoming, access.failure), (work) => claimed(desk, work))
  const work = planned(incoming, desk)
  // A mailbox knows its prompts by itself.
  return Option.some(isAwaited(incoming) ? work : claimed(desk, work))
}

const planned = (incoming: Known, desk: Desk): Work => {
  const { door, lane, update } = desk
  const { origin } = incoming
  switch (incoming._tag) {
    case "Stop":
      return stop(origin, desk, incoming.callbackId)
    case "Approval":
      // The turn answers the press, when it knows whether anything waits for it.
      return accept(origin, desk, {
        isCommand: true,
        content: [{
          _tag: "Approval",
          call: incoming.call,
          approved: incoming.approved,
          ...(incoming.askedAs !== undefined && { askedAs: incoming.askedAs }),
          callback: incoming.callbackId
        }]
      }).pipe(
        Effect.tap((taken) => {
          const why = whyNot(taken, door)
          return why === undefined ? Effect.void : note(origin, incoming.callbackId, why)
        }),
        Effect.tapError((error) => note(origin, incoming.callbackId, error.message)),
        Effect.asVoid
      )
    case "Import": {
      const taken = told(origin, door, AuthCommands.importLogin({ origin, door }, incoming.source))
      if (incoming.otherwise === undefined) return taken
      // What is sent with it, or behind it, does not wait until it is known what it is; nor does it come too late for that.
      return Effect.andThen(Effect.tap(accept(origin, desk, incoming.otherwise), desk.done), claimed(desk, taken))
    }
    case "Guest":
      return Guests.take(origin, { ...desk, whyNot: (taken) => whyNot(taken, door) }, incoming)
    case "GuestRefused":
      return Guests.say(origin, incoming.queryId, whyRefused(incoming.kind))
    case "Greeting":
      return say(origin, incoming.isHelp ? Commands.help(door) : Commands.greeting(door))
    case "Refused": {
      const refusal = say(origin, whyRefused(incoming.kind))
      // Behind a comment it is what the comment is about.
      return incoming.asking === undefined ? refusal : Effect.flatMap(
        Effect.orElseSucceed(accept(origin, desk, incoming.asking), () => "seen" as const),
        (taken) => taken === "accepted" ? Effect.void : refusal
      )
    }
    case "Unsure":
      return say(origin, Commands.didYouMean(door, incoming.near, incoming.word))
    case "Spoken":
      return Effect.flatMap(
        Listening.asked(incoming, door),
        Option.match({ onNone: () => Effect.void, onSome: (asking) => Effect.asVoid(accept(origin, desk, asking)) })
      )
    case "Prompt":
    case "More":
      return acceptAll(origin, desk, incoming.asking)
    case "Edit":
      // Nobody waits for an answer to an edit.
      return Effect.ignore(accept(origin, desk, incoming.asking))
    case "Command": {
      if (incoming.asking !== undefined) return acceptAll(origin, desk, incoming.asking)
      const found = Commands.find(incoming.name, incoming.arguments)
      if (Option.isNone(found)) return say(origin, Commands.help(door))
      const [command, rest] = found.value
      const run = Commands.run(command, { origin, arguments: rest, door, lane, update })
      return isAwaited(incoming)
        ? orSayStopped(origin)(once(desk, worded(origin, door, run), sayIn(origin)))
        : told(origin, door, run)
    }
  }
}
