/**
 * What the model may call in a turn: the functions of a toolkit, run by `Toolkit.handle`.
 *
 * Whatever becomes of a call is told to the model as its output: a result, a typed failure, arguments that do not fit, a
 * name that it made up. A call never fails a turn. Arguments and results are in no span and no line of the log.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Tool from "effect/ai/Tool"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type * as CodexRequest from "../backend/CodexRequest.ts"
import type { FunctionCall, FunctionCallOutput } from "../backend/Item.ts"
import * as Metrics from "../internal/metrics.ts"
import * as Output from "./internal/toolOutput.ts"
import * as Wire from "./internal/toolWire.ts"

/** What a tool may fail with: anything, as its schema says. */
type Failure = {} | null | undefined

/**
 * A toolkit with its handlers, as far as a turn looks at it; each `Toolkit.WithHandler` is one.
 *
 * @since 0.2.0
 * @category models
 */
export interface WithHandlers<R = never> {
  readonly tools: Readonly<Record<string, Tool.Any>>
  /** A method, since which parameters a name goes with is checked when it is called. */
  handle(
    name: string,
    params: unknown,
    toolCallId?: string
  ): Effect.Effect<Stream.Stream<Tool.HandlerResult<Tool.Any>, Failure, R>, AiError.AiError, R>
}

/**
 * A toolkit, or an effect that gives one with its handlers: what `codexLive({ toolkit })` takes.
 *
 * A `Toolkit` needs its handlers (`toolkit.toLayer`), and so does what it is given to.
 *
 * @since 0.2.0
 * @category models
 */
export type Toolkit<E = never, R = never, RT = never> = Effect.Effect<WithHandlers<RT>, E, R>

/** What a call gave, as the model is told it. */
export interface Outcome {
  readonly output: FunctionCallOutput["output"]
  readonly failed: boolean
  /** Of which class the failure is, for a trace: nothing that was said. */
  readonly problem?: string | undefined
}

/** The tools of a turn. */
export interface Service {
  readonly declared: ReadonlyArray<CodexRequest.Tool>
  /** Whether somebody has to say yes before it is run. */
  readonly needsApproval: (call: FunctionCall) => Effect.Effect<boolean>
  /** Runs a call, whatever it asks for. */
  readonly run: (call: FunctionCall) => Effect.Effect<Outcome>
}

const none: Service = {
  declared: [],
  needsApproval: () => Effect.succeed(false),
  run: () => Effect.succeed({ output: "There are no tools.", failed: true, problem: "UnknownTool" })
}

/** The tools of `Codex`. Default: none. */
export const Tools = Context.Reference<Service>("effect-codex/Tools", { defaultValue: () => none })

/** `Toolkit.handle` writes the arguments on the current span: on a span of elsewhere nothing can be written. */
const unannotated = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Effect.option(Effect.currentParentSpan),
    Option.match({
      onNone: () => effect,
      onSome: ({ sampled, spanId, traceId }) =>
        Effect.withParentSpan(effect, Tracer.externalSpan({ spanId, traceId, sampled }))
    })
  )

const decodeArguments = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** A model that has nothing to say of a tool without parameters may say nothing. */
const argumentsOf = ({ arguments: written }: FunctionCall): Option.Option<unknown> =>
  written.trim() === "" ? Option.some({}) : decodeArguments(written)

/** A schema that needs something to decode breaks, and then the call is one that is asked for. */
const isDecoder = (schema: unknown): schema is Schema.ConstraintDecoder<unknown> => Schema.isSchema(schema)

type NeedsApproval = Tool.NeedsApprovalFunction<Schema.Constraint>

const failed = (output: string, problem: string): Outcome => ({ output, failed: true, problem })

/** The class of a failure, where it has one; the reason of one of effect/ai says more than its class. */
const classOf = (failure: unknown): string => {
  const reason = Predicate.isTagged(failure, "AiError") && Predicate.hasProperty(failure, "reason")
    ? failure.reason
    : failure
  const tag = Predicate.hasProperty(reason, "_tag") && typeof reason._tag === "string" ? reason._tag : undefined
  return Metrics.plainName(tag) ?? "ToolFailed"
}

/**
 * A call in a trace, by the names of the conventions. A name that the model made up is its own word, and not told; the exit
 * tells no result.
 */
