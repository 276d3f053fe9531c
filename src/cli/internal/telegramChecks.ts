/**
 * Checks of the Telegram side: the token, who else takes its updates, what it sees in groups, and who may use it.
 */
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { bounded } from "../../Failure.ts"
import * as BotClient from "../../telegram/BotClient.ts"
import * as Transcriber from "../../telegram/media/Transcriber.ts"
import * as TelegramDoor from "../../telegram/TelegramDoor.ts"
import { TelegramFailed } from "../../telegram/TelegramError.ts"
import * as Webhook from "../../telegram/Webhook.ts"
import { printable } from "../Screen.ts"
import * as Finding from "./finding.ts"
import { misconfiguration } from "./outcome.ts"
import * as Serving from "./serving.ts"

const Me = Schema.Struct({
  username: Schema.String,
  can_join_groups: Schema.optionalKey(Schema.Boolean),
  can_read_all_group_messages: Schema.optionalKey(Schema.Boolean)
})

const WebhookInfo = Schema.Struct({
  url: Schema.optionalKey(Schema.String),
  pending_update_count: Schema.optionalKey(Schema.Int),
  last_error_message: Schema.optionalKey(Schema.String)
})

/** Calls a method, and reads what it gives. */
const call = <A>(
  client: BotClient.Service,
  method: string,
  result: Schema.Codec<A, unknown>,
  options: { readonly payload?: Readonly<Record<string, unknown>>; readonly within?: Duration.Input } = {}
): Effect.Effect<A, TelegramFailed> =>
  client.call(method, options.payload).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(result)),
    Effect.timeout(options.within ?? "10 seconds"),
    Effect.catchTag(["SchemaError", "TimeoutError"], () =>
      Effect.fail(new TelegramFailed({ method, reason: "unreachable" })))
  )

const botFather = "Copy TELEGRAM_BOT_TOKEN again from @BotFather."

const unreachable = (check: string, { host }: BotClient.Service): Finding.Finding =>
  Finding.broken(
    check,
    `Telegram could not be reached at ${host}`,
    "Look at the network, the proxy, and TELEGRAM_API_ROOT."
  )

/** Why the bot does not even say its name. */
const unknown = (failure: TelegramFailed, client: BotClient.Service): Finding.Finding => {
  const { code, reason } = failure
  if (reason === "unreachable") return unreachable("telegram", client)
  return reason === "unauthorized" || code === 404
    ? Finding.broken("telegram", `Telegram does not know this bot (${code ?? reason})`, botFather)
    : Finding.broken("telegram", `Telegram refuses (${code ?? reason})`, "Try again in a minute.")
}

/** Whether the bot's updates go to somebody else than the settings say. */
const updates = Effect.fnUntraced(function*(client: BotClient.Service, hook: string | undefined) {
  const said = yield* Effect.result(call(client, "getWebhookInfo", WebhookInfo))
  if (Result.isFailure(said)) {
    return said.failure.reason === "unreachable"
      ? unreachable("updates", client)
      : Finding.skipped("updates", "Telegram does not say")
  }
  const { last_error_message: error, pending_update_count: count = 0, url = "" } = said.success
  if (error !== undefined && url !== "") {
    return Finding.warning(
      "updates",
      `the webhook fails, ${count} updates wait: ${bounded(printable(error), 200)}`,
      "See that its address can be reached from outside by https, and that the bot behind it runs."
    )
  }
  // A path may be a secret.
  const host = URL.parse(url)?.host ?? "another address"
  if (hook !== undefined) {
    return url === hook
      ? Finding.ok("updates", `they go to the webhook at ${host}, ${count} waiting`)
      : url === ""
      ? Finding.ok("updates", `no webhook yet, ${count} waiting: the bot sets it when it starts`)
      : Finding.warning(
        "updates",
        `they go to a webhook at ${host}, which is not that of TELEGRAM_WEBHOOK_URL`,
        "Start the bot, which sets its own, or see that no other bot has this token."
      )
  }
  if (url !== "") {
    return Finding.warning(
      "updates",
      `they go to a webhook at ${host}: whoever polls gets none`,
      "If this bot should poll: `effect-codex bot --delete-webhook`."
    )
  }
  return count > 100
    ? Finding.warning("updates", `${count} updates wait`, "Start the bot, or look why it does not take them.")
    : Finding.ok("updates", `no webhook, ${count} waiting`)
})

/** Telegram lets only the newest poll live: when another process polls, it ends ours. Nothing is confirmed. */
const poller = Effect.fnUntraced(function*(client: BotClient.Service) {
  const said = yield* Effect.result(call(client, "getUpdates", Schema.Unknown, {
    payload: { timeout: 8, limit: 1 },
    within: "20 seconds"
  }))
  if (Result.isSuccess(said)) return Finding.ok("poller", "nobody else polls")
  return said.failure.code === 409
    ? Finding.warning(
      "poller",
      "another process polls with this token",
      "Stop it, or create a second bot at @BotFather: Telegram gives each update to one of the two."
    )
    : Finding.skipped("poller", "Telegram does not say")
})

const isGroup = (id: number | string): boolean => typeof id === "number" && id < 0

