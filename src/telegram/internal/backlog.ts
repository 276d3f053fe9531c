/**
 * What was accepted for a conversation elsewhere, or before: it comes first, whoever is quicker.
 *
 * The engine reads what is left behind by itself, a moment after a conversation has moved; what somebody says in that
 * moment would be answered before it.
 */
import type * as EntityAddress from "effect/cluster/EntityAddress"
import type * as MessageStorage from "effect/cluster/MessageStorage"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Piece } from "./durable.ts"

const decode = Schema.decodeUnknownOption(Schema.toCodecJson(Piece))

/** The pieces that nobody here knows of yet, oldest first; the engine still hands each of them over. */
export const read = Effect.fnUntraced(function*(
  storage: MessageStorage.MessageStorage["Service"],
  address: EntityAddress.EntityAddress
) {
  // Whoever had the conversation before may have taken some, and given none back: on a busy machine the engine does not wait.
  yield* storage.resetAddress(address)
  const messages = yield* storage.unprocessedMessages([address.shardId], { addresses: [address] })
  // To read a message is to take it; it is given back.
  if (messages.length > 0) yield* storage.resetAddress(address)
  return messages.flatMap((message) =>
    message._tag === "IncomingRequest" && message.envelope.tag === "Piece"
      ? Option.toArray(decode(message.envelope.payload))
      : []
  )
})
