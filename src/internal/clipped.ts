/**
 * Texts that are cut to a length.
 */

/** The beginning of a text, of at most so many units, without half a character at its end. */
export const clipped = (text: string, length: number): string => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "")
