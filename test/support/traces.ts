/**
 * Takes spans down, and prints them as a tree that a person can read.
 */
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/** A tracer that keeps its spans. */
export const tracing = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, layer: Layer.succeed(Tracer.Tracer, tracer) }
}

const seconds = (from: bigint, to: bigint): string => `${Number((to - from) / 1_000_000n) / 1_000} s`

/** A line for each span, below its parent: its name, how long it took, what it says, and its events. */
export const tree = (spans: ReadonlyArray<Tracer.Span>): string => {
  const known = new Set(spans.map(({ spanId }) => spanId))
  const parentOf = ({ parent }: Tracer.Span): string | undefined =>
    Option.isSome(parent) && known.has(parent.value.spanId) ? parent.value.spanId : undefined
  const lines = (parent: string | undefined, indent: string): ReadonlyArray<string> =>
    spans.filter((span) => parentOf(span) === parent).flatMap((span) => {
      const said = [...span.attributes].map(([key, value]) => `${key}=${String(value)}`)
      const { status } = span
      const took = status._tag === "Ended" ? seconds(status.startTime, status.endTime) : "open"
      const failed = status._tag === "Ended" && Exit.isFailure(status.exit) ? " failed" : ""
      const links = span.links.length === 0 ? [] : [`${span.links.length} linked`]
      const events = span instanceof Tracer.NativeSpan
        ? span.events.map(([name, , attributes]) =>
          `${indent}  * ${name} ${
            Object.entries(attributes).map(([key, value]) => `${key}=${String(value)}`).join(" ")
          }`
        )
        : []
      return [
        [`${indent}${span.name} (${took}${failed})`, ...said, ...links].join(" "),
        ...events,
        ...lines(span.spanId, `${indent}  `)
      ]
    })
  return lines(undefined, "").join("\n")
}
