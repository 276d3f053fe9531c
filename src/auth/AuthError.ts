/**
 * Failures of the login: credentials, tokens, device codes.
 */
import * as Schema from "effect/Schema"
import { minute, optional, type Reader, type Row, withRequestId } from "../Failure.ts"
import { filePlaces, loginProblems, noAddress, otherLogins, refreshProblems } from "./internal/problems.ts"

// A login that was given as a text is in no file.
const isGiven = (path: string): boolean => path === "memory:auth.json"

// One that several machines share is a row of a database.
const isShared = (path: string): boolean => path.startsWith("sql:")

const given = "auth JSON that was given (option authJson, variable CODEX_AUTH_JSON_JSON)"

/**
 * There is no auth.json where we were told to look, or it was emptied by a logout.
 *
 * @since 0.1.0
 * @category errors
 */
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
    return isShared(this.path)
      ? "Sign in with `/codex login` in the chat, or hand in an auth.json by `CodexAuth.imported`."
      : AuthFileNotFound.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `auth JSON not found at ${this.path}.`
  }
}

/**
 * auth.json is there, but it is not the file it should be.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthFileInvalid extends Schema.TaggedError<AuthFileInvalid>("effect-codex/AuthFileInvalid")(
  "AuthFileInvalid",
  {
    path: Schema.String,
    problem: Schema.Literals(["not JSON", "not an auth.json", "a folder", "not a regular file", "too large"])
  }
) {
  static readonly row: Row = {
    error: "auth JSON is invalid",
    cause: "The file was cut short, edited by hand, or is another file",
    fix: "Replace it by a fresh auth.json from `codex login`."
  }
  fix(_reader: Reader): string {
    if (isGiven(this.path)) {
      return "Set CODEX_AUTH_JSON_JSON to the whole text of a fresh auth.json from `codex login`."
    }
    switch (this.problem) {
      case "a folder":
        return "Set CODEX_AUTH_JSON_PATH to the file in it, most often auth.json; if a container made the folder for a mount, the file was missing on the host."
      case "not a regular file":
      case "too large":
        return "Set CODEX_AUTH_JSON_PATH to the auth.json that `codex login` made."
      default:
        return AuthFileInvalid.row.fix
    }
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return this.problem === "not JSON" || this.problem === "not an auth.json"
      ? `The ${
        isGiven(this.path) ? given : `${isShared(this.path) ? "login" : "file"} at ${this.path}`
      } is ${this.problem}.`
      : `What is at ${this.path} ${filePlaces[this.problem]}.`
  }
}

/**
 * The place where auth.json lives could not be read, written, cleared or locked.
 *
 * @since 0.1.0
 * @category errors
 */
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
    return this.operation === "lock"
      ? "Try again in a minute; if it stays, end the process that hangs while it holds the lock."
      : isShared(this.path)
      ? "Look at the database: it must be in reach, have room, and let its user read and write."
      : this.problem === "ENOSPC"
      ? "Make room on the disk that holds the file."
      : AuthStoreFailed.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    return `Could not ${this.operation} the credentials at ${this.path} (${this.problem}).`
  }
}

/**
 * The credentials hold no ChatGPT access token.
 *
 * @since 0.1.0
 * @category errors
 */
export class AccessTokenMissing extends Schema.TaggedError<AccessTokenMissing>("effect-codex/AccessTokenMissing")(
  "AccessTokenMissing",
  {
    path: Schema.String,
    reason: Schema.Literals(["no tokens", "API key", "personal access token", "another login"])
  }
) {
  static readonly row: Row = {
    error: "No access_token found",
    cause: "The login is incomplete, or it was made with an API key",
    fix: "Run `codex login` again and choose ChatGPT, not an API key."
  }
  fix(_reader: Reader): string {
    return this.reason === "personal access token" || this.reason === "another login"
      ? "Run `codex login` again and choose ChatGPT: the file then holds tokens, which can be renewed here."
      : AccessTokenMissing.row.fix
  }
  get isRetryable(): boolean {
    return false
  }
  override get message(): string {
    const place = isGiven(this.path) ? `the ${given}` : this.path
    return this.reason === "no tokens"
      ? `No access_token found in ${place}.`
      : `No access_token found in ${place}: it holds ${otherLogins[this.reason]}.`
  }
}

