/**
 * How the problems of a login are put into words, each as the end of a sentence.
 */

export const filePlaces = {
  "a folder": "is a folder, not an auth.json",
  "not a regular file": "is no regular file",
  "too large": "is larger than 1 MB"
} as const

export const otherLogins = {
  "API key": "an API key, not a ChatGPT login",
  "personal access token":
    "a personal access token, which the official CLI uses in a way of its own, and no ChatGPT login",
  "another login": "another kind of login, not a ChatGPT login"
} as const

export const refreshProblems = {
  expired: "the refresh token is too old",
  reused: "the refresh token was already used by another program",
  revoked: "the session was ended",
  rejected: "the issuer did not accept it",
  accountChanged: "the file now belongs to another account",
  place: "the issuer refuses the country or region that this server is in",
  unreachable: "the issuer could not be reached"
} as const

export const loginProblems = {
  expired: "the code has expired",
  denied: "the request was denied",
  timedOut: "nobody entered the code in time, or device code login is switched off for the account or workspace",
  cancelled: "it was cancelled",
  notEnabled: "this issuer has no device login; use an auth.json from `codex login` instead",
  rejected: "the issuer refused it",
  unreachable: "the issuer could not be reached"
} as const

/** What to do about a setting that should be an address and is none. */
export const noAddress = (setting: string): string =>
  `The setting ${setting} is no http or https address: set one that begins with https://, or leave it out.`
