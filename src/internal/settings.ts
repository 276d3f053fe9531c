/**
 * How the settings of a service come from configuration: one that is not set is left to its default.
 */
import * as Config from "effect/Config"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { isHttp } from "./address.ts"

/** A setting that may be missing; one that is malformed still fails. */
export const optional = <A>(self: Config.Config<A>): Config.Config<A | undefined> => Config.withDefault(self, undefined)

/**
 * Words that may be missing. White space around them is nobody's: files with variables end their lines in more than one
 * way, and of white space alone nothing is said.
 */
export const words = (name: string): Config.Config<string | undefined> =>
  Config.map(optional(Config.String(name)), (written) => written?.trim() || undefined)

const Address = Schema.String.check(
  Schema.makeFilter((written) => isHttp(written) || "must be an http or https address")
)

/** A root that can be asked, without the slash at its end. */
export const address = (name: string): Config.Config<string> =>
  Config.map(Config.schema(Address, name), (written) => new URL(written).href.replace(/\/$/, ""))

/**
 * Leaves out what is `undefined`: `Config.unwrap` throws at it, and the types forbid it only to those who compile
 * with `exactOptionalPropertyTypes`.
 */
export function present<W>(wrapped: W): W
export function present(wrapped: unknown): unknown {
  return Config.isConfig(wrapped) || !Predicate.isObject(wrapped)
    ? wrapped
    : Record.filter(wrapped, Predicate.isNotUndefined)
}