const traced =
  (name: string | undefined, call: FunctionCall) => (run: Effect.Effect<Outcome>): Effect.Effect<Outcome> =>
    Effect.flatMap(Deferred.make<Outcome>(), (outcome) =>
      run.pipe(
        Effect.tap(({ problem }) => Effect.annotateCurrentSpan(problem === undefined ? {} : { "error.type": problem })),
        Effect.flatMap((given) => Deferred.succeed(outcome, given)),
        Effect.withSpan("Codex.tool", {
          attributes: {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.type": "function",
            ...name !== undefined && { "gen_ai.tool.name": name },
            ...Metrics.plainName(call.call_id) !== undefined && { "gen_ai.tool.call.id": call.call_id }
          }
        }, { captureStackTrace: false }),
        Effect.andThen(Deferred.await(outcome))
      ))

const make = Effect.fnUntraced(function*<RT>(toolkit: WithHandlers<RT>): Effect.fn.Return<Service, never, RT> {
  const services = yield* Effect.context<RT>()
  const { foreign, nameOf, names, tools } = Wire.declare(toolkit.tools)
  if (foreign.length > 0) {
    yield* Effect.logWarning(`These tools are another provider's, and are left out: ${foreign.join(", ")}.`)
  }

  const asked = (needs: NeedsApproval, call: FunctionCall): Effect.Effect<boolean> => {
    const tool = toolkit.tools[nameOf(call.name) ?? ""]
    const params = Option.flatMap(
      argumentsOf(call),
      (written) =>
        !isDecoder(tool?.parametersSchema) ? Option.none() : Schema.decodeUnknownOption(tool.parametersSchema)(written)
    )
    if (Option.isNone(params)) return Effect.succeed(false)
    const answer = needs(params.value, { toolCallId: call.call_id, messages: [] })
    return Effect.isEffect(answer) ? answer : Effect.succeed(answer)
  }

  const broken = (name: string) => <E>(cause: Cause.Cause<E>): Effect.Effect<Outcome> => {
    const failure = Cause.findErrorOption(cause)
    if (Option.isSome(failure)) {
      return Effect.sync(() => failed(Output.ofFailure(failure.value), classOf(failure.value)))
    }
    if (!Cause.hasDies(cause)) {
      return Effect.succeed(failed("The tool was stopped before it was done.", "Interrupted"))
    }
    return Effect.as(
      Effect.logError(`The tool ${name} broke. ${Output.placeOf(cause)}`),
      failed("The tool broke; that is a bug in it.", "Defect")
    )
  }

  const handle = (name: string, params: unknown, call: FunctionCall): Effect.Effect<Outcome> =>
    unannotated(
      Effect.flatMap(
        toolkit.handle(name, params, call.call_id),
        (results) => Stream.runLast(Stream.filter(results, ({ preliminary }) => !preliminary))
      )
    ).pipe(
      Effect.map(Option.match({
        onNone: () => failed("The tool gave no result.", "NoResult"),
        onSome: (result): Outcome => ({
          output: Output.ofResult(result),
          failed: result.isFailure,
          problem: result.isFailure ? classOf(result.result) : undefined
        })
      })),
      Effect.catchCause(broken(name)),
      // What the failure says of itself may break as well.
      Effect.catchCause(() => Effect.succeed(failed("The tool failed.", "ToolFailed"))),
      // What the turn says of itself counts more than what was there when the tools were made.
      Effect.updateContext((input: Context.Context<never>) => Context.merge(services, input))
    )

  const answered = (name: string | undefined, call: FunctionCall): Effect.Effect<Outcome> =>
    name === undefined
      ? Effect.succeed(failed(`There is no tool of this name. There are: ${names.join(", ")}.`, "UnknownTool"))
      : Option.match(argumentsOf(call), {
        onNone: () =>
          Effect.succeed(
            failed("The arguments are not valid JSON. Call the tool again with JSON.", "InvalidArguments")
          ),
        onSome: (params) => handle(name, params, call)
      })

  return {
    declared: tools,
    needsApproval: (call) => {
      const name = nameOf(call.name)
      const needs = name === undefined ? undefined : toolkit.tools[name]?.needsApproval
      if (typeof needs !== "function") return Effect.succeed(needs === true)
      // What cannot be decided is asked; what is not understood is refused when it is run.
      return Effect.suspend(() => asked(needs, call)).pipe(
        Effect.updateContext((input: Context.Context<never>) => Context.merge(services, input)),
        Effect.catchCause(() => Effect.succeed(true))
      )
    },
    run: (call) => {
      const name = nameOf(call.name)
      return traced(name, call)(answered(name, call))
    }
  }
})

/** The tools of a toolkit. What its handlers need is needed here, once. */
export const layer = <E, R, RT>(toolkit: Toolkit<E, R, RT>): Layer.Layer<never, E, R | RT> =>
  Layer.effect(Tools, Effect.flatMap(toolkit, make))
