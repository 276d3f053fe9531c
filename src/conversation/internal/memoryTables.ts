/**
 * The tables of a service whose failures are those of a memory.
 */
import * as Effect from "effect/Effect"
import * as Tables from "../../internal/tables.ts"
import { MemoryFailed } from "../TurnError.ts"

/** `Tables.make`, and `guarded`: its `use` with the failure of a store. */
export const make = (service: string, migrations: Readonly<Record<string, Tables.Migration>>) =>
  Effect.map(Tables.make(service, migrations), ({ sql, use }) => ({
    sql,
    use,
    guarded:
      (operation: MemoryFailed["operation"]) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, MemoryFailed> =>
        Effect.mapError(use(self), (cause) => new MemoryFailed({ operation, cause }))
  }))
