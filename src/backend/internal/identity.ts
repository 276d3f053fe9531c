/**
 * The headers of a request for an answer, beside those that say who asks (`Endpoint.headers`).
 */

// Whatever is none of these would end up, in full, in an error of `fetch`.
const printable = (value: string): string => value.replace(/[^\x20-\x7e]/g, "")

/** The form of the answer, and the conversation it belongs to. */
export const responsesHeaders = (sessionId: string): Record<string, string> => ({
  accept: "text/event-stream",
  "session-id": printable(sessionId)
})
