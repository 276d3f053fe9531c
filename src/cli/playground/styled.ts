/**
 * A message of Telegram as rows of a terminal: words are wrapped, formats are shown where colours are.
 */

/** A stretch of a text and its format, in UTF-16 units, as the Bot API tells. */
export interface Entity {
  readonly type: string
  readonly offset: number
  readonly length: number
}

// How a terminal begins a format; 0 ends all of them.
const codes: ReadonlyMap<string, number> = new Map([
  ["bold", 1],
  ["blockquote", 2],
  ["expandable_blockquote", 2],
  ["italic", 3],
  ["underline", 4],
  ["text_link", 4],
  ["url", 4],
  ["spoiler", 7],
  ["strikethrough", 9],
  ["code", 36],
  ["pre", 36]
])

interface Sign {
  readonly text: string
  readonly width: number
  readonly style: string
}

const isWide = /[\p{Extended_Pictographic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const isControl = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/

/** How many columns a text takes. */
export const widthOf = (text: string): number => {
  let width = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) width += isWide.test(segment) ? 2 : 1
  return width
}

const signsOf = (text: string, entities: ReadonlyArray<Entity>): ReadonlyArray<Sign> =>
  [...new Intl.Segmenter().segment(text)].flatMap(({ index, segment }) => {
    // A bot writes text here, and gives no orders to a terminal.
    if (segment !== "\n" && isControl.test(segment)) return []
    const style = entities.flatMap(({ length, offset, type }) => {
      const code = codes.get(type)
      return code !== undefined && offset <= index && index < offset + length ? [code] : []
    })
    return [{ text: segment, width: isWide.test(segment) ? 2 : 1, style: [...new Set(style)].join(";") }]
  })

/** Cuts a line into rows at its blanks, and a word that is too long wherever the row ends. */
const wrap = (line: ReadonlyArray<Sign>, columns: number): ReadonlyArray<ReadonlyArray<Sign>> => {
  const rows: Array<ReadonlyArray<Sign>> = []
  let row: Array<Sign> = []
  let width = 0
  let blank = -1
  for (const sign of line) {
    if (width + sign.width > columns && row.length > 0) {
      const rest = blank < 0 || sign.text === " " ? [] : row.slice(blank + 1)
      rows.push(rest.length === 0 ? row : row.slice(0, blank))
      row = rest
      width = rest.reduce((sum, one) => sum + one.width, 0)
      blank = -1
      if (sign.text === " ") continue
    }
    if (sign.text === " ") blank = row.length
    row.push(sign)
    width += sign.width
  }
  return [...rows, row]
}

const written = (row: ReadonlyArray<Sign>, isStyled: boolean): string => {
  if (!isStyled) return row.map(({ text }) => text).join("")
  let style = ""
  let out = ""
  for (const sign of row) {
    if (sign.style !== style) {
      out += `${style === "" ? "" : "\u001b[0m"}${sign.style === "" ? "" : `\u001b[${sign.style}m`}`
      style = sign.style
    }
    out += sign.text
  }
  return style === "" ? out : `${out}\u001b[0m`
}

/** The rows of a message: every line of it says whose it is, and what goes on below stands under it. */
export const rowsOf = (options: {
  readonly who: string
  readonly text: string
  readonly entities: ReadonlyArray<Entity>
  readonly columns: number
  readonly isStyled: boolean
}): ReadonlyArray<string> => {
  const { columns, entities, isStyled, text, who } = options
  const mark = `${who}> `
  const room = Math.max(10, columns - mark.length)
  const lines: Array<Array<Sign>> = [[]]
  for (const sign of signsOf(text, entities)) {
    if (sign.text === "\n") lines.push([])
    else lines.at(-1)?.push(sign)
  }
  return lines.flatMap((line) =>
    wrap(line, room).map((row, index) =>
      `${index === 0 ? mark : " ".repeat(mark.length)}${written(row, isStyled)}`.trimEnd()
    )
  )
}
