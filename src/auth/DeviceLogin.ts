/**
 * Sign-in by device code: a code is shown here and entered elsewhere, and the login arrives.
 *
 * A login is a stream of steps, so that whoever shows it can tell what happens, and ends it by leaving. The
 * issuer's own flow is the default, as it is the one that the real issuer has; RFC 8628 is the other.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ensure, span } from "../internal/kinds.ts"
import { type AuthStoreFailed, DeviceLoginFailed } from "./AuthError.ts"
import type * as AuthJson from "./AuthJson.ts"
import * as CodexAuth from "./CodexAuth.ts"
import * as LoginDocument from "./internal/loginDocument.ts"
import * as OAuth from "./OAuth.ts"

/**
 * How to sign in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends OAuth.DeviceCodeOptions {
  /** Default: `auto`, the issuer's own flow, and the other one where the issuer does not have it. */
  readonly flow?: "auto" | OAuth.DeviceFlow | undefined
  /** How long to wait for the person. Default and most: fifteen minutes, and never longer than the code lives. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * There is a code: the person enters it at the address.
 *
 * @since 0.1.0
 * @category models
 */
export interface CodeIssued {
  readonly _tag: "CodeIssued"
  readonly flow: OAuth.DeviceFlow
  readonly userCode: string
  readonly verificationUri: string
  /** The address with the code in it, where the issuer has one. */
  readonly verificationUriComplete: string | undefined
  /** How long the code will be waited for. */
  readonly expiresIn: Duration.Duration
  readonly expiresAt: DateTime.Utc
}

/**
 * The issuer is about to be asked once more; whoever leaves now is not signed in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Waiting {
  readonly _tag: "Waiting"
  /** Counts from 1. */
  readonly attempt: number
  /** Since the code was issued. */
  readonly elapsed: Duration.Duration
}

/**
 * The person agreed, and the login is in use: the last step of `signIn`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SignedIn extends CodexAuth.SignedIn {
  readonly _tag: "SignedIn"
}

/**
 * The person agreed, and here is the login: the last step of `grant`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Granted {
  readonly _tag: "Granted"
  readonly login: AuthJson.AuthJson
}

/**
 * The two ways to end a login by device code.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Signs in and hands the login to `CodexAuth`, which saves it and uses it from then on.
   *
   * The login that was there before stays until then. Leaving the stream cancels, except while the new login is
   * being saved.
   */
  readonly signIn: (
    options?: Options
  ) => Stream.Stream<CodeIssued | Waiting | SignedIn, DeviceLoginFailed | AuthStoreFailed>
  /** Signs in and hands the login out instead of saving it. */
  readonly grant: (options?: Options) => Stream.Stream<CodeIssued | Waiting | Granted, DeviceLoginFailed>
}

/**
 * Sign-in by device code as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class DeviceLogin extends Context.Service<DeviceLogin, Service>()("effect-codex/DeviceLogin") {}

const longest = Duration.minutes(15)

/** What the standard adds to the interval each time the issuer asks for it. */
const slowDown = Duration.seconds(5)

const withoutIdToken = Effect.logWarning(
  "The issuer gave no id_token. The login works here, but the official Codex CLI cannot read an auth.json without one."
)

interface Asking {
  readonly attempt: number
  readonly interval: Duration.Duration
}

