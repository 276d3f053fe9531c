/**
 * Cuts text chunks of an event stream into the data of its events, whatever the chunking.
 *
 * A hand-written split, because the general parser scans character by character and this is the hot path. It
 * knows LF, CRLF and CR, comments, several data lines, and fields it has no use for (`id`, `retry`).
 */

/** One event: its data, and the name that stands in a line of its own. */
export interface Block {
  readonly data: string
  readonly name: string | undefined
}

/** Longest event that is taken in, in UTF-16 units. */
export const maxLength = 16 * 1024 * 1024

/** What is left of a stream between two chunks. */
export interface EventBlocks {
  /** All events that end in this chunk; `undefined` when an event grows beyond all measure. */
  readonly feed: (chunk: string) => ReadonlyArray<Block> | undefined
  /** A last event that no blank line has closed. */
  readonly end: () => ReadonlyArray<Block>
}

const space = 32

/** The event between two places, its data lines joined; `undefined` when there are none. */
const blockOf = (buffer: string, from: number, to: number): Block | undefined => {
  let data: string | undefined
  let name: string | undefined
  for (let at = from; at < to;) {
    const newline = buffer.indexOf("\n", at)
    const end = newline === -1 || newline > to ? to : newline
    // A bare `data` adds an empty line, which means nothing inside JSON.
    if (buffer.startsWith("data:", at)) {
      const line = buffer.slice(buffer.charCodeAt(at + 5) === space ? at + 6 : at + 5, end)
      data = data === undefined ? line : `${data}\n${line}`
    } else if (buffer.startsWith("event:", at)) {
      name = buffer.slice(at + 6, end)
    }
    at = end + 1
  }
  return data === undefined ? undefined : { data, name }
}

/** A splitter for one stream. */
export const make = (): EventBlocks => {
  // Parts without an end of an event are joined only once, so that a large event in small chunks stays linear.
  let parts: Array<string> = []
  let length = 0
  let endsLine = true
  let skipsLineFeed = false

  const normalised = (chunk: string): string => {
    const text = skipsLineFeed && chunk.startsWith("\n") ? chunk.slice(1) : chunk
    skipsLineFeed = text.endsWith("\r")
    return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text
  }

  const keep = (text: string): void => {
    if (text === "") return
    parts.push(text)
    length += text.length
    endsLine = text.endsWith("\n")
  }

  const take = (): string => {
    const text = parts.length === 1 ? parts[0] ?? "" : parts.join("")
    parts = []
    length = 0
    endsLine = true
    return text
  }

  return {
    feed: (chunk) => {
      if (chunk === "") return []
      const text = normalised(chunk)
      if (text.indexOf("\n\n") === -1 && !(endsLine && text.startsWith("\n"))) {
        keep(text)
        return length > maxLength ? undefined : []
      }
      keep(text)
      const buffer = take()
      const out: Array<Block> = []
      let at = 0
      for (let end = buffer.indexOf("\n\n"); end !== -1; end = buffer.indexOf("\n\n", at)) {
        const block = blockOf(buffer, at, end)
        if (block !== undefined) out.push(block)
        at = end + 2
      }
      keep(buffer.slice(at))
      return out
    },
    end: () => {
      const buffer = take()
      const block = blockOf(buffer, 0, buffer.length)
      return block === undefined ? [] : [block]
    }
  }
}
