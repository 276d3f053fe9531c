/**
 * Who we say we are, to the backend and to the issuer: honestly ourselves, with no version of the official CLI.
 */

/** The version of this package; a test holds it against package.json. */
export const version = "0.1.0"

export const originator = "effect-codex"

export const userAgent = `${originator}/${version} (TypeScript; Effect 4)`
