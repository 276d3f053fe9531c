/**
 * Albums by what became of them: a sibling that comes late is an addition to what was asked, and nothing to what was stopped.
 */
import type * as Joining from "./joining.ts"
import { make as makeSeen } from "./seen.ts"

/** What became of the albums of this process. */
export interface Albums<A> {
  readonly ask: (pieces: ReadonlyArray<Joining.Piece<A>>) => void
  readonly stop: (pieces: ReadonlyArray<Joining.Piece<A>>) => void
  /** What became of the album that an entry belongs to, if something did. */
  readonly of: (entry: A) => "asked" | "stopped" | undefined
}

/** Nothing has become of any yet. */
export const make = <A>({ album }: Pick<Joining.Rules<A>, "album">): Albums<A> => {
  const asked = makeSeen()
  const stopped = makeSeen()
  const into = (where: ReturnType<typeof makeSeen>) => (pieces: ReadonlyArray<Joining.Piece<A>>): void => {
    for (const { entry } of pieces) {
      const name = album?.(entry)
      if (name !== undefined) where.add(name)
    }
  }
  return {
    ask: into(asked),
    stop: into(stopped),
    of: (entry) => {
      const name = album?.(entry)
      return name === undefined ? undefined : stopped.has(name) ? "stopped" : asked.has(name) ? "asked" : undefined
    }
  }
}
