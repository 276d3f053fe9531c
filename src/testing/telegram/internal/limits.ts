/**
 * Telegram's limits, in one place: the code takes the numbers from here, and so does the table in the docs.
 *
 * Sources: the Bot API reference and FAQ; sizes of files are binary megabytes, as the servers count them.
 */

const megabyte = 1024 * 1024

/** Every limit that the double enforces; `of` reads on after the number. */
export const limits = {
  text: { most: 4096, of: "UTF-16 units in a text or a draft, after parsing" },
  caption: { most: 1024, of: "UTF-16 units in a caption, after parsing" },
  entities: { most: 100, of: "entities in a message; the rest is dropped without a word" },
  quote: { most: 1024, of: "UTF-16 units in a quote, which must be an exact part of the message" },
  callbackData: { most: 64, of: "bytes of callback data of a button, at least 1" },
  callbackAnswer: { most: 200, of: "UTF-16 units in the answer to a callback query" },
  inlineResults: { most: 50, of: "results in the answer to an inline query" },
  guestSeconds: { most: 30, of: "seconds in which a guest query can be answered, once" },
  resultId: { most: 64, of: "bytes of the id of a result, at least 1" },
  album: { most: 10, of: "items of an album; a single one is sent as an ordinary message" },
  messageIds: { most: 100, of: "messages in one call that deletes, forwards or copies several" },
  reactions: { most: 1, of: "reactions of the bot on a message, of Telegram's list" },
  commands: { most: 100, of: "commands in a menu" },
  topicName: { most: 128, of: "characters in the name of a topic, at least 1" },
  secretToken: { most: 256, of: "characters `A-Za-z0-9_-` in the secret token of a webhook" },
  upload: { most: 50 * megabyte, of: "bytes of an upload" },
  photoUpload: { most: 10 * megabyte, of: "bytes of a photo" },
  photoSides: { most: 10_000, of: "pixels of width and height of a photo together" },
  photoRatio: { most: 20, of: "times that one side of a photo may be longer than the other" },
  download: { most: 20 * megabyte, of: "bytes of a file that `getFile` prepares for download" },
  filePathMinutes: { most: 60, of: "minutes that a path of `getFile` is good for; another call gives it out again" },
  updates: { most: 100, of: "updates in an answer of `getUpdates`" },
  pollSeconds: { most: 50, of: "seconds that a long poll is held" },
  retentionHours: { most: 24, of: "hours that an update waits for the bot" },
  webhookConnections: { most: 100, of: "webhook requests at once, 40 by default; the updates of a chat stay in order" },
  webhookSeconds: { most: 60, of: "seconds that a webhook may take to answer" },
  typingSeconds: { most: 5, of: "seconds that a chat action is shown, or until the bot's next message" },
  draftSeconds: { most: 30, of: "seconds that a draft is shown, or until the bot's next message" },
  deletableHours: { most: 48, of: "hours in which a message can be deleted" },
  privatePerSecond: { most: 1, of: "messages and edits a second in a private chat, with `rateLimits`" },
  groupPerMinute: { most: 20, of: "messages and edits a minute in a group, with `rateLimits`" },
  overallPerSecond: { most: 30, of: "messages and edits a second over all chats, with `rateLimits`" }
} as const

/** Emoji that a bot may react with. */
export const reactionEmoji: ReadonlySet<string> = new Set(
  ("👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 " +
    "👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡").split(" ")
)
