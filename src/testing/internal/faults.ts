/**
 * A fault script at work: counts the calls of one server and says what befalls each of them.
 */
import * as Effect from "effect/Effect"
import * as FaultScript from "../faults/FaultScript.ts"

/** What befalls one call, sorted by when it happens. */
export interface Befallen {
  /** Silence before the call is looked at. */
  readonly millis: number
  /** What happens in place of an answer. */
  readonly head: Extract<FaultScript.Fault, { readonly _tag: "Answer" | "Stall" | "Cut" }> | undefined
  /** What happens to the body of the answer, in this order. */
  readonly body: ReadonlyArray<FaultScript.Fault>
  /** The chance of this call; the same each time the script is followed. */
  readonly chance: () => number
}

/** The script of one server. */
export interface Faults {
  /** Counts a call; undefined when nothing befalls it. */
  readonly next: (call: string) => Befallen | undefined
  /** What a test can do to the script. */
  readonly controls: FaultScript.Controls
}

// Well mixed numbers in a row, from any whole number (the generator known as mulberry32).
const seeded = (seed: number) => {
  let state = seed | 0
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const chanceOf = (seed: number, rule: number, nth: number) =>
  seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(rule + 1, 0x85ebca6b) ^ Math.imul(nth, 0xc2b2ae35))

const hits = (rule: FaultScript.Rule, nth: number, chance: () => number): boolean =>
  (rule.nth === undefined || rule.nth === nth) &&
  (rule.between === undefined || (rule.between[0] <= nth && nth <= rule.between[1])) &&
  (rule.chance === undefined || chance() < rule.chance)

const isHead = (fault: FaultScript.Fault): fault is NonNullable<Befallen["head"]> =>
  fault._tag === "Answer" || ((fault._tag === "Stall" || fault._tag === "Cut") && typeof fault.at === "string")

/** Follows a script; the calls named in `waiting` are not meant by `*`. */
export const make = (
  start: FaultScript.FaultScript = FaultScript.none,
  waiting: ReadonlyArray<string> = []
): Faults => {
  let script = start
  let counts = new Map<string, number>()
  let booked = new Map<string, number>()
  let happened: Array<FaultScript.Happened> = []

  const count = (name: string): number => {
    const next = (counts.get(name) ?? 0) + 1
    counts.set(name, next)
    return next
  }

  const follow = (next: FaultScript.FaultScript) => {
    script = next
    counts = new Map()
    booked = new Map()
    happened = []
  }

  return {
    next: (call) => {
      const name = call.toLowerCase()
      const nth = count(name)
      const nthOfAll = waiting.includes(call) ? undefined : count("*")
      if (script.rules.length === 0) return undefined
      const found = script.rules.flatMap((rule, index) => {
        const number = rule.on === "*" ? nthOfAll : rule.on.toLowerCase() === name ? nth : undefined
        if (number === undefined) return []
        const chance = chanceOf(script.seed, index, number)
        return hits(rule, number, chance) ? [{ fault: rule.fault, chance }] : []
      })
      const [first] = found
      if (first === undefined) return undefined
      const faults = found.map(({ fault }) => fault)
      happened.push(...faults.map((fault) => ({ call, nth, fault })))
      return {
        millis: faults.reduce((sum, fault) => fault._tag === "Delay" ? sum + fault.millis : sum, 0),
        head: faults.find(isHead),
        body: faults.filter((fault) => fault._tag !== "Delay" && !isHead(fault)),
        chance: first.chance
      }
    },
    controls: {
      setFaults: (next) => Effect.sync(() => follow(next)),
      failNext: (call, fault, times = 1) =>
        Effect.sync(() => {
          const name = call.toLowerCase()
          const first = Math.max(counts.get(name) ?? 0, booked.get(name) ?? 0) + 1
          const last = Math.min(first + times - 1, 1e9)
          booked.set(name, last)
          script = FaultScript.make({
            seed: script.seed,
            rules: [...script.rules, {
              on: call,
              ...first === last ? { nth: first } : { between: [first, last] },
              fault
            }]
          })
        }),
      faults: Effect.sync(() => script),
      faultsHappened: Effect.sync(() => happened.slice())
    }
  }
}
