/**
 * Checks of the Telegram side: the token, who else takes its updates, what it sees in groups, and who may use it.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { bounded } from "../../Failure.ts"
import { withoutRedirects } from "../../internal/client.ts"
import * as TelegramDoor from "../../telegram/TelegramDoor.ts"
import { printable } from "../Screen.ts"
import * as Finding from "./finding.ts"
import * as Network from "./networkChecks.ts"
import { misconfiguration } from "./outcome.ts"

/** Which bot, at which Bot API. */
export const config = Config.all({
  token: Config.option(Config.Redacted("TELEGRAM_BOT_TOKEN")),
  apiRoot: Config.URL("TELEGRAM_API_ROOT").pipe(
    Config.map((url) => url.href.replace(/\/$/, "")),
    Config.withDefault("https://api.telegram.org")
  )
})

interface Bot {
  readonly token: Redacted.Redacted
  readonly apiRoot: string
}

const Me = Schema.Struct({
  username: Schema.String,
  can_join_groups: Schema.optionalKey(Schema.Boolean),
  can_read_all_group_messages: Schema.optionalKey(Schema.Boolean)
})

const Webhook = Schema.Struct({
  url: Schema.optionalKey(Schema.String),
  pending_update_count: Schema.optionalKey(Schema.Int),
  last_error_message: Schema.optionalKey(Schema.String)
})

const envelope = <S extends Schema.Top>(result: S) =>
  Schema.Union([
    Schema.Struct({ ok: Schema.Literal(true), result }),
    Schema.Struct({ ok: Schema.Literal(false), error_code: Schema.Int })
  ])

/** What Telegram said: a result, a refusal by its code, or nothing that could be read. */
type Said<A> =
  | { readonly _tag: "Result"; readonly result: A; readonly answer: Network.Answer }
  | { readonly _tag: "Refused"; readonly code: number }
  | { readonly _tag: "Unreachable" }

/** Calls a method. The address holds the token: neither a span nor a failure gets to see it. */
const call = Effect.fnUntraced(
  function*<A>(
    { apiRoot, token }: Bot,
    method: string,
    result: Schema.Codec<A, unknown>,
    options: { readonly payload?: Readonly<Record<string, unknown>>; readonly within?: "10 seconds" | "20 seconds" } =
      {}
  ): Effect.fn.Return<Said<A>, never, HttpClient.HttpClient> {
    const client = withoutRedirects(yield* HttpClient.HttpClient)
    const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(envelope(result)))
    return yield* Effect.gen(function*() {
      const request = HttpClientRequest.post(`${apiRoot}/bot${Redacted.value(token)}/${method}`).pipe(
        HttpClientRequest.bodyJsonUnsafe(options.payload ?? {})
      )
      const response = yield* client.execute(request)
      const said = yield* Effect.flatMap(response.text, decode)
      const answer = {
        host: URL.parse(apiRoot)?.host ?? apiRoot,
        times: yield* Network.timesOf(response.headers["date"])
      }
      return said.ok
        ? { _tag: "Result" as const, result: said.result, answer }
        : { _tag: "Refused" as const, code: said.error_code }
    }).pipe(
      Effect.timeout(options.within ?? "10 seconds"),
      Effect.orElseSucceed(() => ({ _tag: "Unreachable" as const }))
    )
  },
  Effect.scoped,
  Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
)

const botFather = "Copy TELEGRAM_BOT_TOKEN again from @BotFather."

const unreachable = (check: string, { apiRoot }: Bot): Finding.Finding =>
  Finding.broken(
    check,
    `Telegram could not be reached at ${URL.parse(apiRoot)?.host ?? apiRoot}`,
    "Look at the network, the proxy, and TELEGRAM_API_ROOT."
  )

const known = (said: Said<typeof Me.Type>, bot: Bot): Finding.Finding => {
  switch (said._tag) {
    case "Result":
      return Finding.ok("telegram", `@${printable(said.result.username)}`)
    case "Unreachable":
      return unreachable("telegram", bot)
    case "Refused":
      return said.code === 401 || said.code === 404
        ? Finding.broken("telegram", `Telegram does not know this bot (${said.code})`, botFather)
        : Finding.broken("telegram", `Telegram refuses (${said.code})`, "Try again in a minute.")
  }
}

