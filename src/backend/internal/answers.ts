/**
 * One answer of one model, and then down the list: as long as the account is refused a model by name, and the reader has
 * no text of it. Items that are refused are mended once.
 */
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Unauthorized } from "../../auth/AuthError.ts"
import { CodexAuth, type Credentials, type CredentialsError } from "../../auth/CodexAuth.ts"
import { eachArray } from "../../internal/eachArray.ts"
import {
  EmptyResponse,
  ModelForbidden,
  type PicturesNotTaken,
  RequestRejected,
  type RequestTimedOut
} from "../BackendError.ts"
import type { CodexRequest } from "../CodexRequest.ts"
import { type Choice, Models } from "../Models.ts"
import type { Quota } from "../RateLimits.ts"
import type { Completed, ExchangeEvent, ResponseEvent, Restarted } from "../ResponseEvent.ts"
import { ResponseStream, type ResponseStreamError } from "../ResponseStream.ts"
import { RetryPolicy } from "../RetryPolicy.ts"
import * as Authorized from "./authorized.ts"
import * as Cut from "./cut.ts"
import { readable, repaired } from "./input.ts"
import * as KnownQuota from "./knownQuota.ts"
import * as Observing from "./observing.ts"
import * as Seal from "./seal.ts"
import * as Sight from "./sight.ts"

const isForbidden = Schema.is(ModelForbidden)
const isRejected = Schema.is(RequestRejected)
const isMendable = (failure: unknown): failure is ModelForbidden | RequestRejected =>
  isForbidden(failure) || isRejected(failure)

const isTold = (event: ExchangeEvent | Restarted): event is ResponseEvent => event._tag !== "Alive"

/** Whether an event is of the answer proper, without which the answer is empty: words, a call, a picture. */
const isAnswer = (event: ExchangeEvent): boolean => {
  switch (event._tag) {
    case "TextDelta":
      return event.phase !== "commentary" && event.text.trim() !== ""
    case "RefusalDelta":
      return event.text.trim() !== ""
    case "MessageDone":
      return event.phase === "answer" && event.text.trim() !== ""
    case "ToolCallDone":
    case "ImageDone":
      return true
    case "ItemDone":
      return event.item.type === "compaction"
    default:
      return false
  }
}

type Failure =
  | CredentialsError
  | Unauthorized
  | ResponseStreamError
  | RequestTimedOut
  | EmptyResponse
  | PicturesNotTaken

/** What an exchange is of. */
interface Asked {
  readonly model: string
  readonly seal: string
  readonly accountId: string | undefined
}

