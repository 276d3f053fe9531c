/**
 * A large request that nobody answered is not sent again unchanged: what did not get through will not the next time.
 */
import * as Stream from "effect/Stream"
import type { NetworkFailed } from "../BackendError.ts"
import type { ResponseStreamError } from "../ResponseStream.ts"

// Bodies above 1.2 MB were seen to be dropped without an answer.
const large = 1024 * 1024

/** Wraps the exchanges of one answer; after one that was cut, the next is bounded, and the line is to blame if it cannot be. */
export const make = () => {
  let isCut = false
  let broken: NetworkFailed | undefined
  return <A>(
    exchange: (bound: { readonly maxBodyBytes?: number }) => Stream.Stream<A, ResponseStreamError>
  ): Stream.Stream<A, ResponseStreamError> => {
    const isBounded = isCut
    // Until something is heard of it: a limit of time ends an attempt without a word.
    isCut = true
    return Stream.mapError(exchange(isBounded ? { maxBodyBytes: large } : {}), (failure) => {
      const isTooLarge = isBounded && failure._tag === "ContextWindowExceeded" && failure.bytes !== undefined
      if (failure._tag === "NetworkFailed") broken = failure
      else isCut = isTooLarge
      return isTooLarge ? broken ?? failure : failure
    })
  }
}
