/**
 * The rooms of bots that are doors, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/internal/movedRows.ts", ["test/MovedRows.test.ts"], {
    "moved: what was learned before is not written down": [
      "  moved.places.forEach((to, from) => hear(from, to))\n",
      ""
    ],
    "moved: the owner is told again": ["moved.recall(first, later)", "moved.learn(first, later)"],
    "moved: a store that is away loses it": ["Effect.retry(Schedule.spaced(\"1 second\")), ", ""],
    "moved: what others have learned is not read": ["Effect.delay(read, \"1 minute\")", "Effect.delay(read, \"1 day\")"]
  }),
  ...mutants("src/telegram/TurnsDurable.ts", ["test/MovedRows.test.ts"], {
    "moved: a kill forgets it": ["Layer.merge(Sweeping.layer, MovedRows.layer)", "Sweeping.layer"]
  }),
  ...mutants("src/Sqlite.ts", ["test/Sqlite.test.ts"], {
    "sqlite: what failed once fails for ever": [
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.zero",
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.infinity"
    ]
  }),
  ...mutants("src/telegram/TurnsDurable.ts", ["test/TurnsCluster.test.ts"], {
    "instances: what had its time is waited for once more": ["grace.isOver = true", "grace.isOver = false"]
  }),
  ...mutants("src/telegram/TurnsDurable.ts", ["test/TurnsMoved.test.ts"], {
    "moved: whoever is not let in while a conversation moves counts as answered": [
      "Effect.timeoutOrElse(unlessMoved(effect),",
      "Effect.timeoutOrElse(effect,"
    ]
  }),
  ...mutants("src/telegram/internal/handingOver.ts", ["test/Polling.test.ts"], {
    "moved: an update whose taking is interrupted is confirmed to Telegram": [
      "Cause.hasInterruptsOnly(exit.cause)",
      "Cause.hasInterruptsOnly(exit.cause) && Option.isSome(failure)"
    ]
  }),
  ...mutants("src/telegram/Polling.ts", ["test/Polling.test.ts"], {
    "fresh 4: the update that was handed over last comes again": ["confirmed = id + 1", "confirmed = id"],
    "fresh 4: whoever stops polling lets no other begin": [".pipe(Effect.andThen(oneReader.release(1)))", ""],
    "fresh 4: a full bot is asked less and less": ["Math.min(wait * 2, longestWait)", "wait * 2"]
  }),
  ...mutants("src/telegram/Intake.ts", ["test/Intake.test.ts"], {
    "fresh 4: a prompt that was not kept is confirmed to Telegram": [
      "Effect.raceFirst(Fiber.join(fiber), Deferred.await(done))",
      "Effect.void"
    ]
  }),
  ...mutants("src/telegram/Webhook.ts", ["test/Webhook.test.ts"], {
    "fresh 5: every stranger writes a line into the log": ["      strangerAt = now\n", ""],
    "fresh 5: what takes too long counts as taken": [
      "if (Option.isNone(refusal) || Option.isSome(refusal.value)) {",
      "if (Option.isSome(refusal) && Option.isSome(refusal.value)) {"
    ]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/AuthCommands.test.ts"], {
    "fresh 5: the time that is left is edited at every poll": ["          shownAt = step.elapsed\n", ""]
  }),
  ...mutants("src/telegram/TelegramApi.ts", ["test/TelegramApi.test.ts"], {
    "telegram: a file of any size is asked for": ["file_size > bounds.most", "file_size > Infinity"]
  }),
  ...mutants("src/telegram/Access.ts", ["test/Access.test.ts"], {
    "access: a chat id in words is another chat": ["String(id) === String(chatId)", "id === chatId"]
  }),
  ...mutants("src/telegram/Commands.ts", ["test/Commands.test.ts", "test/AuthCommands.test.ts"], {
    "commands: what an admin forwards is obeyed": ["call.origin.isSecondHand === true", "Math.random() > 1"]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/Middleware.test.ts"], {
    "export: the file may be forwarded": ["    protect: true\n", "    protect: false\n"]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/AuthCommands.test.ts"], {
    "import: a message with tokens is deleted at once or never": ["$(Schedule.recurs(3))", "$(Schedule.recurs(0))"]
  }),
  ...mutants("src/telegram/TelegramApi.ts", ["test/TelegramApi.test.ts"], {
    "telegram: an edit shows a preview of its link": [
      "message_id: messageId, ...body(content), ...plain }",
      "message_id: messageId, ...body(content) }"
    ]
  }),
  ...mutants("src/telegram/Access.ts", [
    "test/Access.test.ts",
    "test/MovedChats.test.ts",
    "test/Middleware.test.ts",
    "test/e2e/MovedGroup.test.ts"
  ], {
    "access: any group that moves is let in": [
      "door.allowedChatIds !== \"everywhere\" && door.allowedChatIds.some((id) => String(id) === String(from))",
      "door.allowedChatIds !== \"everywhere\""
    ]
  }),
  ...mutants("src/telegram/Commands.ts", ["test/Commands.test.ts", "test/Middleware.test.ts", "test/Turns.test.ts"], {
    "forget: the conversation stays": [
      "const { dropped: waiting } = yield* turns.reset(lane, update)",
      "const { dropped: waiting } = yield* turns.stop(lane, update)"
    ]
  }),
  ...mutants("src/telegram/TelegramApi.ts", ["test/TelegramApi.test.ts"], {
    "telegram: an edit that changes nothing is not made": [
      "() => options?.onSent?.(Option.some(messageId))",
      "() => undefined"
    ],
    "telegram: what answers a message that is gone is lost": [
      "reason === \"messageNotFound\" && to.replyTo !== undefined",
      "reason === \"messageNotFound\" && to.replyTo === null"
    ],
    "telegram: shortcuts are asked twice": ["canEdit && movedTo !== undefined", "movedTo !== undefined"],
    "telegram: any failure is one of the caption": [
      "isRefused(error) || (as === \"photo\" && noPhoto.has(error.reason))",
      "isRefused(error) || error !== undefined"
    ]
  }),
  ...mutants("src/telegram/Content.ts", ["test/ShownMessages.test.ts"], {
    "shown: a button is no difference": [" && one.button?.data === other.button?.data &&", " &&"]
  }),
  ...mutants("src/telegram/Polling.ts", ["test/Polling.test.ts"], {
    "polling: an update is confirmed before it is handed over": [
      "        fetched = rest\n",
      "        fetched = rest\n        confirm(update)\n"
    ],
    "polling: a silent poll is waited for": ["        duration: limit,\n", "        duration: \"1 day\",\n"],
    "polling: after an outage a poll is held at once": [
      "Trouble.isProbed(outage.kind)\n",
      "false\n"
    ],
    "polling: whether Telegram is there is known when the first poll has ended": [
      "outage === undefined ? state.answeredAt === undefined :",
      "outage === undefined ? false :"
    ],
    "polling: a 404 always ends it": ["(code === 404 && state.answeredAt === undefined)", "code === 404"],
    "polling: what was handed over is not told at the end": ["told === confirmed || outage", "told !== -1 || outage"],
    "polling: two readers have updates at once": ["    oneReader.take(1),\n", "    Effect.void,\n"],
    "polling: an outage is said at every try": [
      "before === undefined || now - before.saidAt >= saidAgain",
      "before === undefined || now >= before.saidAt"
    ],
    "polling: the kinds of updates are not told": [
      "        allowed_updates: allowed\n      })\n    )",
      "      })\n    )"
    ]
  }),
  ...mutants("src/telegram/internal/botCalls.ts", ["test/BotClient.test.ts"], {
    "bot client: the address shows in spans": [
      "Effect.provideService(HttpClient.TracerDisabledWhen, () => true)",
      "Effect.provideService(HttpClient.TracerDisabledWhen, () => false)"
    ],
    "bot client: a proxy's 401 is Telegram's": ["status === 413 || status === 429", "status >= 400 && status < 500"],
    "bot client: redirects are followed": [
      "withoutRedirects(yield* HttpClient.HttpClient)",
      "(yield* HttpClient.HttpClient)"
    ]
  }),
  ...mutants("src/telegram/internal/posting.ts", ["test/Webhook.test.ts"], {
    "webhook: anybody may post": ["given !== undefined && timingSafeEqual(digest(given), expected)", "given !== \"\""],
    "webhook: a body may be as long as it likes": [
      "Effect.provideService(HttpIncomingMessage.MaxBodySize, longestBody),",
      ""
    ],
    "fresh: whoever knows the address posts to the webhook": [
      "given !== undefined && timingSafeEqual(digest(given), expected)",
      "given !== undefined"
    ]
  }),
  ...mutants("src/telegram/Webhook.ts", ["test/Webhook.test.ts"], {
    "webhook: what is not taken is said to be": ["        return busy\n", "        return answer(200)\n"],
    "webhook: a slow store is waited for": [
      "const longestWait = Duration.seconds(5)",
      "const longestWait = Duration.seconds(50)"
    ],
    "webhook: a short secret will do": ["{16,256}$/", "{1,256}$/"]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/AuthCommands.test.ts"], {
    "fresh: a forwarded login is taken over": [
      "    if (origin.isSecondHand === true) return notOwn\n",
      ""
    ]
  }),
  ...mutants("src/telegram/Polling.ts", ["test/Polling.test.ts"], {
    "fresh: an update is confirmed when it is given, not when it is done with": [
      "            given = update\n",
      "            given = update\n            confirm(update)\n"
    ]
  }),
  ...mutants("src/telegram/Webhook.ts", ["test/Webhook.test.ts"], {
    "fresh: an update that was not taken over in time is acknowledged": [
      "if (Option.isNone(refusal) || Option.isSome(refusal.value)) {",
      "if (Option.isSome(refusal) && Option.isSome(refusal.value)) {"
    ]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/Commands.test.ts"], {
    "fresh: an export goes to a group": [
      "  if (!origin.isPrivate) return \"⚠️ auth.json is only sent in a private chat with the bot.\"\n",
      ""
    ]
  }),
  ...mutants("src/telegram/Commands.ts", ["test/Commands.test.ts"], {
    "fresh: a forwarded command of an admin is obeyed": [
      "    if (call.origin.isSecondHand === true) return notTyped\n",
      ""
    ]
  }),
  ...mutants("src/telegram/Polling.ts", ["test/Polling.test.ts"], {
    "fresh: polling goes on where a token was refused": [
      "reason === \"unauthorized\" || (code === 404",
      "(code === 404"
    ]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/AuthCommands.test.ts"], {
    "export: a bot that is stopped leaves the tokens there": [
      ".pipe(Effect.onInterrupt(() => LiveReply.briefly(work)))",
      ""
    ],
    "export: a deletion is tried once less": ["$(Schedule.recurs(3)).pipe(", "$(Schedule.recurs(2)).pipe("],
    "export: a deletion waits as long as it is told": [
      "Duration.min(input.retryAfter ?? second, minute)",
      "input.retryAfter ?? second"
    ]
  }),
  ...mutants("src/telegram/Turns.ts", ["test/TurnsDurable.test.ts"], {
    "left: what waits is asked all the same": [
      "(lane) => mailbox.stop(Turning.keyOf(lane)), {",
      "(lane) => Effect.succeed(lane), {"
    ],
    "edit: the answer to what was edited goes on": [
      "if (taken === \"accepted\" && place === \"running\") yield* stopAnswer(entry.lane)",
      ""
    ],
    "again: a stop ends the answer to what was sent behind it": [
      "running = !goesOn && (",
      "running = goesOn !== undefined && ("
    ],
    "again: what has failed counts as done": ["Effect.sync(() => seen.remove(id))", "Effect.sync(() => seen.has(id))"]
  }),
  ...mutants("src/telegram/TurnsDurable.ts", ["test/TurnsDurable.test.ts"], {
    "left: in the store what waits is asked all the same": [
      "Departures.lanesIn(chat, [...mailboxes.keys()])",
      "Departures.lanesIn(chat, [])"
    ],
    "again: of two instances both have the word": [
      "=== by ? Option.some(done) : Option.none()",
      "!== \"\" ? Option.some(done) : Option.none()"
    ],
    "again: what was done before a kill is done again": [
      "if (yield* bounded(conversation.IsDone({ id }))) return Option.none()",
      "if (id === \"\") return Option.none()"
    ]
  }),
  ...mutants("src/telegram/Access.ts", ["test/Presses.test.ts"], {
    "closed: nobody is an admin": [
      "userId !== undefined && authAdminUserIds.includes(userId)",
      "authAdminUserIds.includes(userId ?? 0)"
    ],
    "closed: groups learn where a file lies": [
      "isPrivate && isAdmin({ userId }, door)",
      "isAdmin({ userId }, door)"
    ],
    "closed: the wrong id is told to be let in": [
      "new AccessDenied({ subject: \"chat\", ...identified(chatId) })",
      "new AccessDenied({ subject: \"chat\", ...identified(userId) })"
    ]
  }),
  ...mutants("src/telegram/Polling.ts", ["test/Polling.test.ts"], {
    "closed: a poll is asked to be held for two minutes": [
      "Duration.min(Duration.fromInputUnsafe(options.pollTimeout ?? \"30 seconds\"), longestPoll)",
      "Duration.fromInputUnsafe(options.pollTimeout ?? \"30 seconds\")"
    ],
    "closed: how long it goes well is forgotten": [
      "if (state.is !== is) state = { ...state, is, since: now }",
      "state = { ...state, is, since: now }"
    ],
    "closed: a webhook is deleted before every poll": [
      "        isWebhookLeft = false\n",
      ""
    ]
  }),
  ...mutants("src/telegram/Webhook.ts", ["test/Webhook.test.ts"], {
    "closed: nobody knows when something was posted": [
      "      state = { ...state, postedAt: yield* Clock.currentTimeMillis }\n",
      ""
    ],
    "closed: port 88 is no port": [
      "\"80\", \"88\", \"8443\"",
      "\"80\", \"8443\""
    ]
  })
]