/** Whether the bot's updates go to somebody else. */
const webhook = (said: Said<typeof Webhook.Type>, bot: Bot): Finding.Finding => {
  if (said._tag === "Unreachable") return unreachable("updates", bot)
  if (said._tag === "Refused") return Finding.skipped("updates", `Telegram does not say (${said.code})`)
  const { last_error_message: error, pending_update_count: count = 0, url = "" } = said.result
  if (error !== undefined && url !== "") {
    return Finding.warning(
      "updates",
      `the webhook fails, ${count} updates wait: ${bounded(printable(error), 200)}`,
      "See that its address can be reached from outside by https, and that the bot behind it runs."
    )
  }
  if (url !== "") {
    // Its path may be a secret.
    return Finding.warning(
      "updates",
      `they go to a webhook at ${URL.parse(url)?.host ?? "another address"}: whoever polls gets none`,
      "If this bot should poll, remove the webhook (method deleteWebhook)."
    )
  }
  return count > 100
    ? Finding.warning("updates", `${count} updates wait`, "Start the bot, or look why it does not take them.")
    : Finding.ok("updates", `no webhook, ${count} waiting`)
}

/** Telegram lets only the newest poll live: when another process polls, it ends ours. Nothing is confirmed. */
const secondPoller = Effect.fnUntraced(function*(bot: Bot) {
  const said = yield* call(bot, "getUpdates", Schema.Array(Schema.Unknown), {
    payload: { timeout: 8, limit: 1, allowed_updates: undefined },
    within: "20 seconds"
  })
  return said._tag === "Refused" && said.code === 409
    ? Finding.warning(
      "poller",
      "another process polls with this token",
      "Stop it, or create a second bot at @BotFather: Telegram gives each update to one of the two."
    )
    : said._tag === "Result"
    ? Finding.ok("poller", "nobody else polls")
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
    return Finding.broken("access", "nobody is let in", "Set CODEX_ALLOWED_USER_IDS to your own user id.")
  }
  const who = allowedUserIds === "everybody" ? "everybody" : `the users ${list(allowedUserIds)}`
  const where = allowedChatIds === "everywhere" ? "in every chat" : `in the chats ${list(allowedChatIds)}`
  const admins = authAdminUserIds.length === 0 ? "nobody" : list(authAdminUserIds)
  return Finding.ok("access", `${who}, ${where}; the login is managed by ${admins}`)
}

/** All of them, and what Telegram told of the time. */
export const all = Effect.fnUntraced(function*(options: { readonly looksForPollers: boolean }) {
  const settings = yield* Effect.result(config)
  const door = yield* Effect.result(Effect.map(TelegramDoor.config, TelegramDoor.make))
  if (settings._tag === "Failure") {
    const finding = Finding.broken("telegram", misconfiguration(settings.failure), "Correct the variable.")
    return { findings: [finding], answer: Option.none<Network.Answer>() }
  }
  const { apiRoot, token } = settings.success
  if (Option.isNone(token)) {
    const says = "TELEGRAM_BOT_TOKEN is not set: this is no bot, or it gets its token elsewhere"
    return { findings: [Finding.skipped("telegram", says)], answer: Option.none<Network.Answer>() }
  }
  const accessed = door._tag === "Success"
    ? access(door.success)
    : Finding.broken("access", misconfiguration(door.failure), "The bot does not start without it.")
  const bot: Bot = { token: token.value, apiRoot }
  if (!/^\d+:[\w-]+$/.test(Redacted.value(token.value))) {
    const finding = Finding.broken("telegram", "TELEGRAM_BOT_TOKEN is no token: digits, a colon, letters", botFather)
    return { findings: [finding, accessed], answer: Option.none<Network.Answer>() }
  }
  const me = yield* call(bot, "getMe", Me)
  if (me._tag !== "Result") return { findings: [known(me, bot), accessed], answer: Option.none<Network.Answer>() }
  const updates = webhook(yield* call(bot, "getWebhookInfo", Webhook), bot)
  const poller = options.looksForPollers
    ? yield* secondPoller(bot)
    : Finding.skipped("poller", "not looked for, since that interrupts a bot that runs: say --poller")
  const groups = privacy(me.result, door._tag === "Success" ? Option.some(door.success) : Option.none())
  return { findings: [known(me, bot), updates, poller, groups, accessed], answer: Option.some(me.answer) }
})
