/**
 * What bots have inside, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/internal/late.ts", ["test/Late.test.ts"], {
    "other chats: a kept answer without a place is told nobody": [
      "Delivering.tellAsker(api, failure, Nowhere.answer(commandPrefix), { chat, user })",
      "Effect.void"
    ]
  }),
  ...mutants("src/telegram/internal/durableMailbox.ts", ["test/TurnsMoved.test.ts"], {
    "moved: what had begun before a kill is only dropped": ["      ...elsewhere\n    ], stopTurn)", "    ], stopTurn)"],
    "moved: a conversation is forgotten while its answer is still being stopped elsewhere": [
      ", ...elsewhere.map(isOver)]",
      "]"
    ]
  }),
  ...mutants("src/telegram/internal/backlog.ts", ["test/TurnsMoved.test.ts"], {
    "moved: what somebody had taken and not given back waits for ten minutes": [
      "    const messages = yield* Effect.andThen(\n      storage.resetAddress(address),",
      "    const messages = yield* Effect.andThen(\n      Effect.void,"
    ],
    "moved: what waits is given back, and taken by the engine, before it is read": ["      sql.withTransaction,\n", ""]
  }),
  ...mutants("src/telegram/internal/late.ts", ["test/TurnsMoved.test.ts"], {
    "moved: an answer that waits is there only when the engine hands it over": [
      "        for (const delivery of found) take(delivery)\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/enduring.ts", ["test/TurnsEndure.test.ts"], {
    "away: the end of a step is lost when the store is": [
      "saveReply: (reply) => waits(storage.saveReply(reply)),",
      "saveReply: (reply) => storage.saveReply(reply),"
    ],
    "away: what was kept and not heard to be is kept again for ever": [
      "(encoded.saveReply(reply), isKept,",
      "(encoded.saveReply(reply), () => false,"
    ],
    "away: the log says it each time": ["if (isSaid || now", "if (now"],
    "away: a turn is not begun when the store is": [
      "saveRequest: (message) => waits(storage.saveRequest(message)),",
      "saveRequest: (message) => storage.saveRequest(message),"
    ]
  }),
  ...mutants("src/telegram/internal/lasting.ts", ["test/OtherBots.test.ts"], {
    "away: of each prompt it is said that its bot is": ["if (bots.has(bot)) return Effect.void\n", ""]
  }),
  ...mutants("src/telegram/internal/engine.ts", ["test/TurnsMoved.test.ts"], {
    "moved: an answer whose time is over holds up the end of its process": [
      "entityTerminationTimeout: \"1 second\"",
      "entityTerminationTimeout: \"15 seconds\""
    ]
  }),
  ...mutants("src/telegram/internal/steady.ts", ["test/Mailbox.test.ts"], {
    "clock: what waits waits as long as the clock was put back": [
      "if (wall + ahead < last) ahead =",
      "if (wall + ahead < -1e9) ahead ="
    ],
    "clock: what comes after the clock was put back counts as found again": [
      "since = Math.min(since, wall)",
      "since = last"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "fresh 6: any pause is believed": [", longestPause)\n", ", Infinity)\n"]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Mailbox.test.ts", "test/Bounds.test.ts"], {
    "clock: what is found again waits as long as the clock was put back": ["time.goBehind(piece.at)\n", ""],
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
      "Effect.ensuring(reset(lane, update), gate.open)",
      "Effect.tap(reset(lane, update), gate.open)"
    ],
    "again: what a kill has cut short is begun beside others": ["{ hasBegun: true }", "{ hasBegun: false }"],
    "again: what was asked with another prompt is asked once more behind a kill": [
      "isAnswered: ({ update }) => answered.includes(update),",
      "isAnswered: () => false,"
    ],
    "again: a prompt that the store did not take counts twice": ["          counted.add(id)\n", ""],
    "again: a stop drops what was sent behind it": [
      "const isBehind = Turning.behind(update)",
      "const isBehind = Turning.behind(undefined)"
    ],
    "again: a kill takes the text so far of what was stopped": ["text.value !== \"\") {", "text.value === \"\") {"],
    "again: a reset is done once for each time that it is delivered": [
      "lastReset !== undefined && lastReset.update === update",
      "lastReset !== undefined && lastReset.update !== update"
    ]
  }),
  ...mutants("src/telegram/internal/durableTurn.ts", ["test/TurnsDurable.test.ts"], {
    "forgotten: what waited meanwhile is remembered": [
      "({ ...entry, at })",
      "({ ...entry, at: at < 0 ? at : undefined })"
    ]
  }),
  ...mutants("src/telegram/internal/sweeping.ts", ["test/TurnsDurable.test.ts"], {
    "unreadable: every instance tells of it": ["\"10 seconds\")) === by", "\"10 seconds\")) !== \"\""],
    "fresh 4: an update that comes again within the day is news": ["pieces: \"25 hours\"", "pieces: \"1 hour\""]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/Joining.test.ts"], {
    "fresh 4: a piece more than may be joined is": ["written.length < mostPieces", "written.length <= mostPieces"]
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
    "pacer: a refusal in one chat silences all": ["last.chatId !== chatId && ", ""],
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
  ...mutants("src/telegram/internal/joining.ts", ["test/Mailbox.test.ts"], {
    "mailbox: what is dropped is only counted": [
      "return first === undefined ? [] : [",
      "return first === undefined ? [group] : ["
    ],
    "closed: an edit of what is answered comes last": [
      "waiting: [{ pieces: [piece], closesAt: piece.at }, ...groups]",
      "waiting: [...groups, { pieces: [piece], closesAt: piece.at }]"
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
      "now - last.at < together",
      "now - last.at <= together"
    ],
    "pacer: only the first refusal is remembered": [
      "    lastRefusals.set(kind, { chatId, at: now })",
      "    if (last === undefined) lastRefusals.set(kind, { chatId, at: now })"
    ],
    "pacer: a pause is forgotten while others are served": [
      "isIdle && Math.max(...Object.values(chat.pause)) <= now &&",
      "isIdle &&"
    ],
    "pacer: a pause of the whole bot closes no chat": [
      "Math.max(pause.shown, known?.pause.shown ?? 0) - now",
      "(known?.pause.shown ?? 0) - now"
    ],
    "pacer: it does not say how long": [
      "retryAfter: Duration.millis(wait) })\n    }",
      "retryAfter: Duration.zero })\n    }"
    ],
    "pacer: the second pause is the first": [
      "chatOf(chatId).pause[kind] = until",
      "chatOf(chatId).pause[kind] ||= until"
    ],
    "pacer: a chat that wants no typing gets no answer": [
      "fleeting.has(method) ? \"fleeting\" : \"shown\"",
      "\"shown\""
    ],
    "pacer: a chat that gets no file gets no answer": ["priority === \"unseen\" ? \"unseen\" : ", ""],
    "pacer: what is not wanted is done on": ["pause[kind], chat.pause[kind], ", "pause[kind], "],
    "pacer: what two chats do not want is done to all": ["pause[kind], chat.pause[kind], ", "chat.pause[kind], "]
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
      "last !== undefined && last.chatId !== chatId && now",
      "last !== undefined && now"
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
      "if (running !== undefined) yield* stopTurn(running.pieces)",
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
  ...mutants("src/telegram/internal/guests.ts", ["test/Guests.test.ts", "test/e2e/Guests.test.ts"], {
    "guests: what is not taken is not told": ["if (why === undefined) return", "if (why !== \"\") return"],
    "guests: what nobody can read is asked": [
      "if (Option.isNone(inline)) return",
      "if (Option.isNone(inline) && update < 0) return"
    ]
  }),
  ...mutants("src/telegram/internal/guestWay.ts", ["test/e2e/Guests.test.ts"], {
    "guests: the rest of a long answer takes the place of its beginning": [
      "longAnswers: \"truncate\"",
      "longAnswers: \"split\""
    ],
    "guests: a stopped answer goes on": ["Deferred.await(stopped)", "Effect.never"],
    "guests: what was written is lost by a Stop": ["said += event.text", "said += \"\""],
    "guests: what cannot be read is not told": ["`${preface}${answer.text}`", "answer.text"],
    "guests: an edit that nobody has heard of is not made again": ["neverArrived: true", "neverArrived: false"],
    "guests: the button tells no place": ["`${button?.data}:${chat}`", "`${button?.data}`"]
  }),
  ...mutants("src/telegram/reply/internal/answerText.ts", ["test/e2e/Guests.test.ts"], {
    "guests: the marks of an answer make two messages of one": [
      "hard: longest, maxEntities: Number.POSITIVE_INFINITY",
      "hard: longest"
    ]
  }),
  ...mutants("src/telegram/internal/departures.ts", ["test/e2e/Guests.test.ts"], {
    "guests: a block by somebody else ends the answer": [
      "origin.inline === undefined ? origin.chat : asGuest(origin.chat)",
      "origin.chat"
    ]
  }),
  ...mutants("src/telegram/incoming/Origin.ts", ["test/e2e/Guests.test.ts"], {
    "guests: a stranger is told in the chat of another one": [
      "    isPrivate: false,\n    conversation: ConversationKey(`${asGuest(chatId)}",
      "    conversation: ConversationKey(`${asGuest(chatId)}"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Guests.test.ts"], {
    "guests: the pace is that of a private chat": ["/^(-|@|guest:)/", "/^(-|@)/"]
  }),
  ...mutants("src/telegram/internal/turning.ts", ["test/e2e/Guests.test.ts"], {
    "guests: what a Stop drops is not told": ["entries.filter(isAlone)", "entries.filter(() => false)"]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/e2e/Guests.test.ts"], {
    "guests: who waits is not told that the bot goes": ["options.isAlone?.(entry) === true ||", "false ||"]
  }),
  ...mutants("src/telegram/incoming/References.ts", ["test/Addressed.test.ts"], {
    "things: what a question replies to is not told": ["words.trim() === \"\" ? Things.of(replied) : words", "words"],
    "things: the option that was chosen is not told": [
      "onNone: () => Things.chosen(raw, replied)",
      "onNone: () => \"\""
    ]
  }),
  ...mutants("src/telegram/incoming/Contents.ts", ["test/Addressed.test.ts", "test/e2e/Silence.test.ts"], {
    "things: what no bot knows yet is passed over": ["unread === undefined || !isSaid", "unread !== \"\" || !isSaid"]
  }),
  ...mutants("src/telegram/internal/commandNames.ts", ["test/Incoming.test.ts"], {
    "things: every short word is nearly help": [
      ".filter(({ far }) => far < word.length)",
      ".filter(({ far }) => far >= 0)"
    ]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/Joining.test.ts"], {
    "things: what a comment is about is refused": [
      "incoming.asking === undefined ? refusal",
      "incoming.asking !== null ? refusal"
    ]
  }),
  ...mutants("src/telegram/incoming/Kinds.ts", ["test/e2e/Silence.test.ts"], {
    "things: what only happens is refused": ["ended|joined|removed|scheduled", "ended|scheduled"]
  }),
  ...mutants("src/telegram/internal/following.ts", ["test/Addressed.test.ts"], {
    "called: a second edit that names the bot asks again": [" || (unasked.get(name) ?? update) !== update", ""],
    "called: what was brought along is called again": [
      "      for (const item of earlier) unasked.delete(messageOf(item.origin))\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/Joining.test.ts"], {
    "called: the rest behind a command is not waited for": [
      "(entry.origin.inline !== undefined || !isPaste(entry))",
      "true"
    ],
    "called: a command takes along what comes behind its end": [" || !isPaste(last.entry))", ")"]
  }),
  ...mutants("src/telegram/internal/composing.ts", ["test/Joining.test.ts"], {
    "called: where a mention is gone, nobody knows where was cut": [
      "const length = sentLength ?? text.length",
      "const length = text.length"
    ]
  }),
  ...mutants("src/telegram/internal/following.ts", ["test/Joining.test.ts"], {
    "album: the items before the one that asks are lost": ["...album, item]", "...album]"],
    "paste: the pieces before the one that asks are lost": ["        ...before(incoming, asking, voice),\n", ""],
    "paste: what was sent long before is a piece of it": [
      "last !== undefined && Math.abs",
      "last !== undefined || Math.abs"
    ],
    "album: the last one may be as old as it likes": ["<= longestUpload", "<= longestUpload * 9"],
    "album: only what was asked last is gone on with": [
      "if (name !== undefined) put(albums, name, \"asked\")",
      "if (name === \"\") put(albums, name, \"asked\")"
    ]
  }),
  ...mutants("src/telegram/internal/albums.ts", ["test/Joining.test.ts", "test/Turns.test.ts"], {
    "album: what comes when it is asked is a question of its own": [
      "asked.has(name) ? \"asked\"",
      "asked.has(\"\") ? \"asked\""
    ],
    "album: what comes of it after a Stop is asked": [
      "stopped.has(name) ? \"stopped\"",
      "stopped.has(\"\") ? \"stopped\""
    ]
  }),
  ...mutants("src/telegram/internal/overheard.ts", ["test/Joining.test.ts"], {
    "album: what is asked with it is told as said to others as well": [" && !without.includes(message)", ""]
  }),
  ...mutants("src/telegram/Incoming.ts", ["test/Joining.test.ts"], {
    "forwarded: a command is an order of whoever forwards it": [
      "isTyped ? order : refused(",
      "true ? order : refused("
    ],
    "forwarded: what a command asks does not wait for its comment": ["rest.trim(), isTyped)", "rest.trim(), true)"]
  }),
  ...mutants("src/telegram/incoming/Asking.ts", ["test/Joining.test.ts"], {
    "album: a command under it does not wait for it": [
      "isCommand && media_group_id === undefined && { isCommand }",
      "isCommand && { isCommand }"
    ]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/e2e/Sent.test.ts"], {
    "sent: a sibling that comes late is a question of its own": [
      "pieces.some((piece) => piece.entry.album === entry.album)) return true",
      "pieces.some((piece) => piece.entry.album === entry.album)) return false"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "closed: a file is asked for before an answer goes out": [
      "final: 0, unseen: 1, first: 2",
      "final: 1, unseen: 0, first: 2"
    ],
    "closed: a preview goes before a press is answered": [
      "unseen: 1, first: 2, edit",
      "unseen: 2, first: 1, edit"
    ],
    "closed: a refused token is tried every half minute": [
      "const breakerLongest = 300_000",
      "const breakerLongest = 30_000"
    ],
    "closed: files are asked for while the whole bot is left alone": [
      "Math.max(pause.shown, pause[kind], ",
      "Math.max(pause[kind], "
    ],
    "closed: an answered press proves that a chat can be written in": [
      "              if (priority === \"unseen\") return\n              chatOf",
      "              chatOf"
    ]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Mailbox.test.ts"], {
    "closed: what joins what waits needs a seat of its own": [
      "box !== undefined && isNew && box",
      "box !== undefined && box"
    ],
    "closed: whoever is waited for is told to wait": [
      "Math.max(0, Joining.startOf(group) - first.at) + patience.millis",
      "patience.millis"
    ],
    "closed: what was answered is what is answered": [
      "      box.running = undefined\n",
      ""
    ],
    "closed: an edit of what was answered is asked while the next is waited for": [
      "      box.answering = []\n      if",
      "      if"
    ],
    "closed: a mailbox does not sleep once somebody has joined": [
      "      box.bell = bell\n",
      ""
    ],
    "closed: an edit does not end the reading of files": [
      "    if (place === \"running\") halt(box)\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Observability.test.ts"], {
    "closed: who waits at the end is counted for ever": [
      "(isOpen ? waiting : 0) - counted",
      "waiting - counted"
    ]
  }),
  ...mutants("src/telegram/internal/joining.ts", ["test/JoiningRules.test.ts"], {
    "closed: 4,000 letters are no piece of a paste": [
      "sentLengthOf(entry) >= almostCut",
      "sentLengthOf(entry) > almostCut"
    ],
    "closed: ten times as much is joined": [
      "const mostText = 50_000",
      "const mostText = 500_000"
    ],
    "closed: a hundred and first piece of a paste is joined": [
      "pieces.length >= mostOfPaste",
      "pieces.length > mostOfPaste"
    ],
    "closed: a rich message is waited for as a piece of a paste": [
      "part.isRich === true ? 0 : ",
      ""
    ],
    "closed: two seconds apart is near": [
      "* 1000 <= window + 1000",
      "* 1000 <= window + 2000"
    ],
    "closed: the moment at which a wait ends belongs to it": [
      "if (at >= closesAt ||",
      "if (at > closesAt ||"
    ],
    "closed: an edit joins what was sent with it": [
      "        entry.isEdit === true || entry.isCommand === true || voice",
      "        entry.isCommand === true || voice"
    ],
    "closed: an edit is waited behind": [
      "entry.isEdit === true || (entry.isCommand",
      "(entry.isCommand"
    ],
    "closed: an edit is compared with what was said at first": [
      "pieces.findLast((piece) => piece.entry.origin.message === entry.origin.message)",
      "pieces.find((piece) => piece.entry.origin.message === entry.origin.message)"
    ],
    "closed: an edit takes the place of what somebody else said": [
      " && voice(last) === voice(entry) &&",
      " &&"
    ]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/Handling.test.ts"], {
    "closed: a press is confirmed before it is kept": [
      "incoming._tag === \"Edit\" || incoming._tag === \"Approval\" ||",
      "incoming._tag === \"Edit\" ||"
    ],
    "closed: a prompt that was not kept holds its way out": [
      ".pipe(Effect.onError(() => Effect.sync(release)))",
      ""
    ],
    "closed: who asks too often holds the way out": [
      "if (taken === \"seen\" || typeof taken !== \"string\") release()",
      "if (taken === \"seen\") release()"
    ],
    "closed: what may be a login comes into its place when it was looked into": [
      "Effect.tap(accept(origin, desk, incoming.otherwise), desk.done), claimed(desk, taken)",
      "claimed(desk, taken), Effect.tap(accept(origin, desk, incoming.otherwise), desk.done)"
    ],
    "closed: an edit is told what was heard": [
      "isPrivate || asking.isEdit === true ||",
      "isPrivate ||"
    ]
  }),
  ...mutants("src/telegram/internal/errands.ts", ["test/Errands.test.ts"], {
    "closed: who was told once is never told again": [
      "if (until <= now) told.delete(other)",
      "if (until < 0) told.delete(other)"
    ]
  }),
  ...mutants("src/telegram/internal/departures.ts", ["test/Departures.test.ts"], {
    "closed: who has ended is told of departures": [
      "    others?.delete(told)\n",
      ""
    ],
    "closed: a chat that nobody watches is kept": [
      "    if (others?.size === 0) watching.delete(name)\n",
      ""
    ]
  }),
  ...mutants("src/telegram/internal/overheard.ts", ["test/Overheard.test.ts"], {
    "closed: of five groups is remembered what was said": [
      "const mostPlaces = 500",
      "const mostPlaces = 5"
    ],
    "closed: what was said in one topic is told in another": [
      "JSON.stringify([chatId, destination.threadId, destination.directTopicId])",
      "JSON.stringify([chatId, destination.directTopicId])"
    ],
    "closed: what was said after a question is told with it": [
      "message > since && message < origin.messageId &&",
      "message > since &&"
    ],
    "closed: who asks often is told again": [
      "      told.delete(conversation)\n",
      ""
    ],
    "closed: a busy group is forgotten first": [
      "      places.delete(place)\n",
      ""
    ],
    "closed: what is said in private is overheard": [
      " || Message.isPrivateChat(received.message.chat)) return",
      ") return"
    ]
  }),
  ...mutants("src/telegram/internal/following.ts", ["test/Following.test.ts"], {
    "closed: what is forwarded two seconds later is on its own": [
      "[window, longestUpload] = [2, 30]",
      "[window, longestUpload] = [1, 30]"
    ],
    "closed: whoever asked is remembered": [
      "    if (kept.size <= mostVoices) return\n",
      "    if (kept.size > 0) return\n"
    ],
    "closed: what is forwarded in another topic is taken": [
      "JSON.stringify([chatId, destination.threadId, destination.directTopicId, userId])",
      "JSON.stringify([chatId, destination.directTopicId, userId])"
    ],
    "closed: the third piece of a paste is lost": [
      "      put(voices, voice, {",
      "      if (incoming._tag === \"Prompt\") put(voices, voice, {"
    ]
  }),
  ...mutants("src/telegram/internal/composing.ts", ["test/Composing.test.ts"], {
    "closed: a piece of 4,000 letters has a seam": [
      " || length === 4_000",
      ""
    ],
    "closed: a name turns around what stands beside it": [
      "name.replace(/[\\p{C}\\s]+/gu, \" \")",
      "name.replace(/\\s+/gu, \" \")"
    ],
    "closed: quotations have no bound": [
      "  if (over <= 0) return all\n",
      "  if (over <= Infinity) return all\n"
    ],
    "closed: a short quotation is cut with the long": [
      "return whole.length <= room\n",
      "return whole.length <= 0\n"
    ]
  }),
  ...mutants("src/telegram/internal/movedChats.ts", ["test/MovedChats.test.ts"], {
    "closed: a group moves to where it is": [
      " || String(from) === String(to)) return",
      ") return"
    ],
    "closed: a person moves with a group": [
      "/^chat:([^:]+):(.*)$/s",
      "/^\\w+:([^:]+):(.*)$/s"
    ]
  }),
  ...mutants("src/telegram/internal/statusText.ts", ["test/StatusText.test.ts"], {
    "closed: a refresh is told the wrong way": [
      "canRefresh ? \"automatic\" : \"off\"",
      "canRefresh ? \"off\" : \"automatic\""
    ],
    "closed: somebody is told what another used": [
      "userId === undefined ? undefined : perUser.get(userId)",
      "perUser.values().next().value"
    ],
    "closed: what went in is told as what came out": [
      "${totals.inputTokens} in, ${totals.outputTokens} out",
      "${totals.outputTokens} in, ${totals.inputTokens} out"
    ],
    "closed: status names the file to anybody": [
      "mayKnowPaths ? explain : explainWithoutPath",
      "explain"
    ],
    "closed: what could not be read is told as nothing": [
      "status.usageProblem === undefined\n",
      "status.usage !== undefined\n"
    ]
  }),
  ...mutants("src/telegram/Incoming.ts", ["test/Addressed.test.ts"], {
    "commands: behind a mention one is asked about": ["return ours === undefined ? prompt(", "return true ? prompt("]
  }),
  ...mutants("src/telegram/internal/payloads.ts", ["test/TelegramApi.test.ts"], {
    "local: a file on the disk of a server is asked for": ["([/\\\\]|[a-z]:)/i", "([/\\\\])/i"]
  }),
  ...mutants("src/telegram/Turns.ts", ["test/Bounds.test.ts"], {
    "limit: what finds no room counts": ["!hasRoom) return \"full\"", "hasRoom === undefined) return \"full\""]
  }),
  ...mutants("src/telegram/internal/refusal.ts", ["test/TelegramApi.test.ts"], {
    "nowhere: a topic that is closed is any refusal": ["[/TOPIC_CLOSED/i", "[/TOPIC_SHUT/i"]
  }),
  ...mutants("src/telegram/reply/Nowhere.ts", ["test/ReplyEnds.test.ts"], {
    "nowhere: who was thrown out says so": [
      "reason === \"blocked\" && code === 400\n    ? \"⚠️ I may not write in the group that you asked",
      "reason === \"blocked\"\n    ? \"⚠️ I may not write in the group that you asked"
    ]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/OtherChats.test.ts"], {
    "nowhere: a command in a closed topic is met with silence": ["user: asker })", "user: undefined })"]
  }),
  ...mutants("src/telegram/Intake.ts", ["test/Intake.test.ts"], {
    "passed: what is for others as well is taken": ["Handling.isForOthers(incoming) ? \"passed\"", "false ? \"passed\""]
  }),
  ...mutants("src/telegram/internal/commandNames.ts", ["test/CommandNames.test.ts"], {
    "closed: a command that is cried out is a question": ["|[^\\p{L}\\p{N}]+$/gu", "/gu"],
    "closed: three letters off is nearly a command": [
      "const farthest = 2",
      "const farthest = 3"
    ],
    "closed: a test is taken for a command": [
      "new Set([\"hello\", \"hallo\", \"hey\", \"test\"])",
      "new Set([\"hello\", \"hallo\", \"hey\"])"
    ],
    "closed: one letter is nearly a command": [
      "/^[a-z]{2,14}$/",
      "/^[a-z]{1,14}$/"
    ],
    "closed: importjson is a question": [
      "others: [\"importjson\"]",
      "others: []"
    ]
  }),
  ...mutants("src/telegram/internal/late.ts", ["test/Late.test.ts"], {
    "closed: an answer waits for an hour": [
      "const longest = Duration.days(1)",
      "const longest = Duration.hours(1)"
    ],
    "closed: pauses are seconds": [
      "minutes * 60_000)",
      "minutes * 1_000)"
    ],
    "closed: the seventh try comes at once": [
      "pauses[nth] ?? 3_600_000",
      "pauses[nth] ?? 1"
    ],
    "closed: a late answer ignores what Telegram asks": [
      "at + (retryAfter === undefined ? 0 : Duration.toMillis(retryAfter))",
      "at + 0"
    ],
    "closed: a bell rings once": [
      "    bell = Deferred.makeUnsafe()\n",
      ""
    ],
    "closed: who hurries goes before Telegram allows it": [
      "now >= when.earliest ? Effect.void : ripe(when, dropped))",
      "Effect.void)"
    ],
    "closed: who hurried too early is not heard again": [
      "now >= when.earliest ? Effect.void : ripe(when, dropped))",
      "now >= earliest ? Effect.void : Effect.andThen(Effect.sleep(due - now), Effect.void))"
    ],
    "clock: a late answer waits as long as the clock was put back": [
      "when.due - Math.max(now, when.at)",
      "when.due - now"
    ],
    "closed: late answers overtake each other": [
      "one.withPermit(deliver(delivery, dropped))",
      "deliver(delivery, dropped)"
    ],
    "closed: a late answer that breaks ends its mailbox": [
      "Effect.andThen(Effect.logError(\"An answer that waited could not be delivered.\", defect), keep(delivery))",
      "Effect.die(defect)"
    ],
    "closed: what comes after a forgetting is dropped": [
      "        gone = Deferred.makeUnsafe()\n",
      ""
    ],
    "closed: who waits behind another has no bell": [
      "if (waiting === 0) bells.delete(key)",
      "bells.delete(key)"
    ]
  }),
  ...mutants("src/telegram/internal/durableMailbox.ts", ["test/TurnsInMemory.test.ts"], {
    "closed: a mailbox begins while it closes": [
      "Effect.andThen(open.await, gate.await)",
      "gate.await"
    ],
    "closed: a bot that is not here takes the place of others": [
      "Effect.ignore(clientOf(senders, bot))",
      "Effect.void"
    ],
    "closed: nobody hears that a mailbox rests": [
      "rested: senders.rested === undefined ? undefined : ({ lane }) => senders.rested?.(lane)",
      "rested: undefined"
    ]
  }),
  ...mutants("src/telegram/internal/durableTurn.ts", ["test/TurnsInMemory.test.ts"], {
    "closed: turns have no bound over all conversations": [
      "yield* Mailbox.permitsFor(turning.mostTurns)",
      "yield* Mailbox.permitsFor(1000)"
    ]
  }),
  ...mutants("src/telegram/internal/pressed.ts", ["test/Presses.test.ts"], {
    "closed: a stranger takes the buttons away": [
      "&& error.reason !== \"notYours\"",
      ""
    ],
    "closed: buttons stay when it was said": [
      "Effect.andThen(note(approved ? \"Approved.\" : \"Denied.\"), over)",
      "note(approved ? \"Approved.\" : \"Denied.\")"
    ],
    "closed: a yes reads as a no": [
      "approved ? \"Approved.\" : \"Denied.\"",
      "approved ? \"Denied.\" : \"Approved.\""
    ],
    "closed: a press that failed keeps turning": [
      "Stream.tapError((error) => Effect.andThen(note(error.message), isOver(error) ? over : Effect.void))",
      "Stream.tapError((error) => isOver(error) ? over : Effect.void)"
    ]
  }),
  ...mutants("src/telegram/internal/refusal.ts", ["test/Refusals.test.ts"], {
    "closed: a 500 of Telegram is for ever": [
      "if (code >= 500) return \"unreachable\"",
      "if (code > 500) return \"unreachable\""
    ]
  })
]
