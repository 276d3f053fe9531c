/**
 * A sheet of text with entities that grows from left to right.
 *
 * Distances and list markers wait until something is written after them, so that no entity begins or ends with them,
 * and a text never ends in white space.
 */

/** A stretch of a message with a format, in Telegram's shape; offset and length count UTF-16 units. */
export interface MessageEntity {
  readonly type:
    | "bold"
    | "italic"
    | "underline"
    | "strikethrough"
    | "spoiler"
    | "code"
    | "pre"
    | "text_link"
    | "blockquote"
    | "expandable_blockquote"
  readonly offset: number
  readonly length: number
  /** Of a `text_link`. */
  readonly url?: string
  /** Of a `pre`. */
  readonly language?: string
}

/** A text with its formats, as `sendMessage` takes it without a `parse_mode`. */
export interface Rich {
  readonly text: string
  readonly entities: ReadonlyArray<MessageEntity>
}

/** A format without its place. */
export type Format = Omit<MessageEntity, "offset" | "length">

interface Frame {
  readonly format: Format
  start: number
}

export interface Output {
  /** Adds text; line breaks in it take the indentation. */
  readonly write: (text: string) => void
  /** Adds text as it stands, without indentation. */
  readonly writeRaw: (text: string) => void
  /** Asks for at least so many line breaks before the next text. */
  readonly gap: (lines: number) => void
  /** Asks for one more line break before the next text. */
  readonly breakLine: () => void
  /** Puts a marker before the next text; gives what is still unwritten. */
  readonly lead: (marker: string) => void
  /** Writes a marker that has no text, or forgets it. */
  readonly flushLead: (keep: boolean) => void
  /** Everything written inside has the format, unless Telegram cannot nest it there. */
  readonly span: (format: Format, body: () => void) => void
  readonly open: (format: Format) => Frame | undefined
  readonly close: (frame: Frame | undefined) => void
  /** Indents the lines that begin inside. */
  readonly indent: (by: string, body: () => void) => void
  readonly isInside: (type: MessageEntity["type"]) => boolean
  /** Line breaks that wait for the next text. */
  readonly pending: () => number
  readonly take: () => Rich
}

const literal = new Set<string>(["code", "pre"])
const quotes = new Set<string>(["blockquote", "expandable_blockquote"])
const splittable = new Set<string>(["bold", "italic", "underline", "strikethrough", "spoiler"])

// Bot API: code and pre hold nothing, links and quotes hold none of their kind; a link or a spoiler around code wins.
const excluded = (frames: ReadonlyArray<Frame>, type: string): boolean =>
  frames.some(({ format }) =>
    format.type === type || literal.has(format.type) || (quotes.has(type) && quotes.has(format.type)) ||
    (literal.has(type) && (format.type === "text_link" || format.type === "spoiler"))
  )

/** The order in which Telegram gives entities: by place, the longer first. */
const byPlace = (a: MessageEntity, b: MessageEntity): number => a.offset - b.offset || b.length - a.length

/**
 * Formats of a text without white space at their edges, which says nothing, and which Telegram would cut anyway.
 *
 * Indentation at the beginning of code says something, and so it does in what begins with that code.
 */
export const trimmed = (text: string, entities: ReadonlyArray<MessageEntity>): ReadonlyArray<MessageEntity> => {
  const code = new Set(entities.flatMap(({ offset, type }) => type === "pre" ? [offset] : []))
  const isSpace = (at: number): boolean => at >= text.length || /\s/.test(text.charAt(at))
  return entities.flatMap((entity) => {
    if (entity.length > 0 && !isSpace(entity.offset) && !isSpace(entity.offset + entity.length - 1)) return [entity]
    const inside = text.slice(entity.offset, entity.offset + entity.length)
    const end = inside.trimEnd().length
    if (end === 0) return []
    const lead = inside.length - inside.trimStart().length
    let start = 0
    while (start < lead && !code.has(entity.offset + start)) start++
    return [{ ...entity, offset: entity.offset + start, length: end - start }]
  }).sort(byPlace)
}

const visibleIn = (text: string): string => text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "")

/** Moves entities by so many units. */
export const shifted = (entities: ReadonlyArray<MessageEntity>, by: number): ReadonlyArray<MessageEntity> =>
  by === 0 ? entities : entities.map((entity) => ({ ...entity, offset: entity.offset + by }))

