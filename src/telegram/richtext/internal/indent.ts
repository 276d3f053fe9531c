/**
 * White space at the beginning of a line, in columns: a tabulator reaches to the next column that four divides.
 */

/** Columns of white space at the beginning of a line, or of the rest of one that begins in a column. */
export const indentOf = (line: string, column = 0): number => {
  let end = column
  for (let at = 0; at < line.length; at++) {
    if (line[at] === " ") end++
    else if (line[at] === "\t") end += 4 - end % 4
    else break
  }
  return end - column
}

/** A line, or the rest of one that begins in a column, without so many columns of white space. */
export const without = (line: string, columns: number, column = 0): string => {
  const until = column + columns
  let passed = column
  let at = 0
  while (passed < until) {
    if (line[at] === " ") passed++
    else if (line[at] === "\t") passed += 4 - passed % 4
    else break
    at++
  }
  const rest = line.slice(at)
  if (passed <= until || column === 0) return " ".repeat(Math.max(0, passed - until)) + rest
  // Of a tabulator in two, what follows keeps its width, though it begins elsewhere now.
  return " ".repeat(passed - until + indentOf(rest, passed)) + rest.trimStart()
}
