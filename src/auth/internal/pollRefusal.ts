/**
 * What it means when a device code brought no tokens: wait, wait longer, or give up.
 *
 * The issuer's own flow says 403 for a code that waits and for one that is void, so the words of the body decide;
 * a 403 or 404 that says nothing means waiting. Noise on the way (429, 5xx, a block page) ends no login.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { DeviceLoginFailed } from "../AuthError.ts"
import { type Answer, isPage, type Refusal, refusalOf, sentenceOf } from "./issuerAnswer.ts"

const waiting = new Set([
  "authorization_pending",
  "deviceauth_authorization_pending",
  "deviceauth_authorization_unknown"
])

const slower = new Set(["slow_down", "deviceauth_slow_down"])

const over: ReadonlyMap<string, DeviceLoginFailed["reason"]> = new Map([
  ["expired_token", "expired"],
  ["deviceauth_expired", "expired"],
  ["deviceauth_expired_token", "expired"],
  ["deviceauth_not_found", "expired"],
  ["access_denied", "denied"],
  ["deviceauth_access_denied", "denied"]
])

/** Whether the same question may be answered another time: not the issuer's last word on this login. */
export const isPassing = (answer: Answer): boolean =>
  isPage(answer) || answer.status === 408 || answer.status === 425 || answer.status === 429 || answer.status >= 500

/** A refusal that is not known, with what the issuer says of it when it has no code for it. */
export const rejected = (answer: Answer): DeviceLoginFailed => {
  const refusal = refusalOf(answer)
  const sentence = refusal.code === undefined ? sentenceOf(answer) : undefined
  return new DeviceLoginFailed({
    reason: "rejected",
    status: answer.status,
    ...(sentence !== undefined && { sentence })
  })
}

const endOf = ({ status }: Answer, { code, message }: Refusal): DeviceLoginFailed["reason"] | undefined => {
  const known = code === undefined ? undefined : over.get(code)
  if (known !== undefined) {
    return known
  }
  if (/\bexpired\b/i.test(message ?? "") || status === 410) {
    return "expired"
  }
  return /\bdenied\b/i.test(message ?? "") ? "denied" : undefined
}

/** Reads a refusal of the question whether the person has agreed. */
export const pollRefusal = Effect.fnUntraced(function*(flow: "deviceauth" | "rfc8628", answer: Answer) {
  const refusal = refusalOf(answer)
  const { body, code } = refusal
  if (code !== undefined && waiting.has(code)) {
    return { _tag: "Pending" } as const
  }
  if (answer.status === 429 || (code !== undefined && slower.has(code))) {
    const seconds = body["interval"]
    const interval = Predicate.isNumber(seconds) && seconds > 0 ? Duration.seconds(seconds) : undefined
    return { _tag: "SlowDown", interval } as const
  }
  if (isPassing(answer)) {
    return yield* new DeviceLoginFailed({ reason: "unreachable", status: answer.status })
  }
  const end = endOf(answer, refusal)
  if (end === undefined && flow === "deviceauth" && (answer.status === 403 || answer.status === 404)) {
    return { _tag: "Pending" } as const
  }
  return yield* end === undefined ? rejected(answer) : new DeviceLoginFailed({ reason: end, status: answer.status })
})
