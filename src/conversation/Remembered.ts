/**
 * What is kept of a turn: everything that was said in it, in the words of the wire, with its version.
 *
 * A store is given rows, which are plain JSON, and gives back rows of any version. Version 0 are the messages of
 * `vibegram/codex` and of the first release, `{ role, content }`; they are put together to turns when they are read.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Item from "../backend/Item.ts"
import type { TokenUsage } from "../backend/ResponseEvent.ts"
import { ensure, span } from "../internal/kinds.ts"
import type { Message, UserId } from "./Message.ts"
import { MemoryFailed } from "./TurnError.ts"

/**
 * One turn, as memory keeps it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Turn {
  readonly v: 1
  /** Whose name it has: a turn that is kept again under its id replaces the first. */
  readonly id?: string
  /** Who asked: what `forget` goes by. */
  readonly user?: UserId
  /** When it began; the start of 1970 for what was kept without a time. */
  readonly at: DateTime.Utc
  readonly model?: string
  /** Who can read its sealed items: a name for an account and a family of models. */
  readonly seal?: string
  readonly usage?: TokenUsage
  /** Why its answer is not whole, when it is not: as in `Codex.Answer`. */
  readonly incomplete?: string
  /** The calls that somebody has said yes or no to, and the name of the turn in which they did. */
  readonly decided?: { readonly by: string; readonly calls: ReadonlyArray<string> }
  /** Everything in the order in which it was said, the person's own first. */
  readonly items: ReadonlyArray<Item.Item>
}

/**
 * What became of a turn: nothing needs to be said where it is kept.
 *
 * @since 0.2.0
 * @category models
 */
export type Appended = void | "forgotten"

/** What was asked may wait for its answer, over restarts as well; not for so many milliseconds. */
export const longestAnswer = Duration.toMillis(Duration.days(2))

/** When users were forgotten: what they asked before that, and is answered later, is not kept. */
export const makeForgotten = () => {
  const times = new Map<UserId, number>()
  return {
    has: ({ at, user }: Turn): boolean => user !== undefined && DateTime.toEpochMillis(at) < (times.get(user) ?? 0),
    add: (user: UserId): Effect.Effect<void> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        for (const [other, at] of times) if (at < now - longestAnswer) times.delete(other)
        times.set(user, now)
      })
  }
}

/** Whether a failure of a store says already what it means for a memory. */
export const isMemoryFailed = Schema.is(MemoryFailed)

const maybe = Schema.optionalKey(Schema.String)

const Turn1 = Schema.StructWithRest(
  Schema.Struct({
    v: Schema.Literal(1),
    id: maybe,
    user: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String])),
    at: Schema.DateTimeUtcFromMillis,
    model: maybe,
    seal: maybe,
    usage: Schema.optionalKey(Schema.Struct({
      inputTokens: Schema.Finite,
      cachedTokens: Schema.Finite,
      outputTokens: Schema.Finite,
      reasoningTokens: Schema.Finite,
      totalTokens: Schema.Finite
    })),
    incomplete: maybe,
    decided: Schema.optionalKey(Schema.Struct({ by: Schema.String, calls: Schema.Array(Schema.String) })),
    items: Schema.Array(Item.Item)
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)

/**
 * A turn as plain JSON: what a store is given, and gives back. Fields that a later release adds survive.
 *
 * @since 0.2.0
 * @category models
 */
export interface TurnRow {
  readonly v: 1
  readonly id?: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly items: ReadonlyArray<unknown>
  readonly [key: string]: unknown
}

const TurnOfRow: Schema.Codec<Turn, TurnRow> = Turn1

/** The row of a turn. */
export const toRow = Schema.encodeSync(TurnOfRow)

const decodeTurn = Schema.decodeUnknownResult(TurnOfRow)

const decodeMessage = Schema.decodeUnknownResult(Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant"]),
  content: Schema.String
}))

const versionOf = (row: unknown): unknown => Predicate.hasProperty(row, "v") ? row.v : undefined

/** Whether a row was written by a later version: it is not ours to read, and not ours to delete. */
export const isLater = (row: unknown): boolean => {
  const version = versionOf(row)
  return Predicate.isNumber(version) && version > 1
}

/** Whether a row is a message of version 0. */
export const isMessage = (row: unknown): boolean => versionOf(row) === undefined && Result.isSuccess(decodeMessage(row))

const fromMessage = ({ content, role }: Message): Item.Item =>
  Item.fromText(role === "system" ? "developer" : role, content)

const roleOf = (item: Item.Item | undefined) => item?.type === "message" ? item.role : undefined

/** Whether a turn was put together of messages of version 0: it has no time, and tells of nothing but what was said. */
export const isOfMessages = ({ at, id, model, seal, usage, user }: Turn): boolean =>
  DateTime.toEpochMillis(at) === 0 &&
  [id, model, seal, usage, user].every((told) => told === undefined)

