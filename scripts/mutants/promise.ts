/**
 * The doors of promises, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/promise/internal/contextMethods.ts", [
    "test/MiddlewareDoor.test.ts",
    "test/Middleware.test.ts"
  ], {
    "ctx.codex: ask has no conversation": ["...overrides, text, conversation }", "...overrides, text }"]
  }),
  ...mutants("src/telegram/promise/Middleware.ts", ["test/MiddlewareDoor.test.ts", "test/Middleware.test.ts"], {
    "dispose: not in reverse": [
      "      within(farewell, () => runtime.dispose()),\n" +
      "      Effect.promise(async () => provider !== undefined && joins(provider, -1) === 0 ? provider.close?.() : undefined)\n",
      "      Effect.promise(async () => provider !== undefined && joins(provider, -1) === 0 ? provider.close?.() : undefined),\n" +
      "      within(farewell, () => runtime.dispose())\n"
    ]
  }),
  ...mutants("src/telegram/promise/Front.ts", ["test/MiddlewareDoor.test.ts", "test/Middleware.test.ts"], {
    "front: each update has a middleware of its own": ["made ??= import", "made = import"],
    "front: the menu in hand is not the one that the layer's door is told in": [
      "make(options, commands)",
      "make(options, [])"
    ]
  }),
  ...mutants("src/internal/kinds.ts", ["test/WrongOptions.test.ts", "test/WrongValues.test.ts"], {
    "an unknown option is passed over": [
      "if (kind === undefined) return `it has",
      "if (kind === undefined) return undefined && `it has"
    ],
    "an unknown option is no other than one of ours": [
      "Object.hasOwn(kinds, name) ? kinds[name] : undefined",
      "kinds[name]"
    ],
    "a span may be no number": ["numbers.length > 0 && numbers.every(isTold)", "numbers.length > 0"],
    "a span may be an object without a unit": ["numbers.length > 0 && numbers.every(isTold)", "numbers.every(isTold)"],
    "a span may be negative": [
      "Duration.isGreaterThanOrEqualTo(span, Duration.zero) && isShort(span)",
      "isShort(span)"
    ],
    "a span that somebody waits for may have no end": [
      "and no infinity\", Duration.isFinite)",
      "and no infinity\", () => true)"
    ],
    "null is something": ["boolean = Predicate.isNotNullish", "boolean = Predicate.isNotUndefined"]
  }),
  ...mutants("src/telegram/promise/internal/checked.ts", ["test/WrongOptions.test.ts"], {
    "an option of the core is passed over beside a layer": [
      "isHouse && Object.hasOwn(core",
      "false && Object.hasOwn(core"
    ],
    "no turn at all may run": ["maxTurns: atLeastOne", "maxTurns: count"]
  }),
  ...mutants("src/telegram/promise/Options.ts", ["test/MiddlewareDoor.test.ts"], {
    "options: groupEditIntervalMs is not read": ["  groupEditInterval: options.groupEditIntervalMs\n", ""],
    "options: firstTextDelayMs is not read": ["  firstTextDelay: options.firstTextDelayMs,\n", ""]
  }),
  ...mutants("src/telegram/promise/MemoryStore.ts", ["test/Refusals.test.ts"], {
    "closed: what the system said is pushed out": [
      "first?.role === \"system\" && all.length > this.#most",
      "first?.role === \"system\" && all.length > Infinity"
    ],
    "closed: a store keeps ten times as much": [
      "maxHistory = 20",
      "maxHistory = 200"
    ]
  })
]
