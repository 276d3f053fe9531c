/**
 * What a message can hold besides words, in Telegram's own names.
 */

interface StoredFile {
  readonly file_id: string
  readonly file_unique_id: string
  readonly file_size: number
}

/**
 * A file attached to a message.
 *
 * @since 0.2.0
 * @category models
 */
export interface Document extends StoredFile {
  readonly file_name: string
  readonly mime_type: string
}

/**
 * One size of a photo.
 *
 * @since 0.2.0
 * @category models
 */
export interface PhotoSize extends StoredFile {
  readonly width: number
  readonly height: number
}

/**
 * A spoken message.
 *
 * @since 0.2.0
 * @category models
 */
export interface Voice extends StoredFile {
  /** Seconds. */
  readonly duration: number
  readonly mime_type: string
}

interface Moving extends StoredFile {
  readonly width: number
  readonly height: number
  /** Seconds. */
  readonly duration: number
  readonly file_name: string
  readonly mime_type: string
}

/** The file of a message; it has one of these, an animation a document as well. */
export interface MediaContent {
  readonly document?: Document
  /** The sizes of one photo, smallest first. */
  readonly photo?: ReadonlyArray<PhotoSize>
  /** What moves of a photo; such a message has its sizes as well. */
  readonly live_photo?: PhotoSize & { readonly duration: number }
  readonly voice?: Voice
  readonly audio?: Document & { readonly duration: number; readonly title?: string; readonly performer?: string }
  readonly video?: Moving
  /** It is round: `length` is its diameter. */
  readonly video_note?: StoredFile & { readonly length: number; readonly duration: number }
  readonly animation?: Moving
  readonly sticker?: StoredFile & {
    readonly type: "regular"
    readonly width: number
    readonly height: number
    readonly is_animated: boolean
    readonly is_video: boolean
    readonly emoji?: string
    readonly set_name?: string
  }
}

interface AChannel {
  readonly id: number
  readonly type: "channel"
  readonly title: string
}

interface Location {
  readonly latitude: number
  readonly longitude: number
}

/** What is neither words nor a file; a message has one of these, a venue a location as well. */
export interface ThingContent {
  readonly location?: Location
  readonly venue?: { readonly location: Location; readonly title: string; readonly address: string }
  readonly contact?: { readonly phone_number: string; readonly first_name: string; readonly user_id?: number }
  readonly poll?: {
    readonly id: string
    readonly question: string
    readonly options: ReadonlyArray<
      { readonly persistent_id: string; readonly text: string; readonly voter_count: number }
    >
    readonly total_voter_count: number
    readonly is_closed: boolean
    readonly is_anonymous: boolean
    readonly type: "regular" | "quiz"
    readonly allows_multiple_answers: boolean
  }
  readonly dice?: { readonly emoji: string; readonly value: number }
  readonly checklist?: {
    readonly title: string
    readonly tasks: ReadonlyArray<{ readonly id: number; readonly text: string }>
  }
  readonly paid_media?: {
    readonly star_count: number
    readonly paid_media: ReadonlyArray<{ readonly type: "preview"; readonly width: number; readonly height: number }>
  }
  readonly story?: { readonly id: number; readonly chat: AChannel }
  readonly game?: { readonly title: string; readonly description: string; readonly photo: ReadonlyArray<never> }
  readonly invoice?: {
    readonly title: string
    readonly description: string
    readonly start_parameter: string
    readonly currency: string
    /** In the smallest unit of the currency. */
    readonly total_amount: number
  }
  readonly giveaway?: {
    readonly chats: ReadonlyArray<AChannel>
    readonly winners_selection_date: number
    readonly winner_count: number
    readonly prize_description?: string
  }
  readonly giveaway_winners?: {
    readonly chat: AChannel
    readonly giveaway_message_id: number
    readonly winners_selection_date: number
    readonly winner_count: number
    readonly winners: ReadonlyArray<{ readonly id: number; readonly is_bot: boolean; readonly first_name: string }>
  }
  /** What clients send for lists, headings and tables: such a message has no text. */
  readonly rich_message?: { readonly blocks: ReadonlyArray<{ readonly type: "paragraph"; readonly text: string }> }
  /** A kind that the Bot API does not have: it grows, and a bot that is older gets what it does not know. */
  readonly hologram?: StoredFile
}
