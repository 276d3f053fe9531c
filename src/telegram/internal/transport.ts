/**
 * Recognises a framework's context by its shape and makes one kind of call of it.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
// VibeGram's client tells files by their `pipe` and names them by their `path`: only a Node stream has both.
// @effect-diagnostics-next-line nodeBuiltinImport:off
import { Readable } from "node:stream"
import type { TelegramFailed } from "../TelegramError.ts"
import { failureOf } from "./refusal.ts"

/** The payload of a Bot API method. */
export type Payload = { readonly [field: string]: unknown }

/** A file in memory, and what it is sent as. */
export interface File {
  readonly name: string
  readonly content: Uint8Array
  readonly as: "document" | "photo"
}

/** The method that sends a file. */
export const methodFor = ({ as }: Pick<File, "as">): "sendDocument" | "sendPhoto" =>
  as === "photo" ? "sendPhoto" : "sendDocument"

/** What a call may lean on. */
export interface Means {
  /** HTTP for the one framework that cannot be handed a file. */
  readonly fetch: typeof globalThis.fetch
  /** Told of a call that may come through although it was given up: not every framework can abort one. */
  readonly begun: (pending: Promise<unknown>) => void
}

/** A way to call the Bot API. */
export interface Transport {
  /** Whether every method can be called, or only what a context has shortcuts for. */
  readonly isComplete: boolean
  readonly call: (method: string, payload: Payload, means: Means) => Effect.Effect<unknown, TelegramFailed>
  /** Sends a file; every framework wants its files in another form. */
  readonly upload: (payload: Payload, file: File, means: Means) => Effect.Effect<unknown, TelegramFailed>
  /** Where the bytes of a file are. The address holds the bot's token. */
  readonly fileUrl: (filePath: string) => Redacted.Redacted | undefined
}

/** The interruption of a call, and what else it may lean on. */
interface PromiseMeans extends Pick<Means, "fetch"> {
  readonly signal: AbortSignal
}

/** What a framework offers. Both functions reject with whatever it throws. */
interface Framework extends Pick<Transport, "isComplete" | "fileUrl"> {
  readonly call: (method: string, payload: Payload, means: PromiseMeans) => Promise<unknown>
  readonly upload: (payload: Payload, file: File, means: PromiseMeans) => Promise<unknown>
}

const made = (method: string, { begun, fetch }: Means, call: (means: PromiseMeans) => Promise<unknown>) =>
  Effect.tryPromise({
    try: (signal) => {
      const pending = call({ fetch, signal })
      begun(pending)
      return pending
    },
    catch: (cause) => failureOf(method, cause)
  })

const transportOf = ({ call, fileUrl, isComplete, upload }: Framework): Transport => ({
  isComplete,
  fileUrl,
  call: (method, payload, means) => made(method, means, (means) => call(method, payload, means)),
  upload: (payload, file, means) => made(methodFor(file), means, (means) => upload(payload, file, means))
})

/** What a call rejects with when a context has no way to make it. */
export interface Unsupported {
  readonly _tag: "Unsupported"
  readonly method: string
}

const unsupported = (method: string): Promise<never> => {
  const rejection: Unsupported = { _tag: "Unsupported", method }
  return Promise.reject(rejection)
}

type Method = (...parameters: ReadonlyArray<unknown>) => unknown

const isMethod = (value: unknown): value is Method => typeof value === "function"

// Read without asking `in` first: grammY's `raw` is a proxy that answers to every name and claims to have none.
const methodOf = (owner: unknown, name: string): Option.Option<Method> => {
  if (!Predicate.isObjectKeyword(owner)) return Option.none()
  const found: unknown = Reflect.get(owner, name)
  return isMethod(found) ? Option.some((...parameters) => Reflect.apply(found, owner, parameters)) : Option.none()
}

const propertyOf = (owner: unknown, name: string): unknown =>
  Predicate.hasProperty(owner, name) ? owner[name] : undefined

const telegramServer = "https://api.telegram.org"

/** The address of a file, for a client that tells its token and maybe its server. */
const fileUrlOf = (client: unknown, options: unknown) => (filePath: string): Redacted.Redacted | undefined => {
  const token = propertyOf(client, "token")
  const root = propertyOf(options, "apiRoot")
  return typeof token === "string"
    ? Redacted.make(`${typeof root === "string" ? root : telegramServer}/file/bot${token}/${filePath}`)
    : undefined
}

/** Telegraf: `ctx.telegram.callApi(method, payload, { signal })`, files as `{ source, filename }`. */
const telegraf = (context: object): Option.Option<Framework> =>
  Option.map(methodOf(propertyOf(context, "telegram"), "callApi"), (callApi): Framework => ({
    isComplete: true,
    fileUrl: fileUrlOf(propertyOf(context, "telegram"), propertyOf(propertyOf(context, "telegram"), "options")),
    call: async (method, payload, { signal }) => callApi(method, payload, { signal }),
    upload: async (payload, file, { signal }) =>
      callApi(methodFor(file), {
        ...payload,
        [file.as]: { source: Buffer.from(file.content), filename: file.name }
      }, { signal })
  }))

