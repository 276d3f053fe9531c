/**
 * What one answer has put on screen, and how it becomes what it should be.
 *
 * The answer is a list of parts, one for each message. Parts that are there already are edited, missing ones sent,
 * ones too many deleted. What was sent is written down in the same breath as the call that sent it, so that no
 * interruption makes it forget a message.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { behind, same } from "../Content.ts"
import type { Content, Destination, Service as TelegramApi } from "../TelegramApi.ts"
import type { TelegramFailed } from "../TelegramError.ts"
import { type Begun, Settled } from "./internal/ended.ts"
import * as StandIns from "./internal/standIns.ts"
import * as Repeating from "./Repeating.ts"
import * as Steps from "./Steps.ts"

interface Shown {
  readonly id: number
  readonly at: number
  content: Content
  /** What it is to stay as. */
  final?: Content
  /** Whether it was sent so long ago that nobody would notice a change of it. */
  readonly isOld?: boolean
}

export interface ShownMessages {
  /** Whether anything of the answer can be seen. */
  readonly isEmpty: () => boolean
  /** How often a message of it was changed. */
  readonly edits: () => number
  /** Whether what still grows is shown as a native draft. */
  readonly isDrafting: () => boolean
  /**
   * Shows the parts as far as they have come; the last one may grow, also while its call waits for its turn.
   *
   * Fails with the first call that fails.
   */
  readonly preview: (current: () => ReadonlyArray<Content>) => Effect.Effect<void, TelegramFailed>
  /** Knows the messages again that were written down before, and takes away those that others stand for. */
  readonly restore: Effect.Effect<void>
  /** How far it has come. */
  readonly begun: () => Omit<Begun, "files">
  /**
   * Brings the parts to their final form, as many as it can; fails with the first that could not be delivered. `isFresh`:
   * in new messages, which ring, and what was shown before is deleted.
   */
  readonly finish: (parts: ReadonlyArray<Content>, isFresh?: boolean) => Effect.Effect<void, TelegramFailed>
}

// An edit of an older message goes unnoticed; a fresh one rings. A draft is gone after 30 seconds.
const [stale, draftLife] = [60_000, 20_000]

// What could not be delivered for so long need not be tried with the rest of an answer.
const outage = 60_000

/** What there is besides now. */
export interface Options {
  /** Whether what does not go out now can go out later: then nothing is sent behind a part that has to wait. */
  readonly canWait?: boolean | undefined
  /** It was begun before, and what it takes is tried once. */
  readonly begun?: Omit<Begun, "files"> | undefined
}

/**
 * No message yet, for one answer. With a draft id the part that still grows is shown as a native draft, until
 * Telegram refuses one.
 *
 * Where the steps of the answer last, a final is always an edit of a message whose id is written down: it cannot be
 * there twice, whenever the process ends.
 */
