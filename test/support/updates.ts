/**
 * Updates as Telegram sends them.
 */

/** A field of an update. */
export type Fields = { readonly [field: string]: unknown }

let updates = 0

const person = (id: number) => ({ id, is_bot: false, first_name: `User ${id}` })

/** An update about anything, as it comes off the wire: a value without types. */
export const update = (content: Fields) => JSON.parse(JSON.stringify({ update_id: ++updates, ...content }))

const message = (chat: Fields, userId: number, content: Fields) => ({
  message_id: 100 + ++updates,
  date: 1_700_000_000,
  chat,
  from: person(userId),
  ...content
})

/** A message to the bot alone. */
export const privateMessage = (content: Fields, userId = 7) =>
  message({ id: userId, type: "private", first_name: `User ${userId}` }, userId, content)

/** A message in a group. */
export const groupMessage = (
  content: Fields,
  userId = 7,
  chat: Fields = { id: -100, type: "supergroup", title: "G" }
) => message(chat, userId, content)

/** The entities of all mentions in a text, with the offsets that Telegram would give: UTF-16 units. */
export const mentionsIn = (text: string) =>
  [...text.matchAll(/@\w+/g)].map((found) => ({ type: "mention", offset: found.index, length: found[0].length }))

/** A text written to the bot alone. */
export const privateText = (text: string, userId = 7) => update({ message: privateMessage({ text }, userId) })

/** A text in a group, its mentions marked. */
export const groupText = (text: string, userId = 7) =>
  update({ message: groupMessage({ text, entities: mentionsIn(text) }, userId) })
