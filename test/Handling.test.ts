/**
 * What becomes of an update between its reading and its mailbox: who waits for what, what goes into the entry, and who is
 * told what when it is not taken.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { ConversationKey } from "../src/conversation/Message.ts"
import * as AuthCommands from "../src/telegram/AuthCommands.ts"
import type { Asking } from "../src/telegram/Incoming.ts"
import type { Origin } from "../src/telegram/incoming/Origin.ts"
import * as Errands from "../src/telegram/internal/errands.ts"
import * as Handling from "../src/telegram/internal/handling.ts"
import * as Overheard from "../src/telegram/internal/overheard.ts"
import * as Telegram from "../src/telegram/TelegramApi.ts"
import * as Turns from "../src/telegram/Turns.ts"
import * as TestCodex from "../src/testing/TestCodex.ts"
import * as Contexts from "./support/contexts.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import { groupMessage, update } from "./support/updates.ts"

const inPrivate: Origin = {
  messageId: 5,
  userId: 7,
  chatId: 7,
  isPrivate: true,
  conversation: ConversationKey("user:7"),
  destination: { chatId: 7, threadId: undefined, replyTo: undefined }
}

const inTopic: Origin = {
  messageId: 5,
  userId: 7,
  chatId: -100,
  isPrivate: false,
  conversation: ConversationKey("chat:-100:thread:4"),
  destination: { chatId: -100, threadId: 4, isForum: true, replyTo: 5 }
}

const asking: Asking = { content: [{ _tag: "Text", text: "hello" }] }

const command = (name: "ask" | "stop" | "reset" | "forget" | "personality" | "status" | "models" | "last" | "login") =>
  ({ _tag: "Command", origin: inPrivate, name, arguments: "" }) as const

const file = (isCertain: boolean) => ({ _tag: "File", fileId: "f", isCertain }) as const

const all: ReadonlyArray<readonly [what: string, incoming: Handling.Known, isAwaited: boolean]> = [
  ["a prompt", { _tag: "Prompt", origin: inPrivate, asking }, true],
  ["more of one", { _tag: "More", origin: inTopic, isForward: false, asking }, true],
  ["an edit", { _tag: "Edit", origin: inPrivate, asking }, true],
  [
    "the press of a button",
    { _tag: "Approval", origin: inPrivate, callbackId: "1", call: "c", approved: true },
    true
  ],
  ["a question by a command", { ...command("ask"), asking }, true],
  ["Stop", { _tag: "Stop", origin: inPrivate, callbackId: "1" }, true],
  ["/codex stop", command("stop"), true],
  ["/codex reset", command("reset"), true],
  ["/codex forget", command("forget"), true],
  ["/codex personality", command("personality"), true],
  ["/codex ask without a question", command("ask"), false],
  ["/codex status", command("status"), false],
  ["/codex last", command("last"), false],
  ["/codex login", command("login"), false],
  ["a greeting", { _tag: "Greeting", origin: inPrivate, isHelp: false }, false],
  ["a sticker", { _tag: "Refused", origin: inPrivate, kind: "sticker" }, false],
  ["a guest's question", { _tag: "Guest", origin: inTopic, queryId: "q", asking }, false],
  ["an auth.json", { _tag: "Import", origin: inPrivate, source: file(true) }, false],
  ["a question that may be one", { _tag: "Import", origin: inPrivate, source: file(false), otherwise: asking }, true]
]

describe("whoever hands over", () => {
  it.each(all)("%s waits until it is written down, where something is", (_, incoming, isAwaited) => {
    assert.strictEqual(Handling.isAwaited(incoming), isAwaited)
  })

  it("a file that only might be a login leaves it to others as well, unless it is asked about", () => {
    const handed = (isCertain: boolean, otherwise?: Asking): Handling.Known => ({
      _tag: "Import",
      origin: inPrivate,
      source: file(isCertain),
      ...(otherwise !== undefined && { otherwise })
    })
    assert.deepStrictEqual(
      [handed(true), handed(false), handed(false, asking)].map(Handling.isForOthers),
      [false, true, false]
    )
  })
})

/** What becomes of each entry. */
type Taken = Effect.Effect<Turns.Accepted, Turns.TurnsUnavailable>

interface World {
  readonly door?: DoorOptions
  readonly taken?: Taken
  readonly answer?: (call: Contexts.Call) => unknown
}

