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
const warned = Logger.withConsoleError(plain)

/** Lines for a person: what is wrong goes to stderr, with a mark. */
const person = Logger.make<unknown, void>((options) =>
  LogLevel.isGreaterThanOrEqualTo(options.logLevel, "Warn") ? warned.log(options) : said.log(options)
)

/** The log of a bot. */
export const layer = (format: Format): Layer.Layer<never> =>
  Logger.layer(format === "none" ? [] : [format === "json" ? Logger.consoleJson : person])
