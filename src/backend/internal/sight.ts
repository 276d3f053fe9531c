/**
 * Pictures for a model that takes none: new ones are refused before anything is asked, earlier ones are left out.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CodexRequest } from "../CodexRequest.ts"
import { holdsPicture, withoutPictures } from "./input.ts"
import type { List, Model } from "./modelList.ts"
import { PicturesNotTaken } from "./refusals.ts"

// What is not known by then is left to the backend.
const longestWait = "2 seconds"

const isBlind = ({ inputModalities }: Model): boolean =>
  inputModalities !== undefined && !inputModalities.includes("image")

/** A request as its model takes it. */
export const fitted = Effect.fnUntraced(function*(
  request: CodexRequest,
  model: string,
  list: Effect.Effect<List>
): Effect.fn.Return<CodexRequest, PicturesNotTaken> {
  if (!request.input.some(holdsPicture)) return request
  const { models } = Option.getOrElse(yield* Effect.timeoutOption(list, longestWait), () => ({ models: [] }))
  const known = models.find(({ id }) => id === model)
  if (known === undefined || !isBlind(known)) return request
  const now = request.input.findLastIndex((item) => item.type === "message" && item.role === "user")
  if (request.input.some((item, at) => at >= now && holdsPicture(item))) {
    return yield* new PicturesNotTaken({
      model,
      available: models.filter((other) => !isBlind(other)).map(({ id }) => id).slice(0, 3)
    })
  }
  return { ...request, input: Arr.map(request.input, (item) => withoutPictures(item) ?? item) }
})
