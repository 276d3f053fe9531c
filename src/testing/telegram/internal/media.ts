/**
 * The methods of the Bot API that send files, one or an album, and that prepare them for download.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Desk, Method, Methods } from "./desk.ts"
import { type FileKind, imageSize, type Media, type StoredFile } from "./files.ts"
import { limits } from "./limits.ts"
import { type Content, placeOf, putMessage, wire } from "./messages.ts"
import { integer, json, type Payload, text, type Upload } from "./payload.ts"
import { refuse, type Refused } from "./refusals.ts"
import { InputMedia, type Message } from "./types.ts"
import type { Room } from "./world.ts"

const decodeAlbum = Schema.decodeUnknownOption(Schema.Array(InputMedia))

const typeNames: Readonly<Record<FileKind, string>> = {
  document: "Document",
  photo: "Photo",
  voice: "VoiceNote",
  audio: "Audio",
  video: "Video",
  videoNote: "VideoNote",
  animation: "Animation",
  sticker: "Sticker"
}

/** A file that the bot gave: fresh, or known by its id. */
type Given = { readonly upload: Upload } | { readonly known: StoredFile }

/** The methods at one desk. */
export const makeMediaMethods = (desk: Desk): Methods => {
  const { captionOf, checkLength, formatText, openRoom, pace, send, world } = desk

  const given = Effect.fnUntraced(
    function*(payload: Payload, kind: FileKind, reference: string | undefined, part: string, missing: Refused) {
      const upload = payload.uploads.get(reference?.startsWith("attach://") === true ? reference.slice(9) : part)
      if (upload !== undefined) {
        if (upload.bytes.length === 0) return yield* refuse("fileEmpty")
        const found: Given = { upload }
        return found
      }
      if (reference === undefined || reference === "" || reference.startsWith("attach://")) return yield* missing
      const known = world.files.find(reference)
      if (known === undefined) return yield* reference.includes(".") ? refuse("fileFromUrl") : refuse("fileUnknown")
      if (known.kind !== kind) {
        return yield* refuse("fileOfOtherType", { is: typeNames[known.kind], wanted: typeNames[kind] })
      }
      const found: Given = { known }
      return found
    }
  )

  const photoSize = Effect.fnUntraced(function*({ bytes }: Upload) {
    if (bytes.length > limits.photoUpload.most) return yield* refuse("photoTooBig", { size: bytes.length })
    const size = imageSize(bytes)
    if (size === undefined) return yield* refuse("photoUnreadable")
    const [short, long] = [Math.min(size.width, size.height), Math.max(size.width, size.height)]
    if (short === 0 || short + long > limits.photoSides.most || long > short * limits.photoRatio.most) {
      return yield* refuse("photoDimensions")
    }
    return size
  })

  /** Checks a file now, and stores it when the rest of the call is in order. */
  const prepared = Effect.fnUntraced(function*(kind: FileKind, file: Given, payload: Payload) {
    if ("known" in file) return (): Media => file.known.media
    const { upload } = file
    if (kind === "photo") {
      const size = yield* photoSize(upload)
      return () => world.files.photo(upload, size)
    }
    return kind === "voice"
      ? () => world.files.voice(upload, integer(payload, "duration") ?? 0)
      : () => world.files.document(upload)
  })

  const sendFile = (kind: FileKind): Method =>
    Effect.fnUntraced(function*(payload) {
      const file = yield* given(payload, kind, text(payload, kind), kind, refuse("fileMissing", { kind }))
      const caption = yield* captionOf(payload)
      const room = yield* openRoom(payload)
      if (kind === "voice" && world.voiceless.has(room.chat.id)) return yield* refuse("voiceForbidden")
      const store = yield* prepared(kind, file, payload)
      yield* checkLength(caption)
      return yield* send(payload, room, { ...store(), ...caption })
    })

  const item = Effect.fnUntraced(function*(payload: Payload, media: typeof InputMedia.Type) {
    const kind = media.type
    if (kind !== "photo" && kind !== "document") return yield* refuse("albumType", { type: kind })
    const file = yield* given(payload, kind, media.media, "", refuse("albumMedia"))
    const { entities, text } = yield* formatText(media.caption ?? "", media.parse_mode, media.caption_entities ?? [])
    const content: Content = {
      ...(text !== "" && { caption: text }),
      ...(entities.length > 0 && { caption_entities: entities })
    }
    yield* checkLength(content)
    return { kind, content, store: yield* prepared(kind, file, payload) }
  })

  const album = Effect.fnUntraced(function*(payload: Payload, room: Room, contents: ReadonlyArray<Content>) {
    const place = yield* placeOf(world, room, payload)
    yield* pace(room, contents.length)
    const group = contents.length > 1 ? { media_group_id: `${13_000_000_000 + world.nextId("album")}` } : {}
    const messages: Array<Message> = []
    for (const content of contents) {
      messages.push(wire(yield* putMessage(world, room, world.bot, { ...place, ...group, ...content })))
    }
    return messages
  })

  const sendMediaGroup: Method = Effect.fnUntraced(function*(payload) {
    const wanted = (yield* json(payload, "media", decodeAlbum)) ?? []
    if (wanted.length === 0) return yield* refuse("albumEmpty")
    if (wanted.length > limits.album.most) return yield* refuse("albumTooLong")
    const items = yield* Effect.forEach(wanted, (media) => item(payload, media))
    if (new Set(items.map(({ kind }) => kind)).size > 1) return yield* refuse("albumMixed")
    const room = yield* openRoom(payload)
    return yield* album(payload, room, items.map(({ content, store }) => ({ ...store(), ...content })))
  })

  const getFile: Method = Effect.fnUntraced(function*(payload) {
    const file = world.files.find(text(payload, "file_id") ?? "")
    if (file === undefined) return yield* refuse("fileIdInvalid")
    const size = file.upload.bytes.length
    if (size > limits.download.most) return yield* refuse("fileTooBig")
    world.files.giveOut(file, yield* Clock.currentTimeMillis)
    return { file_id: file.fileId, file_unique_id: file.uniqueId, file_size: size, file_path: file.path }
  })

  return {
    sendDocument: sendFile("document"),
    sendPhoto: sendFile("photo"),
    sendVoice: sendFile("voice"),
    sendMediaGroup,
    getFile
  }
}
