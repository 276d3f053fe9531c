/**
 * What it costs that a turn survives its process: turns a second, and milliseconds that a turn takes more, over a SQLite
 * file and over a Postgres, against turns that live in this process only.
 *
 * Run with `npm run bench -- turns`; on Postgres where it is installed. The model answers at once, so what is seen is the
 * mailbox and the store. Time and not CPU, since a store works elsewhere.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { mkdtempSync, rmSync } from "node:fs"
import process from "node:process"
import type { Codex } from "../../src/conversation/Codex.ts"
import * as Sqlite from "../../src/Sqlite.ts"
import { TelegramDoor } from "../../src/telegram/TelegramDoor.ts"
import * as Turns from "../../src/telegram/Turns.ts"
import * as TurnsDurable from "../../src/telegram/TurnsDurable.ts"
import * as TestCodex from "../../src/testing/TestCodex.ts"
import * as ChatLog from "../support/chatLog.ts"
import { makeDoor } from "../support/door.ts"
import * as Installed from "../support/installed.ts"
import * as Postgres from "../support/postgres.ts"
import { median, tell } from "./measure.ts"

const folder = mkdtempSync("/tmp/codex-bench-turns-")
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

type Subject<E> = Layer.Layer<Turns.Turns, E, Codex | TelegramDoor | Turns.Senders>

let updates = 0

const open = async <E>(subject: Subject<E>) => {
  const line = ChatLog.make().line()
  const runtime = ManagedRuntime.make(subject.pipe(
    Layer.provide([
      Layer.succeed(TelegramDoor, makeDoor({ streaming: "off", joinWindow: 0 })),
      Layer.succeed(Turns.Senders, { of: () => Effect.succeed(line.api) })
    ]),
    Layer.provide(TestCodex.layer())
  ))
  const turns = await runtime.runPromise(Turns.Turns.use(Effect.succeed))
  return {
    /** Milliseconds for so many turns, in so many conversations at once. */
    batch: async (lanes: number, each: number): Promise<number> => {
      const began = performance.now()
      await runtime.runPromise(Effect.forEach(
        Array.from({ length: lanes }, (_, lane) => lane + 1),
        (user) =>
          Effect.forEach(Array.from({ length: each }), () =>
            turns.accept({
              lane: { bot: "1", conversation: `user:${user}` },
              update: ++updates,
              origin: { chat: user, isPrivate: true, user, message: updates },
              content: [{ _tag: "Text", text: "Hello" }],
              isCommand: true
            })).pipe(Effect.andThen(turns.rests({ bot: "1", conversation: `user:${user}` }))),
        { concurrency: "unbounded", discard: true }
      ))
      return performance.now() - began
    },
    close: () => runtime.dispose()
  }
}

const rounds = 9
const one = async <E>(subject: Subject<E>) => {
  const opened = await open(subject)
  await opened.batch(10, 5)
  const single: Array<number> = []
  const many: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    single.push((await opened.batch(1, 10)) / 10)
    many.push((await opened.batch(50, 4)) / 200)
  }
  await opened.close()
  return { single: median(single), many: median(many) }
}

const local = await one(Turns.layerLocal)
console.log(`  turns a second in this process, 50 conversations: ${(1000 / local.many).toFixed(0)}`)

const measure = async <E>(name: string, subject: Subject<E>) => {
  const { many, single } = await one(subject)
  tell(`a turn over ${name}, against one in this process`, single / local.single)
  tell(`turns in 50 conversations over ${name}, against this process`, many / local.many)
  console.log(`  milliseconds that ${name} adds to a turn: ${(single - local.single).toFixed(1)}`)
  console.log(`  turns a second over ${name}: ${(1000 / many).toFixed(0)}`)
}

await measure(
  "SQLite",
  TurnsDurable.layerSingle().pipe(
    Layer.provide(Sqlite.layer({ path: `${folder}/turns.sqlite` })),
    Layer.provide([NodeFileSystem.layer, NodePath.layer])
  )
)

if (Installed.isThere(Installed.postgres)) {
  await Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(
        Postgres.server,
        ({ url }) =>
          Effect.promise(() =>
            measure("Postgres", TurnsDurable.layerSingle().pipe(Layer.provide(Postgres.client(url))))
          )
      )
    )
  )
} else console.log(`SKIPPED: Postgres (${Installed.postgres.install})`)

process.exit()
