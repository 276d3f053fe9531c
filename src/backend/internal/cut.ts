/**
 * A large request that nobody answered is not sent again unchanged: what did not get through will not the next time.
 */
import type { NetworkFailed } from "../BackendError.ts"
import type { ResponseStreamError } from "../ResponseStream.ts"

// Bodies above 1.2 MB were seen to be dropped without an answer.
const large = 1024 * 1024

/** The exchanges of one answer; after one that was cut, the next is bounded, and the line is to blame if it cannot be. */
export const make = () => {
  let isCut = false
  let broken: NetworkFailed | undefined
  /** How large the next exchange may be, and what its failure means. */
  return () => {
    const isBounded = isCut
    // Until something is heard of it: a limit of time ends an attempt without a word.
    isCut = true
    return {
      bound: isBounded ? { maxBodyBytes: large } : {},
      meant: (failure: ResponseStreamError): ResponseStreamError => {
        const isTooLarge = isBounded && failure._tag === "ContextWindowExceeded" && failure.bytes !== undefined
        if (failure._tag === "NetworkFailed") broken = failure
        else isCut = isTooLarge
        return isTooLarge ? broken ?? failure : failure
      }
    }
  }
}
