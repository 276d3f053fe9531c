/**
 * What the emulated backend can answer: a small vocabulary of plain objects and their constructors.
 *
 * `Answer`, `Events` and `Bytes` are streams and make sense at `/responses` only; an `Http` can be given at every
 * endpoint. The bodies are those that the real servers send. What goes wrong on the way is told by a `FaultScript`.
 */
import { dual } from "effect/Function"
import { repeated, type Reply } from "./replyTypes.ts"

export * from "./answers.ts"
export * from "./refusals.ts"
export { ImpossibleReply } from "./replyTypes.ts"
export type {
  Answer,
  AnswerOptions,
  Bytes,
  Citation,
  Ending,
  Events,
  FunctionCall,
  GeneratedImage,
  Http,
  Reply,
  UsageLimit
} from "./replyTypes.ts"

/**
 * The same reply for several requests in a row; `Infinity` for all that follow. Anything that is no number of times, or no
 * reply, is thrown at once.
 *
 * @since 0.2.0
 * @category combinators
 */
export const times: {
  (times: number): <R extends Reply>(self: R) => R
  <R extends Reply>(self: R, times: number): R
} = dual(2, repeated)
