/**
 * White space at the beginning of a line, in columns: a tabulator reaches to the next column that four divides.
 */

/** Columns of white space at the beginning of a line. */
export const indentOf = (line: string): number => {
  let columns = 0
  for (let at = 0; at < line.length; at++) {
    if (line[at] === " ") columns++
    else if (line[at] === "\t") columns += 4 - columns % 4
    else break
  }
  return columns
}

/** A line without so many columns of white space. */
export const without = (line: string, columns: number): string => {
  let passed = 0
  let at = 0
  while (passed < columns) {
    if (line[at] === " ") passed++
    else if (line[at] === "\t") passed += 4 - passed % 4
    else break
    at++
  }
  return " ".repeat(Math.max(0, passed - columns)) + line.slice(at)
}
