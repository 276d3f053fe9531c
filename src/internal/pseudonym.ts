/**
 * What a conversation or a turn is called in logs and traces, where the number of a chat has no business.
 *
 * The same name gives the same pseudonym, in every process: lines of a complaint can be found. Whoever knows a chat can
 * find its lines too.
 *
 * The latest are kept, since a turn asks six times for two of them, and each takes 10 µs.
 */
import * as Digest from "effect/crypto/Digest"
import * as Hex from "effect/encoding/Hex"

// MD5 of Effect needs no platform and no pause; nothing is kept secret from those who know the name.
const hashOf = (name: string): string => {
  const hash = Digest.md5.implementation?.(new TextEncoder().encode(name))
  return hash === undefined ? "" : Hex.encode(hash).slice(0, 12)
}

const most = 1_000
const latest = new Map<string, string>()

/** The pseudonym of a name. */
export const of = (kind: "conversation" | "turn", name: string): string => {
  const whole = `effect-codex/${kind}/${name}`
  const known = latest.get(whole)
  if (known !== undefined) return known
  const pseudonym = hashOf(whole)
  if (latest.size >= most) latest.clear()
  latest.set(whole, pseudonym)
  return pseudonym
}

/** What is called so only once needs no hash: chance, between 0 and 1, in the same form. */
export const ofChance = (chance: number): string => Math.floor(chance * 2 ** 48).toString(16).padStart(12, "0")

/** Under which names they stand, in annotations of logs and attributes of spans. */
export const keys = { conversation: "codex.conversation", turn: "codex.turn" } as const