// VibeGram 2.2.1's form takes texts, numbers and streams; a boolean breaks it while it is being sent.
const formField = (value: unknown): unknown => typeof value === "boolean" ? String(value) : value

// VibeGram would wait out a 429 within the call, which nobody can stop: a preview that was given up would land on the
// finished answer. The pace is ours to keep.
const noRetries = 0

/**
 * VibeGram: `ctx.client.callApi(method, payload, retries)`.
 *
 * 2.2.1 names a file by the `path` of its stream, 2.4.0 by the field that the stream is in, so both are its name.
 */
const vibegram = (context: object): Option.Option<Framework> =>
  Option.map(methodOf(propertyOf(context, "client"), "callApi"), (callApi): Framework => ({
    isComplete: true,
    fileUrl: fileUrlOf(propertyOf(context, "client"), propertyOf(context, "client")),
    call: async (method, payload) => callApi(method, payload, noRetries),
    upload: async (payload, file) =>
      callApi(methodFor(file), {
        ...Record.map(payload, formField),
        [file.as]: `attach://${file.name}`,
        [file.name]: Object.assign(Readable.from([Buffer.from(file.content)]), { path: file.name })
      }, noRetries)
  }))

/**
 * grammY: `ctx.api.raw[method](payload, signal)`. Its file class cannot be made without importing it, so a
 * file goes out as a form of our own, to the same server with the same token.
 */
const grammy = (context: object): Option.Option<Framework> => {
  const api = propertyOf(context, "api")
  const raw = propertyOf(api, "raw")
  const token = propertyOf(api, "token")
  const options = propertyOf(api, "options")
  const root = propertyOf(options, "apiRoot")
  const server = typeof root === "string" ? root : telegramServer
  const environment = propertyOf(options, "environment")
  const url = (method: string): string =>
    Option.match(methodOf(options, "buildUrl"), {
      onNone: () => `${server}/bot${String(token)}/${environment === "test" ? "test/" : ""}${method}`,
      onSome: (buildUrl) => String(buildUrl(server, token, method, environment ?? "prod"))
    })
  if (raw === undefined) return Option.none()
  return Option.some({
    isComplete: true,
    fileUrl: fileUrlOf(api, options),
    call: async (method, payload, { signal }) =>
      Option.match(methodOf(raw, method), {
        onNone: () => unsupported(method),
        onSome: async (call) => call(payload, signal)
      }),
    upload: async (payload, file, { fetch, signal }) => {
      const form = new FormData()
      for (const [field, value] of Object.entries(payload)) {
        if (value !== undefined) form.set(field, typeof value === "string" ? value : JSON.stringify(value))
      }
      form.set(file.as, new Blob([Uint8Array.from(file.content)]), file.name)
      const response = await fetch(url(methodFor(file)), { method: "POST", body: form, signal })
      const answer: unknown = await response.json()
      return propertyOf(answer, "ok") === true ? propertyOf(answer, "result") : Promise.reject(answer)
    }
  })
}

/** Any other context with the usual shortcuts. They know the chat themselves. */
const shortcuts = (context: object): Option.Option<Framework> =>
  Option.map(methodOf(context, "reply"), (reply): Framework => ({
    isComplete: false,
    fileUrl: () => undefined,
    call: async (method, { action, chat_id: _, text, ...extra }) => {
      if (method === "sendMessage") return reply(text, extra)
      if (method === "sendChatAction") {
        return Option.match(methodOf(context, "sendChatAction"), {
          onNone: () => undefined,
          onSome: (sendChatAction) => sendChatAction(action, extra)
        })
      }
      return unsupported(method)
    },
    upload: async ({ chat_id: _, ...extra }, file) =>
      Option.match(methodOf(context, file.as === "photo" ? "replyWithPhoto" : "replyWithDocument"), {
        onNone: () => unsupported(methodFor(file)),
        onSome: (replyWith) => replyWith({ source: Buffer.from(file.content), filename: file.name }, extra)
      })
  }))

/**
 * The way out that a context offers.
 *
 * Each framework is told by what only it has: VibeGram has `client`, and `telegram` beside it, which is all that Telegraf
 * has.
 */
export const find = (context: object): Option.Option<Transport> =>
  Option.map(
    Option.firstSomeOf([vibegram(context), telegraf(context), grammy(context), shortcuts(context)]),
    transportOf
  )

/** What tells the bot of a context from others in the same process: the public half of its token. */
export const botOf = (context: object): string | undefined => {
  for (const name of ["client", "telegram", "api"]) {
    const token = propertyOf(propertyOf(context, name), "token")
    if (typeof token === "string") return token.split(":")[0]
  }
  return undefined
}
