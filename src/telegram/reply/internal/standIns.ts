/**
 * What stands where a part of an answer is going to be, or was.
 */
import * as Effect from "effect/Effect"
import type { Content, Destination, Service as TelegramApi } from "../../TelegramApi.ts"
import type { TelegramFailed } from "../../TelegramError.ts"
import * as Repeating from "../Repeating.ts"

/** Where a part is going to be, until the id of its message is written down. */
export const placeholder: Content = { text: "…" }

/** Where a part was that Telegram does not let go. */
export const replaced: Content = { text: "↻ What stood here was replaced." }

/** Takes a message away; where Telegram does not, it seems to grow no more, and has no button. */
export const remove = (
  api: TelegramApi,
  to: Destination,
  id: number,
  repeated: <A>(call: Effect.Effect<A, TelegramFailed>) => Effect.Effect<A, TelegramFailed>
): Effect.Effect<void, TelegramFailed> =>
  Effect.catchIf(
    repeated(api.deleteMessage(to, id)),
    (error) => error.reason !== "messageNotFound" && error.reason !== "rateLimited" && !Repeating.isHopeless(error),
    () => api.editMessage(to, id, replaced)
  )
