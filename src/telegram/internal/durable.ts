/**
 * What a mailbox that survives its process keeps in a store, and whom it speaks to.
 *
 * Everything here lies in a database and is read by the next release: it only ever grows, by keys that may be left out.
 */
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Entity from "effect/cluster/Entity"
import * as Rpc from "effect/rpc/Rpc"
import * as Schema from "effect/Schema"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as Workflow from "effect/workflow/Workflow"
import { MemoryFailed } from "../../conversation/TurnError.ts"
import { Entry, Lane } from "../Entry.ts"
import { TurnsUnavailable } from "../Turns.ts"
import { Trace } from "./tracing.ts"

/** An entry, and when it was accepted, in milliseconds. */
export const Piece = Schema.Struct({
  entry: Entry,
  at: Schema.Int,
  /** Where it came in, for a trace that goes on. */
  trace: Schema.optionalKey(Trace)
})

/** An entry, and when it was accepted. */
export type Piece = typeof Piece.Type

/** Names the entity of a lane. */
export const idOf = ({ bot, conversation }: Lane): string => `${bot}/${conversation}`

/** Names a turn, by the first of its pieces. */
export const turnOf = ([{ entry }]: readonly [Piece, ...ReadonlyArray<Piece>]): string =>
  `${idOf(entry.lane)}/${entry.update}`

// The row of a piece is the piece: it stays unprocessed until it is answered, and so comes back after a kill.
const PieceRpc = Rpc.make("Piece", { payload: Piece.fields, primaryKey: ({ entry }) => String(entry.update) })
  .annotate(ClusterSchema.Persisted, true)
  .annotate(ClusterSchema.InterruptOnTermination, true)

/** What is said of a stop. */
export const Stopped = Schema.Struct({ running: Schema.Boolean, dropped: Schema.Int })

const Accepted = Schema.Union([
  Schema.Literals(["accepted", "seen", "full"]),
  Schema.TaggedStruct("Limited", { retryAfter: Schema.Duration })
])

/** A lane. Its pieces are kept; what else is said to it is answered at once, or not at all. */
export const Conversation = Entity.make("effect-codex/Conversation", [
  PieceRpc,
  Rpc.make("Accept", {
    payload: { entry: Entry, trace: Schema.optionalKey(Trace) },
    success: Accepted,
    error: TurnsUnavailable
  }),
  Rpc.make("Stop", { payload: { lane: Lane, update: Schema.optionalKey(Schema.Int) }, success: Stopped }),
  Rpc.make("Reset", {
    payload: { lane: Lane, update: Schema.optionalKey(Schema.Int) },
    success: Stopped,
    error: MemoryFailed
  }),
  /** Writes down that something was seen to; gives who has seen to it first. */
  Rpc.make("Once", {
    payload: { id: Schema.String, by: Schema.String },
    success: Schema.String,
    primaryKey: ({ id }) => id
  }).annotate(ClusterSchema.Persisted, true),
  Rpc.make("IsDone", { payload: { id: Schema.String }, success: Schema.Boolean, error: TurnsUnavailable })
])

/** A turn: its pieces in, and the updates that are answered with it. */
export const Turn = Workflow.make("effect-codex/Turn", {
  payload: { pieces: Schema.NonEmptyArray(Piece) },
  success: Schema.Array(Schema.Int),
  idempotencyKey: ({ pieces: [first] }) => turnOf([first])
})

/** Has the id of an execution, so it is where the execution is: whoever runs the turn hears the stop. */
export const TurnControl = Entity.make("effect-codex/TurnControl", [
  Rpc.make("Stop", { success: Schema.Boolean }),
  /** What has been answered so far. */
  Rpc.make("SoFar", { success: Schema.String })
])

/** What had been answered when somebody said stop; written down before that. */
export const SoFar = DurableDeferred.make("SoFar", { success: Schema.String })

/** Written down on an execution when it shall stop: one that begins again looks first. */
export const StopSaid = DurableDeferred.make("Stop")

/** A number that is written down on an execution in the middle of a step. */
export const markOf = (name: string) => DurableDeferred.make(name, { success: Schema.Int })
