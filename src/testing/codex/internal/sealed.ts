/**
 * Sealed items: what only the backend can read, and only for the account and the family of models it was made for.
 *
 * The seal is no secret, it is a claim: the account, the family, and the conversation that the item stands for.
 */
import * as Base64Url from "effect/encoding/Base64Url"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const Message = Schema.Struct({
  role: Schema.Literals(["user", "assistant", "developer"]),
  text: Schema.String,
  images: Schema.Int
})

/** For whom an item is sealed, and what it holds. */
const Sealed = Schema.Struct({ account: Schema.String, family: Schema.String, messages: Schema.Array(Message) })
/** For whom an item is sealed, and what it holds. */
export type Sealed = typeof Sealed.Type

/** The messages in a sealed item; undefined when it was made for others, or is none. */
export type Unseal = (content: string) => Sealed["messages"] | undefined

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Sealed))

/** Seals. */
export const seal = (sealed: Sealed): string => Base64Url.encode(JSON.stringify(sealed))

/** Opens the items of one account and one family of models. */
export const unseal = (account: string, family: string): Unseal => (content) => {
  const opened = Option.flatMap(Option.getSuccess(Base64Url.decodeString(content)), decode)
  return Option.isSome(opened) && opened.value.account === account && opened.value.family === family
    ? opened.value.messages
    : undefined
}
