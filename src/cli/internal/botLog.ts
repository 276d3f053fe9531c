/**
 * What a bot writes: a line for each thing, for a person or as JSON.
 */
import * as Cause from "effect/Cause"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"

/** How lines are written. */
export type Format = "plain" | "json" | "none"

const text = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value)

// Whoever reads them has times and levels from elsewhere: a terminal, the journal, the log of a container.
const plain = Logger.make<unknown, string>(({ cause, fiber, logLevel, message }) => {
  const words = (Array.isArray(message) ? message : [message]).map(text).join(" ")
  const annotations = Object.entries(fiber.getRef(References.CurrentLogAnnotations)).map(([name, value]) =>
    value === undefined ? "" : ` ${name}=${text(value)}`
  ).join("")
  const why = cause.reasons.length === 0 ? "" : `\n${Cause.pretty(cause)}`
  return `${LogLevel.isGreaterThanOrEqualTo(logLevel, "Warn") ? "! " : ""}${words}${annotations}${why}`
})

const said = Logger.withConsoleLog(plain)
/** Every line for a person, and none where the answer of a command goes. */
export const aside = Logger.withConsoleError(plain)

/** Lines for a person: what is wrong goes to stderr, with a mark. */
const person = Logger.make<unknown, void>((options) =>
  LogLevel.isGreaterThanOrEqualTo(options.logLevel, "Warn") ? aside.log(options) : said.log(options)
)

/**
 * What the engine of several instances says while their database is away: each of these every second or so, with two traces.
 * The words are those of `effect/cluster`; a test looks whether it still has them.
 */
export const aboutDatabase: Readonly<Record<string, string | undefined>> = {
  "Shard lock storage is unhealthy":
    "The database of the instances does not answer: what comes stays with Telegram until it does.",
  "Shard lock storage has recovered": "The database of the instances answers again.",
  "Shard lock storage is still unhealthy": undefined,
  "Could not read messages from storage": undefined,
  "Could not acquire/release shards": undefined,
  "Could not release shards, retrying": undefined,
  "Forced shard release is still pending; reacquisition is blocked until release completes": undefined
}

/** Says that the database went and that it is back, each once. */
const brief = (logger: Logger.Logger<unknown, void>) =>
  Logger.make<unknown, void>((options) => {
    const first: unknown = Array.isArray(options.message) ? options.message[0] : options.message
    if (typeof first !== "string" || !Object.hasOwn(aboutDatabase, first)) return logger.log(options)
    const message = aboutDatabase[first]
    if (message !== undefined) logger.log({ ...options, message, cause: Cause.empty })
  })

/** The log of a bot. */
export const layer = (format: Format): Layer.Layer<never> =>
  Logger.layer(format === "none" ? [] : [brief(format === "json" ? Logger.consoleJson : person)])
