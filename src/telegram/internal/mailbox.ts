/**
 * A mailbox for each key: what belongs together is joined, what comes first is answered first, one at a time, and no more
 * of all of them at once than can be borne. A mailbox that is empty does not exist.
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import * as Metrics from "../../internal/metrics.ts"
import * as Albums from "./albums.ts"
import * as Joining from "./joining.ts"
import { make as makeSeen } from "./seen.ts"
import * as Steady from "./steady.ts"

/** What a turn and whoever stops it tell each other. */
export interface Place {
  /** Set by the turn when it asks: from then on Codex can stop it. */
  hasBegun: boolean
  /** Set by a stop: a turn that has not asked yet need not. */
  isStopped: boolean
  /** Done by a stop, for a turn that is still about something else than asking. */
  readonly stopped: Deferred.Deferred<void>
}

/** How entries are kept and answered. */
export interface Options<A> {
  /** How many of one key may wait for the one that runs. */
  readonly waiting: number
  /** How many turns run at once, over all keys; or the permits that several mailboxes share. */
  readonly concurrency: number | Permits
  /** What belongs together. Default: nothing does. */
  readonly rules?: Joining.Rules<A> | undefined
  /** Nothing starts while this waits. Default: it never does. */
  readonly open?: Effect.Effect<void> | undefined
  /** Answers what belongs together; it has no failure left to tell. */
  readonly turn: (
    entries: Arr.NonEmptyReadonlyArray<A>,
    place: Place,
    pieces: Arr.NonEmptyReadonlyArray<Joining.Piece<A>>
  ) => Effect.Effect<void>
  /** What of these was no part of their turn after all, since it had begun without: it is next. Default: nothing. */
  readonly unanswered?: ((pieces: ReadonlyArray<Joining.Piece<A>>) => ReadonlyArray<Joining.Piece<A>>) | undefined
  /** Whether one that waits was part of the turn before, since that had begun with it: it is done. Default: none was. */
  readonly isAnswered?: ((entry: A) => boolean) | undefined
  /** Whether an entry says what has become of another one. Default: none does. */
  readonly isEdit?: ((entry: A) => boolean) | undefined
  /** Told what a stop has dropped. */
  readonly dropped?: ((pieces: ReadonlyArray<Joining.Piece<A>>) => void) | undefined
  /** Tells the chat of an entry that will not be answered any more; asked once for each key, and for each that is alone. */
  readonly forsaken: (entry: A) => Effect.Effect<void>
  /** Whether what is told about another entry of its key is not told to whoever waits for this one. Default: it is. */
  readonly isAlone?: ((entry: A) => boolean) | undefined
  /** Told when something has waited for so many milliseconds behind others; once for each voice until the mailbox rests. */
  readonly patience?: { readonly millis: number; readonly over: (entry: A) => Effect.Effect<void> } | undefined
  /** Told of the last entry of a mailbox when it is done with, in the same step that does away with the mailbox. */
  readonly rested?: ((entry: A) => void) | undefined
}

/** Permits for turns. */
export interface Permits {
  readonly most: number
  readonly semaphore: Semaphore.Semaphore
  running: number
}

/** Permits for so many turns at once. */
export const permitsFor = (most: number): Effect.Effect<Permits> =>
  Effect.map(Semaphore.make(most), (semaphore) => ({ most, semaphore, running: 0 }))

interface Box<A> {
  waiting: ReadonlyArray<Joining.Group<A>>
  readonly empty: Deferred.Deferred<void>
  /** Rung when what waits has changed, so that it may be time. */
  bell: Deferred.Deferred<void>
  /** The last that came in. */
  last: A
  running: Place | undefined
  /** What it answers. */
  answering: ReadonlyArray<Joining.Piece<A>>
  /** Who knows that they wait. */
  readonly told: Set<string>
}