/** Whether a turn is no history but what was set once, as a personality is: it does not grow old. */
export const isSetting = ({ items }: Turn): boolean => items.every((item) => roleOf(item) === "developer")

/**
 * Puts a message of version 0 to the turn that it belongs to: one begins where a person speaks after an answer. What was
 * set is on its own, also where it stands between a question and its answer.
 */
const withMessage = (turns: Array<Turn>, message: Message): void => {
  const item = fromMessage(message)
  const place = turns.findLastIndex((turn) => !isSetting(turn))
  const last = turns[place]
  const goesOn = message.role !== "system" && last !== undefined && isOfMessages(last) &&
    (message.role === "assistant" || roleOf(last.items.at(-1)) === "user")
  if (goesOn) turns.splice(place, 1, { ...last, items: [...last.items, item] })
  else turns.push({ v: 1, at: DateTime.makeUnsafe(0), items: [item] })
}

/**
 * The turns of rows of any version, oldest first. Of several turns with one id the last counts, where the first stood.
 */
export const fromRows = (rows: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<Turn>, MemoryFailed> =>
  Effect.suspend(() => {
    const failed = (reason: "laterVersion" | "unreadable") =>
      Effect.fail(new MemoryFailed({ operation: "list", reason }))
    // A store of somebody else may give whatever it has.
    if (!Array.isArray(rows)) return failed("unreadable")
    if (rows.some(isLater)) return failed("laterVersion")
    const turns: Array<Turn> = []
    for (const row of rows) {
      if (versionOf(row) === undefined) {
        const message = decodeMessage(row)
        if (Result.isFailure(message)) return failed("unreadable")
        withMessage(turns, message.success)
        continue
      }
      const turn = decodeTurn(row)
      if (Result.isFailure(turn)) return failed("unreadable")
      const { id } = turn.success
      const place = id === undefined ? -1 : turns.findIndex((known) => known.id === id)
      if (place === -1) turns.push(turn.success)
      else turns.splice(place, 1, turn.success)
    }
    return Effect.succeed(turns)
  })

/** The turns of messages. */
export const fromMessages = (messages: ReadonlyArray<Message>): ReadonlyArray<Turn> => {
  const turns: Array<Turn> = []
  for (const message of messages) withMessage(turns, message)
  return turns
}

const textOf = (items: ReadonlyArray<Item.Item>): string =>
  items.map(Item.words).filter((text) => text !== "").join("\n\n")

/** What the model said in the end; commentary is narration, and counts where there is nothing else. */
export const answerOf = (items: ReadonlyArray<Item.Item>): string => {
  const said = items.flatMap((item) => item.type === "message" && item.role === "assistant" ? [item] : [])
  const answer = said.filter(({ phase }) => phase !== "commentary")
  return textOf(answer.length > 0 ? answer : said)
}

/**
 * What was said in turns, as messages: the person's text and the answer, without commentary, calls and thoughts.
 *
 * For whoever shows a conversation, or keeps only the words of it. A picture is `[picture]`.
 *
 * @since 0.2.0
 * @category combinators
 */
export const messages = (turns: ReadonlyArray<Turn>): ReadonlyArray<Message> =>
  turns.flatMap(({ items }): ReadonlyArray<Message> => [
    ...items.flatMap((item): ReadonlyArray<Message> =>
      item.type !== "message" || item.role === "assistant"
        ? []
        : [{ role: item.role === "developer" ? "system" : "user", content: Item.words(item) }]
    ),
    ...items.some((item) => roleOf(item) === "assistant")
      ? [{ role: "assistant", content: answerOf(items) } as const]
      : []
  ])

/** The time before which history is too old to be kept. */
export const oldest = (retention: Duration.Input | undefined): Effect.Effect<number> =>
  retention === undefined
    ? Effect.succeed(Number.NEGATIVE_INFINITY)
    : Effect.map(Clock.currentTimeMillis, (now) => now - Duration.toMillis(Duration.fromInputUnsafe(retention)))

/** Whether a turn began before `oldest`; what was kept without a time, and settings, never did. */
export const isOlder = (turn: Turn, oldest: number): boolean =>
  DateTime.toEpochMillis(turn.at) < oldest && !isOfMessages(turn) && !isSetting(turn)

/** Runs, now and every hour, what deletes history that is older than `retention`. */
export const sweeping = (
  retention: Duration.Input | undefined,
  sweep: (oldest: number) => Effect.Effect<unknown, unknown>
): Effect.Effect<void, never, Scope.Scope> =>
  retention === undefined ? Effect.void : Effect.andThen(
    // Effect takes what is no number for no time at all, and all history is older than that.
    ensure("Memory", { retention: span }, { retention }),
    oldest(retention).pipe(
      Effect.flatMap(sweep),
      Effect.catch(() => Effect.logWarning("History that is older than its time could not be deleted.")),
      Effect.repeat(Schedule.spaced("1 hour")),
      Effect.forkScoped,
      Effect.asVoid
    )
  )
