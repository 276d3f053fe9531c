/**
 * What the bot cannot take, in one sentence.
 */
import type { File } from "../Entry.ts"

const names: { readonly [kind in File["kind"]]: string } = {
  photo: "photos",
  document: "files",
  voice: "voice messages",
  audio: "audio files",
  video: "videos",
  videoNote: "video messages",
  animation: "GIFs",
  sticker: "stickers"
}

/** Says of some kinds that they cannot be read. */
export const unread = (files: ReadonlyArray<File>): string => {
  const kinds = [...new Set(files.map(({ kind }) => names[kind]))]
  const last = kinds.at(-1) ?? "that"
  return `⚠️ I cannot read ${
    kinds.length > 1 ? `${kinds.slice(0, -1).join(", ")} and ${last}` : last
  } here: ask in words.`
}
