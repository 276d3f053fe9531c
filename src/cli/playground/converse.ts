/**
 * The conversation with a person at the terminal: a typed line is a Telegram message, Esc presses Stop, and what the bot
 * does is shown as it happens.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { createInterface } from "node:readline"
// @effect-diagnostics-next-line nodeBuiltinImport:off -- readline reads and writes streams of Node.
import type { Readable } from "node:stream"
import type * as TelegramEmulator from "../../testing/telegram/TelegramEmulator.ts"
import * as View from "./view.ts"
import type { World } from "./world.ts"

/** What is said at the beginning. */
export const hint = "Write to the bot. Esc stops its answer, /help tells more, /quit ends."

const help = [
  "Here in the playground:",
  "  Esc           stops the answer that is being written",
  "  /kill         kills the bot without a warning, and starts it again: what it was answering it finishes",
  "  /help         shows this",
  "  /quit         ends, as do Ctrl-C and Ctrl-D",
  "Of the bot:",
  "  /start        greets you",
  "  /codex help   lists its commands: you are an auth admin, so all of them are yours"
].join("\n")

const stopButtonOf = (message: TelegramEmulator.Message | undefined) =>
  message?.reply_markup?.inline_keyboard?.flat().find(({ callback_data }) => callback_data !== undefined)

const shownOf = (message: TelegramEmulator.Message): View.Shown => ({
  text: message.text ?? message.caption ??
    (message.document === undefined ? "(a message without text)" : `(the file ${message.document.file_name ?? ""})`),
  entities: message.entities ?? message.caption_entities ?? [],
  note: stopButtonOf(message) === undefined ? undefined : "[Esc: Stop]"
})

/** Lets a person chat until `/quit`, Ctrl-C or Ctrl-D. */
export const converse = Effect.fnUntraced(function*(
  { chat, kill, said, telegram }: World,
  input: Readable,
  screen: View.Screen,
  isStyled: boolean
) {
  const acts = yield* Queue.unbounded<Effect.Effect<unknown>>()
  const rl = yield* Effect.acquireRelease(
    Effect.sync(() => createInterface({ input, output: screen, prompt: "user> ", escapeCodeTimeout: 50 })),
    (rl) => Effect.sync(() => rl.close())
  )
  const view = View.make(rl, screen, isStyled)
  const act = (effect: Effect.Effect<unknown, TelegramEmulator.ImpossibleAct>): void => {
    Queue.offerUnsafe(acts, Effect.catch(effect, ({ message }) => Effect.sync(() => view.say(`! ${message}`))))
  }

  /** Presses the button under the answer; one without a button is stopped by the command. */
  const stop = Effect.gen(function*() {
    const message = (yield* chat.messages).findLast((message) => stopButtonOf(message) !== undefined)
    const data = stopButtonOf(message)?.callback_data
    return message === undefined || data === undefined
      ? yield* chat.send("/codex stop")
      : yield* chat.press(message.message_id, data)
  })

  const leave = Effect.callback<void>((resume) => {
    rl.on("line", (line) => {
      view.typed(line)
      switch (line.trim()) {
        case "":
          return
        case "/quit":
          return resume(Effect.void)
        case "/kill":
          return act(Effect.map(kill, (isDone) =>
            view.say(
              isDone
                ? "! The bot was killed, and is started again."
                : "! This bot runs in this process, and cannot be killed."
            )))
        case "/help":
          return view.say(help)
        default:
          return act(chat.send(line))
      }
    })
    const pressed = (_: unknown, key: { readonly name?: string } | undefined): void => {
      if (key?.name === "escape") act(stop)
    }
    input.on("keypress", pressed)
    rl.on("SIGINT", () => resume(Effect.void))
    rl.on("close", () => resume(Effect.void))
    return Effect.sync(() => input.off("keypress", pressed))
  })

  const see = Effect.fnUntraced(function*(entry: TelegramEmulator.TimelineEntry) {
    const { from, kind, messageId, text } = entry
    if (from !== "bot" || entry.chatId !== chat.chat.id) return
    switch (kind) {
      case "action":
        return view.typing()
      case "sent":
      case "edited": {
        const message = (yield* chat.messages).find((message) => message.message_id === messageId)
        return view.message(
          messageId,
          message === undefined ? { text, entities: [] } : shownOf(message),
          kind === "sent"
        )
      }
      case "deleted":
        return view.deleted(messageId)
      case "answered":
        return text === "" ? undefined : view.say(`bot> (${text})`)
      default:
        return
    }
  })

  yield* Effect.sync(() => rl.prompt())
  yield* Effect.raceFirst(
    leave,
    Effect.all([
      Stream.runForEach(Stream.fromQueue(acts), (effect) => effect),
      Stream.runForEach(telegram.events, see),
      Stream.runForEach(said, (line) => Effect.sync(() => view.say(line)))
    ], { concurrency: "unbounded" })
  )
  yield* Effect.sync(() => screen.write("\n"))
})
