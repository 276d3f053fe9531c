/**
 * Groups that became supergroups: Telegram goes on with them under another id, and refuses the one before.
 *
 * A lane keeps the name it has had, so that what was asked under one id is answered, stopped and forgotten under both;
 * what goes out, and the history, go to the new one.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { ConversationKey } from "../../conversation/Message.ts"

type ChatId = number | string

/** Hears that a group goes on elsewhere. */
type Told = (from: ChatId, to: number) => void

/** Which groups have moved, as far as this process was told. */
export interface Service {
  /** Learns that a group goes on elsewhere. */
  readonly learn: (from: ChatId, to: number) => void
  /** The same of what was learned elsewhere, or before: nobody is told. */
  readonly recall: (from: ChatId, to: number) => void
  /** Hears of what is learned from now on; gives the way to hear no more. */
  readonly watch: (told: Told) => () => void
  /** Where the groups that moved are by now, by the ids that they had. */
  readonly places: ReadonlyMap<string, number>
  /** The key of a conversation where its chat is by now. */
  readonly nowOf: (conversation: string) => ConversationKey
  /** The key of a conversation where its chat was at first. */
  readonly firstOf: (conversation: string) => ConversationKey
}

/** Whoever can make groups can make many; a group moves once in its life. */
export const remembered = 1_000

const inChat = /^chat:([^:]+):(.*)$/s

/** Where nothing has moved; `moved` hears of each move once. */
export const make = (moved: Told = () => undefined): Service => {
  const watching = new Set<Told>()
  const later = new Map<string, number>()
  const earlier = new Map<string, string>()

  const renamed = (names: ReadonlyMap<string, ChatId>) => (conversation: string): ConversationKey => {
    const [, chatId = "", rest] = inChat.exec(conversation) ?? []
    const other = names.get(chatId)
    return ConversationKey(other === undefined ? conversation : `chat:${other}:${rest}`)
  }

  /** Whether it is new. */
  const note = (from: ChatId, to: number): boolean => {
    if (later.has(String(from)) || String(from) === String(to)) return false
    later.set(String(from), to)
    earlier.set(String(to), String(from))
    for (const [oldest, next] of [...later].slice(0, Math.max(0, later.size - remembered))) {
      later.delete(oldest)
      earlier.delete(String(next))
    }
    return true
  }

  return {
    learn: (from, to) => {
      if (!note(from, to)) return
      moved(from, to)
      for (const told of watching) told(from, to)
    },
    recall: (from, to) => void note(from, to),
    watch: (told) => {
      watching.add(told)
      return () => watching.delete(told)
    },
    places: later,
    nowOf: renamed(later),
    firstOf: renamed(earlier)
  }
}

const decodeMove = Schema.decodeUnknownOption(Schema.Union([
  Schema.Struct({ chat: Schema.Struct({ id: Schema.Int }), migrate_to_chat_id: Schema.Int }),
  Schema.Struct({ chat: Schema.Struct({ id: Schema.Int }), migrate_from_chat_id: Schema.Int })
]))

const isNews = (message: unknown): boolean =>
  Predicate.hasProperty(message, "migrate_to_chat_id") || Predicate.hasProperty(message, "migrate_from_chat_id")

/** The move of a group that an update tells of: Telegram does so under both ids. */
export const moveIn = (context: object): Option.Option<{ readonly from: ChatId; readonly to: number }> => {
  const update: unknown = Predicate.hasProperty(context, "update") ? context.update : context
  const message: unknown = Predicate.hasProperty(update, "message") ? update.message : undefined
  if (!isNews(message)) return Option.none()
  return Option.map(decodeMove(message), (moved) =>
    "migrate_to_chat_id" in moved
      ? { from: moved.chat.id, to: moved.migrate_to_chat_id }
      : { from: moved.migrate_from_chat_id, to: moved.chat.id })
}

/** Learns of a move that an update tells. */
export const read = (context: object, service: Service): void => {
  const move = moveIn(context)
  if (Option.isSome(move)) service.learn(move.value.from, move.value.to)
}

const nowhere: Service = { ...make(), learn: () => undefined, recall: () => undefined }

/** Which groups have moved; where nobody takes notes, none. */
export const MovedChats = Context.Reference<Service>("effect-codex/internal/movedChats", {
  defaultValue: () => nowhere
})

/** Tells the owner of a move, whose settings may name the group. */
export const tell = (from: ChatId, to: number): Effect.Effect<void> =>
  Effect.logWarning(`The group ${from} is the supergroup ${to} now: where settings name ${from}, put the new id.`)

/**
 * Takes notes of moves, and tells each in the log.
 *
 * One constant for the way in, the turns and the way out: layers that are built together share what one of them learns.
 */
export const layer: Layer.Layer<never> = Layer.effect(
  MovedChats,
  Effect.map(
    Effect.context<never>(),
    (context) => make((from, to) => Effect.runForkWith(context)(tell(from, to)))
  )
)
