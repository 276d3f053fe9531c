/**
 * The Telegram double without its sockets: the same world and methods, called like a Telegraf context, in virtual time.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import * as Pacer from "../../src/telegram/internal/pacer.ts"
import * as TelegramApi from "../../src/telegram/TelegramApi.ts"
import type * as FaultScript from "../../src/testing/faults/FaultScript.ts"
import * as Faults from "../../src/testing/internal/faults.ts"
import { byName, makeMethods } from "../../src/testing/telegram/internal/methods.ts"
import type { Payload } from "../../src/testing/telegram/internal/payload.ts"
import { makePeople } from "../../src/testing/telegram/internal/people.ts"
import { Refused, tooManyRequests } from "../../src/testing/telegram/internal/refusals.ts"
import { answerOf, recordCall } from "../../src/testing/telegram/internal/server.ts"
import { statesOf } from "../../src/testing/telegram/internal/timeline.ts"
import type { Envelope, Message } from "../../src/testing/telegram/internal/types.ts"
import { makeWorld } from "../../src/testing/telegram/internal/world.ts"

export interface Options {
  readonly faults?: FaultScript.FaultScript
  /** Time that every call takes. Default: 40 ms. */
  readonly latency?: number
  /** Telegram's flood limits. Default: none. */
  readonly rateLimits?: { readonly privatePerSecond?: number; readonly groupPerMinute?: number }
  /** Whether the bot keeps its pace. Default: true. */
  readonly paced?: boolean
}

const refused = (
  { message, retryAfter = 1, status }: Extract<FaultScript.Fault, { readonly _tag: "Answer" }>
): Envelope =>
  (status === 429 ? tooManyRequests(retryAfter) : new Refused({ code: status, description: message ?? "scripted" }))
    .envelope

const decodeDocument = Schema.decodeUnknownOption(
  Schema.Struct({ filename: Schema.String, source: Schema.instanceOf(Uint8Array) })
)

const uploadsOf = (document: unknown): Payload["uploads"] =>
  new Map(Option.match(decodeDocument(document), {
    onNone: () => [],
    onSome: ({ filename, source }) => [["document", { name: filename, type: "text/markdown", bytes: source }] as const]
  }))

const modes = { readsAllGroupMessages: true, hasGuestMode: true }

/** A chat of Ann (7) with the bot, a group (-100), and the way to both. */
export const make = Effect.fnUntraced(function*(options: Options = {}) {
  const world = yield* makeWorld({ id: 1, is_bot: true, first_name: "Codex", username: "codex_test_bot" })
  const methods = yield* makeMethods({
    world,
    rateLimits: options.rateLimits,
    modes,
    perform: () => Effect.void
  })
  const methodOf = byName(methods)
  const faults = Faults.make(options.faults)
  const services = yield* Effect.context<never>()
  let calls = 0

  const perform = Effect.fnUntraced(function*(method: string, payload: Payload) {
    const befallen = faults.next(method)
    yield* Effect.sleep((options.latency ?? 40) + (befallen?.millis ?? 0))
    const head = befallen?.head
    const isBefore = head !== undefined && (head.at ?? "before") === "before"
    const answer = isBefore ? undefined : yield* answerOf(methodOf(method), payload)
    const heard = head === undefined ? answer : head._tag === "Answer" ? refused(head) : undefined
    yield* recordCall(world, method, payload, heard)
    if (head?._tag === "Stall") return yield* Effect.never
    return heard
  })

  const callApi = async (
    method: string,
    { document, ...fields }: { readonly [field: string]: unknown },
    means?: { readonly signal?: AbortSignal }
  ) => {
    calls++
    try {
      const payload = { fields: JSON.parse(JSON.stringify(fields)), uploads: uploadsOf(document) }
      const heard = await Effect.runPromiseWith(services)(perform(method, payload), means)
      if (heard === undefined) throw new Error("socket hang up")
      if (!heard.ok) throw Object.assign(new Error("refused"), { response: heard })
      return heard.result
    } finally {
      calls--
    }
  }

  const pacer = options.paced === false ? Pacer.unpaced : yield* Pacer.make
  const { group, user } = makePeople(world, modes)
  const ann = yield* user({ id: 7, firstName: "Ann" })
  const club = yield* group({ title: "Club", id: -100 })
  const visible = (chatId: number): ReadonlyArray<Message> =>
    [...world.rooms.get(chatId)?.messages.values() ?? []].filter((message) => message.from.id === world.bot.id)
  return {
    world,
    ann,
    club,
    /** A group that is not yet a supergroup. */
    smallGroup: group({ title: "Small", kind: "group" }),
    user,
    group,
    controls: faults.controls,
    context: { telegram: { callApi } },
    api: TelegramApi.fromContext({ telegram: { callApi } }, pacer),
    /** What the bot shows in a chat now, oldest first. */
    visible,
    texts: (chatId: number) => visible(chatId).map((message) => message.text ?? message.caption ?? ""),
    /** All that a message of the bot has shown, message by message, whether or not it is still there. */
    states: (chatId: number): ReadonlyArray<ReadonlyArray<string>> =>
      [
        ...new Set(
          world.timeline.filter((entry) => entry.chatId === chatId && entry.kind === "sent" && entry.from === "bot")
            .map((entry) => entry.messageId)
        )
      ].map((id) => statesOf(world.timeline, chatId, id).map((state) => state.text)),
    /** Whether a call is under way. */
    isBusy: () => calls > 0
  }
})

/** Lets time pass in small steps: a single large one would jump over timers. */
export const pass = (millis: number, step = 50) =>
  Effect.repeat(TestClock.adjust(step), { times: Math.max(0, Math.ceil(millis / step) - 1) })
