/**
 * What outlives a process: prompts, steps, stops; and what is left behind of them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { DatabaseSync } from "node:sqlite"
import * as Item from "../src/backend/Item.ts"
import * as Memory from "../src/conversation/Memory.ts"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as Durable from "../src/telegram/internal/durable.ts"
import * as Sweeping from "../src/telegram/internal/sweeping.ts"
import { Ended, Settled } from "../src/telegram/reply/internal/ended.ts"
import { TelegramDoor } from "../src/telegram/TelegramDoor.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as TurnsDurable from "../src/telegram/TurnsDurable.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Databases from "./support/databases.ts"
import { makeDoor } from "./support/door.ts"
import * as Postgres from "./support/postgres.ts"
import * as Restarts from "./support/restarts.ts"
import * as Contract from "./support/turnsContract.ts"
import * as VirtualBotApi from "./support/virtualBotApi.ts"

const { engine, file, on, reads, setUp, sqlite } = Restarts

Contract.contract("in this process", Effect.succeed(Turns.layerLocal))
Contract.contract("over a SQLite file", Effect.map(file, (path) => on(path)))

if (Postgres.isInstalled) {
  Contract.contract(
    "over a Postgres",
    Effect.map(
      Effect.orDie(Databases.postgres),
      (url) => TurnsDurable.layerSingle().pipe(Layer.provide(Layer.orDie(Postgres.client(url))))
    )
  )
}

const slowly = TestCodex.deltas(["Half ", "an ", "answer."], { every: "500 millis" })

const change = <A>(
  path: string,
  work: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<A>, SqlError>
): Effect.Effect<ReadonlyArray<A>> =>
  Effect.orDie(Effect.provide(Effect.flatMap(SqlClient.SqlClient, work), sqlite(path)))

describe("turns that outlive their process", () => {
  it.live("ask again what was being answered, in the same message, and say so once", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const before = yield* start()
      yield* before.test.script(slowly)
      const one = Contract.entry("hello")
      yield* before.turns.accept(one)
      yield* reads(chats, /^Half/)
      const [shown] = chats.posts()
      yield* kill
      const after = yield* start()
      yield* reads(chats, /^Echo: hello\n\n↻ The bot was restarted while it answered, and has asked again\.$/)
      yield* after.turns.drained
      assert.deepStrictEqual(chats.posts().map(({ finals, id }) => ({ finals, id })), [{ finals: 1, id: shown?.id }])
      assert.strictEqual(yield* after.turns.accept(one), "seen")
    }))

  it.live("answer a guest in the message that is there", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const before = yield* start()
      yield* before.test.script(slowly)
      yield* before.turns.accept(Contract.guestEntry("hello", 1))
      yield* before.turns.accept(Contract.guestEntry("and?", 2))
      yield* reads(chats, /^Half/)
      yield* kill
      const after = yield* start()
      yield* reads(chats, /^Echo: and\?$/)
      yield* after.turns.drained
      assert.deepStrictEqual(chats.posts().map(({ chat, text }) => [chat, text]), [
        ["inline 1", "Echo: hello\n\n↻ The bot was restarted while it answered, and has asked again."],
        ["inline 2", "Echo: and?"]
      ])
    }))

  it.live("answer what waited, in order, and join what comes for it", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp({ joinWindow: "200 millis" })
      const before = yield* start()
      yield* before.test.script(slowly)
      yield* before.turns.accept(Contract.entry("first", 7, { isCommand: true }))
      yield* reads(chats, /^Half/)
      yield* before.turns.accept(Contract.entry("second", 7, { isCommand: true }))
      yield* before.turns.accept(Contract.entry("x".repeat(4_000), 7, { sent: 100 }))
      yield* kill
      const after = yield* start()
      yield* after.turns.accept(Contract.entry("and its end", 7, { sent: 100 }))
      yield* reads(chats, /and its end/)
      yield* after.turns.drained
      assert.lengthOf(yield* after.test.requests, 3)
      const [first, second, ...paste] = chats.finals()
      assert.match(first ?? "", /^Echo: first/)
      assert.strictEqual(second, "Echo: second")
      assert.match(paste.join(""), /^Echo: x+and its end$/)
    }))

  it.live("answer by itself what joins a prompt again whose turn had begun without it", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp({ joinWindow: "1 second" })
      const before = yield* start()
      yield* before.test.script(slowly)
      yield* before.turns.accept(Contract.entry("one", 7, { sent: 100 }))
      yield* reads(chats, /^Half/)
      yield* kill
      const after = yield* start()
      yield* after.turns.accept(Contract.entry("two", 7, { sent: 100 }))
      yield* reads(chats, /^Echo: two$/)
      yield* after.turns.drained
      assert.lengthOf(yield* after.test.requests, 2)
    }))

  it.live("ask once what came for a prompt after a kill, also when the next kill comes in the middle of both", () =>
    Effect.gen(function*() {
      const { chats, kill, path, start } = yield* setUp({ joinWindow: "200 millis" })
      const before = yield* start()
      yield* before.turns.accept(Contract.entry("x".repeat(4_000), 7, { sent: 100 }))
      yield* kill
      // So long ago that only a process that has found it again waits for more.
      yield* change(path(), (sql) => sql`UPDATE cluster_messages SET payload = json_set(payload, '$.at', 1000)`)
      const between = yield* start()
      yield* between.test.script(slowly)
      yield* between.turns.accept(Contract.entry("and its end", 7, { sent: 100 }))
      yield* reads(chats, /^Half/)
      yield* kill
      const after = yield* start()
      yield* reads(chats, /and its end/)
      yield* after.turns.drained
      assert.lengthOf(yield* after.test.requests, 1)
      assert.lengthOf(chats.finals().filter((text) => text.includes("and its end")), 1)
    }))

  it.live("begin nothing of a conversation beside what a kill has cut short, whoever has asked it", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp({ joinWindow: "1 second" })
      const before = yield* start()
      yield* before.test.script(slowly)
      yield* before.turns.accept(Contract.entry("one", 7, { sent: 100 }))
      yield* reads(chats, /^Half/)
      const two = Contract.entry("two", 7, { isCommand: true })
      yield* before.turns.accept({ ...two, origin: { ...two.origin, user: 8 } })
      yield* kill
      const after = yield* start()
      yield* after.test.script(slowly)
      yield* Contract.until(() =>
        after.line.outbox.calls.some(({ payload }) => String(payload["text"]).startsWith("Half"))
      )
      assert.deepStrictEqual(yield* after.turns.stop(Contract.laneOf(7)), { running: true, dropped: 1 })
      yield* after.turns.drained
      assert.lengthOf(chats.posts(), 1)
      assert.lengthOf(yield* after.test.requests, 1)
    }))

  it.live("go on where they were when the answer was there and its messages were not", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const before = yield* start()
      yield* before.test.script(TestCodex.deltas(["word ".repeat(2000)]))
      before.line.cut(1)
      yield* before.turns.accept(Contract.entry("hello"))
      yield* Contract.until(() => chats.finals().length === 1)
      yield* kill
      const after = yield* start()
      yield* Contract.until(() => chats.posts().length === 3 && chats.posts().every(({ isFinal }) => isFinal))
      yield* after.turns.drained
      assert.deepStrictEqual(yield* after.test.requests, [])
      assert.strictEqual(chats.posts().map(({ text }) => text).join(" ").split("word").length, 2001)
    }))

  it.live("are kept once in memory, also when they were kept before the kill", () =>
    Effect.gen(function*() {
      const { chats, kill, path, start } = yield* setUp()
      const codexOf = (path: string) =>
        TestCodex.layer({ memory: Memory.layerSql().pipe(Layer.provide(sqlite(path)), Layer.orDie) })
      const before = yield* start({}, codexOf)
      yield* before.turns.accept(Contract.entry("hello"))
      yield* before.turns.drained
      yield* kill
      // The answer was kept, and the end of the step was not.
      yield* change(path(), (sql) => sql`DELETE FROM cluster_replies`)
      yield* change(path(), (sql) =>
        sql`UPDATE cluster_messages SET processed = 0, last_reply_id = NULL WHERE tag <> 'deferred'`)
      yield* change(path(), (sql) =>
        sql`DELETE FROM cluster_messages WHERE tag = 'deferred'`)
      const after = yield* start({}, codexOf)
      yield* Contract.until(() => chats.posts().length === 2)
      yield* after.turns.drained
      const kept = yield* Effect.provide(
        Memory.Memory.use(({ list }) => list(ConversationKey(Contract.laneOf(7).conversation))),
        Memory.layerSql().pipe(Layer.provide(sqlite(path())))
      )
      assert.lengthOf(kept, 1)
      assert.lengthOf((yield* after.test.requests)[0]?.input ?? [], 1)
    }))

  it.live("end as stopped when that was said before the kill, and what was dropped stays away", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const before = yield* start()
      yield* before.test.script(slowly)
      yield* before.turns.accept(Contract.entry("hello"))
      yield* reads(chats, /^Half/)
      yield* before.turns.accept(Contract.entry("waiting"))
      // The word is out, and nothing that comes of it.
      before.line.cut()
      yield* before.turns.stop(Contract.laneOf(7))
      yield* kill
      const after = yield* start()
      yield* reads(chats, /^Half[^.]*\n\n⏹ Stopped\.$/)
      yield* after.turns.drained
      assert.lengthOf(chats.posts(), 1)
      assert.deepStrictEqual(yield* after.test.requests, [])
    }))

  it.live("keep the text so far of an answer that was stopped, when the kill comes before its end is written down", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const over = yield* Deferred.make<void>()
      const memory = Memory.layerStore({
        append: () => Deferred.await(over),
        list: () => Effect.succeed([]),
        clear: () => Effect.void
      })
      const before = yield* start({}, () => TestCodex.layer({ memory }))
      yield* before.test.script(slowly)
      yield* before.turns.accept(Contract.entry("hello"))
      yield* reads(chats, /^Half/)
      assert.isTrue((yield* before.turns.stop(Contract.laneOf(7))).running)
      yield* kill
      yield* Deferred.succeed(over, undefined)
      const after = yield* start()
      yield* reads(chats, /^Half[^.]*\n\n⏹ Stopped\.$/)
      yield* after.turns.drained
      assert.lengthOf(chats.posts(), 1)
      assert.deepStrictEqual(yield* after.test.requests, [])
    }))

  it.live("keep what was sent behind a stop that comes again after a kill, and drop what was sent before it", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const before = yield* start()
      yield* before.test.script(slowly)
      const [first, waiting, stop, behind] = ["hello", "waiting", "stop", "behind"].map((text) => Contract.entry(text))
      if (first === undefined || waiting === undefined || stop === undefined || behind === undefined) return
      yield* before.turns.accept(first)
      yield* reads(chats, /^Half/)
      yield* before.turns.accept(waiting)
      yield* before.turns.stop(stop.lane, stop.update)
      yield* before.turns.accept(behind)
      yield* kill
      const after = yield* start()
      yield* after.turns.stop(stop.lane, stop.update)
      yield* reads(chats, /^Echo: behind/)
      yield* after.turns.drained
      assert.deepStrictEqual(chats.posts().filter(({ text }) => /waiting/.test(text)), [])
    }))

  it.live("end as stopped when that is said after a kill, before they have gone on", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const before = yield* start()
      yield* before.test.script(slowly)
      yield* before.turns.accept(Contract.entry("hello"))
      yield* reads(chats, /^Half/)
      yield* before.turns.accept(Contract.entry("waiting"))
      yield* kill
      const after = yield* start()
      yield* after.test.script(slowly)
      assert.deepStrictEqual(yield* after.turns.stop(Contract.laneOf(7)), { running: true, dropped: 1 })
      yield* reads(chats, /⏹ Stopped\.$/)
      yield* after.turns.drained
      assert.lengthOf(chats.posts(), 1)
    }))

  it.live("know over a kill what was done for an update, and of two at the same moment one has the word", () =>
    Effect.gen(function*() {
      const { kill, start } = yield* setUp()
      const before = yield* start()
      const command = Contract.entry("/codex reset")
      let times = 0
      const work = Effect.sync(() => ++times)
      const together = before.turns.once(command, Effect.andThen(work, Contract.until(() => times === 2)))
      const both = yield* Effect.all([together, together], { concurrency: 2 })
      assert.lengthOf(both.filter(Option.isSome), 1)
      yield* kill
      const after = yield* start()
      times = 0
      assert.deepStrictEqual(yield* after.turns.once(command, work), Option.none())
      assert.strictEqual(times, 0)
    }))

  it.live("forget once what was said, however often the same update is delivered at the same moment", () =>
    Effect.gen(function*() {
      const cleared: Array<string> = []
      const memory = Memory.layerStore({
        append: () => Effect.void,
        list: () => Effect.succeed([]),
        clear: (key) => Effect.sync(() => cleared.push(key))
      })
      const { start } = yield* setUp()
      const { turns } = yield* start({}, () => TestCodex.layer({ memory }))
      const { update } = Contract.entry("/codex reset")
      const reset = turns.reset(Contract.laneOf(7), update)
      yield* Effect.all([reset, reset], { concurrency: 2 })
      assert.lengthOf(cleared, 1)
      yield* turns.reset(Contract.laneOf(7), Contract.entry("/codex reset").update)
      assert.lengthOf(cleared, 2)
    }))

  it.live("are not remembered of a user who was forgotten by another process while they ran, or waited", () =>
    Effect.gen(function*() {
      const { chats, path, start } = yield* setUp()
      const kept = Memory.layerSql().pipe(Layer.provide(sqlite(path())))
      const { test, turns } = yield* start({}, () => TestCodex.layer({ memory: Layer.orDie(kept) }))
      yield* test.script(slowly)
      yield* turns.accept(Contract.entry("first"))
      yield* reads(chats, /^Half/)
      yield* turns.accept(Contract.entry("waiting"))
      const other = yield* Effect.map(Layer.build(kept), (services) => Context.get(services, Memory.Memory))
      yield* other.forget(7)
      yield* turns.accept(Contract.entry("since"))
      yield* turns.drained
      const turnsKept = yield* other.list(Contract.laneOf(7).conversation)
      assert.deepStrictEqual(turnsKept.map(({ items }) => Item.words(items[0])), ["since"])
    }))

  it.live("let an answer that is under way come to its end before they end themselves, and take nothing more", () =>
    Effect.gen(function*() {
      const { chats, start } = yield* setUp()
      const scope = yield* Scope.make()
      const { test, turns } = yield* Scope.provide(start(), scope)
      yield* test.script(slowly)
      yield* turns.accept(Contract.entry("hello"))
      yield* reads(chats, /^Half/)
      yield* turns.accept(Contract.entry("waiting"))
      const leaving = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      const refused = yield* Effect.flip(turns.accept(Contract.entry("late")))
      assert.strictEqual(refused.reason, "closing")
      yield* Fiber.join(leaving)
      assert.deepStrictEqual(chats.finals(), ["Half an answer."])
      const after = yield* start()
      yield* reads(chats, /^Echo: waiting$/)
      yield* after.turns.drained
    }))

  it.live("are given up with one sentence when three processes did not survive them", () =>
    Effect.gen(function*() {
      const { chats, kill, start } = yield* setUp()
      const poison = Contract.entry("poison")
      for (const _ of [1, 2, 3]) {
        const { line, test, turns } = yield* start()
        yield* test.script(slowly)
        yield* turns.accept(poison)
        yield* Contract.until(() => line.outbox.calls.some(({ payload }) => String(payload["text"]).startsWith("Half")))
        yield* kill
      }
      const after = yield* start()
      yield* reads(chats, /^⚠️ The bot went away three times while it answered this/)
      yield* after.turns.drained
      assert.deepStrictEqual(yield* after.test.requests, [])
      assert.lengthOf(chats.posts(), 1)
    }))

  it.live("are swept when they are done, and not before", () =>
    Effect.gen(function*() {
      const { chats, kill, path, start } = yield* setUp()
      const { test, turns } = yield* start()
      yield* turns.accept(Contract.entry("done"))
      yield* turns.drained
      yield* test.script(slowly)
      yield* turns.accept(Contract.entry("under way", 8))
      yield* reads(chats, /^Half/)
      yield* kill
      const [before] = yield* change(path(), (sql) => sql`SELECT COUNT(*) AS count FROM cluster_messages`)
      const swept = yield* Sweeping.sweep({ steps: 0, pieces: 0 }).pipe(
        Effect.provide(engine(path())),
        Effect.scoped
      )
      const left = yield* change(path(), (sql) => sql`SELECT payload FROM cluster_messages`)
      assert.strictEqual(swept, 1)
      assert.isBelow(left.length, Number(before?.["count"]))
      assert.notInclude(JSON.stringify(left), "done")
      const after = yield* start()
      yield* reads(chats, /^Echo: under way/)
      yield* after.turns.drained
    }))

  it("are known for longer than the day for which Telegram keeps an update", () => {
    const pieces = Duration.fromInputUnsafe(Sweeping.kept.pieces)
    assert.isTrue(Duration.isGreaterThan(pieces, Duration.days(1)))
    assert.isTrue(Duration.isLessThan(Duration.fromInputUnsafe(Sweeping.kept.steps), pieces))
  })

  it.live("say so when the store does not take a prompt, and keep nothing of it", () =>
    Effect.gen(function*() {
      const { chats, path, start } = yield* setUp()
      const { turns } = yield* start()
      const one = Contract.entry("hello")
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(path())),
        (database) => Effect.sync(() => database.close())
      )
      other.exec("BEGIN EXCLUSIVE")
      const refused = yield* Effect.flip(turns.accept(one))
      assert.include(["store", "moving"], refused.reason)
      other.exec("ROLLBACK")
      assert.strictEqual(yield* turns.accept(one), "accepted")
      yield* turns.drained
      assert.deepStrictEqual(chats.finals(), ["Echo: hello"])
    }))

  it.live("count a prompt once that the store did not take at first", () =>
    Effect.gen(function*() {
      const { path, start } = yield* setUp({ rateLimit: { prompts: 1, per: "1 hour" } })
      const { turns } = yield* start()
      const of = (user: number) => {
        const entry = Contract.entry("hello")
        return { ...entry, origin: { ...entry.origin, user } }
      }
      yield* turns.accept(of(8))
      yield* turns.drained
      const one = of(7)
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(path())),
        (database) => Effect.sync(() => database.close())
      )
      other.exec("BEGIN EXCLUSIVE")
      yield* Effect.flip(turns.accept(one))
      other.exec("ROLLBACK")
      assert.strictEqual(yield* turns.accept(one), "accepted")
      assert.isObject(yield* turns.accept(of(7)))
      yield* turns.drained
    }))
})

describe("what lies in the store", () => {
  // Written by the first release that had it. A row that cannot be read any more is a prompt that is lost.
  const piece = {
    entry: {
      lane: { bot: "123456", conversation: "user:7" },
      update: 1001,
      origin: { chat: 7, isPrivate: true, user: 7, message: 55 },
      content: [
        { _tag: "Quote", from: "Ann", text: "before", isPart: true },
        { _tag: "Text", text: "What is this?" },
        { _tag: "File", kind: "photo", file: "AgAC", unique: "AQAD", size: 1234, width: 90, height: 60 }
      ],
      album: "9",
      sent: 1_780_000_000
    },
    at: 1_780_000_000_123
  }
  const ended = {
    parts: [
      { text: "An answer", entities: [{ type: "text_link", offset: 0, length: 2, url: "https://example.org/" }] },
      { text: "and more" }
    ],
    document: { name: "answer.md", content: "QW4gYW5zd2Vy", caption: "The whole answer as a file.", protect: false },
    isInterrupted: false
  }

  it("is read by this release: a piece, the end of a turn, a sent part", () => {
    const read = <A, I>(schema: Schema.Codec<A, I>, row: unknown) =>
      Schema.decodeUnknownSync(Schema.toCodecJson(schema))(JSON.parse(JSON.stringify(row)))
    assert.deepStrictEqual(
      read(Durable.Piece, piece),
      Durable.Piece.make({ ...piece, entry: read(Turns.Entry, piece.entry) })
    )
    assert.strictEqual(new TextDecoder().decode(read(Ended, ended).document?.content), "An answer")
    assert.isTrue(read(Settled, { anew: true }).anew)
    assert.strictEqual(
      read(Settled, { anew: false, failure: { _tag: "TelegramFailed", method: "sendMessage", reason: "blocked" } })
        .failure?.reason,
      "blocked"
    )
  })

  it("is read by this release: what had been answered at a stop, the stop, and a message that was sent", () => {
    const read = <A, I>(schema: Schema.Codec<A, I>, row: unknown) =>
      Schema.decodeUnknownSync(Schema.toCodecJson(schema))(JSON.parse(JSON.stringify(row)))
    assert.strictEqual(read(Durable.SoFar.successSchema, "Half an "), "Half an ")
    assert.isUndefined(read(Durable.StopSaid.successSchema, null))
    assert.strictEqual(read(Durable.markOf("Message/0/0").successSchema, 100), 100)
    assert.deepStrictEqual(
      [Durable.SoFar.name, Durable.StopSaid.name, Durable.markOf("Message/0/0").name],
      ["SoFar", "Stop", "Message/0/0"]
    )
  })

  // What the second release has added, and each as it was written then.
  const added = [
    {
      name: "a trace, and a forum",
      row: {
        ...piece,
        entry: { ...piece.entry, origin: { ...piece.entry.origin, isForum: true, name: "Ann" } },
        trace: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled: true }
      }
    },
    {
      name: "an edit",
      row: {
        entry: { ...piece.entry, isEdit: true, content: [{ _tag: "Text", text: "What was this?", isRich: true }] },
        at: piece.at
      }
    },
    {
      name: "the press of a button",
      row: {
        entry: {
          ...piece.entry,
          isCommand: true,
          content: [{ _tag: "Approval", call: "call-1", approved: true, callback: "4382bfdwdsb323b2d9" }]
        },
        at: piece.at
      }
    },
    {
      name: "the press of a button without its query",
      row: { entry: { ...piece.entry, content: [{ _tag: "Approval", call: "call-1", approved: false }] }, at: piece.at }
    },
    {
      name: "a guest's question, what came late, and what cannot be read",
      row: {
        entry: {
          ...piece.entry,
          origin: { ...piece.entry.origin, inline: "AAMCAgADGQEAAUmR" },
          isLate: true,
          content: [{ _tag: "Text", text: "What is this?" }, { _tag: "Unread", kind: "poll" }]
        },
        at: piece.at
      }
    }
  ]

  it("is read by this release: what was done for an update", () => {
    const row = { id: "1002", by: "72057594037927937" }
    const schema = Durable.Conversation.protocol.requests.get("Once")?.payloadSchema
    assert.deepInclude(
      Schema.decodeUnknownSync(Schema.toCodecJson(schema ?? Schema.Never))(JSON.parse(JSON.stringify(row))),
      row
    )
  })

  it.each(added)("keeps all that is in it: $name", ({ row }) => {
    const codec = Schema.toCodecJson(Durable.Piece)
    const read = Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(row)))
    assert.deepStrictEqual(Schema.encodeSync(codec)(read), row)
  })

  it.live("and cannot be read is told, with how much of it there is and without its words", () =>
    Effect.gen(function*() {
      const { chats, kill, path, start } = yield* setUp()
      const { test, turns } = yield* start()
      yield* test.script(slowly)
      yield* turns.accept(Contract.entry("first"))
      yield* turns.accept(Contract.entry("secret", 7))
      yield* reads(chats, /^Half/)
      yield* kill
      yield* change(
        path(),
        (sql) =>
          sql`UPDATE cluster_messages SET payload = replace(payload, '"origin"', '"from"') WHERE payload LIKE ${"%secret%"}`
      )
      const log = VirtualBotApi.log()
      const after = yield* Effect.provide(start(), log.layer)
      yield* reads(chats, /^Echo: first/)
      yield* after.turns.drained
      yield* Contract.until(() => log.lines.join("\n").includes("1 prompts that wait in the store cannot be read"))
      assert.notInclude(log.lines.join("\n"), "secret")
    }))

  it.live("and cannot be read is told by one of the instances that have found it", () =>
    Effect.gen(function*() {
      const services = yield* Layer.build(
        TurnsDurable.layer().pipe(
          Layer.provideMerge(engine(yield* file)),
          Layer.provide([
            TestCodex.layer(),
            Layer.succeed(TelegramDoor, makeDoor()),
            Layer.succeed(Turns.Senders, { of: (bot) => Effect.fail(new Turns.UnknownBot({ bot })) })
          ])
        )
      )
      const log = VirtualBotApi.log()
      const found = [{ ids: ["1", "2"], what: "prompts", fate: "answered" }]
      const all = [{ ids: ["1", "2", "3"], what: "prompts", fate: "answered" }]
      const both = Effect.all([Sweeping.tell(found), Sweeping.tell(all)], { concurrency: 2 })
      yield* Effect.provideContext(Effect.provide(Effect.scoped(both), log.layer), services)
      const counts = log.lines.map((line) => Number(/(\d) prompts that wait/.exec(line)?.[1]))
      assert.strictEqual(counts.reduce((sum, count) => sum + count, 0), 3)
    }))
})
