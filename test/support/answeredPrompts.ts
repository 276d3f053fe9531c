/**
 * Numbered prompts in several chats, whose answers repeat them: what a bot that is killed must have said of each in the end.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"

type Chats = ReadonlyArray<TelegramEmulator.Conversation>

/** What was asked in each chat, in its order. */
export type Words = ReadonlyArray<ReadonlyArray<string>>

const isAnswered = (text: string | undefined, word: string): boolean =>
  text?.startsWith(`You asked: "${word}"`) === true && !text.includes("▍")

/** The texts of all messages of each chat. */
export const texts = (chats: Chats) =>
  Effect.forEach(chats, ({ messages }) => Effect.map(messages, (all) => all.map(({ text }) => text)))

/** Waits until each prompt is answered, or for so long; what is missing then is for `onceAndInOrder` to say. */
export const waited = (chats: Chats, words: Words, limit: number) =>
  texts(chats).pipe(
    Effect.repeat({
      until: (all) =>
        all.every((texts, index) => words[index]?.every((word) => texts.some((text) => isAnswered(text, word)))),
      schedule: Schedule.spaced("100 millis")
    }),
    Effect.timeoutOption(limit)
  )

/** Every prompt of a chat has one final, and the finals stand in the order of the prompts. */
export const onceAndInOrder = (texts: ReadonlyArray<string | undefined>, words: ReadonlyArray<string>): void => {
  const finals = words.map((word) => texts.filter((text) => isAnswered(text, word)).length)
  assert.deepStrictEqual(finals, words.map(() => 1), `finals of ${words.join(" ")} in ${JSON.stringify(texts)}`)
  const order = texts.flatMap((text) => /^You asked: "(prompt\d+\.)"/.exec(text ?? "")?.[1] ?? [])
    .filter((word, at, order) => order.lastIndexOf(word) === at)
  assert.deepStrictEqual(order, words, "the order of a conversation")
}
