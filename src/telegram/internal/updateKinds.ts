/**
 * The kinds of updates that the door understands.
 *
 * Telegram sends others as well when it is not told, and keeps the last list that it was told.
 */
export const understood: ReadonlyArray<string> = [
  "message",
  "edited_message",
  "callback_query",
  "my_chat_member",
  "stopped_message_generation",
  "guest_message"
]