/** Answers over the rooms of the context; what is heard of the quota goes into `quota`. */
export const make = Effect.fnUntraced(function*(options: {
  readonly reasoningEffort?: string | undefined
  readonly quota: Ref.Ref<KnownQuota.Known | undefined>
}): Effect.fn.Return<
  (request: CodexRequest) => Stream.Stream<ResponseEvent, Failure>,
  never,
  CodexAuth | ResponseStream | RetryPolicy | Models | Digest.Digest
> {
  const auth = yield* CodexAuth
  const responseStream = yield* ResponseStream
  const policy = yield* RetryPolicy
  const models = yield* Models
  const sealOf = yield* Seal.make

  /**
   * One exchange without an answer is no answer: it fails, and may be tried again. What is passed on: nothing before the
   * head of an answer. `begins` is asked what to do when it has begun.
   */
  const attempt = ({ accountId, model, seal }: Asked, begins: () => Effect.Effect<void>) =>
  (
    exchange: Stream.Stream<ExchangeEvent, ResponseStreamError>
  ): Stream.Stream<ExchangeEvent, ResponseStreamError | EmptyResponse> => {
    let isOpen = false
    let hasAnswer = false
    return eachArray(exchange, (told) => {
      const hadAnswer = hasAnswer
      let news: Quota | undefined
      let empty: EmptyResponse | undefined
      let completed: Completed | undefined
      const events = told.some(({ _tag }) => _tag === "ItemDone")
        ? told.map((event) => event._tag === "ItemDone" ? { ...event, seal } : event)
        : told
      for (const event of events) {
        isOpen ||= event._tag === "Opened"
        hasAnswer ||= isAnswer(event)
        if (event._tag === "QuotaSeen") news = event.quota
        if (event._tag !== "Completed") continue
        completed = event
        if (!hasAnswer) empty = new EmptyResponse({ model, ...(event.incomplete && { reason: event.incomplete }) })
      }
      const begun = hasAnswer && !hadAnswer ? begins() : undefined
      const passed = isOpen ? events : []
      if (begun === undefined && news === undefined && completed === undefined) return passed
      let next: Effect.Effect<ReadonlyArray<ExchangeEvent>, EmptyResponse> = empty === undefined
        ? Effect.succeed(passed)
        : Effect.fail(empty)
      if (completed !== undefined) next = Effect.andThen(Observing.answered(completed), next)
      if (news !== undefined) next = Effect.andThen(Ref.update(options.quota, KnownQuota.heard(accountId, news)), next)
      return begun === undefined ? next : Effect.andThen(begun, next)
    })
  }

  /** A refusal that names three models to choose from. */
  const withAlternatives = (refusal: ModelForbidden, refused: ReadonlyArray<string>) =>
    Stream.unwrap(Effect.map(models.list, (list) => {
      const { code, isNamed, model, requestId, status } = refusal
      return Stream.fail(
        new ModelForbidden({
          model,
          status,
          available: list.models.map(({ id }) => id).filter((id) => !refused.includes(id)).slice(0, 3),
          ...(isNamed !== undefined && { isNamed }),
          ...(code !== undefined && { code }),
          ...(requestId !== undefined && { requestId })
        })
      )
    }))

  const walk = (
    request: CodexRequest,
    choose: (credentials: Credentials) => Effect.Effect<Choice>,
    refused: ReadonlyArray<string>,
    isRepaired = false
  ): Stream.Stream<ResponseEvent, Failure> => {
    const uncut = Cut.make()
    let sent: CodexRequest["input"] = request.input
    let choice: Choice | undefined
    let hasAnswer = false
    const begins = () => {
      const isFirst = !hasAnswer
      hasAnswer = true
      return isFirst && choice !== undefined && refused.length > 0
        ? models.found(choice.model, refused)
        : Effect.void
    }
    const tried = policy.stream(
      Authorized.stream(auth)((credentials) =>
        Effect.gen(function*() {
          const chosen = yield* choose(credentials)
          choice = chosen
          // The list may have been asked for it, and have met the refusal of a token that is renewed by now.
          const newest = chosen.hasAsked === true
            ? yield* Effect.orElseSucceed(auth.credentials, () => credentials)
            : credentials
          const { model } = chosen
          const { accountId } = newest
          const seal = yield* sealOf(accountId, model)
          const reasoningEffort = request.reasoningEffort ?? options.reasoningEffort
          yield* Observing.asked({ ...request, reasoningEffort }, model)
          const seen = Sight.fitted({ ...request, input: readable(request, seal) }, model, models.list)
          return Stream.unwrap(Effect.map(seen, (fitted) => {
            sent = fitted.input
            const { bound, meant } = uncut()
            return responseStream.exchange({ ...fitted, model, reasoningEffort, ...bound }, newest).pipe(
              Stream.mapError(meant),
              attempt({ model, seal, accountId }, begins)
            )
          }))
        })
      )
    )
    // A mere sign of life was for the limits.
    return eachArray(tried, (events) => events.every(isTold) ? events : events.filter(isTold)).pipe(
      Stream.catchIf(isMendable, (refusal) => {
        if (isRejected(refusal)) {
          const input = isRepaired || hasAnswer ? undefined : repaired(sent, refusal)
          return input === undefined ? Stream.fail(refusal) : walk({ ...request, input }, choose, refused, true)
        }
        const all = [...refused, refusal.model]
        if (choice?.isExplicit === true || refusal.isNamed !== true || hasAnswer) return withAlternatives(refusal, all)
        return Stream.unwrap(Effect.map(
          models.after(all),
          (model) =>
            model === undefined
              ? withAlternatives(refusal, all)
              : walk(request, () => Effect.succeed({ model, isExplicit: false }), all, isRepaired)
        ))
      })
    )
  }

  return (request) => walk(request, ({ accountId }) => models.choose(request.model, accountId), [])
})
