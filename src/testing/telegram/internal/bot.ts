/**
 * The methods of the Bot API that concern the bot itself: who it is, and its menu of commands.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { decodeAny, type Method, type Methods } from "./desk.ts"
import { limits } from "./limits.ts"
import { json, type Payload, text } from "./payload.ts"
import { refuse } from "./refusals.ts"
import { BotCommand } from "./types.ts"
import type { World } from "./world.ts"

const decodeCommands = Schema.decodeUnknownOption(Schema.Array(BotCommand))

/** What is switched on and off at @BotFather. */
export interface Modes {
  /** Whether the bot gets every message of a group (privacy mode off). */
  readonly readsAllGroupMessages: boolean
  /** Whether it may be summoned where it is no member. */
  readonly hasGuestMode: boolean
}

/** The methods over one world. */
export const makeBotMethods = (world: World, { hasGuestMode, readsAllGroupMessages }: Modes): Methods => {
  const commands = new Map<string, ReadonlyArray<typeof BotCommand.Type>>()

  const commandKey = Effect.fnUntraced(function*(payload: Payload) {
    const scope = yield* json(payload, "scope", decodeAny)
    return `${JSON.stringify(scope ?? { type: "default" })} ${text(payload, "language_code") ?? ""}`
  })
  const setMyCommands: Method = Effect.fnUntraced(function*(payload) {
    const list = yield* json(payload, "commands", decodeCommands)
    if (list === undefined) return yield* refuse("fieldInvalid", { field: "commands" })
    if (list.length > limits.commands.most) return yield* refuse("commandsTooMany")
    if (!list.every(({ command }) => /^\/?[a-z0-9_]{1,32}$/.test(command))) return yield* refuse("commandInvalid")
    if (!list.every(({ description }) => description.length >= 1 && description.length <= 256)) {
      return yield* refuse("commandDescriptionInvalid")
    }
    commands.set(
      yield* commandKey(payload),
      list.map((entry) => ({ ...entry, command: entry.command.replace("/", "") }))
    )
    return true
  })

  return {
    getMe: () =>
      Effect.succeed({
        ...world.bot,
        can_join_groups: true,
        can_read_all_group_messages: readsAllGroupMessages,
        supports_inline_queries: true,
        supports_guest_queries: hasGuestMode,
        has_topics_enabled: true,
        allows_users_to_create_topics: true
      }),
    setMyCommands,
    getMyCommands: (payload) => Effect.map(commandKey(payload), (key) => commands.get(key) ?? []),
    deleteMyCommands: (payload) =>
      Effect.map(commandKey(payload), (key) => {
        commands.delete(key)
        return true
      }),
    logOut: () => Effect.succeed(true),
    close: () => Effect.succeed(true)
  }
}