/** A new sheet; `follows` says that another sheet comes before it, which left so many line breaks waiting. */
export const makeOutput = (follows = false, waiting = 0): Output => {
  const entities: Array<MessageEntity> = []
  let frames: ReadonlyArray<Frame> = []
  let text = ""
  let pending = waiting
  let space = ""
  let marker = ""
  let markerIndentation = ""
  /** So many formats were open when the marker came, and begin before it. */
  let markerDepth = 0
  let indentation = ""
  let lineStart = !follows

  const emit = ({ format, start }: Frame, end: number): void => {
    if (start >= 0 && end > start) entities.push({ ...format, offset: start, length: end - start })
  }

  const begin = (indented: boolean): void => {
    if (pending > 0 && (follows || text !== "")) {
      text += "\n".repeat(pending)
      lineStart = true
    }
    pending = 0
    if (!lineStart) text += space
    space = ""
    if (marker !== "") {
      if (lineStart) text += markerIndentation
      for (const frame of frames.slice(0, markerDepth)) if (frame.start < 0) frame.start = text.length
      text += marker
      marker = ""
    } else if (lineStart && indented) {
      text += indentation
    }
    lineStart = false
    if (frames.length === 0) return
    const isLiteral = frames.some(({ format }) => literal.has(format.type))
    for (const frame of frames) {
      if (frame.start < 0 && !(isLiteral && splittable.has(frame.format.type))) frame.start = text.length
    }
  }

  const writeRaw = (added: string): void => {
    const visible = visibleIn(added)
    if (visible === "") return
    begin(false)
    text += visible
  }

  const write = (added: string): void => {
    for (const [n, line] of visibleIn(added).split("\n").entries()) {
      if (n > 0) pending++
      const content = line.trimEnd()
      if (content !== "") {
        begin(true)
        text += content
      }
      space += line.slice(content.length)
    }
  }

  const open = (format: Format): Frame | undefined => {
    if (excluded(frames, format.type)) return undefined
    if (literal.has(format.type)) {
      // There is one at most.
      const quote = frames.find(({ format }) => quotes.has(format.type))
      for (const frame of frames) {
        if (!splittable.has(frame.format.type)) continue
        // What holds the quotation, and ends in the middle of it, ends before it as well.
        if (quote !== undefined && frame.start >= 0 && frame.start < quote.start) {
          emit(frame, quote.start)
          frame.start = quote.start
        }
        emit(frame, text.length)
        frame.start = -1
      }
    }
    const frame = { format, start: -1 }
    frames = [...frames, frame]
    return frame
  }

  // Formats are closed in the reverse order of their opening, so they never cross.
  const close = (frame: Frame | undefined): void => {
    if (frame === undefined) return
    emit(frame, text.length)
    frames = frames.slice(0, -1)
    if (frame.start < 0) return
    // One that code has cut in two, inside of what ends here, is cut here again.
    for (const outer of frames) {
      if (outer.start <= frame.start) continue
      emit(outer, text.length)
      outer.start = -1
    }
  }

  return {
    write,
    writeRaw,
    gap: (lines) => pending = Math.max(pending, lines),
    breakLine: () => pending++,
    lead: (added) => {
      // A list in a quotation in an item: the quotation begins before the marker of its own.
      if (marker !== "" && frames.length > markerDepth) {
        const inner = frames
        frames = frames.slice(0, markerDepth)
        marker = marker.trimEnd()
        begin(true)
        frames = inner
        pending = 1
      }
      if (marker === "") {
        markerIndentation = indentation
        markerDepth = frames.length
      }
      marker += added
    },
    flushLead: (keep) => {
      if (marker === "") return
      marker = marker.trimEnd()
      if (keep) begin(true)
      else marker = ""
    },
    span: (format, body) => {
      const frame = open(format)
      body()
      close(frame)
    },
    open,
    close,
    indent: (by, body) => {
      const before = indentation
      indentation += by
      body()
      indentation = before
    },
    isInside: (type) => frames.some(({ format }) => format.type === type),
    pending: () => pending,
    take: () => {
      const visible = text.trimEnd()
      return {
        text: visible,
        entities: trimmed(visible, entities)
      }
    }
  }
}
