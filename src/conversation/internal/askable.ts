/**
 * Whether a prompt can be asked at all: it says something, not too much, and its conversation does not wait for it.
 */
import * as Effect from "effect/Effect"
import type { Prompt } from "../Message.ts"
import { ConversationBusy, PromptEmpty, PromptTooLong } from "../TurnError.ts"
import * as Within from "./within.ts"

// White space, and characters that nobody sees, ask for nothing.
const isVisible = (text: string): boolean => /[^\s\p{Cc}\p{Cf}\u2800\u3164]/u.test(text)

/** Fails for a prompt that cannot be asked. */
export const check = (maxPromptLength: number) =>
  Effect.fnUntraced(function*({ approval, attachments = [], conversation, text }: Prompt) {
    if (approval === undefined && !isVisible(text) && attachments.length === 0) return yield* new PromptEmpty({})
    if (text.length > maxPromptLength) {
      return yield* new PromptTooLong({ what: "message", length: text.length, maximum: maxPromptLength })
    }
    if (yield* Within.isWaiting(conversation)) {
      return yield* new ConversationBusy({ waiting: 0, reason: "withinTool" })
    }
  })
