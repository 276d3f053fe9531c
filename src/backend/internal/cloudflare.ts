/**
 * Tells a page of Cloudflare's edge from an answer of the backend.
 */
import { isFields, parse } from "./json.ts"
import type { HeaderValues } from "./said.ts"

const marks = [
  "Just a moment...",
  "Attention Required! | Cloudflare",
  "Unable to load site",
  "Enable JavaScript and cookies",
  "cf-chl",
  "__cf_chl"
]

/**
 * Whether this answer is a block or challenge page, whatever its status.
 *
 * `server: cloudflare` and `cf-ray` alone mean nothing: they are on every answer. A JSON body is never a page,
 * even when it quotes one.
 */
export const isBlock = (headers: HeaderValues, body: string): boolean => {
  if (headers["cf-mitigated"]?.toLowerCase() === "challenge") return true
  const isHtml = headers["content-type"]?.toLowerCase().includes("text/html") ?? false
  const isEdge = headers["server"]?.toLowerCase() === "cloudflare" || headers["cf-ray"] !== undefined
  if (isHtml && isEdge) return true
  return marks.some((mark) => body.includes(mark)) && !isFields(parse(body))
}
