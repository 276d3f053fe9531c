/**
 * The issuer's endpoints: where tokens are given out, renewed and given back.
 *
 * Neither tokens nor answers leave this module otherwise than `Redacted`. The HTTP client's own spans are off
 * here, because a failed one holds the request, and the body of the request is the refresh token; the
 * spans of the methods stand in for them. No redirect is followed, and no answer is read beyond 256 kB.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Endpoint from "../Endpoint.ts"
import { isHttp } from "../internal/address.ts"
import { originator, textUpTo, userAgent, withoutRedirects } from "../internal/client.ts"
import { address, optional, present } from "../internal/settings.ts"
import { DeviceLoginFailed, TokenRefreshFailed } from "./AuthError.ts"
import type { Provenance, Tokens } from "./AuthJson.ts"
import * as DeviceCode from "./internal/deviceCode.ts"
import { isSuccess, tokensOf } from "./internal/issuerAnswer.ts"
import { refreshFailure } from "./internal/refreshFailure.ts"

/**
 * What a device login asks the issuer for, and is told.
 *
 * @since 0.2.0
 * @category models
 */
export type { Asked, DeviceCode, DeviceCodeOptions, DeviceFlow } from "./internal/deviceCode.ts"

/**
 * Where tokens come from.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** Root of the issuer. Default: the one that the tokens name, else `https://auth.openai.com`. */
  readonly issuer?: string | undefined
  /** What is different where we ask. Default: nothing, it is the backend of the official Codex CLI. */
  readonly endpoint?: Partial<Endpoint.Endpoint> | undefined
}

/** Whose setting it is that names no issuer. */
const setting = "issuer (CODEX_ISSUER)"

/** How long a refresh may take. Generous: a call that is given up may still have used up the token. */
const refreshTimeout: Duration.Duration = Duration.seconds(30)

/** How long a revocation may take. */
const revokeTimeout: Duration.Duration = Duration.seconds(10)

/** The longest answer that is read, in bytes. A token has a few kB. */
const longestAnswer = 256 * 1024

/**
 * What the issuer can be asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Exchanges a refresh token, which works only once, for new tokens.
   *
   * `provenance` names the client and issuer of the tokens where auth.json does; an issuer that is set in the
   * options wins over it. There is no retry in here. Failures are `unreachable` when the same token may
   * still be good, and final otherwise.
   */
  readonly refresh: (
    refreshToken: Redacted.Redacted,
    provenance?: Partial<Provenance>
  ) => Effect.Effect<Tokens, TokenRefreshFailed>
  /**
   * Asks the issuer to end the session of these tokens; true when it agreed.
   *
   * Best effort: whoever signs out goes on either way.
   */
  readonly revoke: (
    tokens: Pick<Tokens, "accessToken" | "refreshToken">,
    provenance?: Partial<Provenance>
  ) => Effect.Effect<boolean>
  /**
   * Asks for a code that a person enters elsewhere to sign in here.
   *
   * Fails with `notEnabled` where the issuer does not know the flow, with `unreachable` for what may pass, and
   * with `rejected` otherwise. When to ask what became of the code is the caller's affair.
   */
  readonly deviceCode: (
    flow: DeviceCode.DeviceFlow,
    options?: DeviceCode.DeviceCodeOptions
  ) => Effect.Effect<DeviceCode.DeviceCode, DeviceLoginFailed>
}

/**
 * The issuer as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class OAuth extends Context.Service<OAuth, Service>()("effect-codex/OAuth") {}

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, never, HttpClient.HttpClient> {
  const client = (yield* HttpClient.HttpClient).pipe(
    HttpClient.mapRequest(HttpClientRequest.setHeaders({ "user-agent": userAgent, originator })),
    withoutRedirects
  )

  const { clientId, issuer: defaultIssuer, tokenFields } = Endpoint.of(options.endpoint)
  const set = options.issuer?.replace(/\/+$/, "")
  const isNowhere = set !== undefined && !isHttp(set)
  const issuerOf = (provenance: Partial<Provenance> | undefined): string =>
    set !== undefined && set !== defaultIssuer ? set : (provenance?.issuer ?? defaultIssuer).replace(/\/+$/, "")

  // The body is always read, also of a refusal: an unread one would hold its connection.
  const send = Effect.fnUntraced(function*(request: HttpClientRequest.HttpClientRequest) {
    const response = yield* client.execute(request)
    return { status: response.status, headers: response.headers, text: yield* textUpTo(longestAnswer)(response) }
  }, Effect.provideService(HttpClient.TracerDisabledWhen, () => true))

  const post = (url: string, body: Readonly<Record<string, string>>) =>
    send(HttpClientRequest.post(url).pipe(HttpClientRequest.bodyJsonUnsafe(body)))

  const refresh: Service["refresh"] = Effect.fn("OAuth.refresh")(function*(refreshToken, provenance) {
    if (isNowhere) return yield* new TokenRefreshFailed({ reason: "unreachable", setting })
    const unreachable = Effect.fail(new TokenRefreshFailed({ reason: "unreachable" }))
    const answer = yield* post(`${issuerOf(provenance)}/oauth/token`, {
      ...tokenFields,
      client_id: provenance?.clientId ?? clientId,
      grant_type: "refresh_token",
      refresh_token: Redacted.value(refreshToken)
    }).pipe(
      Effect.timeoutOrElse({ duration: refreshTimeout, orElse: () => unreachable }),
      Effect.catchTag("HttpClientError", () => unreachable)
    )
    const tokens = isSuccess(answer) ? tokensOf(answer.text) : Option.none()
    return Option.isSome(tokens) ? tokens.value : yield* refreshFailure(answer)
  })

  const revoke: Service["revoke"] = Effect.fn("OAuth.revoke")(function*(tokens, provenance) {
    const body = tokens.refreshToken !== undefined
      ? {
        token: Redacted.value(tokens.refreshToken),
        token_type_hint: "refresh_token",
        client_id: provenance?.clientId ?? clientId
      }
      : tokens.accessToken !== undefined
      ? { token: Redacted.value(tokens.accessToken), token_type_hint: "access_token" }
      : undefined
    if (body === undefined) {
      return false
    }
    return yield* post(`${issuerOf(provenance)}/oauth/revoke`, body).pipe(
      Effect.map(isSuccess),
      Effect.timeoutOrElse({ duration: revokeTimeout, orElse: () => Effect.succeed(false) }),
      Effect.catchTag("HttpClientError", () => Effect.succeed(false))
    )
  })

  const deviceCode: Service["deviceCode"] = Effect.fn("OAuth.deviceCode")((flow, options = {}) =>
    isNowhere
      ? Effect.fail(new DeviceLoginFailed({ reason: "unreachable", setting }))
      : DeviceCode.request({ root: issuerOf(undefined), clientId, send }, flow, options)
  )

  return OAuth.of({ refresh, revoke, deviceCode })
})

/**
 * Provides the issuer over the `HttpClient` of the context, which must not retry: a refresh token works only once.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<OAuth, never, HttpClient.HttpClient> =>
  Layer.effect(OAuth, make(options))

/**
 * The variable of the issuer: `CODEX_ISSUER`, an http or https address.
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  issuer: optional(address("CODEX_ISSUER"))
})

/**
 * Provides the issuer that the environment, or a `Config` of your own, names.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<OAuth, Config.ConfigError, HttpClient.HttpClient> =>
  Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
