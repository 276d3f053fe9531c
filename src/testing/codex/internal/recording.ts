/**
 * Turns that were taken once with a real backend, kept as a fixture, and told again by the emulator.
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Reply from "./reply.ts"

/**
 * A recorded answer: its events in order, without what belongs to an account. It is plain JSON.
 *
 * @since 0.2.0
 * @category models
 */
export interface RecordedTurn {
  readonly model: string | undefined
  readonly events: ReadonlyArray<{ readonly [key: string]: Schema.Json }>
}

const decodeEvent = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

// Texts that are long, or say whose turn it was; reasoning is sealed for the account that asked.
const hidden: Readonly<Record<string, Schema.Json>> = {
  encrypted_content: "sealed",
  instructions: "",
  prompt_cache_key: null,
  safety_identifier: null,
  user: null,
  metadata: {},
  tools: []
}

const isList = (value: Schema.Json): value is ReadonlyArray<Schema.Json> => Array.isArray(value)
const isRecord = (value: Schema.Json): value is { readonly [key: string]: Schema.Json } => Predicate.isObject(value)

const redact = (value: Schema.Json): Schema.Json =>
  isList(value) ? value.map(redact) : isRecord(value) ? redactRecord(value) : value

const redactRecord = (record: { readonly [key: string]: Schema.Json }): { readonly [key: string]: Schema.Json } =>
  Object.fromEntries(
    Object.entries(record).map(([key, child]) => {
      const stands = Object.hasOwn(hidden, key) && child !== null ? hidden[key] : undefined
      return [key, stands === undefined ? redact(child) : stands]
    })
  )

/**
 * Reads the body of an answer from `/responses`; blocks that hold no JSON are left out.
 *
 * @since 0.2.0
 * @category constructors
 */
export const readTurn = (body: string): RecordedTurn => {
  const events = body.split(/\r?\n\r?\n/).flatMap((block) => {
    const data = block.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n")
    return Option.toArray(Option.map(decodeEvent(data), redactRecord))
  })
  const response = events[0]?.["response"]
  const model = Predicate.isObject(response) ? response["model"] : undefined
  return { model: typeof model === "string" ? model : undefined, events }
}

/**
 * Tells a recorded turn again, event by event.
 *
 * @since 0.2.0
 * @category combinators
 */
export const replay = (turn: RecordedTurn): Reply.Events => Reply.events(turn.events)

/**
 * Hands every successful answer of `/responses` that comes through a client to `keep`.
 *
 * An answer is passed on when it is complete: who records does not see it live.
 *
 * @since 0.2.0
 * @category combinators
 */
export const recordTurns: <R>(
  keep: (turn: RecordedTurn) => Effect.Effect<void, never, R>
) => <E, R2>(client: HttpClient.HttpClient.With<E, R2>) => HttpClient.HttpClient.With<E | HttpClientError, R | R2> = (
  keep
) =>
  HttpClient.transform((send, request) =>
    Effect.filterOrElse(
      send,
      (response) => response.status !== 200 || !request.url.endsWith("/responses"),
      (response) =>
        Effect.flatMap(response.text, (text) =>
          Effect.as(
            keep(readTurn(text)),
            HttpClientResponse.fromWeb(request, new Response(text, { status: 200, headers: response.headers }))
          ))
    )
  )
