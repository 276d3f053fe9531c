/**
 * Checks of what lies between here and the servers: the clock, proxies, and whether anybody answers.
 */
import * as Config from "effect/Config"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import { withoutRedirects } from "../../internal/client.ts"
import * as Finding from "./finding.ts"

/** What a server said when it was asked for nothing in particular. */
export interface Answer {
  readonly host: string
  /** The server's time, and ours at the same moment. */
  readonly times: Option.Option<{ readonly theirs: DateTime.Utc; readonly ours: DateTime.Utc }>
}

/** The time that an answer tells, beside ours. */
const timesOf = Effect.fnUntraced(function*(date: string | undefined) {
  const ours = yield* DateTime.now
  return Option.map(
    Option.map(DateTime.make(date ?? ""), DateTime.toUtc),
    (theirs) => ({ theirs, ours })
  )
})

const hostOf = (address: string): string => URL.parse(address)?.host ?? address

/** Asks an address; whatever it answers, it is there. */
export const probe = Effect.fnUntraced(
  function*(address: string): Effect.fn.Return<Option.Option<Answer>, never, HttpClient.HttpClient> {
    const client = withoutRedirects(yield* HttpClient.HttpClient)
    const response = yield* client.get(address).pipe(
      Effect.catchReason("HttpClientError", "StatusCodeError", ({ response }) => Effect.succeed(response)),
      Effect.tap((response) => Effect.ignore(Effect.timeout(response.text, "2 seconds"))),
      Effect.timeout("10 seconds"),
      Effect.option
    )
    if (Option.isNone(response)) return Option.none()
    return Option.some({ host: hostOf(address), times: yield* timesOf(response.value.headers["date"]) })
  },
  Effect.scoped
)

/** Whether a server is there. */
export const reachable = (check: string, address: string, answer: Option.Option<Answer>): Finding.Finding =>
  Option.isSome(answer)
    ? Finding.ok(check, `${answer.value.host} answers`)
    : Finding.broken(
      check,
      `${hostOf(address)} could not be reached`,
      "Look at the network between this machine and it: name server, firewall, proxy."
    )

const tolerable = Duration.minutes(1)

const intolerable = Duration.minutes(5)

/** Whether our clock is right, by what a server says. */
export const clock = (answer: Option.Option<Answer>): Finding.Finding => {
  const times = Option.flatMap(answer, ({ times }) => times)
  if (Option.isNone(answer) || Option.isNone(times)) return Finding.skipped("clock", "no server told its time")
  const { host } = answer.value
  const { ours, theirs } = times.value
  const [early, late] = DateTime.isLessThan(ours, theirs) ? [ours, theirs] : [theirs, ours]
  const distance = DateTime.distance(early, late)
  const says = `${Math.round(Duration.toSeconds(distance))} s ${early === ours ? "behind" : "ahead of"} ${host}`
  const fix = "Set the clock: `timedatectl set-ntp true` on most Linux machines."
  if (Duration.isGreaterThan(distance, intolerable)) {
    return Finding.broken("clock", `${says}: tokens seem good or expired when they are not`, fix)
  }
  return Duration.isGreaterThan(distance, tolerable)
    ? Finding.warning("clock", says, fix)
    : Finding.ok("clock", "agrees with the servers")
}

const set = (name: string) => Config.option(Config.String(name))

const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] as const

/** Whether a proxy that is set is used: Node does so only when it is told to. The address may hold a password. */
export const proxy = Effect.gen(function*() {
  const values = yield* Effect.forEach(names, (name) => Effect.map(set(name), (value) => ({ name, value })))
  const found = values.flatMap(({ name, value }) => Option.isSome(value) ? [{ name, value: value.value }] : [])
  const [first] = found
  if (first === undefined) return Finding.ok("proxy", "none is set")
  const unreadable = found.find(({ value }) => URL.parse(value) === null)
  if (unreadable !== undefined) {
    return Finding.broken(
      "proxy",
      `${unreadable.name} is no address`,
      `Set ${unreadable.name} to one such as http://proxy.example:3128, or unset it.`
    )
  }
  const used = found.find(({ name }) => !/^all_/i.test(name))
  if (used === undefined) {
    return Finding.warning("proxy", `${first.name} is set, and Node does not know it`, "Set HTTPS_PROXY as well.")
  }
  const switched = yield* set("NODE_USE_ENV_PROXY")
  const options = yield* set("NODE_OPTIONS")
  return Option.contains(switched, "1") || Option.exists(options, (options) => options.includes("--use-env-proxy"))
    ? Finding.ok("proxy", `${used.name} is used`)
    : Finding.warning(
      "proxy",
      `${used.name} is used by the commands of effect-codex, and not by a program of your own`,
      `Set NODE_USE_ENV_PROXY=1 for it (Node 22.21 or 24), or unset ${used.name}.`
    )
}).pipe(
  Effect.catch(({ message }) =>
    Effect.succeed(Finding.broken("proxy", message, "Look at the proxy variables of the environment."))
  )
)
