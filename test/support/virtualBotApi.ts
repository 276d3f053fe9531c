/**
 * The Telegram double behind an `HttpClient`, without sockets and in virtual time; its line can be broken.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as BotClient from "../../src/telegram/BotClient.ts"
import { byName, makeMethods } from "../../src/testing/telegram/internal/methods.ts"
import { makePeople } from "../../src/testing/telegram/internal/people.ts"
import { answerOf } from "../../src/testing/telegram/internal/server.ts"
import { makeWorld } from "../../src/testing/telegram/internal/world.ts"

/** What a call meets: the server, nobody, or a line that breaks before or after the server has heard it. */
export type Line =
  | "up"
  | "silent"
  | "deaf"
  | "reset"
  | "refused"
  | Response
  | ((method: string) => Line)

export interface Call {
  readonly method: string
  readonly fields: { readonly [field: string]: unknown }
  readonly at: number
}

/** A token that is searched for in what is told. */
export const token = "123456:do-not-tell-virtual-token"

const modes = { readsAllGroupMessages: true, hasGuestMode: true }

/** Ann (7) and her chat with the bot, and as many clients of the bot as there are processes. */
export const make = Effect.fnUntraced(function*() {
  const world = yield* makeWorld({ id: 123456, is_bot: true, first_name: "Codex", username: "codex_test_bot" })
  const methodOf = byName(
    yield* makeMethods({
      world,
      rateLimits: undefined,
      modes,
      perform: () => Effect.void
    })
  )
  const { user } = makePeople(world, modes)
  const ann = yield* user({ id: 7, firstName: "Ann" })
  const calls: Array<Call> = []
  let line: Line = "up"

  const broken = (request: HttpClientError.TransportError["request"], code: string) =>
    new HttpClientError.HttpClientError({
      reason: new HttpClientError.TransportError({
        request,
        cause: new TypeError("fetch failed", { cause: Object.assign(new Error(`connect ${code}`), { code }) })
      })
    })

  const http = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const method = /\/bot[^/]+\/(\w+)$/.exec(url.pathname)?.[1] ?? ""
      const { body } = request
      const fields = body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(body.body)) : {}
      calls.push({ method, fields, at: yield* Clock.currentTimeMillis })
      const met = typeof line === "function" ? line(method) : line
      if (met === "silent") return yield* Effect.never
      if (met === "reset" || met === "refused") {
        return yield* broken(request, met === "reset" ? "ECONNRESET" : "ECONNREFUSED")
      }
      if (met instanceof Response) return HttpClientResponse.fromWeb(request, met.clone())
      const answer = yield* answerOf(methodOf(method), { fields, uploads: new Map() })
      // The answer is sent, and lost on its way.
      const now = typeof line === "function" ? "up" : line
      if (met === "deaf" || now === "silent" || now === "deaf") return yield* Effect.never
      if (now instanceof Response) return HttpClientResponse.fromWeb(request, now.clone())
      if (now !== "up") return yield* broken(request, "ECONNRESET")
      const status = answer.ok ? 200 : answer.error_code
      return HttpClientResponse.fromWeb(request, Response.json(answer, { status }))
    })
  )
  return {
    world,
    ann,
    calls,
    polls: () => calls.filter(({ method }) => method === "getUpdates"),
    /** What every call meets from now on. */
    meets: (next: Line) =>
      Effect.sync(() => {
        line = next
      }),
    client: BotClient.make({ token: Redacted.make(token) }).pipe(
      Effect.provideService(HttpClient.HttpClient, http)
    )
  }
})

/** The lines of the log: level and words. */
export const log = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([
    Logger.make(({ logLevel, message }) => {
      lines.push(`${logLevel}: ${Array.isArray(message) ? message.join(" ") : String(message)}`)
    })
  ])
  return { lines, layer }
}
