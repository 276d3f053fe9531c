/**
 * Failures of the login: credentials, tokens, device codes.
 */
import * as Schema from "effect/Schema"
import { minute, optional, type Reader, type Row, withRequestId } from "../Failure.ts"

/** There is no auth.json where we were told to look. */
export class AuthFileNotFound extends Schema.TaggedError<AuthFileNotFound>("effect-codex/AuthFileNotFound")(
  "AuthFileNotFound",
  { path: Schema.String }
) {
  static readonly row: Row = {
    error: "auth JSON not found",
    cause: "The path is wrong, or nobody has signed in on this machine",
    fix:
      "Set CODEX_AUTH_JSON_PATH to an absolute, readable path, or sign in with `codex login` (in the chat: `/codex login`)."
  }
  fix(_reader: Reader): string {
    return AuthFileNotFound.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `auth JSON not found at ${this.path}.`
  }
}

/** auth.json is there, but it is not the file it should be. */
export class AuthFileInvalid extends Schema.TaggedError<AuthFileInvalid>("effect-codex/AuthFileInvalid")(
  "AuthFileInvalid",
  { path: Schema.String, problem: Schema.Literals(["not JSON", "not an auth.json"]) }
) {
  static readonly row: Row = {
    error: "auth JSON is invalid",
    cause: "The file was cut short, edited by hand, or is another file",
    fix: "Replace it by a fresh auth.json from `codex login`."
  }
  fix(_reader: Reader): string {
    return AuthFileInvalid.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `The file at ${this.path} is ${this.problem}.`
  }
}

/** The place where auth.json lives could not be read, written or cleared. */
export class AuthStoreFailed extends Schema.TaggedError<AuthStoreFailed>("effect-codex/AuthStoreFailed")(
  "AuthStoreFailed",
  {
    path: Schema.String,
    operation: Schema.Literals(["read", "write", "remove", "lock"]),
    problem: Schema.String
  }
) {
  static readonly row: Row = {
    error: "auth JSON cannot be read or written",
    cause: "Permissions, a read-only mount, a full disk, or another process that holds the lock and hangs",
    fix: "Give the bot's user read and write access to the file and its folder; in a container, mount the folder."
  }
  fix(_reader: Reader): string {
    return AuthStoreFailed.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `Could not ${this.operation} the credentials at ${this.path} (${this.problem}).`
  }
}

/** The credentials hold no ChatGPT access token. */
export class AccessTokenMissing extends Schema.TaggedError<AccessTokenMissing>("effect-codex/AccessTokenMissing")(
  "AccessTokenMissing",
  { path: Schema.String, reason: Schema.Literals(["no tokens", "API key"]) }
) {
  static readonly row: Row = {
    error: "No access_token found",
    cause: "The login is incomplete, or it was made with an API key",
    fix: "Run `codex login` again and choose ChatGPT, not an API key."
  }
  fix(_reader: Reader): string {
    return AccessTokenMissing.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return this.reason === "API key"
      ? `No access_token found in ${this.path}: it holds an API key, not a ChatGPT login.`
      : `No access_token found in ${this.path}.`
  }
}

/** The access token is past its time and there is no way to renew it here. */
export class AccessTokenExpired extends Schema.TaggedError<AccessTokenExpired>("effect-codex/AccessTokenExpired")(
  "AccessTokenExpired",
  { expiredAt: Schema.optionalKey(Schema.DateTimeUtc), reason: Schema.Literals(["no refresh token", "refresh is off"]) }
) {
  static readonly row: Row = {
    error: "access_token has expired",
    cause: "The token is past its time and cannot be refreshed: no refresh token, or refreshing is switched off",
    fix: "Use an auth.json with a refresh_token and automatic refresh, or run `codex login` again."
  }
  fix(_reader: Reader): string {
    return AccessTokenExpired.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    const when = this.expiredAt === undefined ? "" : ` on ${minute(this.expiredAt)}`
    return `The access_token has expired${when} and cannot be refreshed (${this.reason}).`
  }
}

