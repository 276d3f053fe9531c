/**
 * What was accepted for a conversation elsewhere, or before: it comes first, whoever is quicker.
 *
 * The engine reads what is left behind by itself, a moment after a conversation has moved; what somebody says in that
 * moment would be answered before it.
 */
import * as ClusterError from "effect/cluster/ClusterError"
import type * as EntityAddress from "effect/cluster/EntityAddress"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Piece } from "./durable.ts"

const decode = Schema.decodeUnknownOption(Schema.toCodecJson(Piece))

/** The pieces that wait for an address, oldest first; the engine still hands each of them over. */
export const read = Effect.fnUntraced(
  function*(address: EntityAddress.EntityAddress) {
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
      message._tag === "IncomingRequest" && message.envelope.tag === "Piece"
        ? Option.toArray(decode(message.envelope.payload))
        : []
    )
  },
  (read) => ClusterError.PersistenceError.refail(read)
)
