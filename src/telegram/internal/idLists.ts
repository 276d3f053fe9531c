/**
 * Lists of ids in the environment, and names as Telegram has them.
 */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** A list of ids between commas. Empty is not set; what is set and names nobody is an error that names the bad part. */
const ids = <A>(
  name: string,
  what: string,
  idOf: (part: string) => Option.Option<A>
): Config.Config<ReadonlyArray<A> | undefined> => {
  // A comma at the end says nothing; one alone is a list of nobody.
  const partsOf = (written: string) => written.replace(/(?<=[^,\s]\s*),\s*$/, "").split(",").map((part) => part.trim())
  const List = Schema.String.check(Schema.makeFilter((written) => {
    if (written.trim() === "") return true
    const bad = partsOf(written).find((part) => Option.isNone(idOf(part)))
    if (bad === undefined) return true
    return bad === ""
      ? `there is nothing between two commas, where a ${what} belongs`
      : `"${bad.slice(0, 40)}" is no ${what}`
  }))
  return Config.schema(List, name).pipe(
    Config.withDefault(""),
    Config.map((written) =>
      written.trim() === "" ? undefined : partsOf(written).flatMap((part) => Option.toArray(idOf(part)))
    )
  )
}

// Telegram's ids are whole numbers in decimal, and no more of them than a double holds exactly.
const numberIn = (part: string): Option.Option<number> =>
  /^-?\d{1,16}$/.test(part) && Number.isSafeInteger(Number(part)) ? Option.some(Number(part)) : Option.none()

const userIn = (part: string): Option.Option<number> => Option.filter(numberIn(part), (id) => id > 0)

const chatIn = (part: string): Option.Option<number | string> =>
  /^@\w{4,32}$/.test(part) ? Option.some(part) : Option.filter(numberIn(part), (id) => id !== 0)

/** A list of people. */
export const users = (name: string) => ids(name, "user id (a whole number, such as 123456)", userIn)

/** A list of people, or the word for all of them. */
export const usersOrEverybody = (name: string): Config.Config<ReadonlyArray<number> | "everybody" | undefined> =>
  Config.String(name).pipe(
    Config.withDefault(""),
    Config.flatMap((written): Config.Config<ReadonlyArray<number> | "everybody" | undefined> =>
      written.trim().toLowerCase() === "everybody" ? Config.succeed("everybody") : users(name)
    )
  )

/** A list of chats. */
export const chats = (name: string) => ids(name, "chat id (a whole number, or @channel)", chatIn)

const Name = Schema.String.check(
  Schema.isPattern(/^[@/]?\w{0,32}$/, {
    message: "must be at most 32 letters a to z, digits and _, as Telegram takes them"
  })
)

// A variable of the environment that is set to nothing is no name, and people write names as they see them.
/** A name without the sign before it. */
export const nameOf = (written: string | undefined): string | undefined => written?.replace(/^[@/]/, "") || undefined

/** The name of a command or of a bot, with or without the sign before it. */
export const named = (name: string): Config.Config<string> => Config.schema(Name, name)
