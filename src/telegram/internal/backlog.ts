/**
 * What was accepted for a conversation elsewhere, or before: it comes first, whoever is quicker.
 *
 * The engine reads what is left behind by itself, a moment after a conversation has moved; what somebody says in that
 * moment would be answered before it.
 */
import * as ClusterError from "effect/cluster/ClusterError"
import type * as EntityAddress from "effect/cluster/EntityAddress"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"

/** What is found in the store is waited for so long before it is said that it will not come back. */
const patience = Duration.seconds(2)

/** What waits for an address, oldest first; the engine still hands each of it over. */
export const read = Effect.fnUntraced(
  function*<A, I>(address: EntityAddress.EntityAddress, tag: string, schema: Schema.Codec<A, I>) {
    const decode = Schema.decodeUnknownOption(Schema.toCodecJson(schema))
    const sql = yield* SqlClient.SqlClient
    const storage = yield* MessageStorage.MessageStorage
    // Whoever had the conversation before may have taken some, and given none back: on a busy machine the engine does not wait.
    const messages = yield* Effect.andThen(
      storage.resetAddress(address),
      storage.unprocessedMessages([address.shardId], { addresses: [address] })
    ).pipe(
      // In one: what is given back is taken by the engine else, in between, and not found here.
      sql.withTransaction,
      Effect.withTracerEnabled(false)
    )
    // To read a message is to take it; it is given back.
    if (messages.length > 0) yield* storage.resetAddress(address)
    return messages.flatMap((message) =>
      message._tag === "IncomingRequest" && message.envelope.tag === tag
        ? Option.toArray(decode(message.envelope.payload))
        : []
    )
  },
  (read) => ClusterError.PersistenceError.refail(read)
)

/** Returns when these will not come back. */
export const processed = Effect.fnUntraced(function*(
  address: EntityAddress.EntityAddress,
  tag: string,
  ids: ReadonlyArray<string>
) {
  const storage = yield* MessageStorage.MessageStorage
  yield* Effect.gen(function*() {
    const requests = yield* Effect.forEach(ids, (id) => storage.requestIdForPrimaryKey({ address, tag, id }))
    return (yield* storage.unprocessedMessagesById(requests.flatMap(Option.toArray))).length === 0
  }).pipe(
    Effect.repeat({ until: (isDone) => isDone, schedule: Schedule.spaced("10 millis") }),
    Effect.timeoutOption(patience),
    Effect.ignore
  )
})
