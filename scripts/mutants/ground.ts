/**
 * What all floors stand on, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/internal/lazily.ts", ["test/Lazily.test.ts"], {
    "lazily: what is there is loaded again": ["loaded === undefined\n", "true\n"],
    "lazily: it is loaded before anybody needs it": [
      "  return Effect.suspend(() =>\n    loaded",
      "  const early = Effect.promise(load)\n  Effect.runFork(early)\n  return Effect.suspend(() =>\n    loaded"
    ]
  }),
  ...mutants("src/internal/client.ts", ["test/Client.test.ts"], {
    "fresh 6: a body that just fits is too long": ["size > bytes ?", "size >= bytes ?"]
  }),
  ...mutants("src/Sqlite.ts", ["test/Sqlite.test.ts"], {
    "sqlite: a date is written as nothing": ["params.every(isBound)", "params.length >= 0"],
    "sqlite: a file that was copied stays everybody's": ["Effect.ignore(fs.chmod(path, 0o600))", "Effect.void"]
  }),
  ...mutants("src/internal/tables.ts", ["test/SqlStores.test.ts"], {
    "fresh 4: tables that could not be made are never made": [
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.zero",
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.infinity"
    ]
  }),
  ...mutants("src/CodexRooms.ts", ["test/Layers.test.ts"], {
    "rooms: constants are shared": ["const own = Layer.fresh", "const own = <L>(layer: L): L => layer"],
    "rooms: autoRefresh has no effect": ["options.autoRefresh === false", "Math.random() > 1"],
    "rooms: an own issuer is ignored": ["options.oauth ?? ", ""],
    "rooms: an own store is ignored": ["options.authStore ?? ", ""],
    "rooms: own models are ignored": ["options.models ??\n    ", ""],
    "rooms: own exchanges are ignored": ["options.responseStream ?? ", ""],
    "rooms: an own policy is ignored": ["options.retryPolicy ?? ", ""],
    "rooms: an own memory is ignored": ["options.memory ?? ", ""],
    "rooms: an own personality is ignored": ["options.personality ?? ", ""],
    "rooms: an own meter is ignored": ["options.usageMeter ?? ", ""],
    "rooms: an own audit is ignored": ["options.audit ?? ", ""]
  }),
  ...mutants("src/CodexLive.ts", ["test/Layers.test.ts"], {
    "codexLive: every source of a login counts": ["isNamed ? {} : { accessToken", "{ accessToken"],
    "codexLive: undefined in code is a value": ["if (values[name] !== undefined) ", ""]
  }),
  ...mutants("src/Failure.ts", ["test/RetryPolicy.test.ts"], {
    "retries: chance undercuts the server": ["Duration.max(duration, input.retryAfter ?? Duration.zero)", "duration"],
    "retries: no jitter": ["    Schedule.jittered,\n", ""]
  }),
  ...mutants("src/internal/body.ts", ["test/Client.test.ts"], {
    "wire: what is there already is taken a chunk at a time": [
      "goesOn = value.length >= packet",
      "goesOn = value.length < 0"
    ],
    "wire: a small chunk waits for the next": ["goesOn = value.length >= packet", "goesOn = value.length >= 0"],
    "wire: all of a body is taken at once": ["const most = 16 * 1024", "const most = 1024 * 1024"]
  }),
  ...mutants("src/internal/body.ts", ["test/BackendWire.test.ts"], {
    "wire: the rest of a body is thrown away": [
      "answer.isComplete && isOpen() ? pump.drain(cancel)",
      "false ? pump.drain(cancel)"
    ],
    "wire: the rest of a body is waited for": [
      "Effect.forkDetach(Effect.andThen(Effect.sleep(rest), close), { startImmediately: true })",
      "Effect.andThen(Effect.sleep(rest), Effect.andThen(close, Effect.forkDetach(Effect.void)))"
    ],
    "wire: the rest of a body is read for ever": ["Effect.sleep(rest)", "Effect.sleep(\"1 hour\")"],
    "wire: only fetch uses connections again": [
      "answer.isComplete ? drained(Effect.as(pull, false), close) : close",
      "close"
    ],
    "wire: who leaves keeps the connection": ["pump.drain(cancel) : cancel", "pump.drain(cancel) : Effect.void"]
  }),
  ...mutants("src/Endpoint.ts", ["test/ResponseStream.test.ts", "test/CodexBackend.test.ts"], {
    "wire: the residency is not sent": [
      "residency !== undefined && {",
      "residency === \"\" && {"
    ]
  }),
  ...mutants("src/Endpoint.ts", ["test/CodexBackend.test.ts"], {
    "wire: a header may hold anything": ["value.replace(/[^\\x20-\\x7e]/g, \"\")", "value"]
  }),
  ...mutants("src/Endpoint.ts", ["test/CodexBackend.test.ts"], {
    "wire: what the government asks for is not sent": [
      "isFedramp && {",
      "residency === \"\" && {"
    ]
  }),
  ...mutants("src/internal/tables.ts", [
    "test/SqlStores.test.ts",
    "test/LastingStores.test.ts",
    "test/DatabaseStore.test.ts",
    "test/Memory.test.ts"
  ], {
    "tables: a database that was away once is away for ever": [
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.zero",
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.infinity"
    ]
  }),
  ...mutants("src/Failure.ts", ["test/Backoff.test.ts"], {
    "retries: the longest pause is too long": [
      "!Duration.isGreaterThan(input.retryAfter ?? Duration.zero, longest)",
      "Duration.isLessThan(input.retryAfter ?? Duration.zero, longest)"
    ]
  }),
  ...mutants("src/internal/unusedProxy.ts", ["test/Proxy.test.ts"], {
    "proxy: a host that goes without is hinted at": [
      "(name !== \"\" && (host === name || host.endsWith(`.${name}`)))",
      "false"
    ]
  }),
  ...mutants("src/Sqlite.ts", ["test/Sqlite.test.ts"], {
    "sqlite: a file is never closed": ["(database) => Effect.sync(() => database.close())", "() => Effect.void"],
    "sqlite: who reads waits for who writes": ["PRAGMA journal_mode = WAL; ", ""],
    "sqlite: whoever has locked it is waited for ten times as long": ["busyTimeout = 200", "busyTimeout = 2000"],
    "sqlite: a lock is some failure": [
      "Predicate.hasProperty(cause, \"errcode\") ? { errno: cause.errcode, cause } : cause",
      "cause"
    ],
    "sqlite: two transactions at once": ["semaphore: yield* Semaphore.make(1)", "semaphore: yield* Semaphore.make(2)"],
    "sqlite: two columns of one name are one": ["            statement.setReturnArrays(arrays)\n", ""]
  }),
  ...mutants("src/internal/metrics.ts", ["test/Scrub.test.ts"], {
    "metrics: any name is counted by": ["{1,64}$/.test(name) ? name", "{1,640}$/.test(name) ? name"],
    "metrics: a model that nobody knows has no name": ["model = \"unknown\"", "model = \"\""]
  }),
  ...mutants("src/internal/unusedProxy.ts", ["test/Proxy.test.ts"], {
    "a host without a proxy is not known by its port": [
      "isExempt(host.replace(/:\\d+$/, \"\"), exempt)",
      "isExempt(host, exempt)"
    ],
    "an entry without a proxy is not known by its port": [".replace(/:\\d+$/, \"\")\n", "\n"],
    "hosts without a proxy are parted at commas alone": ["/[\\s,]+/", "/,/"],
    "a host without a proxy is not known by the end of its name": [" || host.endsWith(`.${name}`)", ""]
  })
]
