/**
 * Telegraf 4.16 and grammY with their own polling and sending; nothing here is made for them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Bot, InlineQueryResultBuilder, InputFile, InputMediaBuilder } from "grammy"
import { Telegraf } from "telegraf"
import type * as TelegramEmulator from "../src/testing/telegram/TelegramEmulator.ts"
import { png, setUp } from "./support/telegramWire.ts"

const telegraf = Effect.fnUntraced(function*(telegram: TelegramEmulator.Service, define: (bot: Telegraf) => void) {
  const bot = new Telegraf(telegram.token, { telegram: { apiRoot: telegram.apiRoot } })
  define(bot)
  yield* Effect.acquireRelease(
    Effect.forkDetach(Effect.exit(Effect.tryPromise(() => bot.launch()))),
    (running) => Effect.andThen(Effect.sync(() => bot.stop()), Fiber.join(running))
  )
  yield* telegram.polled
})

const grammy = Effect.fnUntraced(function*(telegram: TelegramEmulator.Service, define: (bot: Bot) => void) {
  const bot = new Bot(telegram.token, { client: { apiRoot: telegram.apiRoot } })
  define(bot)
  yield* Effect.acquireRelease(
    Effect.forkDetach(Effect.promise(() => bot.start({ allowed_updates: [] }))),
    (running) => Effect.andThen(Effect.promise(() => bot.stop()), Fiber.join(running))
  )
  yield* telegram.polled
})

const image = Effect.promise(async () => Buffer.from(await png(3, 2).arrayBuffer()))

describe("Telegraf", () => {
  it.live("downloads what people send, and answers with photos, albums, voice and reactions", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const source = yield* image
      yield* telegraf(telegram, (bot) => {
        bot.on("message", async (ctx) => {
          await ctx.react("👀")
          if (!("document" in ctx.message)) return
          const link = await ctx.telegram.getFileLink(ctx.message.document.file_id)
          const text = await (await fetch(link)).text()
          await ctx.replyWithPhoto({ source }, { caption: text })
          await ctx.replyWithMediaGroup([
            { type: "photo", media: { source }, caption: "one" },
            { type: "photo", media: { source } }
          ])
          await ctx.replyWithVoice({ source: Buffer.from("OggS") })
        })
      })
      const { message_id } = yield* ann.chat.sendDocument({ fileName: "a.txt", text: "what is in it" })
      yield* ann.chat.waitFor(({ voice }) => voice !== undefined)
      const [, photo, first, second] = yield* ann.chat.messages
      assert.deepInclude(photo, { caption: "what is in it" })
      assert.deepInclude(photo?.photo?.[1], { width: 3, height: 2 })
      assert.strictEqual(first?.caption, "one")
      assert.strictEqual(first?.media_group_id, second?.media_group_id)
      assert.deepStrictEqual(yield* ann.chat.botReactions(message_id), ["👀"])
    }))

  it.live("stays in the topic it was asked in, and opens one", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      yield* telegraf(telegram, (bot) => {
        bot.on("text", async (ctx) => {
          await ctx.sendChatAction("typing")
          await ctx.reply("here")
          const { message_thread_id } = await ctx.createForumTopic("More", {})
          await ctx.telegram.sendMessage(ctx.chat.id, "there", { message_thread_id })
        })
      })
      const forum = yield* telegram.group({ title: "Forum", kind: "forum", bot: "administrator" })
      const topic = yield* forum.topic("Bugs")
      yield* ann.in(topic).send("hi")
      yield* ann.in(topic).botText("here")
      const sent = yield* telegram.waitForCall(({ payload }) => payload["text"] === "there")
      assert.isTrue(sent.answer?.ok)
      assert.deepStrictEqual(
        (yield* telegram.timeline).filter(({ kind }) => kind === "service").map(({ text }) => text),
        ["forum_topic_created", "forum_topic_created"]
      )
    }))
})

describe("grammY", () => {
  it.live("edits, forwards, copies, shows drafts and hears the Stop button", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      yield* grammy(telegram, (bot) => {
        bot.on("message:text", async (ctx) => {
          await ctx.replyWithChatAction("typing")
          await ctx.api.sendMessageDraft(ctx.chat.id, 5, "writing", { can_stop: true })
        })
        bot.use(async (ctx) => {
          if (!("stopped_message_generation" in ctx.update)) return
          const { message_id } = await ctx.api.sendMessage(7, "stop")
          await ctx.api.editMessageText(7, message_id, "stopped")
          await ctx.api.copyMessage(7, 7, message_id)
          await ctx.api.forwardMessage(7, 7, message_id)
        })
      })
      yield* ann.chat.send("write")
      yield* ann.chat.waitForDraft(({ text }) => text === "writing")
      assert.isTrue(yield* ann.chat.isTyping)
      yield* ann.chat.stop
      yield* ann.chat.waitFor(({ forward_origin }) => forward_origin !== undefined)
      assert.deepStrictEqual((yield* ann.chat.messages).map(({ text }) => text), [
        "write",
        "stopped",
        "stopped",
        "stopped"
      ])
    }))

  it.live("answers inline queries", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      yield* grammy(telegram, (bot) => {
        bot.on("inline_query", (ctx) =>
          ctx.answerInlineQuery([InlineQueryResultBuilder.article("1", ctx.inlineQuery.query).text("hi")]))
      })
      const { results } = yield* ann.inlineQuery("what")
      const [first] = yield* results
      assert.deepInclude(first, { type: "article", id: "1", title: "what" })
    }))

  it.live("sends albums into topics, pins, and asks who is there", () =>
    Effect.gen(function*() {
      const { ann, telegram } = yield* setUp()
      const bytes = yield* image
      yield* grammy(telegram, (bot) => {
        bot.on("message:text", async (ctx) => {
          const [first] = await ctx.replyWithMediaGroup([
            InputMediaBuilder.photo(new InputFile(bytes), { caption: "one" }),
            InputMediaBuilder.photo(new InputFile(bytes))
          ])
          await ctx.api.pinChatMessage(ctx.chat.id, first?.message_id ?? 0)
          const member = await ctx.getChatMember(ctx.from.id)
          await ctx.reply(member.status)
        })
      })
      const forum = yield* telegram.group({ title: "Forum", kind: "forum", bot: "administrator" })
      const topic = yield* forum.topic("Photos")
      yield* ann.in(topic).send("show")
      yield* ann.in(topic).botText("member")
      const albums = (yield* ann.in(topic).messages).flatMap(({ media_group_id }) => media_group_id ?? [])
      assert.strictEqual(albums.length, 2)
    }))
})
