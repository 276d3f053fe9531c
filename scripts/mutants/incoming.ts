/**
 * What a message says, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/incoming/Stops.ts", ["test/Incoming.test.ts"], {
    "fresh 6: any button of ours stops": [
      "return data === stop\n",
      "return data.startsWith(door.commandPrefix)\n"
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
      "Origin.of(Message.pressedBy(message, from), door)",
      "Origin.of(message, door)"
    ]
  }),
  ...mutants("src/telegram/incoming/Addressed.ts", ["test/Incoming.test.ts"], {
    "incoming: of two mentions the wrong letters are cut": ["mentions.reduceRight(", "mentions.reduce("]
  }),
  ...mutants("src/telegram/incoming/Contents.ts", ["test/e2e/Sent.test.ts"], {
    "sent: the picture that is replied to stays behind": ["    ...Option.toArray(other),\n", ""]
  }),
  ...mutants("src/telegram/incoming/Addressed.ts", ["test/e2e/Sent.test.ts"], {
    "sent: what begins with a slash is a command": [
      "/^\\/([^\\s@/]+)(?:@(\\w+))?(?:\\s+([^]*))?$/",
      "/^\\/([^\\s@/]*)(?:@(\\w+))?([^]*)$/"
    ]
  })
]
