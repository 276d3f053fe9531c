/**
 * `sendMessageDraft`: an answer shown while it is written. It is no message, and it vanishes by itself.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Desk, Method, Methods } from "./desk.ts"
import { limits } from "./limits.ts"
import { topicFor } from "./messages.ts"
import { flag, integer } from "./payload.ts"
import { refuse } from "./refusals.ts"
import type { MessageDraft } from "./types.ts"
import type { Room } from "./world.ts"

const life = limits.draftSeconds.most * 1000

/** The methods at one desk; drafts that vanish do so in the scope. */
export const makeDraftMethods = (desk: Desk, scope: Scope.Scope): Methods => {
  const { formatted, openRoom, world } = desk

  const vanish = Effect.fnUntraced(function*(room: Room, topic: number, draft: MessageDraft) {
    yield* Effect.sleep(life)
    const shown = room.drafts.get(topic)
    if (shown?.draftId === draft.draftId && shown.until === draft.until) {
      world.endDraft(yield* Clock.currentTimeMillis, room, topic)
    }
  })

  const sendMessageDraft: Method = Effect.fnUntraced(function*(payload) {
    const { entities, text } = yield* formatted(payload, "text")
    const room = yield* openRoom(payload)
    if (room.chat.type !== "private") return yield* refuse("draftPeerInvalid")
    const draftId = integer(payload, "draft_id") ?? 0
    if (draftId === 0) return yield* refuse("draftIdInvalid")
    const topic = yield* topicFor(world, room, payload)
    if (text.length > limits.text.most) return yield* refuse("textTooLong")
    const at = yield* Clock.currentTimeMillis
    const draft: MessageDraft = {
      draftId,
      text,
      entities,
      canStop: flag(payload, "can_stop"),
      keepOnStop: flag(payload, "keep_on_stop"),
      until: at + life
    }
    // Another id takes the place of the one before without a transition.
    if (room.drafts.get(topic)?.draftId !== draftId) world.endDraft(at, room, topic)
    room.drafts.set(topic, draft)
    world.note({
      at,
      chatId: room.chat.id,
      ...(topic !== 0 && { threadId: topic }),
      kind: "drafted",
      from: "bot",
      messageId: 0,
      draftId,
      text
    })
    yield* Effect.forkIn(vanish(room, topic, draft), scope)
    return true
  })

  return { sendMessageDraft }
}
