/**
 * A break of the code by name, with the test files that must notice.
 *
 * `find` is exact text that stands in the file once. A mutant whose text is gone fails the run: mend it with the code.
 */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Test files that must go red. */
  readonly tests: ReadonlyArray<string>
}

/** Several of one file. */
export const mutants = (
  file: string,
  tests: ReadonlyArray<string>,
  breaks: Readonly<Record<string, readonly [find: string, replace: string]>>
): ReadonlyArray<Mutant> =>
  Object.entries(breaks).map(([name, [find, replace]]) => ({ name, file, find, replace, tests }))
