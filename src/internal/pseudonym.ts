/**
 * What a conversation or a turn is called in logs and traces, where the number of a chat has no business.
 *
 * The same name gives the same pseudonym, in every process: lines of a complaint can be found. Whoever knows a chat can
 * find its lines too.
 */
import * as Digest from "effect/crypto/Digest"
import * as Hex from "effect/encoding/Hex"

/** The pseudonym of a name. MD5 of Effect needs no platform and no pause; nothing is kept secret from those who know it. */
export const of = (kind: "conversation" | "turn", name: string): string => {
  const hash = Digest.md5.implementation?.(new TextEncoder().encode(`effect-codex/${kind}/${name}`))
  return hash === undefined ? "" : Hex.encode(hash).slice(0, 12)
}

/** Under which names they stand, in annotations of logs and attributes of spans. */
export const keys = { conversation: "codex.conversation", turn: "codex.turn" } as const
