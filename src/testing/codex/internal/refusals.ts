/**
 * Answers of both servers that are whole HTTP responses: the bodies are those that the real ones send.
 */
import type * as DateTime from "effect/DateTime"
import { type Http, once, type UsageLimit } from "./replyTypes.ts"

/**
 * Any HTTP response.
 *
 * @since 0.2.0
 * @category constructors
 */
export const http = (options: {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | object
}): Http => ({
  ...once,
  _tag: "Http",
  status: options.status,
  headers: options.headers ?? {},
  body: options.body ?? ""
})

/**
 * Any refusal in the shape of the public API.
 *
 * @since 0.2.0
 * @category constructors
 */
export const refused = (status: number, code: string | null, message: string, param: string | null = null): Http =>
  http({ status, body: { error: { message, type: "invalid_request_error", param, code } } })

const unauthorizedMessages = {
  token_expired: "Provided authentication token is expired. Please try signing in again.",
  token_invalidated: "Your authentication token has been invalidated. Please try signing in again.",
  token_revoked: "Your authentication token has been revoked. Please try signing in again.",
  account_deactivated: "Your account has been deactivated."
}

/**
 * 401, though the token may be fine.
 *
 * @since 0.2.0
 * @category constructors
 */
export const unauthorized = (code: keyof typeof unauthorizedMessages = "token_expired"): Http =>
  http({
    status: 401,
    headers: { "x-openai-authorization-error": code },
    body: {
      error: { message: unauthorizedMessages[code], type: "invalid_request_error", code, param: null },
      status: 401
    }
  })

/**
 * 403 in JSON: the account may not do this.
 *
 * @since 0.2.0
 * @category constructors
 */
export const modelForbidden = (code = "workspace_access_denied"): Http =>
  http({ status: 403, body: { detail: { code } } })

/**
 * A model that is retired, or that the account does not have, in one of the four ways that were seen.
 *
 * @since 0.2.0
 * @category constructors
 */
export const modelRefused = (
  slug: string,
  how: "notSupported" | "notFound" | "noAccess" | "noAccessDetail" = "notSupported"
): Http => {
  const noAccess = `The model ${slug} does not exist or you do not have access to it.`
  switch (how) {
    case "notSupported":
      return rejected(`The '${slug}' model is not supported when using Codex with a ChatGPT account.`)
    case "notFound":
      return refused(404, null, `Model not found ${slug}`, "model")
    case "noAccess":
      return refused(404, "model_not_found", noAccess, "model")
    case "noAccessDetail":
      return http({ status: 404, body: { detail: noAccess } })
  }
}

/**
 * 400: a sealed item was made for another account or another family of models.
 *
 * @since 0.2.0
 * @category constructors
 */
export const invalidEncryptedContent = (): Http =>
  refused(
    400,
    "invalid_encrypted_content",
    "The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
    "input"
  )

/**
 * A redirect to another address. Default status: 307, which repeats the request there with its body.
 *
 * @since 0.2.0
 * @category constructors
 */
export const redirect = (location: string, status: 301 | 302 | 303 | 307 | 308 = 307): Http =>
  http({ status, headers: { location } })

/**
 * 429: the limit of the plan is reached. Default reset: that of the five-hour window.
 *
 * @since 0.2.0
 * @category constructors
 */
export const usageLimit = (options?: { readonly resetsAt?: DateTime.Utc }): UsageLimit => ({
  ...once,
  _tag: "UsageLimit",
  resetsAt: options?.resetsAt
})

/**
 * 429: too many requests for a moment; `retryAfter` in seconds, without it there is no such header.
 *
 * @since 0.2.0
 * @category constructors
 */
export const rateLimited = (options?: { readonly retryAfter?: number }): Http => ({
  ...refused(429, "rate_limit_exceeded", "Rate limit reached. Please try again later."),
  headers: options?.retryAfter === undefined ? {} : { "retry-after": String(options.retryAfter) }
})

/**
 * 429: the plan has no Codex.
 *
 * @since 0.2.0
 * @category constructors
 */
