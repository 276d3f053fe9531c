/**
 * Where what lasts is kept: docs/stores.md prints these programs.
 */
import { NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Option, Redacted } from "effect"
import { Audit, Codex, Item, Memory, Message, Personality, UsageMeter } from "effect-codex"
import * as Sqlite from "effect-codex/sqlite"
import { StoreContract, TestCodex } from "effect-codex/testing"
import * as Postgres from "./support/postgres.ts"

// #region rooms
/** What lasts, in whatever database is provided. `codexLive` and `codexLiveConfig` take the same rooms. */
const lasting = {
  memory: Memory.layerSql({ retention: "90 days" }),
  personality: Personality.layerSql,
  usageMeter: UsageMeter.layerSql,
  audit: Audit.layerSql
}
// #endregion

const conversation = Message.ConversationKey("ann")
const ask = (text: string) => Codex.Codex.use((codex) => codex.ask({ text, conversation, userId: 7 }))

describe("a store", () => {
  it.effect("in a SQLite file is there when the bot starts anew", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/bot.sqlite`
      // #region sqlite
      const bot = TestCodex.layer(lasting).pipe(Layer.provide(Sqlite.layer({ path })))
      // #endregion
      yield* Effect.provide(ask("I am Ann."), bot)
      const again = TestCodex.layer(lasting).pipe(Layer.provide(Sqlite.layer({ path })))
      const requests = yield* Effect.andThen(ask("Who am I?"), TestCodex.TestCodex.use(({ requests }) => requests))
        .pipe(
          Effect.provide(again)
        )
      assert.deepStrictEqual(requests[0]?.input.map(Item.words), ["I am Ann.", "Echo: I am Ann.", "Who am I?"])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live.skipIf(!Postgres.isInstalled)(
    "in Postgres is shared by bots on several machines",
    () =>
      Effect.gen(function*() {
        const { url } = yield* Postgres.server
        // #region postgres
        const database = PgClient.layer({ url: Redacted.make(url) })
        const bot = TestCodex.layer(lasting).pipe(Layer.provide(database))
        // #endregion
        yield* Effect.provide(ask("I am Ann."), bot)
        const kept = yield* Memory.Memory.use((memory) => memory.list(conversation)).pipe(
          Effect.provide(Layer.provide(Memory.layerSql(), PgClient.layer({ url: Redacted.make(url) })))
        )
        assert.strictEqual(kept.length, 2)
      }),
    60_000
  )
})

// #region contract
const rows = new Map<string, ReadonlyArray<Message.Message>>()
const mine = Memory.layerStore({
  append: (key, message) => Effect.sync(() => rows.set(key, [...rows.get(key) ?? [], message])),
  list: (key) => Effect.sync(() => rows.get(key) ?? []),
  clear: (key) => Effect.sync(() => rows.delete(key))
})

describe("my store", () => {
  for (const { check, name } of StoreContract.memory) {
    it.effect(name, () => Effect.provide(check, mine))
  }
})
// #endregion

it.effect("a check that a store does not pass says what was expected", () =>
  Effect.gen(function*() {
    const forgetful = Memory.layerStore({
      append: () => Effect.void,
      list: () => Effect.succeed([]),
      clear: () => Effect.void
    })
    const failures = yield* Effect.forEach(StoreContract.memory, ({ check }) =>
      Effect.flip(Effect.provide(check, forgetful)).pipe(Effect.option))
    const [told] = failures.filter(Option.isSome)
    assert.match(told?.value.message ?? "", /^Expected \[.*\], and found \[\]\.$/)
    assert.isAtLeast(failures.filter(Option.isSome).length, 4)
  }))
