/**
 * One call of the Bot API: at its pace, within its time, counted, and heard of when it comes through after all.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Option from "effect/Option"
import * as Metrics from "../../internal/metrics.ts"
import type { Content, Destination } from "../Content.ts"
import { TelegramFailed } from "../TelegramError.ts"
import type * as MovedChats from "./movedChats.ts"
import type * as Pacer from "./pacer.ts"
import { body, idOf } from "./payloads.ts"
import type * as Transport from "./transport.ts"

/** How a call is made. */
export interface CallOptions {
  /** Default: `final`. */
  readonly priority?: Pacer.Priority | undefined
  /** Asked when the turn of an edit has come: what to show by now. Default: the content it was made with. */
  readonly newest?: (() => Content) | undefined
  /**
   * Told the id of the message, where the framework tells it.
   *
   * With it the call is not interrupted once it is under way: what was sent is always written down.
   */
  readonly onSent?: ((messageId: Option.Option<number>) => void) | undefined
  /** Writes the id of the message down where it outlives this process, before anything else happens. Needs `onSent`. */
  readonly keep?: ((messageId: number) => Effect.Effect<void>) | undefined
  /**
   * Done when a call that was given up comes through all the same: not every framework can abort one.
   *
   * What it showed stands over whatever was shown since.
   */
  readonly late?: ((messageId: Option.Option<number>) => Effect.Effect<void>) | undefined
}

// Not every framework gives a call an end, and the next prompt of a conversation waits for it. A large file takes its
// time.
const callTimeout = Duration.minutes(2)

// A final must not wait that long for a preview that hangs.
const previewTimeout = Duration.seconds(20)

/** Waits a while, beside everything else, for a call that was given up. */
const afterAll = (pending: Promise<unknown>, late: NonNullable<CallOptions["late"]>) =>
  Effect.tryPromise({ try: () => pending, catch: () => "failed" as const }).pipe(
    Effect.timeoutOption(callTimeout),
    Effect.orElseSucceed(() => Option.none<unknown>()),
    Effect.flatMap(Option.match({ onNone: () => Effect.void, onSome: (sent) => late(idOf(sent)) })),
    Effect.forkDetach,
    Effect.asVoid
  )

/** Calls over a way out; where there is none, each fails as `unsupported`. */
export const make = (
  transport: Option.Option<Transport.Transport>,
  pacer: Pacer.Service,
  moved: MovedChats.Service
) => {
  const told = new Set<string>()

  /** A bug is told once: a message that cannot be edited would tell it with every preview. */
  const tell = (error: TelegramFailed) =>
    Effect.suspend(() => {
      if (error.reason !== "misused" || told.has(error.method)) return Effect.void
      told.add(error.method)
      return Effect.logError(error.message, Cause.die(error.cause))
    })

  const call = (
    method: string,
    to: Destination,
    run: (transport: Transport.Transport, means: Transport.Means) => Effect.Effect<unknown, TelegramFailed>,
    { keep, late, onSent, priority = "final" }: CallOptions = {}
  ): Effect.Effect<unknown, TelegramFailed> =>
    Option.match(transport, {
      onNone: () => Effect.fail(new TelegramFailed({ method, reason: "unsupported" })),
      onSome: (found) => {
        const made = Effect.flatMap(FetchHttpClient.Fetch, (fetch) => {
          let pending: Promise<unknown> = Promise.resolve()
          const begun = (promise: Promise<unknown>) => {
            pending = promise
          }
          return Effect.suspend(() => run(found, { fetch, begun })).pipe(
            Effect.tapError(tell),
            Effect.tapError(({ movedTo }) =>
              Effect.sync(() => {
                if (movedTo !== undefined) moved.learn(to.chatId, movedTo)
              })
            ),
            Effect.timeoutOrElse({
              // A server of one's own fetches a file before it says where it is.
              duration: priority === "final" || method === "getFile" ? callTimeout : previewTimeout,
              orElse: () =>
                Effect.andThen(
                  late === undefined ? Effect.void : afterAll(pending, late),
                  Effect.fail(new TelegramFailed({ method, reason: "unreachable" }))
                )
            })
          )
        })
        const counted = Effect.tapError(made, ({ reason }) => Metrics.count(Metrics.telegramFailures, { reason }))
        return pacer.run(
          { chatId: to.chatId, priority, method },
          onSent === undefined
            ? counted
            : Effect.uninterruptible(Effect.tap(counted, (sent) =>
              Effect.suspend(() => {
                const id = idOf(sent)
                onSent(id)
                return keep === undefined || Option.isNone(id) ? Effect.void : keep(id.value)
              })))
        )
      }
    })

  const post = (method: string, to: Destination, payload: Transport.Payload, options?: CallOptions) =>
    call(
      method,
      to,
      (transport, means) => {
        const newest = options?.newest?.()
        return transport.call(method, newest === undefined ? payload : { ...payload, ...body(newest) }, means)
      },
      options
    )

  return { call, post }
}
