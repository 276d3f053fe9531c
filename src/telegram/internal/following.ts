/**
 * What people in groups send behind what they ask: the rest of a paste or of an album, and what they have commented on,
 * do not name the bot again.
 */
import type { Incoming } from "../Incoming.ts"
import type { Origin } from "../incoming/Origin.ts"
import * as Joining from "./joining.ts"

/** What was asked last by each voice in groups, in this process. */
export interface Following {
  /** Whether an update is for the bot: what is only more of something is, when its sender has just asked that. */
  readonly isOurs: (incoming: Incoming) => boolean
}

interface Asked {
  readonly album: string | undefined
  readonly sent: number
  readonly isPaste: boolean
}

// Groups come and go, and people.
const mostVoices = 500

// In seconds, and cut off ones: as long as the mailbox waits for the rest of a paste.
const window = 2

const voiceOf = ({ chatId, destination, userId }: Origin): string =>
  JSON.stringify([chatId, destination.threadId, userId])

/** Nothing was asked yet. */
export const make = (): Following => {
  const voices = new Map<string, Asked>()

  return {
    isOurs: (incoming) => {
      if (incoming._tag !== "Prompt" && incoming._tag !== "More") return incoming._tag !== "Nothing"
      const { asking, origin } = incoming
      if (origin.isPrivate) return true
      const voice = voiceOf(origin)
      const { album, sent = 0 } = asking
      const before = voices.get(voice)
      const isMore = before !== undefined && incoming._tag === "More" && (
        album !== undefined
          ? album === before.album
          : Math.abs(sent - before.sent) <= window && (before.isPaste || incoming.isForward)
      )
      if (incoming._tag === "More" && !isMore) return false
      voices.delete(voice)
      voices.set(voice, { album, sent, isPaste: Joining.isPaste(asking) })
      for (const oldest of voices.keys()) {
        if (voices.size <= mostVoices) break
        voices.delete(oldest)
      }
      return true
    }
  }
}
