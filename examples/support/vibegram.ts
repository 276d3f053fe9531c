/**
 * A small stand-in for VibeGram, which is not on npm: the part of its shape that the seed's bots use.
 *
 * It polls, runs the middleware of an update, and offers `ctx.client.callApi`, `ctx.reply` and their like. Files go
 * out as multipart when a value is a Buffer or has a `pipe`, as in VibeGram.
 */
import { Schema } from "effect"
import { basename } from "node:path"
import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"

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
const Update = Schema.StructWithRest(
  Schema.Struct({ update_id: Schema.Int, message: Schema.optionalKey(Message) }),
  open
)
const Envelope = Schema.Union([
  Schema.Struct({ ok: Schema.Literal(true), result: Schema.Unknown }),
  Schema.Struct({ ok: Schema.Literal(false), error_code: Schema.Int, description: Schema.String })
])

const decodeEnvelope = Schema.decodeUnknownSync(Envelope)
const decodeUpdates = Schema.decodeUnknownSync(Schema.Array(Update))

/** The fields of a call. */
export type Data = { readonly [field: string]: unknown }

/** The Bot API. */
export interface Client {
  /** VibeGram's client tells it to those who download files. */
  readonly token: string
  /** Not in VibeGram, which knows one server only. */
  readonly apiRoot: string
  /** Rejects with an error that has `errorCode` and `description` when Telegram refuses. */
  readonly callApi: (method: string, data?: Data) => Promise<unknown>
}

/** One update on its way through the middleware. */
export interface Context {
  readonly update: typeof Update.Type
  readonly message: typeof Message.Type | undefined
  readonly chat: typeof Chat.Type | undefined
  readonly from: typeof User.Type | undefined
  readonly client: Client
  readonly reply: (text: string, extra?: Data) => Promise<unknown>
  readonly sendChatAction: (action: string, extra?: Data) => Promise<unknown>
  readonly replyWithDocument: (document: unknown, extra?: Data) => Promise<unknown>
}

/** What `bot.use` takes. */
export type Middleware = (ctx: Context, next: () => Promise<void>) => unknown

const isFile = (value: unknown): value is Readable | Buffer => Buffer.isBuffer(value) || value instanceof Readable

const nameOf = (file: Readable | Buffer, field: string): string =>
  "path" in file && typeof file.path === "string" ? basename(file.path) : field

const multipart = async (data: Data): Promise<FormData> => {
  const form = new FormData()
  for (const [field, value] of Object.entries(data)) {
    if (isFile(value)) {
      const bytes = Buffer.isBuffer(value) ? value : await buffer(value)
      form.set(field, new Blob([Uint8Array.from(bytes)]), nameOf(value, field))
    } else if (value !== undefined) {
      form.set(field, typeof value === "string" ? value : JSON.stringify(value))
    }
  }
  return form
}

/** A bot that polls. */
export class Bot {
  readonly client: Client
  readonly #request: (method: string, data: Data, signal?: AbortSignal) => Promise<unknown>
  readonly #middleware: Array<Middleware> = []
  readonly #stopping = new AbortController()

  constructor(token: string, options: { readonly apiRoot?: string | undefined } = {}) {
    const root = options.apiRoot ?? process.env.TELEGRAM_API_ROOT ?? "https://api.telegram.org"
    this.#request = async (method, data, signal) => {
      const response = await fetch(`${root}/bot${token}/${method}`, {
        method: "POST",
        ...(Object.values(data).some(isFile)
          ? { body: await multipart(data) }
          : { body: JSON.stringify(data), headers: { "content-type": "application/json" } }),
        ...(signal !== undefined && { signal })
      })
      const answer = decodeEnvelope(await response.json())
      if (answer.ok) return answer.result
      const { description, error_code: errorCode } = answer
      throw Object.assign(new Error(description), { errorCode, description })
    }
    this.client = {
      token,
      apiRoot: root,
      callApi: (method, data = {}) => this.#request(method, data)
    }
  }

  use(middleware: Middleware): this {
    this.#middleware.push(middleware)
    return this
  }

  command(name: string, handler: (ctx: Context) => unknown): this {
    return this.use((ctx, next) => {
      const [word = ""] = ctx.message?.text?.split(/[\s@]/, 1) ?? []
      return word.toLowerCase() === `/${name}` ? handler(ctx) : next()
    })
  }

  start(handler: (ctx: Context) => unknown): this {
    return this.command("start", handler)
  }

  /** Polls until `stop`; rejects when Telegram refuses or cannot be reached. */
  async launch(): Promise<void> {
    const { signal } = this.#stopping
    let offset = 0
    while (!signal.aborted) {
      const updates = await this.#request("getUpdates", { offset, timeout: 50 }, signal).then(
        decodeUpdates,
        (error: unknown) => signal.aborted ? [] : Promise.reject(error)
      )
      for (const update of updates) {
        offset = update.update_id + 1
        await this.#run(this.#context(update), 0)
      }
    }
    // Without this Telegram would hand out the last updates once more.
    await this.#request("getUpdates", { offset, limit: 1, timeout: 0 })
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #run(ctx: Context, at: number): Promise<void> {
    await this.#middleware[at]?.(ctx, () => this.#run(ctx, at + 1))
  }

  #context(update: typeof Update.Type): Context {
    const { client } = this
    const { message } = update
    const here = (data: Data): Data => ({ chat_id: message?.chat.id, ...data })
    return {
      update,
      message,
      chat: message?.chat,
      from: message?.from,
      client,
      reply: (text, extra) => client.callApi("sendMessage", here({ text, ...extra })),
      sendChatAction: (action, extra) => client.callApi("sendChatAction", here({ action, ...extra })),
      replyWithDocument: (document, extra) => client.callApi("sendDocument", here({ document, ...extra }))
    }
  }
}
