/**
 * The Bot API as a framework would call it, without a framework.
 */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"

/** The envelope and its status. */
export const Answer = Schema.Struct({
  ok: Schema.Boolean,
  result: Schema.optionalKey(Schema.Any),
  error_code: Schema.optionalKey(Schema.Int),
  description: Schema.optionalKey(Schema.String),
  parameters: Schema.optionalKey(Schema.Struct({
    retry_after: Schema.optionalKey(Schema.Int),
    migrate_to_chat_id: Schema.optionalKey(Schema.Int)
  }))
})
const Text = Schema.optionalKey(Schema.Struct({ text: Schema.optionalKey(Schema.String) }))
export const decodeUpdates = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ update_id: Schema.Int, message: Text, edited_message: Text }))
)
const decodeAnswer = Schema.decodeUnknownEffect(Answer)

export const send = Effect.fnUntraced(function*(request: HttpClientRequest.HttpClientRequest) {
  const response = yield* HttpClient.execute(request)
  return { status: response.status, ...(yield* decodeAnswer(yield* response.json)) }
}, Effect.provide(FetchHttpClient.layer))

/** Calls a method with a JSON body. */
export const callOf = (telegram: TelegramEmulator.Service) => (method: string, fields: object = {}) =>
  send(
    HttpClientRequest.post(`${telegram.apiRoot}/bot${telegram.token}/${method}`).pipe(
      HttpClientRequest.bodyJsonUnsafe(fields)
    )
  )

/** Calls a method with a multipart body. */
export const postOf =
  (telegram: TelegramEmulator.Service) => (method: string, fields: Readonly<Record<string, string | Blob>>) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === "string") form.set(name, value)
      else form.set(name, value, value instanceof File ? value.name : name)
    }
    return send(
      HttpClientRequest.post(`${telegram.apiRoot}/bot${telegram.token}/${method}`).pipe(
        HttpClientRequest.bodyFormData(form)
      )
    )
  }

/** A server, and Ann (7), who has started the bot. */
export const setUp = Effect.fnUntraced(function*(options?: TelegramEmulator.Options) {
  const telegram = yield* TelegramEmulator.make(options)
  const ann = yield* telegram.user({ id: 7, firstName: "Ann", username: "ann" })
  return { telegram, ann, call: callOf(telegram), post: postOf(telegram) }
})

/** Texts of the new messages among the updates of an answer. */
export const received = (answer: typeof Answer.Type) =>
  decodeUpdates(answer.result).map((update) => update.message?.text)
export const offsetAfter = (answer: typeof Answer.Type) => (decodeUpdates(answer.result).at(-1)?.update_id ?? 0) + 1

export const texts = (messages: ReadonlyArray<TelegramEmulator.Message>) => messages.map((message) => message.text)
export const button = (data: string) => ({ inline_keyboard: [[{ text: "b", callback_data: data }]] })

/** A PNG of that size, as far as its header tells. */
export const png = (width: number, height: number, size = 24): Blob => {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x89504e47)
  view.setUint32(16, width)
  view.setUint32(20, height)
  return new Blob([bytes], { type: "image/png" })
}
