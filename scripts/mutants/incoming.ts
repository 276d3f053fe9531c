/**
 * What a message says, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/Incoming.ts", ["test/OtherChats.test.ts"], {
    "other chats: what only its sender sees is answered aloud": [
      "if (message.ephemeral_message_id !== undefined) return hushed(read, reading)",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/payloads.ts", ["test/OtherChats.test.ts"], {
    "other chats: all can see what is said to one": [
      "...(to.onlyFor !== undefined && { ephemeral_message_parameters",
      "...(false && to.onlyFor !== undefined && { ephemeral_message_parameters"
    ]
  }),
  ...mutants("src/telegram/internal/answering.ts", ["test/Presses.test.ts"], {
    "other chats: anybody approves for an anonymous admin": ["isAdmin ? askedAs : undefined", "askedAs"]
  }),
  ...mutants("src/conversation/internal/resuming.ts", ["test/Presses.test.ts"], {
    "other chats: whoever speaks for some chat approves for any": [
      "user === approval.speaksFor",
      "approval.speaksFor !== undefined"
    ]
  }),
  ...mutants("src/telegram/incoming/Origin.ts", ["test/OtherChats.test.ts"], {
    "other chats: a letter to a channel is answered in no topic": ["{ directTopicId }),", "{}),"],
    "other chats: a channel has one conversation with all who write to it": ["      directTopicId,", ""],
    "other chats: a business chat is the one with the bot": [
      "typeof message.business_connection_id === \"string\"",
      "typeof message.business_connection_id === \"number\""
    ],
    "other chats: a guest's chat is the one of its number": ["Message.ofGuest(context)", "Message.ofGuest({})"]
  }),
  ...mutants("src/telegram/internal/overheard.ts", ["test/OtherChats.test.ts"], {
    "other chats: a letter to a channel is told to others who write to it": [
      "destination.threadId, destination.directTopicId]",
      "destination.threadId]"
    ]
  }),
  ...mutants("src/telegram/incoming/Message.ts", ["test/OtherChats.test.ts"], {
    "other chats: a business chat is answered as one with the bot": [
      "business_connection_id === undefined &&",
      "true &&"
    ]
  }),
  ...mutants("src/telegram/incoming/Stops.ts", ["test/Incoming.test.ts"], {
    "fresh 6: any button of ours stops": [
      "(data !== stop && asker === undefined)",
      "(!data.startsWith(door.commandPrefix) && asker === undefined)"
    ]
  }),
  ...mutants("src/telegram/incoming/References.ts", ["test/Incoming.test.ts", "test/Addressed.test.ts"], {
    "fresh 6: all in a topic replies to its beginning": [
      "Predicate.isObject(message) && !(\"forum_topic_created\" in message)",
      "Predicate.isObject(message)"
    ],
    "fresh 6: what was chosen whole is told twice": ["chosen === whole ? []", "chosen === \"\" ? []"]
  }),
  ...mutants("src/telegram/incoming/Message.ts", ["test/Incoming.test.ts"], {
    "access: what came by another bot is typed by its sender": [" || message.via_bot !== undefined ||", " ||"]
  }),
  ...mutants("src/telegram/incoming/Stops.ts", ["test/Incoming.test.ts", "test/Access.test.ts"], {
    "incoming: the bot itself presses Stop": [
      "Origin.of(Message.pressedBy(message, asked), door)",
      "Origin.of(message, door)"
    ]
  }),
  ...mutants("src/telegram/incoming/Addressed.ts", ["test/Incoming.test.ts"], {
    "incoming: of two mentions the wrong letters are cut": ["mentions.reduceRight(", "mentions.reduce("]
  }),
  ...mutants("src/telegram/incoming/Contents.ts", ["test/Addressed.test.ts"], {
    "sent: what stands in a rich message stays behind": [
      "  ...Arr.getSomes(RichMessage.parts(raw).map((part) => fileIn(part)))\n",
      ""
    ]
  }),
  ...mutants("src/telegram/incoming/Contents.ts", ["test/e2e/Sent.test.ts"], {
    "sent: the picture that is replied to stays behind": ["    ...other,\n", ""]
  }),
  ...mutants("src/telegram/incoming/Addressed.ts", ["test/e2e/Sent.test.ts"], {
    "sent: what begins with a slash is a command": [
      "/^\\/([^\\s@/]+)(?:@(\\w+))?(?:\\s+([^]*))?$/",
      "/^\\/([^\\s@/]*)(?:@(\\w+))?([^]*)$/"
    ]
  }),
  ...mutants("src/telegram/incoming/Approvals.ts", ["test/Presses.test.ts"], {
    "closed: a press counts as made by whoever asked": [
      "origin: { ...origin, userId: from.id,",
      "origin: { ...origin,"
    ],
    "closed: a press is about the conversation of who has pressed": [
      "asker === \"\" || asker === undefined ? from : { ...from, id: Number(asker) }",
      "from"
    ],
    "closed: calls are told by how their ids begin": [
      ".slice(-longestCall)",
      ".slice(0, longestCall)"
    ],
    "closed: any word is a no": [
      "(word !== \"yes\" && word !== \"no\")",
      "(word === \"stop\")"
    ]
  }),
  ...mutants("src/telegram/incoming/Contents.ts", ["test/Contents.test.ts"], {
    "closed: a photo of any weight is looked at": [
      "const mostBytes = 5 * 1024 * 1024",
      "const mostBytes = 50 * 1024 * 1024"
    ],
    "closed: the smallest photo is looked at where none will do": [
      "() => Arr.head(sizes)",
      "() => Arr.last(sizes)"
    ],
    "closed: a video message has no size": [
      "...(kind === \"videoNote\" && file.length !== undefined && { width: file.length, height: file.length }),\n",
      ""
    ],
    "closed: an animation is a file": [
      "  [\"animation\", \"animation\"],\n",
      ""
    ]
  }),
  ...mutants("src/telegram/incoming/Logins.ts", ["test/Contents.test.ts"], {
    "closed: a login is one in groups by its name": [
      "(isPrivateChat(chat) && loginFile.test(document.file_name ?? \"\"))",
      "loginFile.test(document.file_name ?? \"\")"
    ],
    "closed: anybody's JSON is looked into": [
      "maybeLogin(document) && isAdmin())",
      "maybeLogin(document))"
    ],
    "closed: the end of a login is asked": [
      " ||\n  /\"last_refresh\"\\s*:/.test(text)",
      ""
    ]
  }),
  ...mutants("src/telegram/incoming/Words.ts", ["test/Contents.test.ts"], {
    "closed: a mark beyond the text is believed": [
      " && entity.offset + entity.length <= length",
      ""
    ],
    "closed: marks stay where links have moved the text": [
      "at < place || (at === place && !isEnd) ? sum + put.length : sum",
      "at < place ? sum + put.length : sum"
    ]
  })
]