/** Mailboxes that end with the scope: what runs is interrupted, what waits is forsaken. */
export const make = Effect.fnUntraced(function*<A>(options: Options<A>) {
  // Plain variables: what changes them runs without a pause.
  const rules = options.rules ?? Joining.apart<A>()
  const boxes = new Map<string, Box<A>>()
  const seen = makeSeen()
  const albums = Albums.make(rules)
  let isOpen = true
  /** How many wait in all of them, and how many the metrics know of. */
  let waiting = 0
  let counted = 0
  const permits = typeof options.concurrency === "number"
    ? yield* permitsFor(options.concurrency)
    : options.concurrency
  const { open = Effect.void } = options
  const time = yield* Steady.make(() => boxes.size === 0)
  const workers = yield* FiberSet.make<void>()
  const run = yield* FiberSet.runtime(workers)()
  const watch = yield* FiberSet.runtime(yield* FiberSet.make<void>())()
  /** Lets the metrics know how many wait by now; nobody, when all of it ends. */
  const count = Effect.suspend(() => {
    const change = (isOpen ? waiting : 0) - counted
    counted += change
    return change === 0 ? Effect.void : Metrics.queued("mailbox", change)
  })
  const put = (box: Box<A>, groups: ReadonlyArray<Joining.Group<A>>): void => {
    waiting += groups.length - box.waiting.length
    box.waiting = groups
  }
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isOpen = false
      return count
    })
  )

  /** Sees to it that whoever waits for others is told so, if it takes long. */
  const watchOver = (box: Box<A>, group: Joining.Group<A>): void => {
    const { pieces: [first] } = group
    const { patience } = options
    if (patience === undefined) return
    const isWaiting = () => box.waiting.some(({ pieces }) => pieces[0] === first)
    const over = Effect.suspend(() => {
      const voice = rules.voice(first.entry)
      if (!isWaiting() || box.told.has(voice)) return Effect.void
      box.told.add(voice)
      return patience.over(first.entry)
    })
    watch(
      Effect.flatMap(
        Effect.timeoutOption(
          Deferred.await(box.empty),
          Math.max(0, Joining.startOf(group) - first.at) + patience.millis
        ),
        Option.match({ onNone: () => over, onSome: () => Effect.void })
      )
    )
  }

  /** Answers what is in a mailbox, and does away with it in the same step that finds it empty. */
  const work = (key: string, box: Box<A>): Effect.Effect<void> => {
    const rest = (): void => {
      if (boxes.get(key) !== box) return
      boxes.delete(key)
      options.rested?.(box.last)
      Deferred.doneUnsafe(box.empty, Exit.void)
    }
    const ended = (exit: Exit.Exit<void>, { pieces }: Joining.Group<A>): Effect.Effect<void> => {
      box.running = undefined
      box.answering = []
      if (Exit.isSuccess(exit)) {
        const next = options.unanswered?.(pieces) ?? []
        const { left } = Joining.dropped(box.waiting, (entry) => options.isAnswered?.(entry) !== true)
        put(box, [...next.map((piece): Joining.Group<A> => ({ pieces: [piece], closesAt: piece.at })), ...left])
        return count
      }
      if (Cause.hasDies(exit.cause)) return Effect.logError("A prompt could not be answered.", exit.cause)
      // Whoever answers is going away, and this turn has told the chat so: the others would only say it again.
      put(box, [])
      return count
    }
    /** Waits until something has been waited for long enough. Nobody else waits meanwhile. */
    const ripe: Effect.Effect<void> = Effect.flatMap(time.now, (now) => {
      const pause = Math.min(...box.waiting.map(Joining.startOf)) - now
      // Nothing is there (any more), or it is time.
      if (!(pause > 0 && pause < Infinity)) return Effect.void
      const bell = Deferred.makeUnsafe<void>()
      box.bell = bell
      const rings = Effect.andThen(Effect.sleep(pause), Deferred.succeed(bell, undefined))
      return Effect.flatMap(
        Effect.forkChild(rings, { startImmediately: true }),
        (sleeper) => Effect.andThen(Effect.andThen(Deferred.await(bell), Fiber.interrupt(sleeper)), ripe)
      )
    })
    const one = permits.semaphore.withPermit(Effect.flatMap(time.now, (now) => {
      const group = box.waiting.find((group) => Joining.startOf(group) <= now)
      if (group === undefined) return Effect.void
      put(box, box.waiting.filter((other) => other !== group))
      const place: Place = { hasBegun: false, isStopped: false, stopped: Deferred.makeUnsafe() }
      box.running = place
      box.answering = group.pieces
      permits.running++
      albums.ask(group.pieces)
      const [first, ...more] = group.pieces
      const begun = Effect.andThen(
        count,
        options.turn([first.entry, ...more.map(({ entry }) => entry)], place, group.pieces)
      )
      return Effect.exit(begun).pipe(
        Effect.ensuring(Effect.sync(() => permits.running--)),
        Effect.flatMap((exit) => ended(exit, group))
      )
    }))
    const hasMore = (): boolean => {
      if (box.waiting.length > 0) return true
      rest()
      return false
    }
    const all: Effect.Effect<void> = Effect.andThen(
      Effect.andThen(Effect.andThen(ripe, open), one),
      Effect.suspend(() => hasMore() ? all : Effect.void)
    )
    return all.pipe(
      // A turn that is interrupted tells its end itself.
      Effect.onInterrupt(() => {
        const untold = box.waiting.map(({ pieces }) => pieces[0].entry).filter((entry, index) =>
          options.isAlone?.(entry) === true || (index === 0 && box.running === undefined)
        )
        return Effect.forEach(untold, options.forsaken, { concurrency: "unbounded", discard: true })
      }),
      Effect.ensuring(Effect.sync(rest))
    )
  }

  /** Whether what has joined what waits would be one too many. */
  const isFull = (key: string, { isNew }: ReturnType<typeof Joining.join<A>>): boolean => {
    const box = boxes.get(key)
    return box !== undefined && isNew && box.waiting.length >= options.waiting
  }

  const joined = (key: string, piece: Joining.Piece<A>) =>
    Joining.join(boxes.get(key)?.waiting ?? [], piece, rules, time.since())

  /** Where what an edit is about is, if it is one. */
  const placeOf = (key: string, entry: A): "nowhere" | "waiting" | "running" | undefined => {
    if (options.isEdit?.(entry) !== true) return undefined
    const box = boxes.get(key)
    if (box === undefined) return "nowhere"
    const { replaces = () => false } = rules
    return box.waiting.some(({ pieces }) => replaces(entry, pieces))
      ? "waiting"
      : replaces(entry, box.answering)
      ? "running"
      : "nowhere"
  }

  const halt = ({ running }: Box<A>): void => {
    if (running === undefined) return
    running.isStopped = true
    Deferred.doneUnsafe(running.stopped, Exit.void)
  }

  const take = (
    key: string,
    id: string,
    piece: Joining.Piece<A>,
    isPromised: boolean,
    hasBegun = false
  ): "accepted" | "seen" | "full" | "closed" => {
    if (!isOpen) return "closed"
    if (seen.has(id)) return "seen"
    const known = boxes.get(key)
    const place = placeOf(key, piece.entry)
    if (place === "nowhere" && !isPromised) return "seen"
    const isAhead = place === "running" || hasBegun
    const group = isAhead ? Joining.ahead(known?.waiting ?? [], piece) : joined(key, piece)
    const { isNew } = group
    if (place !== "running" && !isPromised && isFull(key, group)) return "full"
    const mustWait = isNew && (known !== undefined || permits.running >= permits.most)
    const newest = group.waiting.at(-1)
    const box: Box<A> = known ?? {
      waiting: [],
      empty: Deferred.makeUnsafe(),
      bell: Deferred.makeUnsafe(),
      last: piece.entry,
      running: undefined,
      answering: [],
      told: new Set()
    }
    put(box, group.waiting)
    box.last = piece.entry
    if (place === "running") halt(box)
    Deferred.doneUnsafe(box.bell, Exit.void)
    if (known === undefined) {
      boxes.set(key, box)
      run(work(key, box))
    }
    if (mustWait && newest !== undefined) watchOver(box, newest)
    seen.add(id)
    return "accepted"
  }

  return {
    /** Takes an entry, in the order of the calls. */
    offer: (key: string, id: string, entry: A) =>
      Effect.map(time.now, (at) => take(key, id, { entry, at }, false)).pipe(Effect.tap(count)),
    /** Takes one that was accepted before, however many wait; what had begun goes on before all others. */
    put: (key: string, id: string, piece: Joining.Piece<A>, hasBegun = false) =>
      Effect.sync(() => {
        time.goBehind(piece.at)
        return take(key, id, piece, true, hasBegun)
      }).pipe(Effect.tap(count)),
    /** Whether an entry would be taken. */
    hasRoom: (key: string, piece: Joining.Piece<A>) => Effect.sync(() => !isFull(key, joined(key, piece))),
    /** Whether an entry would begin a prompt of its own. */
    isNew: (key: string, id: string, entry: A) =>
      Effect.map(time.now, (at) => !seen.has(id) && joined(key, { entry, at }).isNew),
    /** When what is taken now was taken. */
    now: time.now,
    /** Whether an entry belongs to an album that was asked without it, or was stopped. */
    siblings: albums.of,
    /** Where what an edit is about is: an answer that is being given has to be stopped. */
    placeOf: (key: string, entry: A) => Effect.sync(() => placeOf(key, entry)),
    /** Drops what waits, and tells the turn that runs; but not what is spared: that goes on as if nothing had been said. */
    stop: (key: string, spares: (entry: A) => boolean = () => false) =>
      Effect.sync(() => {
        const box = boxes.get(key)
        const first = box?.answering[0]
        const goesOn = first !== undefined && spares(first.entry)
        const running = goesOn ? undefined : box?.running
        const { dropped, gone, left } = Joining.dropped(box?.waiting ?? [], spares)
        if (box !== undefined) {
          if (!goesOn) halt(box)
          put(box, left)
          albums.stop([...goesOn ? [] : box.answering, ...gone])
          options.dropped?.(gone)
          Deferred.doneUnsafe(box.bell, Exit.void)
        }
        return {
          /** How many of those that were waiting will not be answered. */
          dropped,
          /** Whether a turn runs that goes on. */
          goesOn,
          /** Whether a turn was about to ask, and will not. */
          isSpared: running !== undefined && !running.hasBegun
        }
      }).pipe(Effect.tap(count)),
    /** Waits until a mailbox is empty and its last turn is over. */
    rests: (key: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        const box = boxes.get(key)
        return box === undefined ? Effect.void : Deferred.await(box.empty)
      }),
    /** Waits until all of them are. */
    drained: FiberSet.awaitEmpty(workers),
    /** What came last into each of them. */
    last: (): ReadonlyArray<A> => [...boxes.values()].map(({ last }) => last),
    /** How many mailboxes there are. */
    size: () => boxes.size
  }
})
