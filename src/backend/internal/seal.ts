/**
 * For whom the backend seals what only it can read: an account, and a family of models.
 */
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"

// The catalogue of the official client 0.169 has them in one group (`comp_hash`); `gpt-5.5` stands alone.
const together = /^gpt-(?:5\.6|6(?:\.\d+)?)(?![\d.])/

/** Models that read each other's items: by the name alone, so that a seal is the same whether the list is known or not. */
const familyOf = (model: string): string => together.test(model) ? "gpt-6" : /^[a-z]+-[\d.]+/i.exec(model)?.[0] ?? model

// There are as many as accounts and families of models: a few, and every turn asks for one.
const most = 100

/** Makes seals: a hash that names neither account nor model, and stays the same for ever. */
export const make = Effect.map(Digest.Digest, (digest) => {
  const made = new Map<string, string>()
  return (account: string | undefined, model: string): Effect.Effect<string> => {
    const name = JSON.stringify(["effect-codex/seal", account ?? "", familyOf(model)])
    const known = made.get(name)
    return known !== undefined
      ? Effect.succeed(known)
      : Effect.map(digest.digestHex(Digest.md5, new TextEncoder().encode(name)), (hex) => {
        const seal = hex.slice(0, 16)
        if (made.size >= most) made.clear()
        made.set(name, seal)
        return seal
      })
  }
})
