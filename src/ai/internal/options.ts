/**
 * What a part of `effect/ai` cannot say of an item rides along under the key `codex`.
 *
 * Other providers read a key of their own only, so that nothing sealed for us leaves for them.
 */
import type * as Schema from "effect/Schema"
import { type Fields, fields, object } from "./json.ts"

/** Beside a part or a message. */
export interface Beside {
  /** The fields of the item that no part has. */
  readonly item?: Fields
  /** The fields of the part of the item that no part of ours has. */
  readonly part?: Fields
  /** The whole item, where no part says what it says. */
  readonly raw?: Fields
  /** The arguments of a call to the letter, where writing them anew would not give the same. */
  readonly arguments?: string
  /** Another part of the item before. */
  readonly more?: boolean
  readonly refusal?: boolean
  /** A part that the item before says already. */
  readonly skip?: boolean
  /** For whom the item is sealed. */
  readonly seal?: string
}

const isEmpty = (all: Fields): boolean => Object.keys(all).length === 0

/** The options of a part: only what is there, so that what is kept stays small. */
export const write = (beside: Beside): { readonly codex?: Schema.JsonObject } => {
  const { item, part, raw } = beside
  const kept = object({
    ...(item !== undefined && !isEmpty(item) && { item }),
    ...(part !== undefined && !isEmpty(part) && { part }),
    ...(raw !== undefined && { raw }),
    ...(beside.arguments !== undefined && { arguments: beside.arguments }),
    ...(beside.more === true && { more: true }),
    ...(beside.refusal === true && { refusal: true }),
    ...(beside.skip === true && { skip: true }),
    ...(beside.seal !== undefined && { seal: beside.seal })
  })
  return isEmpty(kept) ? {} : { codex: kept }
}

const maybe = (u: unknown): Fields | undefined => u === undefined ? undefined : fields(u)

/** What rides along with a part. */
export const read = (options: Fields): Beside => {
  const all = fields(options["codex"])
  const [item, part, raw] = [maybe(all["item"]), maybe(all["part"]), maybe(all["raw"])]
  return {
    ...(item !== undefined && { item }),
    ...(part !== undefined && { part }),
    ...(raw !== undefined && { raw }),
    ...(typeof all["arguments"] === "string" && { arguments: all["arguments"] }),
    more: all["more"] === true,
    refusal: all["refusal"] === true,
    skip: all["skip"] === true,
    ...(typeof all["seal"] === "string" && { seal: all["seal"] })
  }
}

/** The options of a part of ours, with the seal of its item. */
export const sealed = (options: Fields, seal: string | undefined): { readonly codex?: Schema.JsonObject } =>
  seal === undefined ? write(read(options)) : write({ ...read(options), seal })
