/**
 * What a Telegram turn with a short answer costs, against a hand-written Telegraf handler that makes the same calls.
 *
 * Run with `npm run bench -- telegram`. The backend is a process of its own; Telegram answers at once, without sockets.
 */
import process from "node:process"
import { Telegraf, Telegram } from "telegraf"
import { codex, codexProvider } from "../../src/telegram/index.ts"
import { bareAsk, server } from "./answers.ts"
import { compared, cpuOf, login, tell } from "./measure.ts"

const batch = 100

let messageId = 1
let updateId = 1
const one = await server()
const other = await server()
const client: object = Object.getPrototypeOf(Telegram.prototype)
Object.assign(client, {
  callApi: (method: string, payload: { readonly message_id?: number; readonly chat_id?: number }) =>
    Promise.resolve(
      /^(?:send|edit)/.test(method)
        ? { message_id: payload.message_id ?? messageId++, date: 1, chat: { id: payload.chat_id, type: "private" } }
        : true
    )
})

const opened = (use: (bot: Telegraf) => void) => {
  const bot = new Telegraf("1:token", { handlerTimeout: Number.POSITIVE_INFINITY })
  bot.botInfo = {
    id: 1,
    is_bot: true,
    first_name: "Bench",
    username: "bench_bot",
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false
  }
  use(bot)
  return () =>
    cpuOf(async () => {
      for (let n = 0; n < batch; n++) {
        const id = 1000 + n
        await bot.handleUpdate({
          update_id: updateId++,
          message: {
            message_id: messageId++,
            date: 1,
            chat: { id, type: "private", first_name: "A" },
            from: { id, is_bot: false, first_name: "A" },
            text: "What is the answer?"
          }
        })
      }
    })
}

const ours = opened((bot) => {
  bot.use(codex({
    provider: codexProvider({ authJsonPath: login(), baseUrl: `${one.url}/small` }),
    allowedUserIds: "everybody",
    paced: false,
    background: false
  }))
})
const bare = opened((bot) => {
  bot.on("message", async (context) => {
    const shown = await context.reply("…")
    const text = await bareAsk(`${other.url}/small`)
    await context.telegram.editMessageText(context.chat.id, shown.message_id, undefined, text)
  })
})
tell("a Telegram turn with a short answer", await compared({ rounds: 15, warmUp: 5 }, ours, bare), 2.4)
process.exit()
