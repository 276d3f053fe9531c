/**
 * What the classes of failures share: the row of the troubleshooting table, and how things are put into words.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * A row of the troubleshooting table: what is seen, why it usually happens, what to do.
 *
 * `fix` is a full sentence; the Telegram door shows it behind the message of the failure.
 */
export interface Row {
  readonly error: string
  readonly cause: string
  readonly fix: string
}

/** A time as people read it, to the minute. */
export const minute = (time: DateTime.Utc): string => `${DateTime.formatIso(time).slice(0, 16).replace("T", " ")} UTC`

/** Fields that many failures may have. */
export const optional = {
  requestId: Schema.optionalKey(Schema.String),
  retryAfter: Schema.optionalKey(Schema.Duration)
}

/** Adds the server's id of the request, which its owner can look up. */
export const withRequestId = (text: string, requestId: string | undefined): string =>
  requestId === undefined ? text : `${text} (request ${requestId})`