export const usageNotIncluded = (): Http =>
  http({
    status: 429,
    body: { error: { type: "usage_not_included", message: "To use Codex with your ChatGPT plan, upgrade to Plus." } }
  })

/**
 * A page of the network in front of the backend: 403 is a challenge (default), 503 and others an outage.
 *
 * @since 0.2.0
 * @category constructors
 */
export const cloudflare = (options?: { readonly status?: number }): Http => {
  const status = options?.status ?? 403
  return status === 403
    ? page(403, "Just a moment...", "Enable JavaScript and cookies to continue", { "cf-mitigated": "challenge" })
    : page(status, `chatgpt.com | ${status}: Service unavailable`, "Unable to load site")
}

const page = (status: number, title: string, line: string, headers?: Readonly<Record<string, string>>): Http =>
  http({
    status,
    headers: {
      server: "cloudflare",
      "cf-ray": "8f0000000000cafe-CGK",
      "content-type": "text/html; charset=UTF-8",
      ...headers
    },
    body:
      `<!DOCTYPE html>\n<html lang="en-US"><head><title>${title}</title></head>\n<body><h1>${line}</h1></body></html>\n`
  })

/**
 * 500, 502, 503 (default, with the code of an overloaded model) or 504.
 *
 * @since 0.2.0
 * @category constructors
 */
export const unavailable = (options?: { readonly status?: number; readonly code?: string }): Http => {
  const status = options?.status ?? 503
  const code = options?.code ?? (status === 503 ? "server_is_overloaded" : "server_error")
  const message = code === "server_is_overloaded"
    ? "Our servers are currently overloaded. Please try again later."
    : "The server had an error processing your request."
  return http({ status, body: { error: { message, type: "server_error", param: null, code } } })
}

/**
 * 400 with a `detail`: the request is wrong.
 *
 * @since 0.2.0
 * @category constructors
 */
export const rejected = (detail: string): Http => http({ status: 400, body: { detail } })

/**
 * 200 with a page where a stream was expected.
 *
 * @since 0.2.0
 * @category constructors
 */
export const html = (): Http => ({ ...page(200, "ChatGPT", "Welcome"), status: 200 })

/**
 * 200 with JSON where a stream was expected.
 *
 * @since 0.2.0
 * @category constructors
 */
export const json = (body: object): Http => http({ status: 200, body })

/**
 * 404 of the issuer: there is nothing at this path.
 *
 * @since 0.2.0
 * @category constructors
 */
export const invalidUrl = (method: string, path: string): Http => refused(404, null, `Invalid URL (${method} ${path})`)

const refreshMessages: Readonly<Record<string, string>> = {
  refresh_token_expired: "Your refresh token has expired. Please try signing in again.",
  refresh_token_reused:
    "Your refresh token has already been used to generate a new access token. Please try signing in again.",
  refresh_token_invalidated: "Your session has ended. Please log in again.",
  token_expired: "Could not validate your token. Please try signing in again."
}

/**
 * The issuer refuses a refresh with this code, e.g. `refresh_token_reused` or `invalid_grant`. Default status: 401.
 *
 * @since 0.2.0
 * @category constructors
 */
export const refreshFailed = (code: string, options?: { readonly status?: number }): Http =>
  refused(options?.status ?? 401, code, refreshMessages[code] ?? "The refresh token was refused.")

/**
 * The device polls too often, in the words of the `deviceauth` flow.
 *
 * @since 0.2.0
 * @category constructors
 */
export const deviceSlowDown = (): Http =>
  http({
    status: 403,
    body: {
      error: {
        message: "Polling too often. Please slow down.",
        type: "invalid_request_error",
        code: "deviceauth_slow_down"
      }
    }
  })

/**
 * The device polls too often, in the words of RFC 8628.
 *
 * @since 0.2.0
 * @category constructors
 */
export const slowDown = (): Http =>
  http({ status: 400, body: { error: "slow_down", error_description: "Poll less often." } })

/**
 * A refusal that names the offending field, as the API behind the backend sends it.
 *
 * @since 0.2.0
 * @category constructors
 */
export const invalid = (param: string, code: string, message: string): Http => refused(400, code, message, param)