const make: Effect.Effect<Service, never, OAuth.OAuth | CodexAuth.CodexAuth> = Effect.gen(function*() {
  const oauth = yield* OAuth.OAuth
  const auth = yield* CodexAuth.CodexAuth

  const issue = (options: Options): Effect.Effect<OAuth.DeviceCode, DeviceLoginFailed> =>
    options.flow !== undefined && options.flow !== "auto"
      ? oauth.deviceCode(options.flow, options)
      : oauth.deviceCode("deviceauth", options).pipe(
        Effect.catchIf((error) => error.reason === "notEnabled", () => oauth.deviceCode("rfc8628", options))
      )

  const waitFor = <A, E>(
    code: OAuth.DeviceCode,
    deadline: DateTime.Utc,
    begin: DateTime.Utc,
    finish: (login: AuthJson.AuthJson) => Effect.Effect<A, E>
  ): Stream.Stream<A | Waiting, E | DeviceLoginFailed> => {
    // Noise on the way is not the end before the deadline is.
    const ask = Effect.matchEffect(code.ask, {
      onSuccess: (asked) => Effect.succeed({ asked, unreachable: undefined }),
      onFailure: (error) =>
        error.reason === "unreachable"
          ? Effect.succeed({ asked: { _tag: "Pending" } as const, unreachable: error })
          : Effect.fail(error)
    })

    const pause = Effect.fnUntraced(function*(next: Asking) {
      const now = yield* DateTime.now
      yield* Effect.sleep(Duration.min(next.interval, DateTime.distance(now, deadline)))
      const elapsed = DateTime.distance(begin, yield* DateTime.now)
      return [[{ _tag: "Waiting", attempt: next.attempt, elapsed } satisfies Waiting], Option.some(next)] as const
    })

    // A login that was granted is not lost to somebody who leaves at that moment.
    const step = (state: Asking) =>
      Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
        if (state.attempt === 0) {
          return yield* restore(pause({ attempt: 1, interval: state.interval }))
        }
        const { asked, unreachable } = yield* restore(ask)
        const now = yield* DateTime.now
        if (asked._tag === "Granted") {
          if (asked.tokens.idToken === undefined) {
            yield* withoutIdToken
          }
          return [[yield* finish(LoginDocument.fromTokens(asked.tokens, code.provenance, now))], Option.none()] as const
        }
        if (DateTime.isGreaterThanOrEqualTo(now, deadline)) {
          return yield* unreachable ?? new DeviceLoginFailed({ reason: "timedOut" })
        }
        const interval = asked._tag === "Pending"
          ? state.interval
          : Duration.max(asked.interval ?? Duration.zero, Duration.sum(state.interval, slowDown))
        return yield* restore(pause({ attempt: state.attempt + 1, interval }))
      }))

    return Stream.paginate<Asking, A | Waiting, E | DeviceLoginFailed>({ attempt: 0, interval: code.interval }, step)
  }

  const steps = <A, E>(
    options: Options,
    finish: (login: AuthJson.AuthJson) => Effect.Effect<A, E>
  ): Stream.Stream<CodeIssued | Waiting | A, E | DeviceLoginFailed> =>
    Stream.unwrap(Effect.gen(function*() {
      yield* ensure("DeviceLogin.signIn", { timeout: span }, options)
      const code = yield* issue(options)
      const begin = yield* DateTime.now
      const wait = Duration.min(longest, Duration.fromInputUnsafe(options.timeout ?? longest))
      const expiresAt = DateTime.min(code.expiresAt, DateTime.addDuration(begin, wait))
      const issued: CodeIssued = {
        _tag: "CodeIssued",
        flow: code.flow,
        userCode: code.userCode,
        verificationUri: code.verificationUri,
        verificationUriComplete: code.verificationUriComplete,
        expiresIn: DateTime.distance(begin, expiresAt),
        expiresAt
      }
      return Stream.concat(Stream.succeed(issued), waitFor(code, expiresAt, begin, finish))
    }))

  return DeviceLogin.of({
    signIn: (options = {}) =>
      steps(options, (login) =>
        auth.signIn(login).pipe(
          Effect.map((signedIn): SignedIn => ({ ...signedIn, _tag: "SignedIn" })),
          // An issuer whose new tokens cannot be used has not signed anybody in.
          Effect.catchTag(
            ["AccessTokenMissing", "AccessTokenExpired"],
            () => Effect.fail(new DeviceLoginFailed({ reason: "rejected" }))
          )
        )),
    grant: (options = {}) => steps(options, (login) => Effect.succeed<Granted>({ _tag: "Granted", login }))
  })
})

/**
 * Provides sign-in by device code for the login of the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<DeviceLogin, never, OAuth.OAuth | CodexAuth.CodexAuth> = Layer.effect(DeviceLogin, make)
