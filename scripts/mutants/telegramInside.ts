/**
 * What bots have inside, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "fresh 6: any pause is believed": [", longestPause)\n", ", Infinity)\n"]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Mailbox.test.ts", "test/Bounds.test.ts"], {
    "fresh 6: who waits is told so for each prompt": ["      box.told.add(voice)\n", ""]
  }),
  ...mutants("src/telegram/internal/departures.ts", ["test/MiddlewareTurns.test.ts", "test/Intake.test.ts"], {
    "fresh 6: whoever blocked the bot once is never answered again": [
      "back: (chat) => left.delete(nameOf(chat))",
      "back: (chat) => left.has(nameOf(chat))"
    ]
  }),
  ...mutants("src/telegram/internal/durableMailbox.ts", ["test/TurnsDurable.test.ts"], {
    "fresh 4: what a turn had begun without is not answered": [
      "pieces.filter(({ entry }) => !answered.includes(entry.update))",
      "pieces.filter(({ entry }) => answered.length === 0 && entry.update < 0)"
    ],
    "fresh 4: a conversation that could not be forgotten rests for ever": [
      ".pipe(Effect.ensuring(gate.open))",
      ".pipe(Effect.tap(gate.open))"
    ]
  }),
  ...mutants("src/telegram/internal/sweeping.ts", ["test/TurnsDurable.test.ts"], {
    "fresh 4: an update that comes again within the day is news": ["pieces: \"25 hours\"", "pieces: \"1 hour\""]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/Joining.test.ts"], {
    "fresh 4: a piece more than may be joined is": ["pieces.length < mostPieces", "pieces.length <= mostPieces"]
  }),
  ...mutants("src/telegram/internal/errands.ts", [
    "test/MiddlewareTurns.test.ts",
    "test/Middleware.test.ts",
    "test/Intake.test.ts"
  ], {
    "fresh 5: an errand that fails is under way for ever": [
      "          Effect.ensuring(over),\n",
      "          Effect.tap(() => over),\n"
    ],
    "fresh 5: that a chat is full is said once and never again": [
      "Effect.sync(() => full.delete(name))",
      "Effect.sync(() => full.has(name))"
    ]
  }),
  ...mutants("src/telegram/internal/overheard.ts", ["test/Addressed.test.ts"], {
    "fresh 5: what was heard is told with every question": ["      told.set(conversation, origin.messageId)\n", ""]
  }),
  ...mutants("src/telegram/internal/limits.ts", ["test/Bounds.test.ts"], {
    "fresh 5: two bots count as one": [
      "key: `${lane.bot}/${origin.user ?? origin.chat}`",
      "key: `${lane.bot.length}/${origin.user ?? origin.chat}`"
    ]
  }),
  ...mutants("src/telegram/internal/insisting.ts", ["test/BotClient.test.ts"], {
    "fresh 5: that Telegram is away is said at every try": ["        isSaid = true\n", ""]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "pacer: jitter dropped": ["(1 + 0.1 * (yield* Random.next))", "1"],
    "pacer: a refusal in one chat silences all": ["lastRefusal.chatId !== chatId && ", ""],
    "pacer: the first to come goes first": ["rank[one.priority] - rank[other.priority]", "0"],
    "pacer: a call waits for ever": ["(priority === \"typing\" ? 0 : longestWait)", "Infinity"],
    "pacer: idle chats are kept": ["chats.delete(chatId)", "chats.has(chatId)"],
    "pacer: the breaker never opens": ["openUntil: now + breaker.pause, ", "openUntil: 0, "],
    "pacer: the interrupted keep their place": ["Effect.sync(() => waiting.delete(waiter))", "Effect.void"]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Mailbox.test.ts"], {
    "mailbox: the third runs beside the second": [
      "if (box.waiting.length > 0) return true",
      "if (box.waiting.length > 0) return boxes.delete(key)"
    ],
    "mailbox: an empty one is kept": ["      boxes.delete(key)\n      options", "      options"]
  }),
  ...mutants("src/telegram/internal/calling.ts", ["test/TelegramApi.test.ts"], {
    "telegram: a preview is waited for two minutes": [
      "previewTimeout = Duration.seconds(20)",
      "previewTimeout = Duration.minutes(2)"
    ],
    "telegram: who leaves does not know what was sent": [
      ": Effect.uninterruptible(Effect.tap(counted, (sent) =>",
      ": Effect.interruptible(Effect.tap(counted, (sent) =>"
    ],
    "telegram: what took too long never arrived": [
      "Effect.fail(new TelegramFailed({ method, reason: \"unreachable\" }))\n                )",
      "Effect.fail(new TelegramFailed({ method, reason: \"unreachable\", neverArrived: true }))\n                )"
    ]
  }),
  ...mutants("src/telegram/internal/download.ts", ["test/TelegramApi.test.ts", "test/Media.test.ts"], {
    "telegram: a file of any size is read": ["size > (enough ?? most)", "size > Infinity"],
    "telegram: a file that is too long comes cut": ["limit < most ?", "limit <= most ?"],
    "telegram: a download follows redirects": ["withoutRedirects(client).get", "client.get"]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Mailbox.test.ts", "test/Turns.test.ts"], {
    "mailbox: what was refused counts as seen": [
      "if (seen.has(id)) return \"seen\"\n",
      "if (seen.has(id)) return \"seen\"\n        seen.add(id)\n"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "pacer: the breaker stays as slow as it was": [
      "breaker = { openUntil: 0, pause: breakerFirst }\n              // It",
      "breaker = { ...breaker, openUntil: 0 }\n              // It"
    ]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Mailbox.test.ts"], {
    "mailbox: what is dropped is only counted": [
      "          put(box, [])\n          options.dropped",
      "          options.dropped"
    ]
  }),
  ...mutants("src/telegram/internal/seen.ts", ["test/Mailbox.test.ts"], {
    "mailbox: every update is remembered": ["ids.size <= remembered", "ids.size < Infinity"]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/Joining.test.ts"], {
    "joining: what one says joins what another said": ["voice(first.entry) !== voice(entry)", "false"],
    "joining: the time on the pieces counts for nothing": [
      "|| !isNear(last.entry, entry, windowOf(last.entry, windows))) return false",
      ") return false"
    ],
    "joining: a late sibling of an album is on its own": [
      "if (entry.album !== undefined && pieces.some((piece) => piece.entry.album === entry.album)) return true\n",
      ""
    ],
    "joining: steady typing never ends": [
      "Math.min(pieces[0].at + windows.longest, Math.max(...until))",
      "Math.max(...until)"
    ],
    "joining: what was before a command waits on": ["startOf(group) > piece.at && voice", "startOf(group) < 0 && voice"]
  }),
  ...mutants("src/telegram/internal/composing.ts", ["test/Addressed.test.ts", "test/Joining.test.ts"], {
    "composing: a quotation ends at a line separator": ["/\\r\\n|[\\n\\r\\v\\f\\u0085\\u2028\\u2029]/", "/\\n/"],
    "composing: the comment comes before what it is about": [
      "[...withinBound(passages, bound - text.length), ...(text === \"\" ? [] : [text])]",
      "[...(text === \"\" ? [] : [text]), ...withinBound(passages, bound - text.length)]"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "pacer: typing takes the place of a message": [
      "    if (priority === \"typing\" && !isGroup(chatId)) return\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/Middleware.test.ts", "test/MiddlewareTurns.test.ts"], {
    "access: groups read who may not": [
      "  return origin.isPrivate && incoming",
      "  return origin.chatId !== undefined && incoming"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "pacer: the breaker has no longest pause": ["Math.min(breaker.pause * 2, breakerLongest)", "breaker.pause * 2"]
  }),
  ...mutants("src/telegram/internal/transport.ts", ["test/TelegramApi.test.ts"], {
    "telegram: VibeGram waits out a refusal within the call": ["const noRetries = 0", "const noRetries = 3"]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/MiddlewareTurns.test.ts"], {
    "turns: what was seen leaves its client behind": ["if (taken === \"seen\" || ", "if ("]
  }),
  ...mutants("src/telegram/internal/errands.ts", ["test/MiddlewareTurns.test.ts", "test/Middleware.test.ts"], {
    "middleware: any number of commands run at once": ["      if (underWay >= mostErrands) return undefined\n", ""]
  }),
  ...mutants("src/telegram/internal/commandNames.ts", ["test/Commands.test.ts", "test/Incoming.test.ts"], {
    "commands: a question that begins like one is obeyed": ["(rest === \"\" || parameters !== \"\")", "true"]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", [
    "test/Mailbox.test.ts",
    "test/Turns.test.ts",
    "test/MiddlewareTurns.test.ts",
    "test/e2e/Ending.test.ts"
  ], {
    "mailbox: who waits begins while the bot ends": [
      "      put(box, [])\n      return count",
      "      return count"
    ]
  }),
  ...mutants("src/telegram/internal/turning.ts", [
    "test/Turns.test.ts",
    "test/Commands.test.ts",
    "test/MiddlewareTurns.test.ts",
    "test/Middleware.test.ts"
  ], {
    "reset: the lost answer can still be read": [
      "      if (Option.isSome(undelivered)) yield* undelivered.value.forget(ConversationKey(lane.conversation))\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "pacer: thirty-one calls a second": ["calls: 30, period: 1_000", "calls: 31, period: 1_000"],
    "pacer: a second of 1.1 s": ["calls: 30, period: 1_000", "calls: 30, period: 1_100"],
    "pacer: three at once in a group": ["{ interval: 1_000, burst: 2 }", "{ interval: 1_000, burst: 3 }"],
    "pacer: typing has more of a group's minute": ["edit: 4, typing: 14", "edit: 4, typing: 13"],
    "pacer: what shows nothing takes of a chat's calls": [
      "    if (priority === \"unseen\") return\n    const chat",
      "    const chat"
    ],
    "pacer: typing takes the last call of a chat": ["edit: 0, typing: 1", "edit: 0, typing: 0"],
    "pacer: two refusals within ten seconds silence all": ["const together = 1_000", "const together = 10_000"],
    "pacer: a refusal a second later silences all": [
      "now - lastRefusal.at < together",
      "now - lastRefusal.at <= together"
    ],
    "pacer: only the first refusal is remembered": [
      "    lastRefusal = { chatId, at: now }",
      "    lastRefusal ??= { chatId, at: now }"
    ],
    "pacer: a pause is forgotten while others are served": ["isIdle && chat.suspendedUntil <= now &&", "isIdle &&"],
    "pacer: a pause of the whole bot closes no chat": [
      "Math.max(suspendedUntil, known?.suspendedUntil ?? 0) - now",
      "(known?.suspendedUntil ?? 0) - now"
    ],
    "pacer: it does not say how long": [
      "retryAfter: Duration.millis(wait) })\n    }",
      "retryAfter: Duration.zero })\n    }"
    ],
    "pacer: the second pause is the first": [
      "chatOf(chatId).suspendedUntil = now + pause",
      "chatOf(chatId).suspendedUntil ||= now + pause"
    ]
  }),
  ...mutants("src/telegram/internal/pollTrouble.ts", ["test/Polling.test.ts"], {
    "polling: who was thrown out comes back at once": [
      "Math.min(Duration.toMillis(poll) * 2 ** (times - 1), longestConflict)",
      "Math.min(500, longestConflict)"
    ],
    "polling: another poller is gone with the first good poll": [
      "kind === \"otherPoller\" ? 3 * longestConflict : 0",
      "0 * longestConflict"
    ],
    "polling: what Telegram asks to wait is not waited": [
      "Duration.toMillis(retryAfter ?? Duration.seconds(5))",
      "Duration.toMillis(Duration.seconds(5))"
    ],
    "polling: a webhook is taken for another poller": ["return webhook === undefined\n", "return webhook !== \"\"\n"]
  }),
  ...mutants("src/telegram/internal/handingOver.ts", ["test/Polling.test.ts"], {
    "polling: an end cuts off what is being handed over": ["    Effect.uninterruptible,\n", ""],
    "polling: an update whose handling hangs is waited for": [
      "Effect.timeout(Effect.suspend(() => handle(update)), longest)",
      "Effect.suspend(() => handle(update))"
    ]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/Turns.test.ts"], {
    "fresh: what one person says in two topics is joined": [
      "JSON.stringify([chat, thread, user])",
      "JSON.stringify([chat, user])"
    ]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Intake.test.ts"], {
    "fresh: Stop does not end the reading of files": [
      "    Deferred.doneUnsafe(running.stopped, Exit.void)\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "fresh: one busy chat stops the whole bot": [
      "lastRefusal !== undefined && lastRefusal.chatId !== chatId && now",
      "lastRefusal !== undefined && now"
    ]
  }),
  ...mutants("src/telegram/internal/overheard.ts", ["test/Addressed.test.ts"], {
    "fresh: tokens that were posted in a group are told to the model": [
      " || holdsTokens(text)) return",
      ") return"
    ]
  }),
  ...mutants("src/telegram/internal/overheard.ts", ["test/Addressed.test.ts"], {
    "fresh: what was said in a group is told with each question again": [
      "      told.set(conversation, origin.messageId)\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/composing.ts", ["test/Addressed.test.ts"], {
    "fresh: quoted words end their quotation with another sign for a line": [
      "/\\r\\n|[\\n\\r\\v\\f\\u0085\\u2028\\u2029]/",
      "/\\r?\\n/"
    ]
  }),
  ...mutants("src/telegram/internal/answering.ts", ["test/Intake.test.ts"], {
    "fresh: a group that moved is asked in under its old history": [
      "Stream.unwrap(Effect.as(codex.move(ConversationKey(lane.conversation), conversation), told))",
      "told"
    ]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Intake.test.ts", "test/Turns.test.ts"], {
    "fresh: a mailbox forgets which updates came": [
      "    if (seen.has(id)) return \"seen\"\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/Joining.test.ts"], {
    "fresh: another person's word ends the wait for mine": [
      "startOf(group) > piece.at && voice(group.pieces[0].entry) === said",
      "startOf(group) > piece.at && said !== \"\""
    ]
  }),
  ...mutants("src/telegram/internal/composing.ts", ["test/Joining.test.ts"], {
    "fresh: a paste is in the order of its arrival": [
      "entries.toSorted((one, other) => one.origin.message - other.origin.message)",
      "entries"
    ]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/Intake.test.ts"], {
    "fresh: a stranger in a group is answered": [
      "  return origin.isPrivate && incoming._tag",
      "  return origin.chatId !== 0 && incoming._tag"
    ]
  }),
  ...mutants("src/telegram/internal/departures.ts", ["test/e2e/Departures.test.ts"], {
    "left: whoever has blocked the bot goes on waiting": [
      "for (const told of watching.get(nameOf(chat)) ?? []) told()",
      "watching.get(nameOf(chat))"
    ],
    "left: nobody comes back": ["back: (chat) => left.delete(nameOf(chat))", "back: (chat) => left.has(nameOf(chat))"]
  }),
  ...mutants("src/telegram/internal/durableMailbox.ts", ["test/TurnsDurable.test.ts"], {
    "edit: in the store an edit of nothing is asked": [
      "if (place === \"nowhere\") return \"seen\" as const",
      "if (place === undefined) yield* Effect.void"
    ],
    "edit: in the store the answer to what was edited goes on": [
      "if (running !== undefined) yield* stopTurn(running.executionId)",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/e2e/Complaints.test.ts"], {
    "edit: an edit that changes nothing is asked": [
      " &&\n        JSON.stringify(last.content) !== JSON.stringify(entry.content)",
      ""
    ],
    "edit: what waits is asked twice": ["if (before !== undefined) {", "if (before !== undefined && edited < 0) {"]
  }),
  ...mutants("src/telegram/internal/composing.ts", ["test/e2e/Complaints.test.ts"], {
    "edit: what it said before is asked as well": [
      "entry.isEdit === true && all.some",
      "entry.isEdit === false && all.some"
    ]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/e2e/Complaints.test.ts"], {
    "edit: a stranger's edit is answered": ["origin.isPrivate && incoming._tag !== \"Edit\"", "origin.isPrivate"]
  }),
  ...mutants("src/telegram/internal/payloads.ts", ["test/e2e/Complaints.test.ts"], {
    "topics: typing in General is shown nowhere": [
      "to.isForum === true && to.threadId === undefined",
      "to.isForum === false"
    ]
  }),
  ...mutants("src/telegram/internal/guests.ts", ["test/Guests.test.ts"], {
    "guests: nobody counts how often they ask": [
      "if (Option.isSome(limited)) {",
      "if (Option.isSome(limited) && queryId === \"\") {"
    ]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/e2e/Sent.test.ts"], {
    "sent: a sibling that comes late is a question of its own": [
      "pieces.some((piece) => piece.entry.album === entry.album)) return true",
      "pieces.some((piece) => piece.entry.album === entry.album)) return false"
    ]
  })
]
