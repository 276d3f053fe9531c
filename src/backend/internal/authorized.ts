/**
 * A login that answers a 401: with better credentials, as long as it has any.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Unauthorized } from "../../auth/AuthError.ts"
import type { Credentials, CredentialsError, Service as CodexAuth } from "../../auth/CodexAuth.ts"

// The refusal of the backend knows code and request id, ours does not.
const better = (auth: CodexAuth, held: Credentials, refused: Unauthorized) =>
  Effect.catchTag(auth.recover(held), "Unauthorized", () => Effect.fail(refused))

const isRefused = <E>(error: E | Unauthorized): error is Unauthorized =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "Unauthorized"

/** Runs an effect with credentials, and again with better ones while the backend refuses them. */
export const effect = (auth: CodexAuth) =>
<A, E, R>(
  use: (credentials: Credentials) => Effect.Effect<A, E | Unauthorized, R>
): Effect.Effect<A, E | CredentialsError | Unauthorized, R> => {
  const attempt = (credentials: Credentials): Effect.Effect<A, E | CredentialsError | Unauthorized, R> =>
    Effect.catchIf(
      use(credentials),
      isRefused,
      (refused) => Effect.flatMap(better(auth, credentials, refused), attempt)
    )
  return Effect.flatMap(auth.credentials, attempt)
}

/** `effect` for an answer. */
export const stream = (auth: CodexAuth) =>
<A, E, R>(
  use: (credentials: Credentials) => Effect.Effect<Stream.Stream<A, E | Unauthorized, R>, never, R>
): Stream.Stream<A, E | CredentialsError | Unauthorized, R> => {
  const attempt = (
    credentials: Credentials
  ): Effect.Effect<Stream.Stream<A, E | CredentialsError | Unauthorized, R>, never, R> =>
    Effect.map(
      use(credentials),
      Stream.catchIf(
        isRefused,
        (refused) => Stream.unwrap(Effect.flatMap(better(auth, credentials, refused), attempt))
      )
    )
  return Stream.unwrap(Effect.flatMap(auth.credentials, attempt))
}
