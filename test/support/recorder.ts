/**
 * Writes down what a run tells the outside of itself, and searches it for what must not be there.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as Audit from "../../src/conversation/Audit.ts"

/** Writes down all that logs, spans and audit say. */
export const recorder = () => {
  const seen: Array<string> = []
  const note = (value: unknown) => {
    seen.push(typeof value === "string" ? value : inspect(value, { depth: 8 }))
  }
  const spans: Array<Tracer.NativeSpan> = []
  const layer = Layer.mergeAll(
    Logger.layer([
      Logger.make(({ cause, fiber, logLevel, message }) => {
        note(logLevel)
        note(message)
        note(Cause.pretty(cause))
        note(fiber.getRef(References.CurrentLogAnnotations))
      })
    ]),
    Layer.succeed(References.MinimumLogLevel, "All"),
    Layer.succeed(
      Tracer.Tracer,
      Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
    )
  )
  const audit = Audit.layerCallback((event) => Effect.sync(() => note(event)))
  const all = Effect.sync(() => [
    ...seen,
    ...spans.map((span) =>
      inspect([
        span.name,
        [...span.attributes],
        span.events,
        span.status._tag === "Ended" && Exit.isFailure(span.status.exit) ? Cause.pretty(span.status.exit.cause) : ""
      ], { depth: 8 })
    )
  ])
  return { layer, audit, note, all, spans }
}

/** The tokens in an auth.json. */
export const Tokens = Schema.fromJsonString(Schema.Struct({ tokens: Schema.Record(Schema.String, Schema.Unknown) }))

/** The tokens of an auth.json, and the two ends of each, in case a text was cut. */
export const secretsOf = Effect.fnUntraced(function*(authJson: string) {
  const { tokens } = yield* Schema.decodeEffect(Tokens)(authJson)
  return ["access_token", "refresh_token", "id_token"].flatMap((name) => {
    const token = String(tokens[name])
    return [token, token.slice(-20), ...(token.includes(".") ? [token.split(".")[1] ?? token] : [])]
  })
})

/** No line holds a secret. */
export const check = (lines: ReadonlyArray<string>, secrets: ReadonlyArray<string>) => {
  assert.isAbove(lines.length, 0)
  for (const line of lines) {
    for (const secret of secrets) assert.notInclude(line, secret)
  }
}
