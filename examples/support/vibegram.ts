/**
 * A small stand-in for VibeGram, which is not on npm: the part of its shape that bots of `vibegram/codex` use.
 *
 * It is as awkward as the original, 2.2.1 or 2.4.0: `ctx.telegram` stands beside `ctx.client`, a call waits out rate
 * limits by itself unless it is told not to, files are named in two ways, `launch` resolves at once, and a signal ends
 * the process.
 */
import { Schema } from "effect"
import { basename } from "node:path"
import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"

const open = [Schema.Record(Schema.String, Schema.Unknown)] as const
const Chat = Schema.StructWithRest(Schema.Struct({ id: Schema.Int, type: Schema.String }), open)
const User = Schema.StructWithRest(Schema.Struct({ id: Schema.Int }), open)
const Message = Schema.StructWithRest(
  Schema.Struct({
    message_id: Schema.Int,
    chat: Chat,
    from: Schema.optionalKey(User),
    text: Schema.optionalKey(Schema.String)
  }),
  open
)
const Carrier = Schema.StructWithRest(
  Schema.Struct({ chat: Schema.optionalKey(Chat), from: Schema.optionalKey(User) }),
  open
)
const Update = Schema.StructWithRest(
  Schema.Struct({
    update_id: Schema.Int,
    message: Schema.optionalKey(Message),
    edited_message: Schema.optionalKey(Message),
    channel_post: Schema.optionalKey(Message),
    callback_query: Schema.optionalKey(
      Schema.StructWithRest(Schema.Struct({ from: User, message: Schema.optionalKey(Carrier) }), open)
    )
  }),
  open
)
const Envelope = Schema.Union([
  Schema.Struct({ ok: Schema.Literal(true), result: Schema.Unknown }),
  Schema.Struct({
    ok: Schema.Literal(false),
    error_code: Schema.Int,
    description: Schema.String,
    parameters: Schema.optionalKey(Schema.Struct({ retry_after: Schema.optionalKey(Schema.Finite) }))
  })
])

const decodeEnvelope = Schema.decodeUnknownSync(Envelope)
const decodeUpdates = Schema.decodeUnknownSync(Schema.Array(Update))
const decodeMe = Schema.decodeUnknownSync(Schema.Struct({ id: Schema.Int, username: Schema.String }))

/** The fields of a call. */
export type Data = { readonly [field: string]: unknown }

/** One call on its way out, as transformers see it. */
export interface Request {
  readonly method: string
  readonly data?: Data | undefined
  readonly retries: number
}

type Next = (request: Request) => Promise<unknown>

/** Wraps every call of a client. */
export type Transformer = (next: Next) => Next

/** The Bot API. */
export interface Client {
  /** VibeGram's client tells it to those who download files. */
  readonly token: string
  /** Not in VibeGram, which knows one server only. */
  readonly apiRoot: string
  /**
   * Rejects with an error that has `errorCode` and `description` when Telegram refuses.
   *
   * A 429 is waited out within the call, so many times; a call cannot be aborted.
   */
  readonly callApi: (method: string, data?: Data, retries?: number) => Promise<unknown>
  readonly use: (transformer: Transformer) => Client
}

/** One update on its way through the middleware. */
export interface Context {
  readonly update: typeof Update.Type
  readonly message: typeof Message.Type | undefined
  readonly chat: typeof Chat.Type | undefined
  readonly from: typeof User.Type | undefined
  readonly client: Client
  /** The same object as `client`. */
  readonly telegram: Client
  readonly reply: (text: string, extra?: Data) => Promise<unknown>
  readonly sendChatAction: (action: string, extra?: Data) => Promise<unknown>
  readonly replyWithDocument: (document: unknown, extra?: Data) => Promise<unknown>
}

/** What `bot.use` takes. */
export type Middleware = (ctx: Context, next: () => Promise<void>) => unknown

/** What `new Bot` takes. */
export interface BotOptions {
  /** Not in VibeGram. Default: `TELEGRAM_API_ROOT`, or Telegram's own server. */
  readonly apiRoot?: string | undefined
  /** Whose ways with files it has. Default: 2.4.0. */
  readonly version?: "2.2.1" | "2.4.0" | undefined
  readonly polling?: {
    readonly interval?: number
    readonly timeout?: number
    readonly allowed_updates?: ReadonlyArray<string>
  } | undefined
  readonly observability?: {
    readonly hooks?: { readonly onStop?: (event: { readonly reason?: string }) => unknown }
  } | undefined
}

const failed = (message: string, name: string, fields: object): Error =>
  Object.assign(new Error(message), { name, ...fields })

const isFile = (value: unknown): value is Readable | Buffer => Buffer.isBuffer(value) || value instanceof Readable

// 2.2.1 names a file after the path of its stream, 2.4.0 after the field that it is in.
const nameOf = (file: Readable | Buffer, field: string, version: BotOptions["version"]): string =>
  version === "2.2.1" && "path" in file && typeof file.path === "string" ? basename(file.path) : field

const multipart = async (data: Data, version: BotOptions["version"]): Promise<FormData> => {
  const form = new FormData()
  for (const [field, value] of Object.entries(data)) {
    if (isFile(value)) {
      const bytes = Buffer.isBuffer(value) ? value : await buffer(value)
      form.set(field, new Blob([Uint8Array.from(bytes)]), nameOf(value, field, version))
    } else if (value !== undefined) {
      if (version === "2.2.1" && typeof value === "boolean") {
        throw new TypeError("source.on is not a function")
      }
      form.set(field, typeof value === "string" ? value : JSON.stringify(value))
    }
  }
  return form
}

