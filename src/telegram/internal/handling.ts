/**
 * What is to be done about an update, once it is known what it is and who sent it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Access from "../Access.ts"
import * as AuthCommands from "../AuthCommands.ts"
import * as Commands from "../Commands.ts"
import type * as Incoming from "../Incoming.ts"
import * as LiveReply from "../reply/LiveReply.ts"
import { TelegramApi } from "../TelegramApi.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import type { AccessDenied, DoorError } from "../TelegramError.ts"
import { type Lane, Turns, type TurnsUnavailable } from "../Turns.ts"

/** Something to be done; it tells its failures itself. */
export type Work = Effect.Effect<void, never, Commands.Needs>

/** An update that says something to us. */
export type Known = Exclude<Incoming.Incoming, { _tag: "Nothing" }>

/** Where an update came in. */
export interface Desk {
  readonly door: Door
  readonly lane: Lane
  readonly update: number
  /** Keeps the way out for the answer of a lane; gives the way back for a prompt that is not taken. */
  readonly hold: (lane: Lane, api: typeof TelegramApi.Service) => () => void
  /** Whether this is the first time that a lane is full since it rested. */
  readonly isNews: (lane: Lane) => boolean
}

const unavailable = (error: TurnsUnavailable): string => `⚠️ ${error.message}`

/** Does something that has a word to say at its end, and says it. */
const told = (
  origin: Incoming.Origin,
  door: Door,
  work: Effect.Effect<string | undefined, DoorError | TurnsUnavailable, Commands.Needs>
): Work =>
  work.pipe(
    Effect.catch((error) =>
      Effect.succeed(
        error._tag === "TurnsUnavailable"
          ? unavailable(error)
          : LiveReply.failureText(error, Access.mayKnowPaths(origin, door))
      )
    ),
    Effect.flatMap((text) => text === undefined ? Effect.void : LiveReply.say(origin.destination, text)),
    Effect.onInterrupt(() => LiveReply.sayStopped(origin.destination))
  )

/** What is said when as many prompts wait as may. */
export const full = "⚠️ Too many messages are waiting here. Wait for their answers, or stop them, and ask again."

/** Hands a prompt over. A mailbox that is full says so once, until it is empty again. */
const accept = (
  { chatId, destination, isPrivate, messageId, userId }: Incoming.Origin,
  { hold, isNews, lane, update }: Desk,
  text: string
): Work =>
  Effect.gen(function*() {
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
        ...(userId !== undefined && { user: userId })
      },
      content: [{ _tag: "Text", text }]
    }).pipe(Effect.onError(() => Effect.sync(release)))
    if (taken === "seen") release()
    if (taken === "full" && isNews(lane)) yield* LiveReply.say(destination, full)
  }).pipe(Effect.catch((error) => LiveReply.say(destination, unavailable(error))))

/** Answers the press of a button; a press that is not answered keeps turning. */
const note = (origin: Incoming.Origin, callbackId: string | undefined, text: string): Work =>
  callbackId === undefined
    ? Effect.void
    : Effect.ignore(TelegramApi.use((api) => api.answerCallback(origin.destination, callbackId, text)))

const stop = (origin: Incoming.Origin, lane: Lane, callbackId: string | undefined): Work =>
  Turns.use((turns) => turns.stop(lane)).pipe(
    Effect.map(({ dropped, running }) =>
      dropped > 0 ? `Stopped. ${Commands.dropped(dropped)}` : running ? "Stopped." : Commands.nothingToStop
    ),
    Effect.catch((error) => Effect.succeed(unavailable(error))),
    Effect.flatMap((text) => note(origin, callbackId, text))
  )

const deny = (incoming: Known, denied: AccessDenied): Option.Option<Work> => {
  const { origin } = incoming
  if (incoming._tag === "Stop") return Option.some(note(origin, incoming.callbackId, denied.message))
  // A group need not read that somebody in it may not use the bot.
  return origin.isPrivate
    ? Option.some(LiveReply.say(origin.destination, LiveReply.failureText(denied, false)))
    : Option.none()
}

/** What is to be done about an update; nothing when it is none of our business. */
export const plan = (incoming: Known, desk: Desk): Option.Option<Work> => {
  const { door, lane } = desk
  const { origin } = incoming
  const access = Access.check(origin, door)
  if (Result.isFailure(access)) return deny(incoming, access.failure)
  switch (incoming._tag) {
    case "Stop":
      return Option.some(stop(origin, lane, incoming.callbackId))
    case "Import":
      return Option.some(told(origin, door, AuthCommands.importLogin({ origin, door }, incoming.source)))
    case "Prompt":
      return Option.some(accept(origin, desk, incoming.text))
    case "Command": {
      const words = incoming.arguments
      if (incoming.name === "ask" && words !== "") return Option.some(accept(origin, desk, words))
      return Option.some(Option.match(Commands.find(incoming.name, words), {
        onNone: () => LiveReply.say(origin.destination, Commands.help(door)),
        onSome: ([command, rest]) => told(origin, door, Commands.run(command, { origin, arguments: rest, door, lane }))
      }))
    }
  }
}
