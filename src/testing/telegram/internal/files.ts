/**
 * Files of the double: what is uploaded, by the bot or by people, and can be downloaded or sent again by its id.
 *
 * Bytes stay as they came: nothing is recompressed, and a photo has two sizes of the same picture.
 */
import type { MediaContent } from "./contents.ts"
import { limits } from "./limits.ts"
import type { Upload } from "./payload.ts"

/** What people send as files, besides documents, photos and voice messages. */
export type OtherFileKind = "audio" | "video" | "videoNote" | "animation" | "sticker"

/** What a file is sent as. */
export type FileKind = "document" | "photo" | "voice" | OtherFileKind

/** The media of a message. */
export type Media = MediaContent

/** A file under one of its ids. */
export interface StoredFile {
  readonly kind: FileKind
  readonly fileId: string
  readonly uniqueId: string
  /** Path of the download. */
  readonly path: string
  readonly upload: Upload
  readonly media: Media
}

/** Width and height. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** The files of a world. */
export interface Files {
  readonly find: (fileId: string) => StoredFile | undefined
  /** The file of a path that was given out, and is good for an hour. */
  readonly at: (path: string, now: number) => StoredFile | undefined
  /** Gives out the path of a file. */
  readonly giveOut: (file: StoredFile, now: number) => void
  readonly document: (upload: Upload) => Media
  readonly photo: (upload: Upload, size: Size) => Media
  /** The duration is in seconds. */
  readonly voice: (upload: Upload, duration: number) => Media
  /** The duration is in seconds. */
  readonly other: (kind: OtherFileKind, upload: Upload, duration: number) => Media
}

const folders: Readonly<Record<FileKind, string>> = {
  document: "documents",
  photo: "photos",
  voice: "voice",
  audio: "music",
  video: "videos",
  videoNote: "video_notes",
  animation: "animations",
  sticker: "stickers"
}
const prefixes: Readonly<Record<FileKind, string>> = {
  document: "BQAC",
  photo: "AgAC",
  voice: "AwAC",
  audio: "CQAC",
  video: "BAAC",
  videoNote: "DQAC",
  animation: "CgAC",
  sticker: "CAAC"
}
const pathMillis = limits.filePathMinutes.most * 60_000
const thumbnailSide = 90

/** No files. */
export const makeFiles = (): Files => {
  const files = new Map<string, StoredFile>()
  const goodUntil = new Map<string, number>()
  let count = 0

  const name = (kind: FileKind, upload: Upload) => {
    const n = ++count
    const extension = kind === "photo" ? ".jpg" : /\.[a-zA-Z0-9]+$/.exec(upload.name)?.[0] ?? ""
    return {
      file_id: `${prefixes[kind]}AgTEST${n}`,
      file_unique_id: `AgTEST${n}`,
      file_size: upload.bytes.length,
      path: `${folders[kind]}/file_${n}${extension}`
    }
  }
  const keep = (kind: FileKind, upload: Upload, media: Media, ids: ReadonlyArray<ReturnType<typeof name>>): Media => {
    for (const { file_id, file_unique_id, path } of ids) {
      files.set(file_id, { kind, fileId: file_id, uniqueId: file_unique_id, path, upload, media })
    }
    return media
  }

  return {
    find: (fileId) => files.get(fileId),
    at: (path, now) =>
      now < (goodUntil.get(path) ?? 0) ? [...files.values()].find((file) => file.path === path) : undefined,
    giveOut: ({ path }, now) => {
      goodUntil.set(path, now + pathMillis)
    },
    document: (upload) => {
      const named = name("document", upload)
      const { path: _, ...ids } = named
      return keep("document", upload, { document: { ...ids, file_name: upload.name, mime_type: upload.type } }, [named])
    },
    photo: (upload, { height, width }) => {
      const scale = Math.min(1, thumbnailSide / Math.max(width, height))
      const sizes = [scale, 1].map((scale) => ({
        named: name("photo", upload),
        width: Math.max(1, Math.round(width * scale)),
        height: Math.max(1, Math.round(height * scale))
      }))
      const photo = sizes.map(({ height, named: { path: _, ...ids }, width }) => ({ ...ids, width, height }))
      return keep("photo", upload, { photo }, sizes.map(({ named }) => named))
    },
    voice: (upload, duration) => {
      const named = name("voice", upload)
      const { path: _, ...ids } = named
      return keep("voice", upload, { voice: { ...ids, duration, mime_type: upload.type } }, [named])
    },
    other: (kind, upload, duration) => {
      const named = name(kind, upload)
      const { path: _, ...ids } = named
      const called = { file_name: upload.name, mime_type: upload.type }
      const moving = { width: 320, height: 240, duration }
      switch (kind) {
        case "audio":
          return keep(kind, upload, { audio: { ...ids, ...called, duration, title: "A song", performer: "A band" } }, [
            named
          ])
        case "video":
          return keep(kind, upload, { video: { ...ids, ...called, ...moving } }, [named])
        case "videoNote":
          return keep(kind, upload, { video_note: { ...ids, length: 240, duration } }, [named])
        case "animation":
          // Bots that are older than animations find a document.
          return keep(kind, upload, {
            animation: { ...ids, ...called, ...moving },
            document: { ...ids, ...called }
          }, [named])
        case "sticker":
          return keep(kind, upload, {
            sticker: {
              ...ids,
              type: "regular",
              width: 512,
              height: 512,
              is_animated: false,
              is_video: false,
              emoji: "👋",
              set_name: "Greetings"
            }
          }, [named])
      }
    }
  }
}

const jpegSize = (view: DataView): Size | undefined => {
  let at = 2
  while (at + 9 < view.byteLength) {
    const marker = view.getUint16(at)
    // Frames of all codings but the tables that share their range.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    }
    if (marker < 0xff00) return undefined
    // Segments may be filled up in front.
    at += marker === 0xffff ? 1 : 2 + view.getUint16(at + 2)
  }
  return undefined
}

/** Width and height out of the header of a PNG, JPEG or GIF; `undefined` for anything else. */
export const imageSize = (bytes: Uint8Array): Size | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 10) return undefined
  if (view.getUint32(0) === 0x89504e47 && bytes.length >= 24) {
    return { width: view.getUint32(16), height: view.getUint32(20) }
  }
  if (view.getUint32(0) === 0x47494638) return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
  return view.getUint16(0) === 0xffd8 ? jpegSize(view) : undefined
}