/**
 * The access token is past its time and there is no way to renew it here.
 *
 * @since 0.1.0
 * @category errors
 */
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

const again = "Sign in again with `codex login` (in the chat: `/codex login`)."

/**
 * The issuer gave no new access token.
 *
 * `unreachable` is passing (network, 429, 5xx, a page in the issuer's place), `place` is about where this server is;
 * every other reason is final for this set of tokens.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenRefreshFailed extends Schema.TaggedError<TokenRefreshFailed>("effect-codex/TokenRefreshFailed")(
  "TokenRefreshFailed",
  {
    reason: Schema.Literals(["expired", "reused", "revoked", "rejected", "accountChanged", "place", "unreachable"]),
    status: Schema.optionalKey(Schema.Int),
    /** The setting that names no server, when that is why it is unreachable. */
    setting: Schema.optionalKey(Schema.String)
  }
) {
  static readonly row: Row = {
    error: "Token refresh failed",
    cause: "The refresh token expired, was revoked, or another program used it",
    fix: "Replace the server secret by a fresh auth.json (`codex login`)."
  }
  fix(reader: Reader): string {
    if (this.setting !== undefined) return noAddress(this.setting)
    switch (this.reason) {
      case "unreachable":
        return reader === "chat"
          ? "Try again in a moment; the login itself is good."
          : "Retry: the login itself is good. If it stays, look at the way from this server to the issuer (network, proxy, block page)."
      case "place":
        return "A new login would be refused as well: run the bot where ChatGPT is offered."
      case "accountChanged":
        return "Ask again: the new login is used from now on."
      case "reused":
        return `Try again in a moment: the program that used it may still be saving the new tokens. If it stays: ${again}`
      default:
        return TokenRefreshFailed.row.fix
    }
  }
  get isRetryable(): boolean {
    return this.reason === "unreachable"
  }
  override get message(): string {
    const status = this.reason === "unreachable" && this.status !== undefined ? ` (${this.status})` : ""
    return `Token refresh failed: ${refreshProblems[this.reason]}${status}.`
  }
}

/**
 * The backend refuses a token that is not expired, even after a reload and a refresh.
 *
 * @since 0.1.0
 * @category errors
 */
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

/**
 * Signing in by device code did not end in tokens.
 *
 * `sentence` is the issuer's own word on a refusal that has no code, one line of at most 200 characters.
 *
 * @since 0.1.0
 * @category errors
 */
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
    status: Schema.optionalKey(Schema.Int),
    sentence: Schema.optionalKey(Schema.String),
    setting: Schema.optionalKey(Schema.String)
  }
) {
  static readonly row: Row = {
    error: "Device login failed",
    cause: "The code was not entered in time, or device login is switched off for the account or workspace",
    fix:
      "Start again; if it keeps timing out, enable device code login in ChatGPT's security settings, or ask the workspace's admin to."
  }
  fix(_reader: Reader): string {
    if (this.setting !== undefined) return noAddress(this.setting)
    switch (this.reason) {
      case "unreachable":
        return "Start again in a moment; if it stays, look at the network between this server and the issuer (proxy, firewall, block page)."
      case "rejected":
        return "Start again; if it stays, use an auth.json from `codex login` instead."
      default:
        return DeviceLoginFailed.row.fix
    }
  }
  get isRetryable(): boolean {
    return this.reason === "unreachable"
  }
  override get message(): string {
    const told = this.reason !== "rejected" && this.reason !== "unreachable"
      ? []
      : [this.status, this.sentence].filter((part) => part !== undefined)
    return `The login did not succeed: ${loginProblems[this.reason]}${
      told.length === 0 ? "" : ` (${told.join(": ")})`
    }.`
  }
}

/**
 * One of them, as a schema: to log it, store it, or send it to another process.
 *
 * @since 0.2.0
 * @category errors
 */
export const AuthError = Schema.Union([
  AuthFileNotFound,
  AuthFileInvalid,
  AuthStoreFailed,
  AccessTokenMissing,
  AccessTokenExpired,
  TokenRefreshFailed,
  Unauthorized,
  DeviceLoginFailed
])

/**
 * One of them.
 *
 * @since 0.2.0
 * @category errors
 */
export type AuthError = typeof AuthError.Type
