/**
 * What all floors stand on, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
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
    "rooms: an own store is ignored": ["options.authStore ??\n    ", ""],
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
  })
  // Made by somebody who had written none of the tests and had not read them: three times twenty.
]