/** A desk over mailboxes that say what they are told to. */
const setUp = ({ answer, door, taken = Effect.succeed("accepted") }: World = {}) =>
  Effect.gen(function*() {
    const outbox = Contexts.outbox(answer)
    const entries: Array<Turns.Entry> = []
    const lines: Array<unknown> = []
    let held = 0
    const turns = Turns.Turns.of({
      accept: (entry) =>
        Effect.andThen(
          Effect.sync(() => {
            entries.push(entry)
          }),
          taken
        ),
      stop: () => Effect.fail(new Turns.TurnsUnavailable({ reason: "store" })),
      reset: () => Effect.never,
      leave: () => Effect.void,
      once: (_, work) => Effect.asSome(work),
      rests: () => Effect.never,
      drained: Effect.void
    })
    const overheard = Overheard.make()
    const services = yield* Layer.build(
      Layer.mergeAll(
        Layer.provideMerge(Errands.layer, Layer.succeed(Turns.Turns, turns)),
        TestCodex.layer(),
        AuthCommands.layer,
        Layer.succeed(Telegram.TelegramApi, Telegram.fromContext(Contexts.telegraf(outbox, {}))),
        Logger.layer([Logger.make(({ message }) => void lines.push(message))])
      )
    )
    const handle = (incoming: Handling.Known, bot = "1") =>
      Effect.provideContext(
        Option.getOrElse(
          Handling.plan(incoming, {
            door: makeDoor(door),
            lane: { bot, conversation: incoming.origin.conversation },
            update: 3,
            earlier: [],
            overheard,
            hold: () => {
              held++
              return () => held--
            },
            done: Effect.void
          }),
          () => Effect.die("nothing to do")
        ),
        services
      )
    return { handle, outbox, entries, lines, overheard, held: () => held }
  })

const said = (outbox: Contexts.Outbox) =>
  outbox.calls.map(({ method, payload }) => [method, payload["chat_id"] ?? payload["callback_query_id"]])

const unavailable = Effect.fail(new Turns.TurnsUnavailable({ reason: "store" }))

const limited = Effect.succeed<Turns.Accepted>({ _tag: "Limited", retryAfter: Duration.seconds(30) })

describe("a prompt", () => {
  it.effect("has in its entry where it came from, and who asks", () =>
    Effect.gen(function*() {
      const { entries, handle } = yield* setUp()
      yield* handle({ _tag: "Prompt", origin: inTopic, asking: { ...asking, name: "Ann", sent: 100, album: "9" } })
      yield* handle({ _tag: "Prompt", origin: { ...inPrivate, userId: undefined }, asking })
      assert.deepStrictEqual(entries, [
        {
          lane: { bot: "1", conversation: "chat:-100:thread:4" },
          update: 3,
          origin: { chat: -100, isPrivate: false, message: 5, thread: 4, isForum: true, user: 7, name: "Ann" },
          sent: 100,
          album: "9",
          ...asking
        },
        {
          lane: { bot: "1", conversation: "user:7" },
          update: 3,
          origin: { chat: 7, isPrivate: true, message: 5 },
          ...asking
        }
      ])
    }))

  it.effect.each<readonly [what: string, taken: Taken, isHeld: boolean]>([
    ["taken", Effect.succeed("accepted"), true],
    // The answers that are under way need it.
    ["one too many", Effect.succeed("full"), true],
    ["known", Effect.succeed("seen"), false],
    ["asked too soon", limited, false],
    ["not kept", unavailable, false]
  ])("that is %s holds the way out, or does not", ([, taken, isHeld]) =>
    Effect.gen(function*() {
      const { handle, held } = yield* setUp({ taken })
      yield* Effect.ignore(handle({ _tag: "Prompt", origin: inPrivate, asking }))
      assert.strictEqual(held(), isHeld ? 1 : 0)
    }))

  it.effect("that is asked too soon is told so once for each person with each bot, and again when its time is over", () =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp({ taken: limited })
      const elsewhere = { ...inTopic, userId: 8 }
      const ask = (origin: Origin, bot?: string) => handle({ _tag: "Prompt", origin, asking }, bot)
      yield* Effect.forEach([inPrivate, inPrivate, inTopic], (origin) => ask(origin))
      assert.lengthOf(outbox.calls, 1)
      yield* ask(elsewhere)
      yield* ask(inPrivate, "2")
      assert.lengthOf(outbox.calls, 3)
      yield* TestClock.adjust("29999 millis")
      yield* ask(inPrivate)
      assert.lengthOf(outbox.calls, 3)
      yield* TestClock.adjust("1 millis")
      yield* ask(inPrivate)
      assert.lengthOf(outbox.calls, 4)
    }))

  it.effect("that is one too many is told so once in each chat of each bot", () =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp({ taken: Effect.succeed("full") })
      const ask = (origin: Origin, bot?: string) => handle({ _tag: "Prompt", origin, asking }, bot)
      yield* Effect.forEach([inPrivate, inPrivate, inTopic], (origin) => ask(origin))
      yield* ask(inPrivate, "2")
      assert.deepStrictEqual(outbox.texts(), [Handling.full, Handling.full, Handling.full])
    }))

  it.effect("in a group has what was said before; what is only more of it, or what has become of it, has not", () =>
    Effect.gen(function*() {
      const { entries, handle, overheard } = yield* setUp({ door: { groupContext: 5 } })
      const heard = { ...inTopic, destination: { ...inTopic.destination, threadId: undefined }, messageId: 1e9 }
      overheard.hear(
        { update: update({ message: groupMessage({ text: "It rains." }) }) },
        makeDoor({ groupContext: 5 })
      )
      const lengths = () => entries.map(({ content }) => content.length)
      yield* handle({ _tag: "More", origin: heard, isForward: false, asking: { ...asking, isMore: true } })
      yield* handle({ _tag: "Edit", origin: heard, asking: { ...asking, isEdit: true } })
      assert.deepStrictEqual(lengths(), [1, 1])
      yield* handle({ _tag: "Prompt", origin: heard, asking })
      yield* handle({ _tag: "Prompt", origin: heard, asking })
      assert.deepStrictEqual(lengths(), [1, 1, 2, 1])
    }))

  it.effect("that has become another one and cannot be taken is nobody's concern", () =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp({ taken: unavailable })
      yield* handle({ _tag: "Edit", origin: inPrivate, asking: { ...asking, isEdit: true } })
      assert.deepStrictEqual(outbox.calls, [])
    }))
})

