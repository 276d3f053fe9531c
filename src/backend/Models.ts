/**
 * The models of the account, and which of them is asked when nobody chose.
 *
 * Models come and go faster than bots are deployed. So the account's own list decides, and `gpt-5.3-codex`, which was
 * the default of every recipe until it was retired (June 2026), counts as not chosen where that list lacks it. Any
 * other model that somebody named is asked, or refused in words, and never replaced.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import { CodexAuth, type Credentials } from "../auth/CodexAuth.ts"
import { optional, present, words } from "../internal/settings.ts"
import { ClientTransform } from "./ClientTransform.ts"
import * as Authorized from "./internal/authorized.ts"
import * as ModelChoice from "./internal/modelChoice.ts"
import * as ModelList from "./internal/modelList.ts"
import * as Wire from "./internal/wire.ts"

/**
 * The model to ask, and where the list is.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options extends Wire.Options {
  /** The model to ask. Default: the best of the account's list. */
  readonly model?: string | undefined
}

/**
 * A model that the account may use.
 *
 * @since 0.2.0
 * @category models
 */
export type Model = ModelList.Model

/**
 * The models, best first, and whether the backend named them or we did because it could not be asked.
 *
 * @since 0.2.0
 * @category models
 */
export type List = ModelList.List

/**
 * Which model is asked, and whether somebody named it: then it is asked or refused, and never replaced.
 *
 * @since 0.2.0
 * @category models
 */
export type Choice = ModelChoice.Choice

/**
 * The models of the account.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /**
   * The models of this account, best first, hidden ones left out.
   *
   * An answer counts for five minutes and is then revalidated by its ETag. On a failure the account's last answer
   * stays, or, when there is none, the built-in list; after a minute the backend is asked again.
   */
  readonly list: Effect.Effect<List>
  /**
   * Which model to ask, when a request names `wanted` or nothing; with the account that will be asked, where it is
   * known already, the login is not looked at once more.
   */
  readonly choose: (wanted: string | undefined, account?: string) => Effect.Effect<Choice>
  /** The next to try after the account was refused these, best first; `undefined` after three, or at the end. */
  readonly after: (refused: ReadonlyArray<string>) => Effect.Effect<string | undefined>
  /** Remembers, for this process, a model that answers although these were refused. */
  readonly found: (model: string, refused: ReadonlyArray<string>) => Effect.Effect<void>
  /**
   * The model that is asked when a request names none, as far as it is known without asking anybody, and why it is not
   * the one that was wanted.
   */
  readonly chosen: Effect.Effect<ModelChoice.Chosen>
}

/**
 * The models as a service. Swap it to pin a list, or to choose by a rule of yours.
 *
 * @since 0.2.0
 * @category services
 */
export class Models extends Context.Service<Models, Service>()("effect-codex/Models") {}

// How long a turn waits for a list that is not known yet.
const longestWaitForList = "1 second"

const maxBody = 16 * 1024 * 1024

interface Known {
  readonly account: string | undefined
  readonly etag: string | undefined
  readonly list: List
}