export const make = (
  api: TelegramApi,
  asked: Destination,
  draftId?: number,
  steps: Steps.Steps = Steps.fleeting,
  { begun, canWait = false }: Options = {}
): ShownMessages => {
  const { patiently, persistently } = begun === undefined ? Repeating : Repeating.none
  let to = asked
  const shown: Array<Shown> = []
  let draft: { readonly content: Content; readonly at: number } | undefined
  let drafts = draftId !== undefined
  let lostOne = false
  let edits = 0
  let settled = begun?.settled ?? 0
  /** How many messages have stood for each part. */
  const stood: Array<number> = []

  /** Begins anew where the chat is by now: what was shown before it moved is out of reach. */
  const follow = Effect.sync(() => {
    const now = api.whereabouts(to)
    if (now.chatId === to.chatId) return
    to = now
    shown.length = 0
  })

  /** What another message stands for by now, and its part. */
  const replaced = new Map<Shown, number>()

  const remove = (message: Shown) =>
    StandIns.remove(api, to, message.id, persistently(true)).pipe(
      Effect.tap(() => Effect.sync(() => replaced.delete(message))),
      Effect.ignore
    )

  /** Sends a part; gives the message that stood in its place before. */
  const send = Effect.fnUntraced(function*(index: number, content: Content, priority: "final" | "first") {
    const at = yield* Clock.currentTimeMillis
    const before = shown[index]
    // Only the first message is a reply, where the others stay there without.
    yield* api.sendMessage(index === 0 ? to : behind(to), content, {
      priority,
      onSent: (id) => {
        if (Option.isSome(id)) {
          if (before !== undefined) replaced.set(before, index)
          shown[index] = { id: id.value, at, content }
        }
        draft = undefined
      },
      keep: steps.isLasting
        ? (id) => {
          const nth = stood[index] ?? 0
          stood[index] = nth + 1
          return Steps.markMessage(steps, index, nth, id)
        }
        : undefined,
      // Nobody knew of it, so another message stands in its place.
      late: (id) => priority === "first" && Option.isSome(id) ? remove({ id: id.value, at, content }) : Effect.void
    })
    return before
  })

  /** A preview that comes through when it was given up stands over what was shown since. */
  const repair = (message: Shown, seen: () => Content): Effect.Effect<void> =>
    Effect.suspend(() => {
      message.content = seen()
      return message.final === undefined || !shown.includes(message)
        ? Effect.void
        : Effect.ignore(persistently(true)(edit(message, message.final, "final")))
    })

  const edit = (
    message: Shown,
    content: Content,
    priority: "final" | "edit",
    newest = () => content
  ): Effect.Effect<void, TelegramFailed> => {
    if (same(message.content, content)) return Effect.void
    let latest = content
    return api.editMessage(to, message.id, content, {
      priority,
      newest: () => {
        latest = newest()
        return latest
      },
      late: () => repair(message, () => latest),
      onSent: () => {
        edits++
        message.content = latest
      }
    })
  }

  const sketch = Effect.fnUntraced(function*(id: number, content: Content) {
    const at = yield* Clock.currentTimeMillis
    if (draft !== undefined && same(draft.content, content) && at - draft.at < draftLife) return
    yield* api.sendDraft(to, id, content, {
      priority: "edit",
      onSent: () => {
        draft = { content, at }
      }
    })
  })

  // A message that may be there already is not sent again: two previews would be worse than none.
  const begin = (index: number, content: Content) =>
    lostOne
      ? Effect.void
      : send(index, content, "first").pipe(
        Effect.asVoid,
        Effect.tapError((error) =>
          Effect.sync(() => {
            lostOne = Repeating.isUnsure(error)
          })
        )
      )

  const draw = Effect.fnUntraced(function*(current: () => ReadonlyArray<Content>) {
    const parts = current()
    // Where there are more parts by now, this one is not the last any more: the next preview sees to that.
    const newest = (index: number, part: Content) => () => {
      const now = current()
      return now.length === parts.length ? now[index] ?? part : part
    }
    for (const [index, part] of parts.entries()) {
      const message = shown[index]
      if (message !== undefined) {
        yield* edit(message, part, "edit", newest(index, part))
      } else if (drafts && draftId !== undefined && index === parts.length - 1) {
        yield* Effect.catch(sketch(draftId, part), () => {
          drafts = false
          return begin(index, part)
        })
      } else {
        yield* begin(index, part)
      }
    }
    // An answer that starts over has fewer parts.
    if (parts.length > 0) yield* Effect.forEach(shown.splice(parts.length), remove, { discard: true })
  })

  const preview = (current: () => ReadonlyArray<Content>) => {
    const drawn = Effect.andThen(follow, draw(current))
    return Effect.catchIf(drawn, ({ movedTo }) => movedTo !== undefined, () => drawn)
  }

  /** Whether a message could be edited into its final form; it cannot when it is gone, for example. */
  const edited = (message: Shown, content: Content) =>
    patiently(true)(edit(message, content, "final")).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => !Repeating.isPassing(error) && !Repeating.isHopeless(error),
        () => Effect.succeed(false)
      )
    )

  /** Sends a part; where steps last, the place for it first. Gives what stood there before. */
  const put = Effect.fnUntraced(function*(index: number, content: Content, before: Shown | undefined) {
    if (!steps.isLasting) {
      yield* send(index, content, "final")
      return before
    }
    if (shown[index] === before) yield* send(index, StandIns.placeholder, "final")
    const message = shown[index]
    if (message !== undefined) yield* patiently(true)(edit(message, content, "final"))
    return before
  })

  /**
   * Sends a part in any form that Telegram takes.
   *
   * What a transformer of the bot does to every text may get it refused whatever we say; a file has no text.
   */
  const sendAnyhow = (index: number, content: Content) => {
    const before = shown[index]
    const repeated = patiently(false)
    const isRefused = ({ code, reason }: TelegramFailed) => reason === "rejected" && code === 400
    return repeated(put(index, content, before)).pipe(
      Effect.catchIf(isRefused, () => repeated(put(index, { text: content.text }, before))),
      Effect.catchIf((error) => isRefused(error) || error.reason === "tooLong", (error) => {
        const document = {
          name: "answer.txt",
          content: new TextEncoder().encode(content.text),
          caption: "",
          protect: false
        }
        const last = shown[index]
        return Effect.as(
          Effect.tap(
            Effect.mapError(repeated(api.sendDocument(to, document)), () => error),
            steps.isLasting && last !== undefined && last !== before ? remove(last) : Effect.void
          ),
          before
        )
      })
    )
  }

  /** Brings one part to its final form; says whether a message was sent in place of another. */
  const settle = Effect.fnUntraced(function*(index: number, content: Content, anew: boolean) {
    const message = shown[index]
    if (message !== undefined) message.final = content
    if (message !== undefined && !anew && (yield* edited(message, content))) return false
    const before = yield* sendAnyhow(index, content)
    if (before !== undefined) yield* remove(before)
    return anew || before !== undefined
  })

  const restore = Effect.gen(function*() {
    const at = yield* Clock.currentTimeMillis
    const stand = (part: number, id: number, isOld: boolean) => {
      const other = shown[part]
      shown[part] = { id, at, content: { text: "" }, isOld }
      return other === undefined ? Effect.void : remove(other)
    }
    for (const { id, isLate, part } of begun?.messages ?? []) yield* stand(part, id, isLate !== true)
    for (const [part, ids] of (yield* Steps.messages(steps)).entries()) {
      stood[part] = ids.length
      for (const id of ids) yield* stand(part, id, false)
    }
  })

  const finish = Effect.fnUntraced(function*(parts: ReadonlyArray<Content>, isFresh?: boolean) {
    if (shown.length > 0) yield* follow
    const now = yield* Clock.currentTimeMillis
    const [first] = shown
    // Once a part has a new message all that follow need one as well, or they would stand above it.
    let anew: boolean = first !== undefined && (isFresh === true || (parts.length === 1 && now - first.at > stale))
    let failure: TelegramFailed | undefined
    for (const [index, part] of parts.entries()) {
      if (index < (begun?.settled ?? 0)) continue
      const began = yield* Clock.currentTimeMillis
      const isAnew: boolean = anew || shown[index]?.isOld === true
      const became = yield* steps.once(
        `Send/${index}`,
        Settled,
        Effect.map(
          Effect.result(settle(index, part, isAnew)),
          Result.match({
            onSuccess: (anew) => ({ anew }),
            onFailure: (failure) => ({ anew: isAnew, failure })
          })
        )
      )
      anew = became.anew
      if (became.failure === undefined) {
        if (settled === index) settled++
        continue
      }
      failure ??= became.failure
      if (canWait && Repeating.isPassing(failure)) return yield* failure
      if (Repeating.isHopeless(became.failure) || (yield* Clock.currentTimeMillis) - began > outage) break
    }
    yield* Effect.forEach(shown.splice(parts.length), remove, { discard: true })
    if (failure !== undefined) return yield* failure
  })

  return {
    isEmpty: () => shown.length === 0 && draft === undefined,
    edits: () => edits,
    isDrafting: () => drafts,
    begun: () => ({
      settled,
      messages: [
        ...[...replaced].map(([{ id }, part]) => ({ part, id })),
        ...shown.flatMap(({ id, isOld }, part) => ({ part, id, isLate: begun !== undefined && isOld !== true }))
      ]
    }),
    preview,
    restore,
    finish
  }
}
