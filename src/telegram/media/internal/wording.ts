/**
 * What a person is told of a file that cannot be taken: one sentence, with what would do.
 */
import { clipped } from "../../../internal/clipped.ts"
import type { File, FileKind } from "../../Entry.ts"
import type { TelegramFailed } from "../../TelegramError.ts"
import type { Header } from "./picture.ts"

const kinds: { readonly [kind in FileKind]: string } = {
  photo: "photo",
  document: "file",
  voice: "voice message",
  audio: "recording",
  video: "video",
  videoNote: "video message",
  animation: "animation",
  sticker: "sticker"
}

const longestName = 60

/** What a file is called in a sentence. */
export const called = ({ kind, name }: File): string => {
  const shown = name?.replace(/[\p{C}\p{Zl}\p{Zp}"]+/gu, " ").trim() ?? ""
  if (shown === "") return `Your ${kinds[kind]}`
  return `"${shown.length > longestName ? `${clipped(shown, longestName)}…` : shown}"`
}

/** A size as people read it. */
export const sizeOf = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${Number((bytes / 1024 / 1024).toFixed(1))} MB`

const withSize = (size: number | undefined): string => size === undefined ? "" : ` (${sizeOf(size)})`

const article = (noun: string): string => `${/^([aeio]|AVIF|AAC|AMR|Office)/.test(noun) ? "an" : "a"} ${noun}`

/** The largest file that Telegram hands out to bots. */
export const mostBytes = 20 * 1024 * 1024

const tooBig = (name: string, size: number | undefined): string =>
  `${name} is too big${withSize(size)}: I can take files of up to ${sizeOf(mostBytes)}.`

export const film = (name: string): string =>
  `${name} is a video, which I cannot watch: send a picture of it, or tell me what it is about.`

/** Why a file need not be downloaded at all. */
export const unreadable = (file: File): string | undefined => {
  const name = called(file)
  switch (file.kind) {
    case "sticker":
      return "I cannot read stickers: tell me in words."
    case "video":
      return film(name)
    case "animation":
      return moving(name)
    default:
      return file.size !== undefined && file.size > mostBytes ? tooBig(name, file.size) : undefined
  }
}

export const moving = (name: string): string =>
  `${name} moves, and I only look at pictures that stand still: send a picture of it.`

export const broken = (name: string): string => `${name} is broken, or is not what it is sent as: send it again.`

export const login = (name: string): string =>
  `${name} holds the tokens of a login, which I pass on to nobody: send it without them.`

export const empty = (name: string): string => `${name} is empty.`

export const pictureTooBig = (name: string, most: number): string =>
  `${name} is a picture of more than ${
    sizeOf(most)
  }: send it as a photo and not as a file, then Telegram makes it smaller.`

export const tooManyPixels = (name: string, { height, width }: Header, most: number): string =>
  `${name} has ${width} × ${height} pixels, and I look at up to ${most} on a side: send it as a photo and not as a file, ` +
  "then Telegram makes it smaller."

export const tooManyPictures = (name: string): string =>
  `${name} is one picture too many for one question: send it with the next one.`

export const textSpent = (name: string, most: number): string =>
  `${name} does not fit any more: I read ${most} characters of files with one question.`

export const cut = (name: string, length: number): string =>
  `${name} is long: I read its first ${length} characters only.`

export const scanned = (name: string): string =>
  `${name} is a PDF without text, as scanners make them: send its pages as pictures.`

export const locked = (name: string): string => `${name} is a PDF with a password: send it without one.`

export const pdfTooMuch = (name: string): string =>
  `${name} is a PDF that takes too long to read: send the pages that matter, as text or as pictures.`

export const other = (name: string, what: string, size: number | undefined): string =>
  what === "foreign text"
    ? `${name} is a text in an encoding that I cannot tell: save it as UTF-8 and send it again.`
    : what === "file"
    ? `${name}${withSize(size)} is of a kind that I cannot read: send text, a PDF or pictures.`
    : `${name} is ${article(what)}${withSize(size)}, which I cannot read: ${
      what.endsWith(" picture")
        ? "send it as a photo and not as a file, or as a PNG or JPEG."
        : "send text, a PDF or pictures."
    }`

export const tooMany = (most: number, left: number): string =>
  `I read ${most} files with one question: ${left === 1 ? "the last one is" : `the last ${left} are`} left out.`

/** Why a file did not come. */
export const undownloaded = (name: string, { reason }: TelegramFailed, size: number | undefined): string =>
  reason === "tooLong"
    ? tooBig(name, size)
    : reason === "unsupported"
    ? `${name} cannot be downloaded by this bot: neither its framework nor its server says how.`
    : reason === "unreachable" || reason === "rateLimited"
    ? `${name} could not be downloaded from Telegram: send it again in a while.`
    : `${name} is no longer to be had from Telegram: send it again.`
