/**
 * Where we ask, and in which words: everything that would be different at another server that speaks the same protocol.
 *
 * `codex` is the backend of the official Codex CLI. Give `codexLive({ endpoint })` what is different elsewhere: nothing of
 * it is written down in a second place.
 */
import * as Redacted from "effect/Redacted"
import { originator, userAgent } from "./internal/client.ts"

/**
 * Who asks.
 *
 * @since 0.2.0
 * @category models
 */
export interface Caller {
  readonly accessToken: Redacted.Redacted
  readonly accountId: string | undefined
  /** Which of the account's devices. */
  readonly deviceId: string | undefined
  readonly isFedramp: boolean
  readonly residency: string | undefined
}

/**
 * A server that gives answers, and the issuer of its logins.
 *
 * @since 0.2.0
 * @category models
 */
export interface Endpoint {
  /** Root of the issuer; the option `issuer` wins over it. */
  readonly issuer: string
  /** The public client that logs in; it has no secret. */
  readonly clientId: string
  /** What the issuer wants to be told besides when tokens are renewed. */
  readonly tokenFields: Readonly<Record<string, string>>
  /** Root of the backend, over `/responses` and `/models`; the option `baseUrl` wins over it. */
  readonly baseUrl: string
  /** Where the usage of an account is told; `undefined` where nobody tells it. */
  readonly usageUrl: (baseUrl: string) => string | undefined
  /** The headers that say who asks. */
  readonly headers: (caller: Caller) => Readonly<Record<string, string>>
  /** What is refused there, and therefore never sent: fields of a body and types of tools, by name. */
  readonly refused: ReadonlySet<string>
  /** What a code of a failure is called at `codex`, so that it is read as what it is. */
  readonly meaningOf: (code: string) => string
}

/** Header values must be printable ASCII; an invalid one would end up, in full, in an error of `fetch`. */
const printable = (value: string): string => value.replace(/[^\x20-\x7e]/g, "")

/** The backend of the official Codex CLI. It judges an old `version` header, so that there is none at all. */
export const codex: Endpoint = {
  issuer: "https://auth.openai.com",
  clientId: "app_EMoamEEZ73f0CkXaXp7hrann",
  tokenFields: {},
  baseUrl: "https://chatgpt.com/backend-api/codex",
  usageUrl: (baseUrl) => `${baseUrl.replace(/\/codex$/, "")}/wham/usage`,
  headers: ({ accessToken, accountId, deviceId, isFedramp, residency }) => ({
    authorization: `Bearer ${printable(Redacted.value(accessToken))}`,
    originator,
    "user-agent": userAgent,
    ...(deviceId !== undefined && { "oai-device-id": printable(deviceId) }),
    ...(accountId !== undefined && { "chatgpt-account-id": printable(accountId) }),
    ...(isFedramp && { "x-openai-fedramp": "true" }),
    ...(residency !== undefined && { "x-openai-internal-codex-residency": printable(residency) })
  }),
  refused: new Set(),
  meaningOf: (code) => code
}

/** `codex`, and what is different elsewhere over it. */
export const of = (different: Partial<Endpoint> | undefined): Endpoint => ({ ...codex, ...different })
