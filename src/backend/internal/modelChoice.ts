/**
 * Which model is asked when nobody chose, and what is remembered of that for this process.
 */
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { List } from "./modelList.ts"

/** Which model is asked; an explicit one is asked or refused, and never replaced. */
export interface Choice {
  readonly model: string
  readonly isExplicit: boolean
  /** Whether the account was asked for its list meanwhile: that may have met the refusal of a token, and renewed it. */
  readonly hasAsked?: boolean
}

/** A list for those who cannot wait for it, and whether the account was asked. */
export interface Soon {
  readonly list: List
  readonly hasAsked: boolean
}

/** What is asked when a request names nothing, and why it is not what was wanted. */
export interface Chosen {
  readonly model: string | undefined
  readonly note: string | undefined
}

export interface ModelChoice {
  readonly choose: (asked: string | undefined, account?: string) => Effect.Effect<Choice>
  readonly after: (refused: ReadonlyArray<string>) => Effect.Effect<string | undefined>
  readonly found: (model: string, refused: ReadonlyArray<string>) => Effect.Effect<void>
  readonly chosen: Effect.Effect<Chosen>
  /** Another account begins anew. */
  readonly forget: Effect.Effect<void>
}

export interface Options {
  readonly list: Effect.Effect<List>
  /** The list of an account, or of the login's, for those who cannot wait for it. */
  readonly soon: (account: string | undefined) => Effect.Effect<Soon>
  /** The list as far as it is known without asking anybody. */
  readonly known: Effect.Effect<List | undefined>
  /** What somebody chose for every request. */
  readonly model: string | undefined
}

// The default of vibegram/codex and of all its recipes, until it was retired.
const retiredDefault = "gpt-5.3-codex"

// How many models an account is asked about before its refusal is believed.
const tries = 3

const nothing: Chosen = { model: undefined, note: undefined }

const named = (model: string | undefined): string | undefined => model === "" ? undefined : model

const has = (list: List | undefined, model: string): boolean => list?.models.some(({ id }) => id === model) ?? false

export const make = Effect.fnUntraced(function*(options: Options): Effect.fn.Return<ModelChoice> {
  const { known, list, soon } = options
  const model = named(options.model)
  const instead = yield* Ref.make(nothing)

  /** Says once, in the log and from then on in the status, what is asked instead. */
  const settle = Effect.fnUntraced(function*(model: string, why: string) {
    const note = `${why}; ${model} is asked instead.`
    const before = yield* Ref.getAndSet(instead, { model, note })
    if (before.note !== note) yield* Effect.logWarning(note)
  })

  const best = Effect.fnUntraced(function*(wanted: string | undefined, now: List): Effect.fn.Return<Choice> {
    if (wanted !== undefined && has(now, wanted)) return { model: wanted, isExplicit: true }
    const winner = (yield* Ref.get(instead)).model
    if (winner !== undefined) return { model: winner, isExplicit: false }
    const first = now.models[0]?.id ?? retiredDefault
    if (wanted === undefined) return { model: first, isExplicit: false }
    // Only the account itself can say that it lacks a model; until then the refusal of a request does.
    if (now.source === "built-in") return { model: wanted, isExplicit: false }
    yield* settle(first, `The model ${wanted} is retired, and this account's list does not have it`)
    return { model: first, isExplicit: false }
  })

  return {
    choose: (asked, account) => {
      const wanted = named(asked) ?? model
      return wanted === undefined || wanted === retiredDefault
        ? Effect.flatMap(
          soon(account),
          ({ hasAsked, list }) =>
            Effect.map(best(wanted, list), (choice) => hasAsked ? { ...choice, hasAsked } : choice)
        )
        : Effect.succeed({ model: wanted, isExplicit: true })
    },
    after: (refused) =>
      refused.length >= tries
        ? Effect.undefined
        : Effect.map(list, ({ models }) => models.find(({ id }) => !refused.includes(id))?.id),
    found: (model, refused) =>
      settle(
        model,
        `This account is refused ${refused.length === 1 ? "the model" : "the models"} ${refused.join(", ")}`
      ),
    chosen: Effect.gen(function*() {
      if (model !== undefined && model !== retiredDefault) return { model, note: undefined }
      const now = yield* known
      if (model !== undefined && has(now, model)) return { model, note: undefined }
      const winner = yield* Ref.get(instead)
      return winner.model === undefined ? { model: now?.models[0]?.id, note: undefined } : winner
    }),
    forget: Ref.set(instead, nothing)
  }
})
