/**
 * Files that Telegram has, and what becomes of them.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import type { File } from "../../src/telegram/Entry.ts"
import * as Media from "../../src/telegram/media/Media.ts"
import * as Transcriber from "../../src/telegram/media/Transcriber.ts"
import * as TelegramApi from "../../src/telegram/TelegramApi.ts"
import * as TelegramDoor from "../../src/telegram/TelegramDoor.ts"
import * as Contexts from "./contexts.ts"
import { privateText } from "./updates.ts"

const chat = { chatId: 7, threadId: undefined, replyTo: undefined }

export interface Sent extends Omit<File, "file" | "_tag"> {
  readonly bytes: Uint8Array
}

export interface Setup {
  readonly door?: TelegramDoor.Manners
  readonly transcriber?: Layer.Layer<Transcriber.Transcriber>
  /** What Telegram's file server answers. Default: the bytes. */
  readonly answer?: (bytes: Uint8Array, attempt: number) => Response | Promise<Response>
}

/** Reads files as a Telegraf bot does, whose server has them. */
export const reading = (files: ReadonlyArray<Sent>, { answer, door, transcriber }: Setup = {}) => {
  const outbox = Contexts.outbox(({ payload }) => ({ file_id: "f", file_path: `f/${String(payload["file_id"])}` }))
  const { telegram } = Contexts.telegraf(outbox, privateText("hi"))
  const api = TelegramApi.fromContext({ telegram: { ...telegram, token: "123:token" } })
  let attempts = 0
  const fetch: typeof globalThis.fetch = async (url) => {
    const bytes = Uint8Array.from(files[Number(String(url).split("/").at(-1))]?.bytes ?? [])
    return answer === undefined ? new Response(bytes) : answer(bytes, ++attempts)
  }
  return Media.Media.use((media) =>
    media.read(files.map(({ bytes: _, ...file }, at) => ({ ...file, _tag: "File" as const, file: `${at}` })), chat)
  )
    .pipe(
      Effect.provide(Media.layer.pipe(
        Layer.provide([TelegramDoor.layer({ allowedUserIds: [7], ...door }), transcriber ?? Transcriber.layerNone])
      )),
      Effect.provideService(TelegramApi.TelegramApi, api),
      Effect.provideService(FetchHttpClient.Fetch, fetch),
      Effect.map((found) => ({ ...found, attempts, asked: outbox.calls.length }))
    )
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

export const document = (bytes: Uint8Array, name = "file.bin"): Sent => ({ kind: "document", name, bytes })
export const photo = (bytes: Uint8Array): Sent => ({ kind: "photo", bytes })

/** What the model is given, in short. */
export const given = ({ attachments }: Media.Found): ReadonlyArray<string> =>
  attachments.map((part) =>
    part.type === "input_text" ? part.text : `${part.image_url.slice(0, part.image_url.indexOf(","))} ${part.detail}`
  )
