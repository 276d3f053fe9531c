/**
 * Instructions that a user has set for themselves.
 *
 * By default they live in the store of the history, under `personality:<user id>` as in `vibegram/codex`, so that one
 * durable store keeps both.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Item from "../backend/Item.ts"
import { Memory } from "./Memory.ts"
import type { UserId } from "./Message.ts"
import { messages } from "./Remembered.ts"
import { type MemoryFailed, PromptTooLong } from "./TurnError.ts"

/**
 * What can be done with the instructions that a user has set.
 *
 * A store of yours fails with `CodexError.MemoryFailed({ operation, cause })`, where `operation` is `list` for `get`,
 * `append` for `set` and `clear` for `clear`; it is plugged in by `codexLive({ personality })`.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** The user's own instructions, if any. */
  readonly get: (userId: UserId) => Effect.Effect<Option.Option<string>, MemoryFailed>
  /** Sets them; at most 2000 UTF-16 units. */
  readonly set: (userId: UserId, text: string) => Effect.Effect<void, MemoryFailed | PromptTooLong>
  /** Goes back to none. */
  readonly clear: (userId: UserId) => Effect.Effect<void, MemoryFailed>
}

/**
 * The personalities as a service. Swap it to keep them elsewhere than the history, or to give everybody the same.
 *
 * @since 0.2.0
 * @category services
 */
export class Personality extends Context.Service<Personality, Service>()("effect-codex/Personality") {}

// As in `vibegram/codex`, in UTF-16 units.
const maxPersonalityLength = 2000

const keyOf = (userId: UserId): string => `personality:${userId}`

/**
 * What keeps the text of a user, as it is given: each layer of this module writes one, and `checked` makes the service of
 * it.
 */
interface Kept {
  readonly get: (userId: UserId) => Effect.Effect<Option.Option<string>, MemoryFailed>
  readonly put: (userId: UserId, text: string) => Effect.Effect<void, MemoryFailed>
  readonly clear: (userId: UserId) => Effect.Effect<void, MemoryFailed>
}

const checked = ({ clear, get, put }: Kept): Service => ({
  get,
  set: Effect.fn("Personality.set")(function*(userId: UserId, text: string) {
    if (text.length > maxPersonalityLength) {
      return yield* new PromptTooLong({ what: "personality", length: text.length, maximum: maxPersonalityLength })
    }
    yield* put(userId, text)
  }),
  clear: Effect.fn("Personality.clear")(clear)
})

const inMemory = (memory: typeof Memory.Service): Kept => ({
  get: (userId) =>
    Effect.map(
      memory.list(keyOf(userId), { last: 1 }),
      (turns) => Option.fromUndefinedOr(messages(turns).at(-1)?.content)
    ),
  put: Effect.fnUntraced(function*(userId, text) {
    const key = keyOf(userId)
    const at = yield* DateTime.now
    const before = yield* memory.list(key, { last: 1 })
    yield* memory.clear(key)
    yield* memory.append(key, { v: 1, at, items: [Item.fromText("developer", text)] }).pipe(
      // Who is told that it failed keeps what there was, where there is room for it.
      Effect.tapError(() => Effect.ignore(Effect.forEach(before, (turn) => memory.append(key, turn))))
    )
  }),
  clear: (userId) => memory.clear(keyOf(userId))
})

/**
 * Keeps personalities in `Memory`, one for each user, under the key of `vibegram/codex`. The default: one durable
 * store keeps history and personalities.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<Personality, never, Memory> = Layer.effect(
  Personality,
  Effect.map(Memory, (memory) => checked(inMemory(memory)))
)

/**
 * Keeps personalities in a SQL database: the table `codex_settings`, which is made at the first use.
 *
 * Use it where history is kept elsewhere, or not at all: over `Memory.layerSql`, `layer` keeps them as well. Provide a
 * `SqlClient`: `effect-codex/sqlite` for a file on this machine, `@effect/sql-pg` for Postgres.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerSql: Layer.Layer<Personality, never, SqlClient> = Layer.effect(
  Personality,
  // Loaded by those who use it: it brings Effect's SQL along.
  Effect.flatMap(
    Effect.promise(() => import("./internal/personalitySql.ts")),
    ({ make }) => Effect.map(make, checked)
  )
)
