/**
 * A double of the Telegram Bot API: a server on loopback that real Telegraf and grammY bots poll.
 *
 * One side is the wire: envelopes, long polls, limits and refusals as Telegram has them. The other side is people,
 * who send, edit, press and wait for what the bot shows them. Between them stands a timeline of everything that was
 * visible. Point Telegraf's `telegram.apiRoot` or grammY's `client.apiRoot` at `apiRoot`.
 *
 * Time comes from the `Clock` of the fiber that builds it; with sockets that is usually the live one.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as FaultScript from "../faults/FaultScript.ts"
import * as Faults from "../internal/faults.ts"
import * as Promised from "../internal/promised.ts"
import type { RateLimits } from "./internal/flood.ts"
import { byName, makeMethods } from "./internal/methods.ts"
import { type Group, type GroupOptions, makePeople, type Person, type Profile } from "./internal/people.ts"
import { answerOf, recordCall, serve } from "./internal/server.ts"
import { callsPerChat, peakOf } from "./internal/timeline.ts"
import type { ApiCall, TimelineEntry, User } from "./internal/types.ts"
import { makeWorld } from "./internal/world.ts"

export type { Document, PhotoSize, Voice } from "./internal/contents.ts"
export type {
  AlbumItem,
  Conversation,
  DocumentToSend,
  FileToSend,
  Place,
  Press,
  ReplyOptions,
  SendOptions,
  ToForward,
  VoiceToSend
} from "./internal/conversation.ts"
export type { RateLimits } from "./internal/flood.ts"
export { ImpossibleAct } from "./internal/impossible.ts"
export type { Group, GroupOptions, InlineQuery, Person, Profile, Topic } from "./internal/people.ts"
export type { Thing } from "./internal/things.ts"
export type { MessageState } from "./internal/timeline.ts"
export type {
  ApiCall,
  Chat,
  Entity,
  Envelope,
  ForwardOrigin,
  InlineResult,
  Message,
  MessageDraft,
  ReplyMarkup,
  TimelineEntry,
  Update,
  User
} from "./internal/types.ts"
export type { CallbackAnswer } from "./internal/world.ts"

/**
 * How the double is set up.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** The bot's id, which its token begins with: two bots have two. Default: 123456. */
  readonly id?: number
  /** The bot's username, without `@`. Default: `codex_test_bot`. */
  readonly username?: string
  /** Whether the bot gets every message of a group (privacy mode off). Default: true. */
  readonly readsAllGroupMessages?: boolean
  /** Whether the bot may be summoned by its name where it is no member (guest mode). Default: false. */
  readonly guestMode?: boolean
  /** Telegram's flood limits for messages and edits; `true` for the usual ones. Default: none. */
  readonly rateLimits?: RateLimits | boolean
  /** What goes wrong, by method of the Bot API, or `file` for a download; `*` is every call but `getUpdates`. Default: nothing. */
  readonly faults?: FaultScript.FaultScript
}

/**
 * The server, its people and its records.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service extends FaultScript.Controls {
  /** Root of the API, without a slash at the end. */
  readonly apiRoot: string
  /** The bot's token: well-formed, and good for nothing but this server. */
  readonly token: string
  /** The bot as people see it. */
  readonly bot: User
  /** Brings in a person who has started the bot; the same id gives the same private chat. */
  readonly user: (profile: Profile) => Effect.Effect<Person>
  /** Opens a group with the bot in it, under the next free id. */
  readonly group: (options: GroupOptions) => Effect.Effect<Group>
  /** Everything that could be seen, in order. */
  readonly timeline: Effect.Effect<ReadonlyArray<TimelineEntry>>
  /** The timeline from its beginning, and on as it happens. */
  readonly events: Stream.Stream<TimelineEntry>
  /** Every call of the API, in the order of the answers. */
  readonly calls: Effect.Effect<ReadonlyArray<ApiCall>>
  /** The calls that were answered in a stretch of time (`from` included, `to` not), by the chat that they name. */
  readonly callsPerChat: (
    from: number,
    to: number
  ) => Effect.Effect<Readonly<Record<string, ReadonlyArray<ApiCall>>>>
  /** The most calls to a chat in any stretch of time of that length. */
  readonly peak: (chatId: number, window: Duration.Input) => Effect.Effect<number>
  /** Suspends until a call that satisfies the predicate was answered, and gives the first such. */
  readonly waitForCall: (predicate: (call: ApiCall) => boolean) => Effect.Effect<ApiCall>
  /** Suspends until a long poll is waiting for updates: the bot runs and has seen everything. */
  readonly polled: Effect.Effect<void>
  /** How many updates are not confirmed yet. */
  readonly pendingUpdates: Effect.Effect<number>
}

/**
 * The double as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class TelegramEmulator extends Context.Service<TelegramEmulator, Service>()(
  "effect-codex/TelegramEmulator"
) {}

const tokenOf = (id: number): string => `${id}:TEST-fake-token-for-loopback-only-AAAA`

/**
 * Starts the server; it stops with the scope, and cuts the connections it still has.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make: (options?: Options) => Effect.Effect<Service, ServeError, Scope.Scope> = Effect.fnUntraced(
  function*(options: Options = {}) {
    const { id = 123_456 } = options
    const token = tokenOf(id)
    const bot: User = {
      id,
      is_bot: true,
      first_name: "Codex",
      username: options.username ?? "codex_test_bot"
    }
    const modes = {
      readsAllGroupMessages: options.readsAllGroupMessages ?? true,
      hasGuestMode: options.guestMode ?? false
    }
    const { rateLimits = false } = options
    const world = yield* makeWorld(bot)
    const faults = Faults.make(options.faults, ["getUpdates"])
    const methods = yield* makeMethods({
      world,
      modes,
      rateLimits: rateLimits === false ? undefined : rateLimits === true ? {} : rateLimits,
      perform: (name, payload) =>
        Effect.flatMap(answerOf(methodOf(name), payload), (answer) => recordCall(world, name, payload, answer))
    })
    const methodOf = byName(methods)
    const server = Context.get(yield* Layer.build(serve({ world, token, methodOf, faults })), HttpServer.HttpServer)
    const { group, user } = makePeople(world, modes)
    return TelegramEmulator.of({
      ...faults.controls,
      apiRoot: HttpServer.formatAddress(server.address),
      token,
      bot,
      user,
      group,
      timeline: Effect.sync(() => [...world.timeline]),
      events: Stream.fromPubSub(world.events),
      calls: Effect.sync(() => [...world.calls]),
      callsPerChat: (from, to) => Effect.sync(() => callsPerChat(world.calls, from, to)),
      peak: (chatId, window) =>
        Effect.sync(() => peakOf(world.calls, chatId, Duration.toMillis(Duration.fromInputUnsafe(window)))),
      waitForCall: (predicate) => world.until(() => Option.fromUndefinedOr(world.calls.find(predicate))),
      polled: world.until(() => world.updates.isPolled() ? Option.some(undefined) : Option.none()),
      pendingUpdates: Effect.sync(() => world.updates.size())
    })
  }
)

/**
 * Starts the server for a test without Effect; `close` stops it.
 *
 * @since 0.2.0
 * @category constructors
 */
export const start = (options?: Options): Promise<Started> => Promised.start(make(options))

/**
 * The server as `start` gives it: effects are functions that return promises, streams are async iterables.
 *
 * @since 0.2.0
 * @category models
 */
export type Started = Promised.Promised<Service> & Promised.Closing

/**
 * Starts the server for the life of the layer.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<TelegramEmulator, ServeError> =>
  Layer.effect(TelegramEmulator, make(options))
