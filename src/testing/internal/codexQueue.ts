/**
 * Replies that wait for their request, in order; one that repeats stays in front until it is used up.
 */
import type * as Reply from "./codexReply.ts"

/** An empty queue. */
export const make = <R extends Reply.Reply>() => {
  let entries: Array<R> = []
  return {
    push: (replies: ReadonlyArray<R>) => {
      entries.push(...replies.filter((reply) => reply.times > 0))
    },
    clear: () => {
      entries = []
    },
    take: (): R | undefined => {
      const [first, ...rest] = entries
      if (first === undefined) return undefined
      entries = first.times > 1 ? [{ ...first, times: first.times - 1 }, ...rest] : rest
      return first
    }
  }
}
