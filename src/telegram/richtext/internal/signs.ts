/**
 * Signs that look like marks and are what the text is about: arithmetic, paths, names of programs.
 */
import { after, before } from "./characters.ts"

const operandBefore = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N})\]}′″°%⌋⌉]|[\u0300-\u036f]/u
const operandAfter = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}([{√⌊⌈]/u
const bracket = /[()[\]{}]/
const digit = /\d/

/**
 * Whether asterisks between two characters multiply: `2*3*4`, `(a+b)*c`, `x**2`.
 *
 * Two letters around two asterisks are a word that is stressed in part. Scripts without spaces stress with one as well.
 */
export const isOperator = (length: number, left: string | undefined, right: string | undefined): boolean => {
  if (left === undefined || right === undefined || length > 2) return false
  // Comments and patterns of paths: `/* x */`, `src/*/test/*`, `src/**/*.ts`.
  if (length === 1 ? left === "/" || right === "/" : left === "/" && right === "/") return true
  // `count(*)`
  if (length === 1 && left === "(" && right === ")") return true
  if (!operandBefore.test(left) || !operandAfter.test(right)) return false
  return length === 1 || digit.test(left) || digit.test(right) || (bracket.test(left) && bracket.test(right))
}

// Of a pattern of paths: what may stand in one, with the star that comes next.
const anywhere = /\*\*\/[\w.@{},!?~-]*(?:\/[\w.@{},!?~-]*)*(\*+)?/y
const ofKind = /\*\.(?:[{*]|\w[\w.-]{0,60}(?:(?![\w.-]|\*(?!\*))|(?<=\.)\*))/y
// Two stars that follow no slash are marks around it.
const pattern = /\*{1,2}(?:[\w.@{},!?~/-]|(?<!\*)\*(?!\*)|(?<=\/)\*\*)*/y

const beforePattern = /(?:^|[\s/([{=|>*])["'!,:]?$/

const foundAt = (expression: RegExp, source: string, at: number): RegExpExecArray | null => {
  expression.lastIndex = at
  return expression.exec(source)
}

/**
 * A pattern of paths that begins with stars at a place: `*.ts`, `**\/*.js`, `**\/dist/**`.
 *
 * A command in bold is none (`**\/start**`), nor a file that is stressed (`*.gitignore*`).
 */
export const glob = (source: string, at: number): string | undefined => {
  if (foundAt(ofKind, source, at) === null) {
    // "**yes**/**no**"
    if (!beforePattern.test(source.slice(Math.max(0, at - 2), at))) return undefined
    const found = foundAt(anywhere, source, at)
    const stars = found?.[1]
    if (found === null || stars === undefined) return undefined
    if (stars.length === 2 && !found[0].endsWith("/**")) return undefined
  }
  return foundAt(pattern, source, at)?.[0]
}

// `src/_parts_/a`
const underlined = /_[\w.-]{1,60}_(?=\/)/y

/** A folder between single underscores, behind a slash and before another. */
export const folder = (source: string, at: number): string | undefined =>
  source[at - 1] === "/" ? foundAt(underlined, source, at)?.[0] : undefined

/** Whether signs stand alone in quotation marks: `"*" and '_'`. */
export const isQuoted = (left: string | undefined, right: string | undefined): boolean =>
  left !== undefined && right !== undefined && /^(?:(["'])\1|[“„”][“”]|‘’|«»|»«|「」)$/.test(left + right)

// `**5**x`, `**Part**2`
const strongWord = /(?:^|[\s"'(„“‘«—–:])\*\*[^\s*]+$/
// `*he*/*she*`, `*f*(x)`; what a pointer points to may be multiplied: `*p*2`.
const stressedWord = /(?:^|[\s"'(„“‘«—–:]|\p{L}\*\/)\*\p{L}+$/u

/** Whether asterisks before a character end the stress of one word, though they might multiply: "**5**x faster". */
export const endsWord = (source: string, at: number, length: number, right: string | undefined): boolean => {
  const word = source.slice(Math.max(0, at - 40), at)
  return length === 2
    ? strongWord.test(word) && !(/\d$/.test(word) && /\d/.test(right ?? ""))
    : /[/(]/.test(right ?? "") && stressedWord.test(word)
}

/** Whether an asterisk behind a slash begins a stress, since another ends before that: `*he*\/*she*`. */
export const followsWord = (source: string, at: number): boolean =>
  source[at - 1] === "/" && source[at - 2] === "*" && stressedWord.test(source.slice(Math.max(0, at - 42), at - 2))

/** Whether an asterisk can begin no stress: `SELECT *, a`, `^.*$`, `[a-z]*\s`. */
export const isNoBeginning = (left: string | undefined, right: string | undefined): boolean =>
  /[,;)\]}=]/.test(right ?? "") || (/[.)\]]/.test(left ?? "") && !/[\p{L}\p{N}]/u.test(right ?? ""))

/** Whether what multiplies can do nothing else: next to a digit or a bracket it ends no stress, as in `**Sum: 3*4**`. */
export const isOnlyOperator = (left: string | undefined, right: string | undefined): boolean =>
  /[/\d()[\]{}]/.test(left ?? "") || /[/\d()[\]{}]/.test(right ?? "")

const literalBefore = /(?:^|[\s(,=|])'[^'\n]{0,40}'$/
const literalAfter = /^'[^'\n]{0,40}'/

/** Whether two bars at a place stand between two operands: `a||b`, or in SQL `a||' '||b`. */
export const isAlternative = (source: string, at: number): boolean =>
  (operandBefore.test(before(source, at) ?? "") || literalBefore.test(source.slice(Math.max(0, at - 43), at))) &&
  (operandAfter.test(after(source, at + 2) ?? "") || literalAfter.test(source.slice(at + 2, at + 44)))

// Of Python, JavaScript, C, PHP and the folders of test runners.
const names =
  "abs|asm|add|aenter|aexit|aiter|all|and|anext|annotations|attribute|author|await|bases|bool|bytes|call|ceil|class|" +
  "class_getitem|closure|code|complex|concat|constructor|contains|copy|copyright|cplusplus|debug|deepcopy|defaults|del|delattr|" +
  "delete|delitem|destruct|construct|dict|dir|dirname|div|divmod|doc|e2e|email|enter|eq|exit|file|filename|fixtures|float|floor|" +
  "floordiv|format|fspath|func|function|future|ge|get|getattr|getattribute|getitem|getstate|global|globals|gt|hash|halt_compiler|" +
  "iadd|import|index|init|init_subclass|instancecheck|int|invert|invoke|isset|iter|kwdefaults|le|len|license|line|" +
  "loader|lshift|lt|main|matmul|method|missing|mock|mocks|mod|module|mro|mul|name|namespace|ne|neg|new|next|objclass|or|package|" +
  "path|pos|post_init|pow|prepare|private|proto|prototype|public|pycache|qualname|radd|reduce|reduce_ex|repr|reversed|rmul|round|rshift|" +
  "rsub|serialize|set|setattr|setitem|setstate|set_name|sizeof|sleep|slots|snapshots|spec|static|str|sub|subclasscheck|" +
  "subclasses|test|tests|toString|trait|truediv|trunc|typename|unserialize|unset|version|wakeup|warningregistry|weakref|xor|" +
  "APP|BROWSER|BUILD|COUNTER|CLASS|DATE|DEV|DIR|ENV|FILE|FUNCTION|GNUC|LINE|METHOD|NAMESPACE|NUXT|PRETTY_FUNCTION|PROD|SERVER|SSR|STDC|STORE|TAURI|TIME|TRAIT|VA_ARGS|VA_OPT|VERSION"
const known = new RegExp(`__(?:${names})__(?![\\p{L}\\p{N}_])`, "yu")
// `__anything__.py`, `__call_me__()`
const used = /__[A-Za-z]\w{0,60}__(?=\.\w|\(\)|[/[\\])/y
// `.__anything__`, `src/__generated__`
const member = /__[A-Za-z]\w{0,60}__(?!\w)/y
// Nobody writes one word of two parts in bold with underscores.
const parted = /__[a-z0-9]{1,40}(?:_[a-z0-9]{1,40}){1,9}__(?!\w)/yi

/** A name between double underscores that begins at a place: `__init__`. */
export const dunder = (source: string, at: number): string | undefined => {
  const left = source[at - 1]
  const isMember = left === "." || left === "/" || left === "\\"
  for (const pattern of isMember ? [member] : [known, used, parted]) {
    pattern.lastIndex = at
    const found = pattern.exec(source)
    if (found !== null) return found[0]
  }
  return undefined
}

const pathStart =
  /^["'(«“„[*_~]*(?:(?:file:)?[A-Za-z]:\\|\$(?:env:)?\w+\\|\\\\[\w.]|%\w+%\\|\.{1,2}\\|~\\|HK[A-Z_]{2,20}\\)/

// `src\app`: a separator that could be nothing else. `snake\_case` is escaped, `src\_old\app` is a path.
const separator = /^\\(?:[a-z\d]|_[^\s\\]*(?:\\_[^\s\\]*)*\\[a-z\d])/i

// `\.\d+`: what holds a class of characters escapes for whoever runs it.
const patternStart = /^\\(?![([])(?:[^\s]*\\)?[bdswBDSW](?![A-Za-z])/

// What comes behind a repeated class is of a pattern, too: `[a-z]+\.com`.
const repeated = /\](?:[+*?]|\{\d{1,3}(?:,\d{0,3})?\})$/

/**
 * Tells whether a backslash is what the text is about: of a path, as in `C:\.git` or `src\app\_old`, or of a pattern, as in
 * `\d+\.\d+`. It is asked for each one from left to right.
 */
export const pathReader = (source: string): (at: number) => boolean => {
  let seen = 0
  let word = 0
  let isPath = false
  /** Whether a word of this line is a path: `C:\Program Files (x86)\.cache`. */
  let isLineOfPath = false
  return (at) => {
    let isNewWord = false
    for (let n = at - 1; n >= seen; n--) {
      if (!/\s/.test(source[n] ?? " ")) continue
      if (!isNewWord) word = n + 1
      isNewWord = true
      if (source[n] === "\n") isLineOfPath = false
    }
    if (isNewWord) isPath = false
    seen = at
    if (isPath) return true
    const begins = pathStart.test(source.slice(word, word + 40))
    const goesOn = isLineOfPath && /[\w)\]]/.test(source[at - 1] ?? "") && /\S/.test(source[at + 1] ?? "")
    isLineOfPath ||= begins
    isPath = begins || goesOn ||
      // An arm: ¯\_(ツ)_/¯
      (source[at - 1] === "¯" && source[at + 1] === "_") ||
      // What follows it in the word is none either.
      (/\w/.test(source[at - 1] ?? "") && separator.test(source.slice(at, at + 80))) ||
      patternStart.test(source.slice(at, at + 80)) || repeated.test(source.slice(Math.max(word, at - 12), at))
    return isPath
  }
}
