/**
 * What people forward: a message that is there, or the words of somebody who is not.
 */
import type { ToForward } from "./conversation.ts"
import { originOf } from "./copies.ts"
import { carried, type Content } from "./messages.ts"
import { split } from "./text.ts"
import type { ForwardOrigin } from "./types.ts"

/** What was sent together is forwarded together, under an id of its own. */
export const albumsAnew = (nextId: () => string) => {
  const albums = new Map<string, string>()
  return (item: ToForward): Content => {
    const group = "message_id" in item ? item.media_group_id : undefined
    if (group === undefined) return {}
    const media_group_id = albums.get(group) ?? nextId()
    albums.set(group, media_group_id)
    return { media_group_id }
  }
}

/** What a person forwards, with where it is from. */
export const forwarded = (item: ToForward, date: number): Content => {
  if ("message_id" in item) return { ...carried(item), forward_origin: originOf(item) }
  const { from, text } = item
  const origin: ForwardOrigin = typeof from === "string"
    ? { type: "hidden_user", date, sender_user_name: from }
    : "is_bot" in from
    ? { type: "user", date, sender_user: from }
    : { type: "chat", date, sender_chat: from }
  const [words] = split(text, [])
  return {
    text: words?.text ?? text,
    ...(words !== undefined && words.entities.length > 0 && { entities: words.entities }),
    forward_origin: origin
  }
}
