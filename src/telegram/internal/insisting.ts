/**
 * What a bot cannot begin without is tried until Telegram is there: a machine that starts has no network yet.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { howToUse, unusedProxy } from "../../internal/unusedProxy.ts"
import { TelegramFailed } from "../TelegramError.ts"

const longest = Duration.seconds(20)

const schedule = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("15 seconds")]).pipe(
  Schedule.jittered,
  Schedule.setInputType<TelegramFailed>(),
  Schedule.while(({ input }) => input.isRetryable),
  Schedule.modifyDelay(({ duration, input }) =>
    Effect.succeed(Duration.max(duration, input.retryAfter ?? Duration.zero))
  )
)

/** Tries a call again while what it fails with passes; that it does, and that it is over, is said once in the log. */
export const insist = <A>(method: string, host: string, call: Effect.Effect<A, TelegramFailed>) =>
  Effect.suspend(() => {
    let isSaid = false
    return call.pipe(
      Effect.timeoutOrElse({
        duration: longest,
        orElse: () => Effect.fail(new TelegramFailed({ method, reason: "unreachable" }))
      }),
      Effect.tapError((error) => {
        if (isSaid || !error.isRetryable) return Effect.void
        isSaid = true
        const code = error.code === undefined ? "" : ` (${error.code})`
        return Effect.flatMap(unusedProxy(host), (proxy) =>
          Effect.logWarning(
            error.reason === "rateLimited"
              ? "Telegram limits this bot (429): it is asked again until it does not."
              : `Telegram cannot be reached at ${host}${code}: it is tried until it can.${
                Option.match(proxy, { onNone: () => "", onSome: (name) => ` ${howToUse(name)}` })
              }`
          ))
      }),
      Effect.retry(schedule),
      Effect.tap(() => isSaid ? Effect.logInfo("Telegram is there now.") : Effect.void)
    )
  })
