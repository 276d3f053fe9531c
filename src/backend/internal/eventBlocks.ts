/**
 * Cuts text chunks of an event stream into the data of its events, whatever the chunking.
 *
 * A hand-written split, because the general parser scans character by character and this is the hot path. It
 * knows LF, CRLF and CR, comments, several data lines, and fields it has no use for (`event`, `id`, `retry`).
 */

/** Longest event that is taken in, in UTF-16 units. */
export const maxLength = 16 * 1024 * 1024

/** What is left of a stream between two chunks. */
export interface EventBlocks {
  /** The data of all events that end in this chunk; `undefined` when an event grows beyond all measure. */
  readonly feed: (chunk: string) => ReadonlyArray<string> | undefined
  /** The data of a last event that no blank line has closed. */
  readonly end: () => ReadonlyArray<string>
}

const space = 32

/** The data lines between two places, joined; `undefined` when there are none. */
const dataOf = (buffer: string, from: number, to: number): string | undefined => {
  let data: string | undefined
  for (let at = from; at < to;) {
    const newline = buffer.indexOf("\n", at)
    const end = newline === -1 || newline > to ? to : newline
    // A bare `data` adds an empty line, which means nothing inside JSON.
    if (buffer.startsWith("data:", at)) {
      const line = buffer.slice(buffer.charCodeAt(at + 5) === space ? at + 6 : at + 5, end)
      data = data === undefined ? line : `${data}\n${line}`
    }
    at = end + 1
  }
  return data
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
      const out: Array<string> = []
      let at = 0
      for (let end = buffer.indexOf("\n\n"); end !== -1; end = buffer.indexOf("\n\n", at)) {
        const data = dataOf(buffer, at, end)
        if (data !== undefined) out.push(data)
        at = end + 2
      }
      keep(buffer.slice(at))
      return out
    },
    end: () => {
      const buffer = take()
      const data = dataOf(buffer, 0, buffer.length)
      return data === undefined ? [] : [data]
    }
  }
}
