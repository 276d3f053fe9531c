/**
 * Answers as Telegram can show them.
 */

/** Longest text of a message, in UTF-16 units (Bot API, `sendMessage`). */
export const maxMessageLength = 4096

const truncated = "\n\n[Response truncated]"

/** The first `maximum` UTF-16 units of a text; a character of two units is not cut in half. */
export const cut = (text: string, maximum: number): string => {
  const kept = text.slice(0, maximum)
  return kept.length < text.length && /[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept
}

/**
 * Cuts a text that is longer than `maximum` UTF-16 units and says so at its end, where there is room to say it.
 *
 * The limit is never more than what Telegram takes.
 */
export const truncate = (text: string, maximum: number): string => {
  const limit = Math.min(maximum, maxMessageLength)
  if (text.length <= limit) return text
  return limit <= truncated.length ? cut(text, limit) : `${cut(text, limit - truncated.length)}${truncated}`
}
