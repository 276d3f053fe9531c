/**
 * What turns know of the engine below them: whether others stand on it as well, and how long it waits for what runs in a
 * conversation that is taken away from here.
 */
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Set by whoever has given answers their time already, as a process goes down. */
export const Grace = Context.Reference<{ isOver: boolean }>("effect-codex/internal/grace", {
  defaultValue: () => ({ isOver: false })
})

/** Whether several processes stand on it. */
export const IsShared = Context.Reference<boolean>("effect-codex/internal/grace/IsShared", {
  defaultValue: () => false
})

/** To leave what is open. */
const last = Duration.seconds(1)

/** The settings of an engine, which waits so long for what runs, and no longer once that had its time. */
export const layerConfig = (
  options: Omit<Partial<ShardingConfig.ShardingConfig["Service"]>, "entityTerminationTimeout">,
  longest: Duration.Duration
): Layer.Layer<ShardingConfig.ShardingConfig> =>
  Layer.effect(
    ShardingConfig.ShardingConfig,
    Effect.map(Grace, (grace) => ({
      ...ShardingConfig.defaults,
      ...options,
      get entityTerminationTimeout() {
        return grace.isOver ? last : longest
      }
    }))
  )

/** Of an engine that is shared. A grace of its own for each: one process may have several. */
export const layerShared: Layer.Layer<never> = Layer.merge(
  Layer.sync(Grace, () => ({ isOver: false })),
  Layer.succeed(IsShared, true)
)
