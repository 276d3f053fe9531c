/**
 * The methods of the Bot API that concern the bot itself: its updates, its webhook, its menu of commands.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Method } from "./telegramMethods.ts"
import { flag, integer, json, type Payload, text } from "./telegramPayload.ts"
import { badRequest, BotCommand, conflict } from "./telegramTypes.ts"
import type { World } from "./telegramWorld.ts"

const decodeCommands = Schema.decodeUnknownOption(Schema.Array(BotCommand))
const decodeNames = Schema.decodeUnknownOption(Schema.Array(Schema.String))
const decodeAny = Schema.decodeUnknownOption(Schema.Unknown)

/** The methods over one world, by lower-case name. */
export const makeBotMethods = (world: World, readsAllGroupMessages: boolean): Readonly<Record<string, Method>> => {
  const commands = new Map<string, ReadonlyArray<typeof BotCommand.Type>>()
  let webhook = ""

  const getUpdates: Method = Effect.fnUntraced(function*(payload) {
    if (webhook !== "") {
      return yield* conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
      )
    }
    return yield* world.updates.poll({
      offset: integer(payload, "offset") ?? 0,
      limit: Math.min(Math.max(integer(payload, "limit") ?? 100, 1), 100),
      timeout: integer(payload, "timeout") ?? 0,
      allowed: yield* json(payload, "allowed_updates", decodeNames)
    })
  })

  const setWebhook: Method = Effect.fnUntraced(function*(payload) {
    webhook = text(payload, "url") ?? ""
    const allowed = yield* json(payload, "allowed_updates", decodeNames)
    if (allowed !== undefined) world.updates.allow(allowed)
    if (flag(payload, "drop_pending_updates")) world.updates.clear()
    if (webhook !== "") world.updates.terminate("setWebhook request")
    return true
  })

  const deleteWebhook: Method = (payload) =>
    Effect.sync(() => {
      webhook = ""
      if (flag(payload, "drop_pending_updates")) world.updates.clear()
      return true
    })

  const commandKey = Effect.fnUntraced(function*(payload: Payload) {
    const scope = yield* json(payload, "scope", decodeAny)
    return `${JSON.stringify(scope ?? { type: "default" })} ${text(payload, "language_code") ?? ""}`
  })
  const setMyCommands: Method = Effect.fnUntraced(function*(payload) {
    const list = yield* json(payload, "commands", decodeCommands)
    if (list === undefined) return yield* badRequest("can't parse commands JSON object")
    if (list.length > 100) return yield* badRequest("BOT_COMMANDS_TOO_MUCH")
    if (!list.every(({ command }) => /^\/?[a-z0-9_]{1,32}$/.test(command))) {
      return yield* badRequest("BOT_COMMAND_INVALID")
    }
    if (!list.every(({ description }) => description.length >= 1 && description.length <= 256)) {
      return yield* badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    }
    commands.set(
      yield* commandKey(payload),
      list.map((entry) => ({ ...entry, command: entry.command.replace("/", "") }))
    )
    return true
  })

  return {
    getme: () =>
      Effect.succeed({
        ...world.bot,
        can_join_groups: true,
        can_read_all_group_messages: readsAllGroupMessages,
        supports_inline_queries: false,
        has_topics_enabled: true
      }),
    getupdates: getUpdates,
    setwebhook: setWebhook,
    deletewebhook: deleteWebhook,
    getwebhookinfo: () =>
      Effect.sync(() => ({ url: webhook, has_custom_certificate: false, pending_update_count: world.updates.size() })),
    setmycommands: setMyCommands,
    getmycommands: (payload) => Effect.map(commandKey(payload), (key) => commands.get(key) ?? []),
    deletemycommands: (payload) =>
      Effect.map(commandKey(payload), (key) => {
        commands.delete(key)
        return true
      }),
    logout: () => Effect.succeed(true),
    close: () => Effect.succeed(true)
  }
}