/** What the bot sees in groups. */
const privacy = (me: typeof Me.Type, door: Option.Option<TelegramDoor.Service>): Finding.Finding => {
  const named = Option.getOrUndefined(door)?.botUsername
  if (typeof named === "string" && named.toLowerCase() !== me.username.toLowerCase()) {
    return Finding.warning(
      "groups",
      `TELEGRAM_BOT_USERNAME is ${printable(named)}, and the bot is ${
        printable(me.username)
      }: no mention is recognised`,
      "Unset TELEGRAM_BOT_USERNAME."
    )
  }
  const serves = Option.exists(
    door,
    ({ allowedChatIds }) => allowedChatIds !== "everywhere" && allowedChatIds.some(isGroup)
  )
  if (serves && me.can_join_groups === false) {
    return Finding.broken(
      "groups",
      "a group is allowed, and the bot cannot be added to groups",
      "Allow groups at @BotFather: /setjoingroups."
    )
  }
  if (me.can_read_all_group_messages === true) return Finding.ok("groups", "privacy mode is off: it sees every message")
  return serves
    ? Finding.warning(
      "groups",
      "a group is allowed, and privacy mode is on: the bot sees commands and replies, and mentions may not reach it",
      "Turn it off at @BotFather (/setprivacy), then remove the bot from the group and add it again."
    )
    : Finding.ok("groups", "privacy mode is on: in groups it sees commands and replies")
}

const list = (ids: ReadonlyArray<number | string>): string => ids.join(", ")

/** Who is let in. */
const access = (door: TelegramDoor.Service): Finding.Finding => {
  const { allowedChatIds, allowedUserIds, authAdminUserIds } = door
  if (allowedUserIds === "everybody" && allowedChatIds === "everywhere") {
    return Finding.warning(
      "access",
      "everybody who finds the bot can use up your quota",
      "Set CODEX_ALLOWED_USER_IDS to the user ids of those who may."
    )
  }
  if (allowedUserIds !== "everybody" && allowedUserIds.length === 0) {
    return Finding.broken(
      "access",
      "nobody is let in",
      "Write to the bot when it runs: it tells you your user id. Set CODEX_ALLOWED_USER_IDS to it."
    )
  }
  const who = allowedUserIds === "everybody" ? "everybody" : `the users ${list(allowedUserIds)}`
  const where = allowedChatIds === "everywhere" ? "in every chat" : `in the chats ${list(allowedChatIds)}`
  const admins = authAdminUserIds.length === 0 ? "nobody" : list(authAdminUserIds)
  return Finding.ok("access", `${who}, ${where}; the login is managed by ${admins}`)
}

/** Whether the bot program would start with what it alone reads. */
const program = Effect.fnUntraced(
  function*(client: BotClient.Service) {
    const { host, port, webhook } = yield* Serving.read
    yield* Effect.mapError(Transcriber.config, Serving.misconfigured)
    if (webhook !== undefined) {
      yield* Effect.provideService(Webhook.make(webhook), BotClient.BotClient, client)
      return Finding.ok("program", `takes a webhook on ${host}:${port ?? 8080}`)
    }
    return Finding.ok("program", port === undefined ? "polls" : `polls, and tells of its health on ${host}:${port}`)
  },
  Effect.scoped,
  Effect.catch(({ message }) =>
    Effect.succeed(Finding.broken("program", message, "The bot program does not start without it."))
  )
)

/** All of them. */
export const all = Effect.fnUntraced(function*(options: { readonly looksForPollers: boolean }) {
  const isSet = yield* Effect.orElseSucceed(
    Effect.map(Config.option(Config.String("TELEGRAM_BOT_TOKEN")), Option.isSome),
    () => true
  )
  if (!isSet) {
    return [
      Finding.skipped("telegram", "TELEGRAM_BOT_TOKEN is not set: this is no bot, or it gets its token elsewhere")
    ]
  }
  const door = yield* Effect.result(Effect.map(TelegramDoor.configOrNobody, TelegramDoor.make))
  const accessed = Result.isSuccess(door)
    ? access(door.success)
    : Finding.broken("access", misconfiguration(door.failure), "The bot does not start without it.")
  const settings = yield* Effect.result(BotClient.config)
  if (Result.isFailure(settings)) {
    return [Finding.broken("telegram", misconfiguration(settings.failure), "Correct the variable."), accessed]
  }
  const client = yield* BotClient.make(settings.success)
  const started = yield* program(client)
  const me = yield* Effect.result(call(client, "getMe", Me))
  if (Result.isFailure(me)) return [unknown(me.failure, client), accessed, started]
  const hook = yield* Effect.orElseSucceed(Config.option(Config.String("TELEGRAM_WEBHOOK_URL")), () => Option.none())
  return [
    Finding.ok("telegram", `@${printable(me.success.username)}`),
    yield* updates(client, Option.getOrUndefined(hook)),
    options.looksForPollers
      ? yield* poller(client)
      : Finding.skipped("poller", "not looked for, since that interrupts a bot that runs: say --poller"),
    privacy(me.success, Result.getSuccess(door)),
    accessed,
    started
  ]
})
