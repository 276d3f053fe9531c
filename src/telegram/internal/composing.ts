/**
 * The prompt that becomes of what was sent: what is referred to first, then what is asked about it.
 */
import type { Content, File } from "../Entry.ts"

/** What a turn asks. */
export interface Composed {
  readonly text: string
  readonly files: ReadonlyArray<File>
}

const isFile = (part: Content): part is File => part._tag === "File"

/** Puts together what belongs together. */
export const compose = (contents: ReadonlyArray<Content>): Composed => ({
  text: contents.flatMap((part) => part._tag === "Text" ? [part.text] : []).join("\n\n"),
  files: contents.filter(isFile)
})
