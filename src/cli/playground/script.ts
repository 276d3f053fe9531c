/**
 * The conversation that is played when nobody sits at the terminal. Every answer is checked.
 */
import * as Arr from "effect/Array"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as TelegramEmulator from "../../testing/telegram/TelegramEmulator.ts"
import type { World } from "./world.ts"

/** The bot did not say what it should have said. */
export class UnexpectedAnswer extends Data.TaggedError("UnexpectedAnswer")<{ readonly message: string }> {}

/** What the person sends, and the answer it must get; what happens before is said in `scene`. */
interface Step {
  readonly scene?: string
  readonly before?: (world: World) => Effect.Effect<void>
  /** As it is printed; this is what is sent, unless `act` does something else. */
  readonly user: string
  readonly act?: (world: World) => Effect.Effect<ReadonlyArray<TelegramEmulator.Message>, Impossible>
  /** Matches the whole answer, so that one that is still being written is waited for. */
  readonly bot: RegExp
}

type Impossible = TelegramEmulator.ImpossibleAct | UnexpectedAnswer

/** Two messages' worth of text. */
const paste = Array.from(
  { length: 100 },
  (_, i) => `${i + 1}. A line of a text that is longer than Telegram lets one message be.`
)

const pastes = Effect.fnUntraced(function*({ chat }: World) {
  const messages = yield* chat.send([...paste, "How many lines are these?"].join("\n"))
  return messages.length === 2 ? messages : yield* new UnexpectedAnswer({
    message: `Telegram should cut the text into 2 messages; there were ${messages.length}.`
  })
})

/** Replies to what the person themselves said first. */
const repliesTo = (text: string, reply: string) =>
  Effect.fnUntraced(function*({ chat }: World) {
    const earlier = (yield* chat.messages).find((message) => message.text === text)
    return yield* chat.send(reply, earlier === undefined ? {} : { replyTo: earlier.message_id })
  })

const steps: ReadonlyArray<Step> = [
  { user: "What is 6 x 7?", bot: /^6 x 7 = 42\.$/ },
  { user: "My name is Ann.", bot: /^Nice to meet you, Ann\..*name\.$/ },
  { scene: "A question that only memory can answer", user: "What is my name?", bot: /^Your name is Ann\.$/ },
  { scene: "Commands", user: "/codex status", bot: /connected[^]*gpt-6\.1-sol[^]*tokens/ },
  { user: "/codex models", bot: /gpt-6\.1-sol[^]*gpt-5\.6-luna/ },
  { scene: "A personality", user: "/codex personality Talk like a pirate.", bot: /personality is set/ },
  { user: "What is my name?", bot: /^Arr! Your name is Ann\. Yo ho ho!$/ },
  { user: "/codex personality reset", bot: /default/ },
  { scene: "A fresh start", user: "/codex reset", bot: /forgotten/ },
  { user: "What is my name?", bot: /^I do not know your name\..*conversation\.$/ },
  {
    scene: "A reply brings along what it replies to",
    user: "(in reply to \"My name is Ann.\")\nWhat is my name?",
    act: repliesTo("My name is Ann.", "What is my name?"),
    bot: /^Your name is Ann\.$/
  },
  {
    scene: "A picture, and a question about it",
    user: "(a picture)\nWhat do you see here?",
    act: ({ chat }) => Effect.map(chat.sendPhoto({ caption: "What do you see here?" }), Arr.of),
    bot: /^I can see 1 picture\.$/
  },
  {
    scene: "A text that Telegram cuts into two messages",
    user: `${paste[0]}\n(and so on, ${paste.length} lines in 2 messages)\nHow many lines are these?`,
    act: pastes,
    bot: /^You sent 101 lines of \d+ characters together\.$/
  },
  {
    scene: "The quota of the account is used up",
    before: ({ chatgpt }) => chatgpt.setQuota({ primary: 100 }),
    user: "What is 1 + 1?",
    bot: /quota[^]*\(429\)[^]*resets at \d{4}-\d\d-\d\d \d\d:\d\d UTC/
  },
  {
    scene: "The quota is whole again",
    before: ({ chatgpt }) => chatgpt.setQuota({ primary: 0 }),
    user: "What is 1 + 1?",
    bot: /^1 \+ 1 = 2\.$/
  }
]

/** A text as lines that say whose it is. */
export const lines = (who: "user" | "bot", text: string): string => text.replace(/^/gm, `${who}> `)

const play = Effect.fnUntraced(function*(world: World, patience: Duration.Duration, step: Step) {
  const { act, before, bot, scene, user } = step
  const { chat } = world
  if (scene !== undefined) yield* Console.log(`\n# ${scene}`)
  if (before !== undefined) yield* before(world)
  yield* Console.log(lines("user", user))
  const sent = Arr.lastNonEmpty(
    yield* Effect.filterOrFail(act?.(world) ?? chat.send(user), Arr.isReadonlyArrayNonEmpty)
  ).message_id
  const answers = Effect.map(
    chat.messages,
    (messages) =>
      messages.filter((message) => message.message_id > sent).map((message) => message.text ?? message.caption ?? "")
  )
  yield* chat.waitFor((message) => message.message_id > sent && bot.test(message.text ?? "")).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: Effect.fnUntraced(function*() {
        const found = (yield* answers).map((text) => JSON.stringify(text)).join(", ") || "no answer"
        return yield* new UnexpectedAnswer({
          message: `"${user}" should be answered with ${bot} within ${Duration.format(patience)}; there was ${found}.`
        })
      })
    })
  )
  for (const answer of yield* answers) yield* Console.log(lines("bot", answer))
})

/** Plays all steps; the first wrong answer ends the play. `patience` is what each answer may take. */
export const playScript = Effect.fnUntraced(function*(world: World, patience: Duration.Duration) {
  yield* Effect.forEach(steps, (step) => play(world, patience, step), { discard: true })
  yield* Console.log(`\nAll ${steps.length} answers are as they should be.`)
})
