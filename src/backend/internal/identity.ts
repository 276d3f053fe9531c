/**
 * The headers that say who asks.
 *
 * The backend judges an old `version` header, so that there is none at all.
 */
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../../auth/CodexAuth.ts"
import { originator, userAgent } from "../../internal/client.ts"

/** Header values must be printable ASCII; an invalid one would end up, in full, in an error of `fetch`. */
const printable = (value: string): string => value.replace(/[^\x20-\x7e]/g, "")

/** The headers that every request carries. */
export const headers = (deviceId: string | undefined, credentials: Credentials): Record<string, string> => ({
  authorization: `Bearer ${printable(Redacted.value(credentials.accessToken))}`,
  originator,
  "user-agent": userAgent,
  ...(deviceId !== undefined && { "oai-device-id": printable(deviceId) }),
  ...(credentials.accountId !== undefined && { "chatgpt-account-id": printable(credentials.accountId) }),
  ...(credentials.isFedramp && { "x-openai-fedramp": "true" }),
  ...(credentials.residency !== undefined && {
    "x-openai-internal-codex-residency": printable(credentials.residency)
  })
})

/** The headers of a request for an answer. */
export const responsesHeaders = (sessionId: string): Record<string, string> => ({
  accept: "text/event-stream",
  "session-id": printable(sessionId)
})
