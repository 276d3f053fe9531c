import type { Rich } from "../../src/telegram/richtext/RichText.ts"

/** A text with its entities in brackets, for people. */
export const shownText = ({ entities, text }: Rich): string => {
  const marks = entities.flatMap((entity, n) => [
    { at: entity.offset, order: 1000 + n, mark: `{${entity.url ?? entity.language ?? entity.type}:` },
    { at: entity.offset + entity.length, order: 999 - n, mark: "}" }
  ]).sort((a, b) => a.at - b.at || a.order - b.order)
  let at = 0
  let all = ""
  for (const one of marks) {
    all += text.slice(at, one.at) + one.mark
    at = one.at
  }
  return all + text.slice(at)
}