/** A bot that polls. */
export class Bot {
  readonly client: Client
  readonly #options: BotOptions
  readonly #middleware: Array<Middleware> = []
  #polling: Promise<void> | undefined
  #isPolling = false

  constructor(token: string, options: BotOptions = {}) {
    if (token === "") throw new Error("Telegram Bot token is required.")
    this.#options = options
    const { version = "2.4.0" } = options
    const root = options.apiRoot ?? process.env.TELEGRAM_API_ROOT ?? "https://api.telegram.org"
    const transformers: Array<Transformer> = []

    const post: Next = async ({ data = {}, method, retries }) => {
      const isForm = Object.values(data).some(isFile)
      const answer = await fetch(`${root}/bot${token}/${method}`, {
        method: "POST",
        ...(isForm
          ? { body: await multipart(data, version) }
          : { body: JSON.stringify(data), headers: { "content-type": "application/json" } })
      }).then((response) => response.json()).then(decodeEnvelope).catch((error: Error) => {
        throw failed(`Network Error: ${error.message}`, "NetworkError", { code: "NETWORK_ERROR", originalError: error })
      })
      if (answer.ok) return answer.result
      const { description, error_code: errorCode, parameters } = answer
      if (errorCode !== 429) {
        throw failed(`Telegram request failed: [${errorCode}] ${description}`, "TelegramApiError", {
          code: `TELEGRAM_${errorCode}`,
          errorCode,
          description
        })
      }
      const retryAfter = parameters?.retry_after ?? 1
      if (retries === 0) {
        throw failed(`Rate limit exceeded. Retry after ${retryAfter}s.`, "RateLimitError", {
          code: "RATE_LIMIT",
          retryAfter
        })
      }
      console.warn(`[Rate Limit] Telegram quota exceeded. Retrying in ${retryAfter}s...`)
      await sleep(retryAfter * 1000)
      return post({ data, method, retries: retries - 1 })
    }

    const client: Client = {
      token,
      apiRoot: root,
      callApi: async (method, data, retries = 3) => {
        if (!Number.isInteger(retries) || retries < 0) throw new TypeError("retries must be a non-negative integer.")
        return transformers.reduceRight((next, transformer) => transformer(next), post)({ method, data, retries })
      },
      use: (transformer) => {
        transformers.push(transformer)
        return client
      }
    }
    this.client = client
  }

  use(middleware: Middleware): this {
    this.#middleware.push(middleware)
    return this
  }

  command(name: string, handler: (ctx: Context) => unknown): this {
    return this.use((ctx, next) => {
      const [word = ""] = ctx.message?.text?.split(/[\s@]/, 1) ?? []
      return word === `/${name}` ? handler(ctx) : next()
    })
  }

  start(handler: (ctx: Context) => unknown): this {
    return this.command("start", handler)
  }

  /** Asks who it is, and polls from then on; resolves at once. A signal ends the process. */
  async launch(): Promise<void> {
    const me = decodeMe(
      await this.client.callApi("getMe").catch(() => {
        throw failed("Bot token is invalid or unauthorized.", "InvalidTokenError", { code: "INVALID_TOKEN" })
      })
    )
    console.log(`[VibeGram] @${me.username} (${me.id}) started. Polling for updates...`)
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.once(signal, () => {
        void this.stop(signal).then(() => process.exit(0), () => process.exit(1))
      })
    }
    this.#isPolling = true
    this.#polling = this.#poll()
  }

  /** Ends when the poll that is under way has been answered. */
  async stop(reason?: string): Promise<void> {
    if (!this.#isPolling) return
    if (reason !== undefined) console.log(`[VibeGram] Shutdown initiated: ${reason}`)
    this.#isPolling = false
    await this.#polling
    console.log("[VibeGram] Bot stopped gracefully.")
    await this.#options.observability?.hooks?.onStop?.(reason === undefined ? {} : { reason })
  }

  async #poll(): Promise<void> {
    const { allowed_updates, interval = 300, timeout = 30 } = this.#options.polling ?? {}
    let offset = 0
    while (this.#isPolling) {
      try {
        const updates = decodeUpdates(
          await this.client.callApi("getUpdates", {
            offset,
            limit: 100,
            timeout,
            ...(allowed_updates !== undefined && { allowed_updates })
          })
        )
        for (const update of updates) {
          if (!this.#isPolling) break
          offset = Math.max(offset, update.update_id + 1)
          await this.#run(this.#context(update), 0).catch((error: unknown) => {
            console.error("[VibeGram] Unhandled error in middleware:", error)
          })
        }
      } catch (error) {
        console.error("[VibeGram] Polling error:", error)
        if (this.#isPolling) await sleep(3000)
      }
      if (this.#isPolling) await sleep(interval)
    }
  }

  async #run(ctx: Context, at: number): Promise<void> {
    await this.#middleware[at]?.(ctx, () => this.#run(ctx, at + 1))
  }

  #context(update: typeof Update.Type): Context {
    const { client } = this
    const message = update.message ?? update.edited_message ?? update.channel_post
    const chat = message?.chat ?? update.callback_query?.message?.chat
    const here = (data: Data): Data => ({ chat_id: chat?.id, ...data })
    return {
      update,
      message,
      chat,
      from: message?.from ?? update.callback_query?.from,
      client,
      telegram: client,
      reply: (text, extra) => client.callApi("sendMessage", here({ text, ...extra })),
      sendChatAction: (action, extra) => client.callApi("sendChatAction", here({ action, ...extra })),
      replyWithDocument: (document, extra) => client.callApi("sendDocument", here({ document, ...extra }))
    }
  }
}
