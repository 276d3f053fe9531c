/**
 * An instance of several, which ends as it is asked to.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TurnsCluster from "../src/telegram/TurnsCluster.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as ChatLog from "./support/chatLog.ts"
import * as Databases from "./support/databases.ts"
import { freePort } from "./support/freePort.ts"
import * as Installed from "./support/installed.ts"
import * as Postgres from "./support/postgres.ts"
import * as Contract from "./support/turnsContract.ts"

describe.skipIf(!Postgres.isInstalled)(Installed.named(Installed.postgres, "an instance that ends"), () => {
  it.live(
    "leaves an answer that had its time to the next one at once",
    () =>
      Effect.gen(function*() {
        const url = yield* Databases.postgres
        const chats = ChatLog.make()
        const start = Effect.gen(function*() {
          const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
          const subject = TurnsCluster.layer({ host: "127.0.0.1", port: yield* freePort, drain: "100 millis" }).pipe(
            Layer.provide(Postgres.client(url)),
            Layer.orDie
          )
          const world = yield* Scope.provide(Contract.setUp(subject, {}, chats), scope)
          return { ...world, ends: Scope.close(scope, Exit.void) }
        })
        const shows = (text: string) => Contract.until(() => chats.posts().some((post) => post.text.startsWith(text)))
        const first = yield* start
        yield* first.test.script(TestCodex.deltas(["Half of it, ", "and more."], { every: "1 minute" }))
        const asked = Contract.entry("long")
        yield* Effect.retry(first.turns.accept(asked), { times: 5 })
        yield* Effect.repeat(first.test.requests, {
          until: ({ length }) => length > 0,
          schedule: Schedule.spaced("20 millis")
        })
        // The engine by itself would wait for it a quarter of a minute more.
        yield* Effect.timeout(first.ends, "8 seconds")
        yield* start
        yield* shows("Echo: long")
        assert.lengthOf(chats.posts(), 1)
      }).pipe(Effect.provide(Logger.layer([])))
  )
})