const refreshProblems = {
  expired: "the refresh token is too old",
  reused: "the refresh token was already used by another program",
  revoked: "the session was ended",
  rejected: "the issuer did not accept it",
  accountChanged: "the file now belongs to another account",
  unreachable: "the issuer could not be reached"
} as const

/**
 * The issuer gave no new access token.
 *
 * `unreachable` is passing (network, 429, 5xx, a block page); every other reason is final for this set of tokens.
 */
export class TokenRefreshFailed extends Schema.TaggedError<TokenRefreshFailed>("effect-codex/TokenRefreshFailed")(
  "TokenRefreshFailed",
  {
    reason: Schema.Literals(["expired", "reused", "revoked", "rejected", "accountChanged", "unreachable"]),
    status: Schema.optionalKey(Schema.Int)
  }
) {
  static readonly row: Row = {
    error: "Token refresh failed",
    cause: "The refresh token expired, was revoked, or another program used it",
    fix: "Replace the server secret by a fresh auth.json (`codex login`)."
  }
  fix(_reader: Reader): string {
    return TokenRefreshFailed.row.fix
  }
  get isRetryable(): boolean {
    return this.reason === "unreachable"
  }
  override get message(): string {
    return `Token refresh failed: ${refreshProblems[this.reason]}.`
  }
}

/** The backend refuses a token that is not expired, even after a reload and a refresh. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("effect-codex/Unauthorized")("Unauthorized", {
  requestId: optional.requestId,
  code: Schema.optionalKey(Schema.String)
}) {
  static readonly row: Row = {
    error: "401 while token is not expired",
    cause: "The session was ended elsewhere, or the backend asks for something that this client cannot do",
    fix: "Sign in again with `codex login` and retry."
  }
  fix(_reader: Reader): string {
    return Unauthorized.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return withRequestId("ChatGPT refused the login (401) although the token is not expired.", this.requestId)
  }
}

const loginProblems = {
  expired: "the code has expired",
  denied: "the request was denied",
  timedOut: "nobody entered the code in time, or device code login is switched off for the account or workspace",
  cancelled: "it was cancelled",
  notEnabled: "this issuer has no device login; use an auth.json from `codex login` instead",
  rejected: "the issuer refused it",
  unreachable: "the issuer could not be reached"
} as const

/** Signing in by device code did not end in tokens. */
export class DeviceLoginFailed extends Schema.TaggedError<DeviceLoginFailed>("effect-codex/DeviceLoginFailed")(
  "DeviceLoginFailed",
  {
    reason: Schema.Literals([
      "expired",
      "denied",
      "timedOut",
      "cancelled",
      "notEnabled",
      "rejected",
      "unreachable"
    ]),
    status: Schema.optionalKey(Schema.Int)
  }
) {
  static readonly row: Row = {
    error: "Device login failed",
    cause: "The code was not entered in time, or device login is switched off for the account or workspace",
    fix:
      "Start again; if it keeps timing out, enable device code login in ChatGPT's security settings, or ask the workspace's admin to."
  }
  fix(_reader: Reader): string {
    return DeviceLoginFailed.row.fix
  }
  get isRetryable(): boolean {
    return this.reason === "unreachable"
  }
  override get message(): string {
    return `The login did not succeed: ${loginProblems[this.reason]}.`
  }
}

/** Every failure of the login, in the order in which they are met. */
export const AuthErrors = [
  AuthFileNotFound,
  AuthFileInvalid,
  AuthStoreFailed,
  AccessTokenMissing,
  AccessTokenExpired,
  TokenRefreshFailed,
  Unauthorized,
  DeviceLoginFailed
] as const

/** One of them, as a schema: to log it, store it, or send it to another process. */
export const AuthError = Schema.Union(AuthErrors)

/** One of them. */
export type AuthError = typeof AuthError.Type
