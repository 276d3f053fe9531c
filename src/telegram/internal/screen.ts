/**
 * What one answer has put on screen, and how it becomes what it should be.
 *
 * The answer is a list of parts, one for each message. Parts that are there already are edited, missing ones sent,
 * ones too many deleted. What was sent is written down in the same breath as the call that sent it, so that no
 * interruption makes the screen forget a message.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { TelegramFailed } from "../../CodexError.ts"
import type { Content, Destination, Service as TelegramApi } from "../TelegramApi.ts"

interface Shown {
  readonly id: number
  readonly at: number
  content: Content
}

export interface Screen {
  /** Whether anything of the answer can be seen. */
  readonly isEmpty: () => boolean
  /** Shows the parts as far as they have come; the last one may grow. Fails with the first call that fails. */
  readonly preview: (parts: ReadonlyArray<Content>) => Effect.Effect<void, TelegramFailed>
  /** Brings the parts to their final form; fails when one could not be delivered. */
  readonly finish: (parts: ReadonlyArray<Content>) => Effect.Effect<void, TelegramFailed>
}

// An edit of an older message goes unnoticed; a fresh one has the current time and rings.
const stale = 60_000

// A draft is gone after 30 seconds.
const draftLife = 20_000

const same = (one: Content, other: Content): boolean =>
  one.text === other.text && one.button?.data === other.button?.data &&
  JSON.stringify(one.entities ?? []) === JSON.stringify(other.entities ?? [])

const isPassing = (error: TelegramFailed): boolean => error.reason === "rateLimited" || error.reason === "unreachable"

const patience = Duration.seconds(60)

const isWorthWaiting = ({ retryAfter }: TelegramFailed): boolean =>
  retryAfter === undefined || Duration.isLessThanOrEqualTo(retryAfter, patience)

// An edit may be repeated; a message that is sent again may be there twice.
const isWorthRepeating = (error: TelegramFailed, isEdit: boolean): boolean =>
  (error.reason === "rateLimited" && isWorthWaiting(error)) ||
  (error.reason === "unreachable" && (isEdit || error.neverArrived === true))

const persistently = (isEdit: boolean) => <A>(call: Effect.Effect<A, TelegramFailed>) =>
  Effect.retry(call, ($) =>
    $(Schedule.recurs(3)).pipe(
      Schedule.while(({ input }) => isWorthRepeating(input, isEdit)),
      Schedule.modifyDelay(({ input }) => Effect.succeed(input.retryAfter ?? Duration.seconds(1)))
    ))

/**
 * An empty screen for one answer. With a draft id the part that still grows is shown as a native draft, until
 * Telegram refuses one.
 */
export const make = (api: TelegramApi, to: Destination, draftId?: number): Screen => {
  const shown: Array<Shown> = []
  let draft: { readonly content: Content; readonly at: number } | undefined
  let drafts = draftId !== undefined

  const send = Effect.fnUntraced(function*(content: Content, priority: "final" | "first") {
    const at = yield* Clock.currentTimeMillis
    yield* api.sendMessage(to, content, {
      priority,
      onSent: (id) => {
        if (Option.isSome(id)) shown.push({ id: id.value, at, content })
        draft = undefined
      }
    })
  })

  const edit = (message: Shown, content: Content, priority: "final" | "edit") =>
    same(message.content, content)
      ? Effect.void
      : api.editMessage(to, message.id, content, {
        priority,
        onSent: () => {
          message.content = content
        }
      })

  const sketch = Effect.fnUntraced(function*(id: number, content: Content) {
    const at = yield* Clock.currentTimeMillis
    if (draft !== undefined && same(draft.content, content) && at - draft.at < draftLife) return
    yield* api.sendDraft(to, id, content, {
      priority: "edit",
      onSent: () => {
        draft = { content, at }
      }
    }).pipe(Effect.tapError((error) =>
      Effect.sync(() => {
        if (!isPassing(error)) drafts = false
      })
    ))
  })

  const preview = Effect.fnUntraced(function*(parts: ReadonlyArray<Content>) {
    for (const [index, part] of parts.entries()) {
      const message = shown[index]
      const isLast = index === parts.length - 1
      if (isLast && drafts && draftId !== undefined && message === undefined) yield* sketch(draftId, part)
      else if (message === undefined) yield* send(part, "first")
      else yield* edit(message, part, "edit")
    }
  })

  const remove = (message: Shown) => Effect.ignore(api.deleteMessage(to, message.id))

  /** Another message in place of one that cannot be edited any more, or that is too old to be noticed. */
  const replace = Effect.fnUntraced(function*(message: Shown, index: number, content: Content) {
    const before = shown.length
    yield* persistently(false)(send(content, "final"))
    const fresh = shown.length > before ? shown.pop() : undefined
    if (fresh !== undefined) shown[index] = fresh
    yield* remove(message)
  })

  const finish = Effect.fnUntraced(function*(parts: ReadonlyArray<Content>) {
    const now = yield* Clock.currentTimeMillis
    for (const [index, part] of parts.entries()) {
      const message = shown[index]
      if (message === undefined) {
        yield* persistently(false)(send(part, "final"))
      } else if (parts.length === 1 && now - message.at > stale) {
        yield* replace(message, index, part)
      } else {
        yield* persistently(true)(edit(message, part, "final")).pipe(
          Effect.catchIf((error) => !isPassing(error), () => replace(message, index, part))
        )
      }
    }
    yield* Effect.forEach(shown.splice(parts.length), remove, { discard: true })
  })

  return { isEmpty: () => shown.length === 0 && draft === undefined, preview, finish }
}
