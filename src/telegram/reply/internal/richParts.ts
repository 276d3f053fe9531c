/**
 * Puts formatted texts together.
 */
import { type Format, type Rich, shifted } from "../../richtext/RichText.ts"

/** A text without formats. */
export const plain = (text: string): Rich => ({ text, entities: [] })

const isQuote = ({ type }: Format): boolean => type === "blockquote" || type === "expandable_blockquote"

/** A text with one more format around all of it; Telegram has no quotation in a quotation. */
export const format = ({ entities, text }: Rich, kind: Format): Rich => ({
  text,
  entities: [
    { ...kind, offset: 0, length: text.length },
    ...entities.filter((entity) => !isQuote(kind) || !isQuote(entity))
  ]
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