describe("an auth.json", () => {
  it.effect("is asked of nobody", () =>
    Effect.gen(function*() {
      const { entries, handle, outbox } = yield* setUp()
      yield* handle({ _tag: "Import", origin: inPrivate, source: { _tag: "Text", text: Redacted.make("{}") } })
      assert.lengthOf(outbox.texts(), 1)
      assert.deepStrictEqual(entries, [])
    }))

  it.effect("that only might be one is kept first, like any question, and comes again when it cannot be", () =>
    Effect.gen(function*() {
      const incoming = { _tag: "Import", origin: inPrivate, source: file(false), otherwise: asking } as const
      const kept = yield* setUp()
      yield* kept.handle(incoming)
      assert.deepStrictEqual([kept.entries.length, kept.outbox.texts()], [1, []])
      const { handle, outbox } = yield* setUp({ taken: unavailable })
      assert.strictEqual((yield* Effect.flip(handle(incoming)))._tag, "TurnsUnavailable")
      assert.deepStrictEqual(outbox.calls, [])
    }))
})

describe("the press of a button", () => {
  const press = { _tag: "Approval", origin: inTopic, callbackId: "press", call: "call-1", approved: true } as const

  it.effect("goes into the mailbox with its word and its query, and waits for nothing there", () =>
    Effect.gen(function*() {
      const { entries, handle, outbox } = yield* setUp()
      yield* handle(press)
      const [entry] = entries
      assert.isTrue(entry?.isCommand)
      assert.deepStrictEqual(entry?.content, [
        { _tag: "Approval", call: "call-1", approved: true, callback: "press" }
      ])
      // The turn knows what it is worth.
      assert.deepStrictEqual(outbox.calls, [])
    }))

  it.effect.each<readonly [what: string, taken: Taken, door: DoorOptions, says: RegExp]>([
    ["one too many", Effect.succeed("full"), {}, /^⚠️ Too many messages/],
    ["in the way", Effect.succeed("full"), { whenBusy: "reject" }, /^⚠️ I am still answering/],
    ["made too soon", limited, {}, /asked as often as you may.*30 s/],
    ["not kept", unavailable, {}, /cannot be accepted/]
  ])("that is %s is answered with why", ([, taken, door, says]) =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp({ taken, door })
      yield* Effect.ignore(handle(press))
      const answers = outbox.calls.filter(({ method }) => method === "answerCallbackQuery")
      assert.deepStrictEqual(said({ ...outbox, calls: answers }), [["answerCallbackQuery", "press"]])
      assert.match(String(answers[0]?.payload["text"]), says)
    }))

  it.effect("that shall stop comes again where nothing can be stopped, and is not answered before", () =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp()
      const error = yield* Effect.flip(handle({ _tag: "Stop", origin: inTopic, callbackId: "press" }))
      assert.strictEqual(error.reason, "store")
      assert.deepStrictEqual(said(outbox), [])
    }))
})

describe("a command", () => {
  it.effect("that is under way when the bot is stopped says so", () =>
    Effect.gen(function*() {
      const { handle, outbox } = yield* setUp()
      const fiber = yield* Effect.forkChild(handle(command("reset")), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.match(outbox.texts()[0] ?? "", /The bot is being stopped/)
    }))
})

describe("who may not", () => {
  it.effect.each<readonly [what: string, origin: Origin, door: DoorOptions, names: RegExp]>([
    ["a person", { ...inPrivate, userId: 666 }, { allowedUserIds: [7] }, /^The user 666 is not/],
    ["what has no id", { ...inPrivate, userId: undefined }, { allowedUserIds: [7] }, /^The user without an id is not/],
    ["a chat", { ...inPrivate, chatId: 9 }, { allowedUserIds: [7], allowedChatIds: [7] }, /^The chat 9 is not/],
    ["a channel", { ...inPrivate, userId: -5, speaker: "chat" }, { allowedUserIds: [7] }, /^The chat -5 is not/]
  ])(
    "%s is told to its owner by the id to let in, and nothing of what was said",
    ([, origin, door, names]) =>
      Effect.gen(function*() {
        const { handle, lines, outbox } = yield* setUp({ door })
        yield* handle({ _tag: "Prompt", origin, asking: { content: [{ _tag: "Text", text: "do-not-tell" }] } })
        assert.lengthOf(lines, 1)
        assert.match(String(lines[0]), names)
        assert.lengthOf(outbox.texts(), 1)
      })
  )
})
