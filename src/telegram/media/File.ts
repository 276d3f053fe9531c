/**
 * A file that somebody sent, as the update tells of it. Nothing of that is believed: the bytes say what it is.
 */

/** What a file was sent as. */
export type Kind =
  | "photo"
  | "document"
  | "voice"
  | "audio"
  | "video"
  | "videoNote"
  | "animation"
  | "sticker"

/** A file that somebody sent. Sizes are bytes, sides pixels, the duration is in seconds. */
export interface File {
  readonly kind: Kind
  /** Telegram's id, to download it by. */
  readonly file: string
  /** What stays the same when it is sent again. */
  readonly unique?: string
  readonly name?: string
  readonly mime?: string
  readonly size?: number
  readonly width?: number
  readonly height?: number
  readonly duration?: number
}
