/**
 * What is answered to `/start`, the first thing that everybody sends a bot.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Access from "../../telegram/Access.ts"
import { TelegramApi } from "../../telegram/TelegramApi.ts"
import type { Service as Door } from "../../telegram/TelegramDoor.ts"

const decode = Schema.decodeUnknownOption(Schema.Struct({
  message: Schema.Struct({
    text: Schema.String,
    from: Schema.Struct({ id: Schema.Int }),
    chat: Schema.Struct({ id: Schema.Int, type: Schema.String }),
    message_thread_id: Schema.optionalKey(Schema.Int),
    is_topic_message: Schema.optionalKey(Schema.Boolean)
  })
}))

/** Greets who starts the bot in private; a stranger learns their id, which is what its owner needs to let them in. */
export const greet = Effect.fnUntraced(
  function*(update: unknown, door: Door) {
    const found = decode(update)
    if (Option.isNone(found)) return
    const { chat, from, is_topic_message, message_thread_id: threadId, text } = found.value.message
    if (chat.type !== "private" || !/^\/start(?:@\w+)?(?:\s|$)/.test(text)) return
    const isAllowed = Result.isSuccess(Access.check({ userId: from.id, chatId: chat.id }, door))
    if (!isAllowed) yield* Effect.logInfo(`User ${from.id} may not use this bot, and has asked.`)
    const to = {
      chatId: chat.id,
      threadId: is_topic_message === true ? threadId : undefined,
      replyTo: undefined
    }
    yield* TelegramApi.use((api) =>
      api.sendMessage(to, {
        text: isAllowed
          ? door.autoReply
            ? `Send a message, or see /${door.commandPrefix} help.`
            : `Ask with /${door.commandPrefix} ask <text>, or see /${door.commandPrefix} help.`
          : `This bot answers only those whom its owner lets in. Your user id is ${from.id}: give it to the owner.`
      })
    )
  },
  Effect.catch((failure) => Effect.logWarning(`A greeting did not arrive. ${failure.message}`))
)
