/**
 * The helper of `vibegram/codex` for bots that sign in with a command of their own: device login with callbacks.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { DeviceLoginFailed } from "../../auth/AuthError.ts"
import type { AuthJson } from "../../auth/AuthJson.ts"
import { CodexAuth } from "../../auth/CodexAuth.ts"
import * as DeviceLogin from "../../auth/DeviceLogin.ts"
import * as CodexRooms from "../../CodexRooms.ts"

/**
 * The code a person enters, and where.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceLoginCode {
  userCode: string
  verificationUri: string
  /** The address with the code in it, where the issuer has one. */
  verificationUriComplete?: string
  /** Seconds. */
  expiresIn: number
}

/**
 * The tokens of a login, in the clear: do not log them.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceLoginTokens {
  access_token: string
  refresh_token?: string
  id_token?: string
}

/**
 * What is told while a login goes on. Every function may be asynchronous; the login waits for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceLoginCallbacks {
  /** There is a code: show it. */
  onCode(code: DeviceLoginCode): unknown
  /** Before each question to the issuer; `false` cancels. */
  onPoll?(attempt: number, elapsedMs: number): unknown
  /** The person agreed, and the login is saved. */
  onSuccess?(tokens: DeviceLoginTokens): unknown
  /** Called before the promise rejects with the same error. */
  onError?(error: Error): unknown
}

/**
 * How to sign in.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceLoginOptions {
  /** Where the login is saved. Default: `~/.codex/auth.json`. */
  readonly authJsonPath?: string | undefined
  /** Default: 300000. */
  readonly timeoutMs?: number | undefined
  /** Default: the client of the Codex CLI. */
  readonly clientId?: string | undefined
  /** RFC 8628 only. Default: `openid profile email offline_access`. */
  readonly scope?: string | undefined
  /** RFC 8628 only. Default: `https://api.openai.com/v1`. */
  readonly audience?: string | undefined
  /** Hands the tokens out without saving them. Default: false. */
  readonly skipSave?: boolean | undefined
  /** Default: `https://auth.openai.com`. */
  readonly issuer?: string | undefined
  /** Default: `auto`, the issuer's own flow, and RFC 8628 where the issuer does not have it. */
  readonly flow?: "auto" | "deviceauth" | "rfc8628" | undefined
}

const tokensOf = ({ tokens }: AuthJson): DeviceLoginTokens => ({
  access_token: tokens.accessToken === undefined ? "" : Redacted.value(tokens.accessToken),
  ...(tokens.refreshToken !== undefined && { refresh_token: Redacted.value(tokens.refreshToken) }),
  ...(tokens.idToken !== undefined && { id_token: Redacted.value(tokens.idToken) })
})

const codeOf = (issued: DeviceLogin.CodeIssued): DeviceLoginCode => ({
  userCode: issued.userCode,
  verificationUri: issued.verificationUri,
  ...(issued.verificationUriComplete !== undefined && { verificationUriComplete: issued.verificationUriComplete }),
  expiresIn: Math.round(Duration.toSeconds(issued.expiresIn))
})

// A callback that throws is the caller's own affair: its error ends the login as it is.
const told = (callback: () => unknown) => Effect.promise(async () => callback())

const errorOf = (thrown: unknown): Error => thrown instanceof Error ? thrown : new Error(String(thrown))

const run = Effect.fnUntraced(function*(callbacks: DeviceLoginCallbacks, options: DeviceLoginOptions) {
  const deviceLogin = yield* DeviceLogin.DeviceLogin
  const auth = yield* CodexAuth
  const steps = deviceLogin.grant({ ...options, timeout: options.timeoutMs ?? 300_000 })
  let tokens: DeviceLoginTokens | undefined
  yield* Stream.runForEach(
    steps,
    Effect.fnUntraced(function*(step) {
      switch (step._tag) {
        case "CodeIssued":
          yield* told(() => callbacks.onCode(codeOf(step)))
          break
        case "Waiting": {
          const goOn = yield* told(() => callbacks.onPoll?.(step.attempt, Duration.toMillis(step.elapsed)))
          if (goOn === false) return yield* new DeviceLoginFailed({ reason: "cancelled" })
          break
        }
        case "Granted": {
          if (options.skipSave !== true) {
            const { unsaved } = yield* auth.signIn(step.login)
            if (unsaved !== undefined) yield* Effect.logWarning(unsaved.message)
          }
          tokens = tokensOf(step.login)
        }
      }
    })
  )
  const granted = tokens ?? (yield* new DeviceLoginFailed({ reason: "rejected" }))
  yield* told(() => callbacks.onSuccess?.(granted))
  return granted
}, (login, callbacks) =>
  // An error that a callback threw is told as well: it is what the promise rejects with.
  Effect.tapCause(login, (cause) => told(() => callbacks.onError?.(errorOf(Cause.squash(cause))))))

/** Signs in, and saves the login. */
export const deviceLogin = async (
  callbacks: DeviceLoginCallbacks,
  options: DeviceLoginOptions
): Promise<DeviceLoginTokens> => {
  const runtime = ManagedRuntime.make(
    CodexRooms.layerLogin({ authJsonPath: options.authJsonPath, issuer: options.issuer })
  )
  try {
    return await runtime.runPromise(run(callbacks, options))
  } finally {
    await runtime.dispose()
  }
}