interface State {
  /** The account that all of this is about. */
  readonly account: string | undefined
  readonly known: Known | undefined
}

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, never, CodexAuth | HttpClient.HttpClient | Scope.Scope> {
  const auth = yield* CodexAuth
  const scope = yield* Effect.scope
  const wire = yield* Wire.make(options)
  const transform = yield* ClientTransform
  const state = yield* Ref.make<State>({ account: undefined, known: undefined })
  const known = Effect.map(
    Ref.get(state),
    ({ account, known }) => known?.account === account ? known?.list : undefined
  )

  const ask = Effect.fnUntraced(function*(credentials: Credentials) {
    const { known } = yield* Ref.get(state)
    const previous = known?.account === credentials.accountId ? known : undefined
    const answer = yield* wire.send(
      // `0.0.0` stands for the whole list; any other version that is too low hides models.
      HttpClientRequest.get(`${wire.baseUrl}/models?client_version=0.0.0`).pipe(
        HttpClientRequest.acceptJson,
        HttpClientRequest.setHeaders(previous?.etag === undefined ? {} : { "if-none-match": previous.etag })
      ),
      { credentials, model: undefined, texts: () => [] }
    )
    if (answer.response.status === 304) return previous?.list
    const models = ModelList.read(yield* wire.bodyOf(answer, maxBody))
    if (models.length === 0) return undefined
    const list: List = { source: "live", models }
    const etag = answer.response.headers["etag"]
    yield* Ref.update(state, (before) => ({ ...before, known: { account: credentials.accountId, etag, list } }))
    return list
  })

  const fresh = Authorized.effect(auth)(ask).pipe(
    Effect.timeoutOption("30 seconds"),
    Effect.map((answer) => answer._tag === "Some" ? answer.value : undefined),
    Effect.tapError(({ _tag }) => Effect.logDebug(`The list of models could not be asked (${_tag}).`)),
    Effect.orElseSucceed(() => undefined),
    Effect.flatMap((list) =>
      Effect.map(known, (known) => ({ isFresh: list !== undefined, list: list ?? known ?? ModelList.builtIn }))
    ),
    // Shared by all who ask meanwhile: it belongs to none of them.
    Effect.provideService(ClientTransform, transform)
  )

  const [cached, forget] = yield* Effect.cachedInvalidateWithTTL(
    fresh,
    (exit) => Exit.isSuccess(exit) && exit.value.isFresh ? Duration.minutes(5) : Duration.minutes(1)
  )

  const list: Effect.Effect<List> = Effect.suspend(() => Effect.flatMap(auth.account, ofAccount))

  // A turn does not wait long for the list: what is missing of it only costs a refusal. It is asked on for the next one.
  // A list that is known costs no timer.
  const soon = (account: string | undefined) =>
    Effect.flatMap(
      Effect.forkIn(account === undefined ? list : ofAccount(account), scope, { startImmediately: true }),
      (asking) => {
        const atHand = asking.pollUnsafe()
        return atHand !== undefined
          ? Effect.map(atHand, (list): ModelChoice.Soon => ({ list, hasAsked: false }))
          : Fiber.join(asking).pipe(
            Effect.timeoutOption(longestWaitForList),
            Effect.flatMap(Option.match({
              onSome: Effect.succeed,
              onNone: () => Effect.map(known, (known) => known ?? ModelList.builtIn)
            })),
            Effect.map((list): ModelChoice.Soon => ({ list, hasAsked: true }))
          )
      }
    )
  const choice = yield* ModelChoice.make({ list, soon, known, model: options.model })

  // Whatever was known of one account says nothing about the next one.
  const ofAccount = Effect.fnUntraced(function*(accountId: string | undefined): Effect.fn.Return<List> {
    if ((yield* Ref.get(state)).account !== accountId) {
      yield* Ref.set(state, { account: accountId, known: undefined })
      yield* choice.forget
      yield* forget
    }
    return (yield* cached).list
  })

  return Models.of({ list, choose: choice.choose, after: choice.after, found: choice.found, chosen: choice.chosen })
})

/**
 * The models of the account, asked over HTTP.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<Models, never, CodexAuth | HttpClient.HttpClient> => Layer.effect(Models, make(options))

/**
 * One fixed list, and its first model where nobody chose: for tests, and for backends without a list.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerFixed = (ids: readonly [string, ...ReadonlyArray<string>]): Layer.Layer<Models> => {
  const list = Effect.succeed<List>({ source: "built-in", models: ids.map(ModelList.named) })
  return Layer.effect(
    Models,
    Effect.map(
      ModelChoice.make({
        list,
        soon: () => Effect.map(list, (list) => ({ list, hasAsked: false })),
        known: list,
        model: undefined
      }),
      ({ after, choose, chosen, found }) => Models.of({ list, after, choose, chosen, found })
    )
  )
}

/**
 * `CODEX_MODEL`, and where the list is (`CODEX_BASE_URL`).
 *
 * @since 0.2.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  model: words("CODEX_MODEL"),
  baseUrl: optional(Config.map(Config.URL("CODEX_BASE_URL"), ({ href }) => href.replace(/\/$/, ""))),
  deviceId: words("CODEX_DEVICE_ID")
})

/**
 * `layer` with each option from the environment, or from a `Config` of yours.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Wrap<Options> = config
): Layer.Layer<Models, Config.ConfigError, CodexAuth | HttpClient.HttpClient> =>
  Layer.unwrap(Effect.map(Config.unwrap(present(options)), layer))
