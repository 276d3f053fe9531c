/**
 * Replies that wait for their request, in order; one that repeats stays in front until it is used up.
 */
import type * as Reply from "./reply.ts"

/** An empty queue. */
export const make = () => {
  let entries: Array<Reply.Reply> = []
  return {
    push: (replies: ReadonlyArray<Reply.Reply>) => {
      entries.push(...replies.filter((reply) => reply.times > 0))
    },
    clear: () => {
      entries = []
    },
    take: (): Reply.Reply | undefined => {
      const [first, ...rest] = entries
      if (first === undefined) return undefined
      entries = first.times > 1 ? [{ ...first, times: first.times - 1 }, ...rest] : rest
      return first
    }
  }
}
