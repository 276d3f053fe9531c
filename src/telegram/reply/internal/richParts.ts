/**
 * Puts formatted texts together.
 */
import { type Format, type Rich, shifted } from "../../richtext/RichText.ts"

/** A text without formats. */
export const plain = (text: string): Rich => ({ text, entities: [] })

/** A text with one more format around all of it. */
export const format = ({ entities, text }: Rich, kind: Format): Rich => ({
  text,
  entities: [{ ...kind, offset: 0, length: text.length }, ...entities]
})

/** The stretch of a text from `start` on, up to `end` if given, with what it has of the formats. */
export const slice = ({ entities, text }: Rich, start: number, end = text.length): Rich => ({
  text: text.slice(start, end),
  entities: entities.flatMap((entity) => {
    const from = Math.max(entity.offset, start)
    const to = Math.min(entity.offset + entity.length, end)
    return to > from ? [{ ...entity, offset: from - start, length: to - from }] : []
  })
})

/** Texts below each other, an empty line between them; empty ones are left out. */
export const join = (parts: ReadonlyArray<Rich>): Rich =>
  parts.filter((part) => part.text !== "").reduce(
    (before, part) =>
      before.text === "" ? part : {
        text: `${before.text}\n\n${part.text}`,
        entities: [...before.entities, ...shifted(part.entities, before.text.length + 2)]
      },
    plain("")
  )
