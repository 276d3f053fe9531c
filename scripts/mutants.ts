/**
 * Breaks of the code by name, each with the test files that must notice.
 *
 * `find` is exact text that stands in the file once. A mutant whose text is gone fails the run: mend it with the code.
 */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Test files that must go red. */
  readonly tests: ReadonlyArray<string>
}

const mutants = (
  file: string,
  tests: ReadonlyArray<string>,
  breaks: Readonly<Record<string, readonly [find: string, replace: string]>>
): ReadonlyArray<Mutant> =>
  Object.entries(breaks).map(([name, [find, replace]]) => ({ name, file, find, replace, tests }))

export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/auth/internal/newestLogin.ts", ["test/Renewal.test.ts"], {
    "fresh 6: tokens that could not be saved are lost with whoever ends": ["options?.atOnce === true || ", ""]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "fresh 6: an issuer is asked without a pause": ["5 : Math.max(1, seconds)", "5 : seconds"],
    "fresh 6: a clock that is wrong ends a login at once": [
      "Option.filter(told, (end) => DateTime.isGreaterThan(end, now))",
      "told"
    ]
  }),
  ...mutants("src/telegram/incoming/Stops.ts", ["test/Incoming.test.ts"], {
    "fresh 6: any button of ours stops": [
      "data === stopButton(door.commandPrefix).data",
      "data !== undefined && data.startsWith(door.commandPrefix)"
    ]
  }),
  ...mutants("src/telegram/incoming/References.ts", ["test/Incoming.test.ts", "test/Addressed.test.ts"], {
    "fresh 6: all in a topic replies to its beginning": [
      "Predicate.isObject(message) && !(\"forum_topic_created\" in message)",
      "Predicate.isObject(message)"
    ],
    "fresh 6: what was chosen whole is told twice": ["chosen === whole ? []", "chosen === \"\" ? []"]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Order.test.ts"], {
    "fresh 6: who was refused, or is done, keeps a place": [
      "() => Ref.update(seated, (all) => all - 1)",
      "() => Ref.update(seated, (all) => all)"
    ],
    "fresh 6: a turn that is over can be stopped": [
      "() => Ref.set(running, Option.none())",
      "() => Ref.update(running, (ending) => ending)"
    ]
  }),
  ...mutants("src/conversation/internal/within.ts", ["test/Tools.test.ts"], {
    "fresh 6: only the innermost turn is known to wait": [
      "[...outer, { conversation, ending }]",
      "[{ conversation, ending }]"
    ]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Message.test.ts"], {
    "fresh 6: a turn that is too long lets all before it in": [
      "    room = Math.max(0, room - count)\n",
      "    room = room - count\n"
    ]
  }),
  ...mutants("src/conversation/internal/personalitySql.ts", ["test/SqlStores.test.ts"], {
    "fresh 6: 7 and \"7\" have one personality": ["`user:${JSON.stringify(userId)}`", "`user:${userId}`"]
  }),
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
  ...mutants("src/cli/internal/storeCheck.ts", ["test/Doctor.test.ts"], {
    "fresh 6: a database is made below a file": ["return isFolder && (yield*", "return (yield*"]
  }),
  ...mutants("src/ai/internal/hearing.ts", ["test/ModelBackend.test.ts"], {
    "fresh 6: what the provider runs itself is begun as a call": [
      "return part.providerExecuted ? [] : [{ _tag: \"ToolCallStarted\"",
      "return [{ _tag: \"ToolCallStarted\""
    ]
  }),
  ...mutants("src/ai/promise/internal/answer.ts", ["test/CodexFetch.test.ts"], {
    "fresh 6: who has left before the head is answered": ["    if (signal.aborted) return onAbort()\n", ""]
  }),
  ...mutants("src/internal/client.ts", ["test/Client.test.ts"], {
    "fresh 6: a body that just fits is too long": ["size > bytes ?", "size >= bytes ?"]
  }),
  ...mutants("src/backend/internal/seal.ts", ["test/CodexItems.test.ts", "test/CodexBackend.test.ts"], {
    "fresh 6: another account is sent what only the first can open": ["account ?? \"\", familyOf", "\"\", familyOf"]
  }),
  ...mutants("src/telegram/reply/Repeating.ts", ["test/ShownMessages.test.ts"], {
    "shown: sixty seconds are not waited for": [
      "Duration.isLessThanOrEqualTo(retryAfter, longestPause)",
      "Duration.isLessThan(retryAfter, longestPause)"
    ],
    "shown: a refusal is waited out like an outage": [
      "output < (input.reason === \"unreachable\" ? outage : 3)",
      "output < outage"
    ],
    "shown: an outage is given up early": ["again(isRepeatable, 5)", "again(isRepeatable, 4)"],
    "shown: a deletion is tried once more": ["again(isRepeatable, 3)", "again(isRepeatable, 4)"],
    "shown: pauses grow without end": ["Math.min(3 ** output, 30)", "3 ** output"],
    "fresh: a message that may be there is sent again": [
      "isPassing(error) && isWorthWaiting(error) && (isRepeatable || !isUnsure(error))",
      "isPassing(error) && isWorthWaiting(error)"
    ]
  }),
  ...mutants("src/telegram/reply/Delivering.ts", ["test/LiveReply.test.ts"], {
    "reply: a file that may be there is sent again": [
      "patience.persistently(false)(api.sendDocument(to, file))",
      "patience.persistently(true)(api.sendDocument(to, file))"
    ]
  }),
  ...mutants("src/telegram/Polling.ts", ["test/Polling.test.ts"], {
    "fresh 4: the update that was handed over last comes again": ["confirmed = id + 1", "confirmed = id"],
    "fresh 4: whoever stops polling lets no other begin": [".pipe(Effect.andThen(oneReader.release(1)))", ""],
    "fresh 4: a full bot is asked less and less": ["Math.min(wait * 2, longestWait)", "wait * 2"]
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
  ...mutants("src/telegram/Intake.ts", ["test/Intake.test.ts"], {
    "fresh 4: a prompt that was not kept is confirmed to Telegram": [
      "Effect.raceFirst(Fiber.join(fiber), Deferred.await(done))",
      "Effect.void"
    ]
  }),
  ...mutants("src/Sqlite.ts", ["test/Sqlite.test.ts"], {
    "sqlite: a date is written as nothing": ["params.every(isBound)", "params.length >= 0"],
    "sqlite: a file that was copied stays everybody's": ["Effect.ignore(fs.chmod(path, 0o600))", "Effect.void"]
  }),
  ...mutants("src/conversation/internal/stores.ts", ["test/Codex.test.ts"], {
    "memory: a store that throws breaks the turn": ["Effect.suspend(run), (cause)", "run(), (cause)"],
    "memory: a store that breaks has not failed": [
      "Effect.fail(new MemoryFailed({ operation, cause }))",
      "Effect.die(cause)"
    ]
  }),
  ...mutants("src/conversation/internal/memorySql.ts", ["test/SqlStores.test.ts"], {
    "fresh 4: a turn that is kept again is still the first person's": [
      "set turn = excluded.turn, user_id = excluded.user_id",
      "set turn = excluded.turn"
    ]
  }),
  ...mutants("src/conversation/internal/memoryKeyValue.ts", ["test/LastingStores.test.ts", "test/Memory.test.ts"], {
    "fresh 4: two who move to each other wait for ever": [
      "const [first, second] = from < to ? [from, to] : [to, from]",
      "const [first, second] = [from, to]"
    ]
  }),
  ...mutants("src/internal/tables.ts", ["test/SqlStores.test.ts"], {
    "fresh 4: tables that could not be made are never made": [
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.zero",
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.infinity"
    ]
  }),
  ...mutants("src/conversation/Remembered.ts", ["test/Memory.test.ts"], {
    "fresh 4: a turn that is there twice is read twice": [
      "else turns.splice(place, 1, turn.success)",
      "else turns.push(turn.success)"
    ]
  }),
  ...mutants("src/conversation/Tools.ts", ["test/Tools.test.ts"], {
    "fresh 4: a tool sees what was there when it was made": [
      "counts more than what was there when the tools were made.\n      Effect.updateContext((input: Context.Context<never>) => Context.merge(services, input))",
      "counts more than what was there when the tools were made.\n      Effect.updateContext((input: Context.Context<never>) => Context.merge(input, services))"
    ]
  }),
  ...mutants("src/conversation/internal/rounds.ts", ["test/Tools.test.ts", "test/Settings.test.ts"], {
    "fresh 4: a round more than may be is begun": [
      "    if (answer.rounds().count >= maxRounds) {",
      "    if (answer.rounds().count > maxRounds) {"
    ]
  }),
  ...mutants("src/conversation/internal/resuming.ts", ["test/Approvals.test.ts"], {
    "fresh 4: the last letter of a call approves of it": ["approval.callId.length >= 8 && ", ""]
  }),
  ...mutants("src/conversation/internal/answer.ts", ["test/Tools.test.ts"], {
    "fresh 4: the tokens of the rounds before the last are not counted": [
      "        usage: usage()\n",
      "        usage: completed?.usage\n"
    ]
  }),
  ...mutants("src/cli/ask.ts", ["test/e2e/Cli.test.ts"], {
    "fresh 4: an answer without a word ends a line": [
      "written.endsWith(\"\\n\") || written === \"\" ? Effect.void",
      "written.endsWith(\"\\n\") ? Effect.void"
    ]
  }),
  ...mutants("src/cli/internal/liveText.ts", ["test/LiveText.test.ts"], {
    "fresh 4: a row that has left the screen is written again": [
      "Math.max(0, (yield* screen.rows) - 1)",
      "Math.max(0, yield* screen.rows)"
    ]
  }),
  ...mutants("src/ai/internal/telling.ts", ["test/CodexLanguageModel.test.ts", "test/ResponseItems.test.ts"], {
    "fresh 4: a call is told by its item and at the end": ["    calls.delete(done.callId)\n", ""]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "fresh 4: a list that could not be asked is believed for five minutes": [
      "Exit.isSuccess(exit) && exit.value.isFresh ? Duration.minutes(5)",
      "Exit.isSuccess(exit) ? Duration.minutes(5)"
    ]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/Renewal.test.ts"], {
    "fresh 5: a store that cannot be written is looked at for every prompt": [
      "      yield* takeRest\n      return same\n",
      "      return same\n"
    ],
    "fresh 5: another login is told the old problem again": [
      "forget: Ref.update(state, ({ told }) => ({ ...fresh, told }))",
      "forget: Ref.set(state, fresh)"
    ]
  }),
  ...mutants("src/auth/internal/atomicFile.ts", ["test/AtomicFile.test.ts"], {
    "fresh 5: the end of a longer login stays behind a shorter one": [
      "Effect.andThen(file.writeAll(bytes), file.truncate(bytes.byteLength))",
      "file.writeAll(bytes)"
    ],
    "fresh 5: a write that fails leaves tokens behind": [
      "    Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true })))\n",
      ""
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/AuthStore.test.ts", "test/SharedLogin.test.ts"], {
    "fresh 5: who died with the lease keeps it": [" or codex_auth.held_until <= ${now}\n", "\n"]
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
  ...mutants("src/telegram/media/internal/thread.ts", ["test/Media.test.ts"], {
    "fresh 5: a PDF that takes too long is read on": [
      "(worker) => Effect.promise(() => worker.terminate())",
      "(_worker) => Effect.void"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/Approvals.test.ts"], {
    "fresh 5: a turn that waits for approval has cost nothing": [
      "const usage = end === \"answered\" || end === \"approval\" ? answer.usage() : undefined",
      "const usage = end === \"answered\" ? answer.usage() : undefined"
    ]
  }),
  ...mutants("src/conversation/internal/observing.ts", ["test/Observability.test.ts"], {
    "fresh 5: every turn counts as a failure": [
      "outcome === \"failed\" ? failure ?? \"Defect\" : undefined",
      "failure ?? \"Defect\""
    ]
  }),
  ...mutants("src/ai/internal/hearing.ts", ["test/ModelBackend.test.ts"], {
    "fresh 5: what was not cached counts as cached": ["inputTokens.cacheRead ?? 0", "inputTokens.uncached ?? 0"]
  }),
  ...mutants("src/backend/internal/quota.ts", ["test/Quota.test.ts"], {
    "fresh 5: more than all of a quota is used": ["Math.min(100, Math.max(0, usedPercent ?? 0))", "usedPercent ?? 0"]
  }),
  ...mutants("src/cli/internal/loginChecks.ts", ["test/Doctor.test.ts"], {
    "fresh 5: a token that is over is only a warning": [
      "return DateTime.isGreaterThan(expiresAt, now)",
      "return DateTime.isLessThan(expiresAt, now)"
    ]
  }),
  ...mutants("src/ai/internal/telling.ts", ["test/CodexLanguageModel.test.ts"], {
    "fresh 5: a source is told as often as it is cited": ["    sources.add(url)\n", ""]
  }),
  ...mutants("src/telegram/richtext/internal/signs.ts", ["test/Spellings.test.ts"], {
    "text: asterisks never multiply": [
      "if (left === undefined || right === undefined || length > 2) return false",
      "if (length > 0) return false"
    ],
    "text: no backslash is of a path": ["    if (isPath) return true\n", "    if (at >= 0) return false\n"]
  }),
  ...mutants("src/telegram/richtext/internal/fence.ts", ["test/Spellings.test.ts"], {
    "text: a fence opens no other": ["    open.lengths.push(marks.length)\n", ""]
  }),
  ...mutants("src/telegram/richtext/internal/output.ts", ["test/Spellings.test.ts"], {
    "text: a quotation begins behind its first mark": [
      "        markerDepth = frames.length\n",
      "        markerDepth = 0\n"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/render.ts", ["test/Spellings.test.ts"], {
    "text: numbers are counted anew": ["(last.isRepeated && last.written === written)", "true"]
  }),
  ...mutants("src/telegram/richtext/internal/files.ts", ["test/Spellings.test.ts"], {
    "text: files are domains": ["\"ac|am|as|at|", "\"ac|as|at|"]
  }),
  ...mutants("src/telegram/richtext/internal/tags.ts", ["test/Spellings.test.ts"], {
    "text: a span is no spoiler": [".includes(\"tg-spoiler\")", ".includes(\"spoiler\")"]
  }),
  ...mutants("src/telegram/richtext/internal/table.ts", ["test/Spellings.test.ts"], {
    "text: a table is as wide as it likes": ["const maxTableWidth = 38", "const maxTableWidth = 60"]
  }),
  ...mutants("src/telegram/richtext/internal/rows.ts", ["test/Spellings.test.ts"], {
    "text: a sentence below a table is a row": ["table.isPiped ? text.startsWith(\"|\")", "table.isPiped ? true"]
  }),
  ...mutants("src/telegram/richtext/internal/url.ts", ["test/Accepted.test.ts"], {
    "text: any address is a link": ["return isOpened(url) ? url : undefined", "return url === \"\" ? undefined : url"]
  }),
  ...mutants("src/telegram/richtext/internal/output.ts", ["test/Accepted.test.ts"], {
    "text: what code cut in two crosses the end of a quotation": [
      "if (outer.start <= frame.start) continue",
      "if (outer.start >= -1) continue"
    ],
    "text: what code cut in two crosses the beginning of a quotation": [
      "frame.start >= 0 && frame.start < quote.start",
      "frame.start > quote.start"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/chunk.ts", ["test/Accepted.test.ts"], {
    "text: messages of nothing": ["if (!isBlank(visible)) yield", "if (visible !== \"\") yield"]
  }),
  ...mutants("src/telegram/reply/internal/pages.ts", ["test/Accepted.test.ts"], {
    "pages: a place may be in the middle of a character": ["code < 0xdc00 ? at - 1 : at", "code < 0xd000 ? at - 1 : at"]
  }),
  ...mutants("src/telegram/reply/internal/answerText.ts", ["test/LiveReply.test.ts"], {
    "answer: thinking has no bound": [" || thought >= longestThought", ""]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Turn.test.ts"], {
    "turn: settle can be interrupted": [
      "Effect.exit(settle(prompt, answer, ending, began, exit))",
      "Effect.exit(restore(settle(prompt, answer, ending, began, exit)))"
    ],
    "turn: a million events wait for a slow reader": ["const ahead = 256", "const ahead = 1_000_000"],
    "turn: turnTimeout limits the whole answer": ["answer.hasBegun() || Duration", "Duration"],
    "turn: maxTurn calls itself turnTimeout": [" || Duration.isLessThan(maxTurn, turnTimeout)", ""],
    "turn: a closing layer tells nobody": ["restore(Fiber.await(fiber))", "restore(Fiber.join(fiber))"],
    "turn: it goes on when its reader left": ["Effect.onInterrupt(() => Fiber.interrupt(fiber))", "(self) => self"],
    "turn: Stop aborts nothing": [
      "(end) => end === \"answered\" ? Effect.never : Effect.void)",
      "() => Effect.never)"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/Turn.test.ts"], {
    "turn: a store may take ten hours": ["const writing = Duration.seconds(10)", "const writing = Duration.hours(10)"],
    "turn: what breaks last decides": ["!isDecided && ", ""],
    "turn: a cut of nothing completes": ["end === \"cut\" && text === \"\"", "Math.random() > 1"],
    "turn: a failure after text takes it away": [
      "const isCut = mayPass && answer.part() !== \"\"",
      "const isCut = false"
    ],
    "turn: a failure before text is a cut": [
      "const isCut = mayPass && answer.part() !== \"\"",
      "const isCut = mayPass"
    ],
    "turn: no answer any more takes text away": [" || failure.value._tag === \"RequestTimedOut\"", ""],
    "turn: what is broken off is kept without a mark": [
      "answer.broken(marked(end, hasCalled || text !== \"\"))",
      "answer.broken((text) => text)"
    ]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Order.test.ts"], {
    "turn: without a conversation there is a history": [
      "prompt.conversation === undefined\n      ? []\n      :",
      "prompt.conversation === \"\" ? [] :"
    ],
    "turn: without a conversation there is one session": ["once/${yield* Random.next}", "once"]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Order.test.ts"], {
    "turn: without a conversation there is an order": [
      "Effect.flatMap(Deferred.make<Order.End>(), turn(prompt, emit, told))",
      "order.inOrder(\"default\", turn(prompt, emit, told))"
    ],
    "turn: conversations have no order": [
      ": order.inOrder(prompt.conversation, turn(prompt, emit, told))",
      ": Effect.flatMap(Deferred.make<Order.End>(), turn(prompt, emit, told))"
    ]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Order.test.ts"], {
    "order: two run at once": ["turn: Semaphore.make(1)", "turn: Semaphore.make(2)"],
    "order: nobody is refused": ["before > options.waiting", "before > 1000"],
    "order: who runs counts as waiting": ["before > options.waiting", "before >= options.waiting"],
    "order: a conversation that rests is kept": ["RcMap.make({", "RcMap.make({\n    idleTimeToLive: \"1 hour\","]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Turn.test.ts", "test/Order.test.ts"], {
    "turn: what was forgotten meanwhile comes back": ["if (forgotten.has(ending) ||", "if ("],
    "turn: what a user said who was forgotten meanwhile comes back": [
      "|| isUserForgotten(ending, user)) return",
      ") return"
    ],
    "turn: what is being written of a user who is forgotten stays": ["writer === user ? [ending] : []", "[]"],
    "order: Stop is always in time": [
      "(yield* Deferred.succeed(ending.value, \"stopped\"))",
      "(yield* Effect.as(Deferred.succeed(ending.value, \"stopped\"), true))"
    ]
  }),
  ...mutants("src/conversation/internal/answer.ts", ["test/Turn.test.ts"], {
    "answer: what was started over is lost": ["text === \"\" ? voided : below", "text === \"\" ? text : below"],
    "turn: an answer has no measure": ["> maxLength && completed === undefined", "> Infinity"],
    "answer: messages have no measure": ["Math.max(written, repeated)", "written"],
    "answer: it begins with its text": [
      "      hasBegun = true\n",
      "      hasBegun ||= events.some((event) => event._tag === \"TextDelta\")\n"
    ]
  }),
  ...mutants("src/conversation/UsageMeter.ts", ["test/UsageMeter.test.ts"], {
    "meter: every user is kept": ["perUser.size <= maxUsers", "perUser.size < Infinity"],
    "meter: who asks again stays the oldest": ["        perUser.delete(userId)\n", ""],
    "meter: sums change behind the reader's back": ["new Map(perUser)", "perUser"]
  }),
  ...mutants("src/conversation/Memory.ts", ["test/Memory.test.ts"], {
    "memory: it grows without measure": ["bytes <= mostBytes &&", "bytes < Infinity &&"],
    "memory: any number of conversations is kept": ["histories.size <= conversations)", "histories.size < Infinity)"],
    "memory: what is read rests": ["        histories.delete(key)\n        histories.set(key, history)\n", ""],
    "memory: what is forgotten takes room": ["bytes -= sizeOf(histories.get(key) ?? [])", "bytes -= 0"],
    "memory: a move leaves a copy": ["    yield* memory.clear(from)\n", ""],
    "memory: a move to itself forgets": ["from === to || ", ""]
  }),
  ...mutants("src/conversation/Remembered.ts", ["test/Memory.test.ts"], {
    "memory: a later row is a damaged one": ["if (rows.some(isLater)) return failed(\"laterVersion\")", ""],
    "memory: commentary counts as the answer": ["phase !== \"commentary\"", "phase !== \"\""],
    "memory: a setting grows old": [" && !isSetting(turn)", ""]
  }),
  ...mutants("src/conversation/internal/memoryKeyValue.ts", ["test/Memory.test.ts"], {
    "memory: turns that are written at once lose each other": ["lock.withPermit(self)", "self"],
    "memory: what a later version wrote makes room": [" || isLater(row))", ")"],
    "memory: what somebody else asked is forgotten": ["user === userId", "user !== undefined"]
  }),
  ...mutants("src/conversation/Audit.ts", ["test/Audit.test.ts"], {
    "audit: what a sink fails with goes through": ["Effect.mapError((cause) => new AuditFailed({ cause })),", ""]
  }),
  ...mutants("src/CodexRooms.ts", ["test/Layers.test.ts"], {
    "rooms: constants are shared": ["const own = Layer.fresh", "const own = <L>(layer: L): L => layer"],
    "rooms: autoRefresh has no effect": ["options.autoRefresh === false", "Math.random() > 1"],
    "rooms: an own issuer is ignored": ["options.oauth ?? ", ""],
    "rooms: an own store is ignored": ["options.authStore ??\n    ", ""],
    "rooms: own models are ignored": ["options.models ??\n    ", ""],
    "rooms: own exchanges are ignored": ["options.responseStream ?? ", ""],
    "rooms: an own policy is ignored": ["options.retryPolicy ?? ", ""],
    "rooms: an own memory is ignored": ["options.memory ?? ", ""],
    "rooms: an own personality is ignored": ["options.personality ?? ", ""],
    "rooms: an own meter is ignored": ["options.usageMeter ?? ", ""],
    "rooms: an own audit is ignored": ["options.audit ?? ", ""]
  }),
  ...mutants("src/CodexLive.ts", ["test/Layers.test.ts"], {
    "codexLive: every source of a login counts": ["isNamed ? {} : { accessToken", "{ accessToken"],
    "codexLive: undefined in code is a value": ["if (values[name] !== undefined) ", ""]
  }),
  ...mutants("src/testing/TestCodex.ts", ["test/Layers.test.ts"], {
    "TestCodex: an own audit is ignored": ["options.audit ?? script", "script"]
  }),
  ...mutants("src/backend/RetryPolicy.ts", ["test/Layers.test.ts"], {
    "retries: none is one": ["layerSchedule(Schedule.recurs(0)", "layerSchedule(Schedule.recurs(1)"]
  }),
  ...mutants("src/backend/RetryPolicy.ts", ["test/RetryPolicy.test.ts"], {
    "retries: none is one exchange more": ["layerSchedule(Schedule.recurs(0)", "layerSchedule(Schedule.recurs(1)"]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/RetryPolicy.test.ts"], {
    "retries: any pause fits": [
      "Duration.toMillis(pause) < left",
      "Duration.toMillis(pause) < Infinity"
    ],
    "retries: text counts against the wait for a head": ["if (waitsFor === \"head\") left", "left"],
    "retries: silence is seen when the wait for a head is over": ["Math.min(rest, idle)", "rest"]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/RetryPolicy.test.ts"], {
    "retries: what will not pass is tried again": ["input.isRetryable && watch.fits(duration)", "watch.fits(duration)"],
    "retries: an attempt of an effect costs no time": [
      "        Effect.onError(() => Effect.sync(() => watch.change(\"head\"))),\n        Effect.retry",
      "        Effect.retry"
    ],
    "retries: a call is handed out twice": ["hasCall ? Effect.fail(failure)", "false ? Effect.fail(failure)"],
    "retries: what was kept of half an answer stays": ["hasGiven ||= isGiven(event)", "hasGiven ||= \"text\" in event"],
    "retries: silence is asked for again": ["!(isTimedOut(input) && input.phase === \"idle\")", "true"],
    "retries: a slow reader is silence": [
      "watch.change(\"reader\")\n            return Effect.succeed(events)",
      "watch.change(\"body\")\n            return Effect.succeed(events)"
    ],
    "retries: every restart is silent": ["if (!hasGiven) return next", "if (hasGiven || !hasGiven) return next"],
    "retries: every restart is told": ["        if (!hasGiven) return next\n", ""],
    "retries: once restarted, always told": ["        hasGiven = false\n", ""]
  }),
  ...mutants("src/Failure.ts", ["test/RetryPolicy.test.ts"], {
    "retries: chance undercuts the server": ["Duration.max(duration, input.retryAfter ?? Duration.zero)", "duration"],
    "retries: no jitter": ["    Schedule.jittered,\n", ""]
  }),
  ...mutants("src/backend/internal/modelChoice.ts", ["test/Models.test.ts"], {
    "models: the former default is asked for ever": [
      "wanted === undefined || wanted === retiredDefault",
      "wanted === undefined"
    ],
    "models: the former default is never asked": [
      "wanted !== undefined && has(now, wanted)",
      "wanted !== undefined && wanted === \"\""
    ],
    "models: a list that nobody gave lacks it": ["now.source === \"built-in\"", "now.models.length === 0"],
    "models: any refusal walks on for ever": ["const tries = 3", "const tries = 30"],
    "models: the winner is forgotten": [
      "winner !== undefined) return { model: winner",
      "winner === \"\") return { model: winner"
    ],
    "models: it is said each time": ["before.note !== note", "true"],
    "models: an empty name is a choice": ["model === \"\" ? undefined : model", "model"],
    "models: another account keeps the winner": ["forget: Ref.set(instead, nothing)", "forget: Effect.void"]
  }),
  ...mutants("src/backend/internal/wire.ts", ["test/BackendWire.test.ts"], {
    "wire: redirects are followed": [
      "transformed === client ? direct : withoutRedirects(transformed)",
      "transformed"
    ],
    "wire: a refusal is read to its end": ["textUpTo(maxErrorBody)(response)", "response.text"],
    "wire: a small answer is read to its end": ["textUpTo(limit)(response)", "response.text"]
  }),
  ...mutants("src/backend/internal/decoder.ts", ["test/BackendWire.test.ts"], {
    "wire: white space without end is kept": [
      "pending.length > maxDocument ? interrupted",
      "pending === \" \" ? interrupted"
    ]
  }),
  ...mutants("src/internal/body.ts", ["test/BackendWire.test.ts"], {
    "wire: the rest of a body is thrown away": [
      "answer.isComplete && !isDone ? drained(next, cancel)",
      "false ? drained(next, cancel)"
    ],
    "wire: the rest of a body is waited for": ["    Effect.forkDetach({ startImmediately: true }),\n", ""],
    "wire: the rest of a body is read for ever": ["Effect.timeoutOption(rest)", "Effect.timeoutOption(\"1 hour\")"],
    "wire: only fetch uses connections again": [
      "answer.isComplete ? drained(Effect.as(pull, false), close) : close",
      "close"
    ],
    "wire: who leaves keeps the connection": ["drained(next, cancel) : cancel", "drained(next, cancel) : Effect.void"]
  }),
  ...mutants("src/backend/ClientTransform.ts", ["test/ClientTransform.test.ts"], {
    "transform: the outer one alone counts": [
      "Effect.updateService(self, ClientTransform, (outer): Transform => (client) => outer(transform(client)))",
      "Effect.updateService(self, ClientTransform, (outer): Transform => (client) => outer(client))"
    ]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "models: another account keeps the list": [
      "known?.account === account ? known?.list",
      "known !== undefined ? known?.list"
    ],
    "models: another account is served from the cache": ["      yield* forget\n", ""],
    "models: the list is asked in the name of the first": [
      "    Effect.provideService(ClientTransform, transform)\n",
      "    (self) => Effect.as(self, transform).pipe(Effect.andThen(self))\n"
    ]
  }),
  ...mutants("src/backend/internal/answers.ts", ["test/Models.test.ts"], {
    "models: a refusal after text walks on": ["refusal.isNamed !== true || hasAnswer", "refusal.isNamed !== true"],
    "models: any 403 walks on": ["refusal.isNamed !== true || hasAnswer", "hasAnswer"],
    "models: an answer without text wins": [
      "const begun = hasAnswer && !hadAnswer ?",
      "const begun = events.length > 0 ?"
    ],
    "models: a choice of somebody's is replaced": ["choice?.isExplicit === true || ", ""],
    "models: the refused are offered": ["!refused.includes(id)).slice(0, 3)", "id !== \"\").slice(0, 3)"]
  }),
  ...mutants("src/backend/RetryPolicy.ts", ["test/Settings.test.ts"], {
    "settings: a variable has another name": ["\"CODEX_MAX_RETRIES\"", "\"CODEX_RETRIES\""],
    "settings: idleTimeout is not read": ["limits.idleTimeout ?? \"300 seconds\"", "\"300 seconds\""]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Settings.test.ts"], {
    "settings: maxWaiting is not read": ["options.maxWaiting ?? 20", "20"],
    "settings: maxTurn has another default": ["options.maxTurn ?? \"10 minutes\"", "options.maxTurn ?? \"9 minutes\""]
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
  ...mutants("src/auth/AuthJson.ts", ["test/AuthJson.test.ts"], {
    "auth.json: a byte order mark is no JSON": [".replace(/^\\uFEFF/, \"\")", ""],
    "auth.json: an empty text is a token": ["Predicate.isString(value) && value !== \"\"", "Predicate.isString(value)"]
  }),
  ...mutants("src/auth/internal/loginDocument.ts", ["test/AuthJson.test.ts"], {
    "auth.json: a refresh drops unknown tokens": ["        ...before,\n", ""],
    "auth.json: a login drops what it does not speak of": ["      ...old,\n", ""]
  }),
  ...mutants("src/backend/internal/quota.ts", ["test/Quota.test.ts"], {
    "quota: windows in any order": [
      "[...windows].sort((a, b) => Duration.toMillis(a.length) - Duration.toMillis(b.length))",
      "windows"
    ],
    "quota: a window of no length is one": ["seconds === undefined || seconds <= 0", "seconds === undefined"]
  }),
  ...mutants("src/testing/codex/internal/asked.ts", ["test/CodexEmulator.test.ts"], {
    "codex double: retired models are served": [" || options.retired.includes(slug)", ""],
    "codex double: an effort of the list is one of the wire": [".filter((effort) => efforts.includes(effort))", ""]
  }),
  ...mutants("src/testing/codex/internal/sealed.ts", ["test/CodexEmulator.test.ts"], {
    "codex double: any account opens a seal": ["opened.value.account === account && ", ""],
    "codex double: any family opens a seal": [" && opened.value.family === family", ""]
  }),
  ...mutants("src/testing/codex/internal/backend.ts", ["test/CodexEmulator.test.ts"], {
    "codex double: a responder may give anything": ["if (Result.isFailure(checked)) {", "if (Math.random() > 1) {"],
    "codex double: an async responder is taken": ["if (isAsync(next)) {", "if (Math.random() > 1) {"],
    "codex double: the workspace is served over http": ["root.replace(/^http:/, \"https:\")", "root"]
  }),
  ...mutants("src/testing/codex/internal/replyTypes.ts", ["test/CodexEmulator.test.ts"], {
    "codex double: times takes anything": ["isReply(self) && isTimes(times)\n", "Math.random() < 2\n"]
  }),
  ...mutants("src/testing/internal/faultyHttp.ts", ["test/FaultScript.test.ts"], {
    "faults: a silent head says nothing at all": [
      "return Effect.andThen(flush(request), Effect.never)",
      "return Effect.never"
    ],
    "faults: comments come at once": ["step.after === undefined ? Effect.void : pause(step.after)", "Effect.void"],
    "faults: comments never end": ["fault.times === undefined ? steps : Stream.take(steps, fault.times)", "steps"]
  }),
  ...mutants("src/testing/internal/inflated.ts", ["test/TelegramEmulatorBodies.test.ts"], {
    "doubles: raw deflate is not known": ["() => Zlib.inflateRawSync(bytes)", "() => bytes"],
    "doubles: codings are spelled one way": ["?.trim().toLowerCase()", ""]
  }),
  ...mutants("src/testing/telegram/internal/payload.ts", ["test/TelegramEmulatorBodies.test.ts"], {
    "telegram double: a file of JSON is a field": [
      "Effect.provideService(Multipart.FieldMimeTypes, [])",
      "(self) => self"
    ],
    "telegram double: null is no parse mode": ["payload.fields[\"parse_mode\"] === null ? \"null\" : ", ""]
  }),
  ...mutants("src/testing/telegram/internal/text.ts", ["test/TelegramEmulatorBodies.test.ts"], {
    "telegram double: none is not known": ["[\"\", \"none\", ", "[\"\", "]
  }),
  ...mutants("src/testing/telegram/internal/limits.ts", ["test/Doors.test.ts"], {
    "doubles: one of them knows the library": [
      "/** Every limit that the double enforces; `of` reads on after the number. */",
      "import \"../../../Failure.ts\""
    ]
  }),
  ...mutants("src/auth/DeviceLogin.ts", ["test/DeviceLogin.test.ts"], {
    "login: a granted one is lost to who leaves": [
      "Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {",
      "Effect.suspend(Effect.fnUntraced(function*(restore = (self) => self) {"
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "tokens: what could not be saved is tried without a pause": [" || now - kept.triedAt >= rest)", " || kept)"]
  }),
  ...mutants("src/auth/internal/authFile.ts", ["test/AuthStore.test.ts"], {
    "store: the semaphore is one of the path, not of the file": ["semaphoreFor(yield* real)", "semaphoreFor(location)"]
  }),
  ...mutants("src/auth/internal/pathLocks.ts", ["test/AuthStore.test.ts"], {
    "store: the lock of a path is kept": ["entries.delete(realPath)", "entries.has(realPath)"]
  }),
  ...mutants("src/telegram/internal/mailbox.ts", ["test/Mailbox.test.ts"], {
    "mailbox: the third runs beside the second": [
      "if (box.waiting.length > 0) return true",
      "if (box.waiting.length > 0) return boxes.delete(key)"
    ],
    "mailbox: an empty one is kept": ["      boxes.delete(key)\n      options", "      options"]
  }),
  ...mutants("src/telegram/promise/internal/contextMethods.ts", [
    "test/MiddlewareDoor.test.ts",
    "test/Middleware.test.ts"
  ], {
    "ctx.codex: ask has no conversation": ["...overrides, text, conversation }", "...overrides, text }"]
  }),
  ...mutants("src/telegram/promise/Middleware.ts", ["test/MiddlewareDoor.test.ts", "test/Middleware.test.ts"], {
    "dispose: not in reverse": [
      "      within(farewell, () => runtime.dispose()),\n" +
      "      Effect.promise(async () => Options.providerOf(options)?.close?.())\n",
      "      Effect.promise(async () => Options.providerOf(options)?.close?.()),\n" +
      "      within(farewell, () => runtime.dispose())\n"
    ]
  }),
  ...mutants("src/telegram/promise/Options.ts", ["test/MiddlewareDoor.test.ts"], {
    "options: groupEditIntervalMs is not read": ["  groupEditInterval: options.groupEditIntervalMs\n", ""],
    "options: firstTextDelayMs is not read": ["  firstTextDelay: options.firstTextDelayMs,\n", ""]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/LiveReply.test.ts"], {
    "reply: groups have the pace of private chats": [
      "isPrivate ? door.editInterval : door.groupEditInterval",
      "door.editInterval"
    ],
    "reply: the first words are not waited for": [
      "Deferred.await(enough), door.firstTextDelay",
      "Deferred.await(enough), 0"
    ]
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
  ...mutants("src/telegram/TelegramApi.ts", ["test/TelegramApi.test.ts"], {
    "telegram: a file of any size is asked for": ["file_size > bounds.most", "file_size > Infinity"]
  }),
  ...mutants("src/telegram/internal/download.ts", ["test/TelegramApi.test.ts", "test/Media.test.ts"], {
    "telegram: a file of any size is read": ["size > (enough ?? most)", "size > Infinity"],
    "telegram: a file that is too long comes cut": ["limit < most ?", "limit <= most ?"],
    "telegram: a download follows redirects": ["withoutRedirects(client).get", "client.get"]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/Media.test.ts"], {
    "media: the name says what a file is": [
      "Signature.of(download.bytes)",
      "Signature.of(new TextEncoder().encode(name))"
    ],
    "media: a picture of any side is sent": ["> longestSide", "> Infinity"],
    "media: texts have no bound together": ["budget.text -= kept.length", "kept.length"],
    "media: pictures have no bound together": ["budget.pictures -= bytes.length", "bytes.length"],
    "media: each file has two minutes": ["budget.time = Duration.max", "void Duration.max"]
  }),
  ...mutants("src/telegram/media/internal/quoted.ts", ["test/Media.test.ts"], {
    "media: a text leaves its frame": ["Math.max(5, longest + 1)", "5"]
  }),
  ...mutants("src/telegram/media/Transcriber.ts", ["test/Transcriber.test.ts"], {
    "voice: programs run without a bound": [
      "permits.withPermit(",
      "((self: Effect.Effect<string, TranscriptionFailed>) => self)("
    ]
  }),
  // Twenty by somebody who had not read the tests.
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "recover: the tokens of another account answer": [
      "!Login.sameAccount(accountId(held), refused.accountId)",
      "Math.random() > 1"
    ]
  }),
  ...mutants("src/auth/internal/fileLock.ts", ["test/AuthStore.test.ts"], {
    "lock: a section that fails keeps it": [
      "restore(self).pipe(Effect.ensuring(lock.release))",
      "restore(self).pipe(Effect.tap(() => lock.release))"
    ]
  }),
  ...mutants("src/auth/OAuth.ts", ["test/OAuth.test.ts"], {
    "refresh: a refresh token is sent twice": [
      "      refresh_token: Redacted.value(refreshToken)\n    }).pipe(\n",
      "      refresh_token: Redacted.value(refreshToken)\n    }).pipe(\n      Effect.retry({ times: 1 }),\n"
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/SharedLogin.test.ts"], {
    "lease: renewed when it is over": ["const renewal = Duration.seconds(5)", "const renewal = Duration.seconds(20)"],
    "lease: who was overtaken writes": [
      " and revision = ${revision} returning",
      " and ${revision} = ${revision} returning"
    ],
    "lease: two are in the section": ["codex_auth.held_until <= ${now}", "codex_auth.held_until <= ${now} + ${lease}"]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "models: the etag of another account is sent": [
      "known?.account === credentials.accountId ? known : undefined",
      "known"
    ]
  }),
  ...mutants("src/Endpoint.ts", ["test/ResponseStream.test.ts", "test/CodexBackend.test.ts"], {
    "wire: the residency is not sent": [
      "residency !== undefined && {",
      "residency === \"\" && {"
    ]
  }),
  ...mutants("src/backend/internal/wire.ts", ["test/CodexBackend.test.ts"], {
    "wire: an error page is waited for for ever": [
      "      Effect.timeoutOrElse({ duration: errorBodyTimeout, orElse: () => Effect.succeed(\"\") }),\n",
      ""
    ]
  }),
  ...mutants("src/backend/ResponseStream.ts", ["test/ResponseStream.test.ts", "test/CodexBackend.test.ts"], {
    "wire: a refusal tells no quota": [
      "Stream.concat(Stream.fromIterable(news), Stream.fail(head.failure))",
      "Stream.fail(head.failure)"
    ]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Codex.test.ts", "test/Message.test.ts"], {
    "turn: a history may begin with an answer": ["start === -1 ? [] : items.slice(start)", "items"],
    "turn: the personality stands behind the system prompt": ["`${own}\\n\\n${system}`", "`${system}\\n\\n${own}`"]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Settings.test.ts"], {
    "turn: the longest prompt is too long": [
      "text.length > maxPromptLength",
      "text.length >= maxPromptLength"
    ]
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
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/LiveReply.test.ts"], {
    "reply: previews are no slower after a refusal": ["      slowness *= 2\n", ""]
  }),
  ...mutants("src/telegram/Access.ts", ["test/Access.test.ts"], {
    "access: a chat id in words is another chat": ["String(id) === String(chatId)", "id === chatId"]
  }),
  ...mutants("src/telegram/Commands.ts", ["test/Commands.test.ts", "test/AuthCommands.test.ts"], {
    "commands: what an admin forwards is obeyed": ["call.origin.isSecondHand === true", "Math.random() > 1"]
  }),
  ...mutants("src/telegram/richtext/internal/target.ts", ["test/Markdown.test.ts", "test/RichText.test.ts"], {
    "rich text: brackets of a target nest without a bound": ["++depth > 32", "++depth > Infinity"]
  }),
  ...mutants("src/telegram/richtext/internal/output.ts", ["test/Markdown.test.ts", "test/RichText.test.ts"], {
    "rich text: a quote holds another kind of quote": [" || (quotes.has(type) && quotes.has(format.type))", ""]
  }),
  ...mutants("src/testing/telegram/internal/flood.ts", ["test/TelegramEmulator.test.ts"], {
    "telegram double: the limit over all chats is one of each": ["key: \"overall\"", "key: `overall:${chat.id}`"]
  }),
  // Twenty more, when those before had shown where tests were missing.
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts", "test/TokenRefresh.test.ts"], {
    "tokens: refused twice, they forget what they replace": ["kept === undefined ? before : kept.replaced", "before"]
  }),
  ...mutants("src/auth/DeviceLogin.ts", ["test/DeviceLogin.test.ts"], {
    "login: a limit of the caller's is not kept": [
      "DateTime.min(code.expiresAt, DateTime.addDuration(begin, wait))",
      "code.expiresAt"
    ]
  }),
  ...mutants("src/auth/internal/login.ts", ["test/CodexAuth.test.ts", "test/AccessToken.test.ts"], {
    "login: the access token names the account first": [
      "json.accountId ?? id.accountId ?? access.accountId",
      "json.accountId ?? access.accountId ?? id.accountId"
    ]
  }),
  ...mutants("src/auth/TokenRefresh.ts", ["test/TokenRefresh.test.ts", "test/CodexAuth.test.ts"], {
    "refresh: a refusal of the place counts for ever": [
      "? (yield* Clock.currentTimeMillis) + placeRest",
      "? Number.POSITIVE_INFINITY"
    ]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "logout: what could not be saved stays in use": ["      yield* newest.forget\n", ""]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "models: a list that failed counts as long as one that came": [
      "Duration.minutes(5) : Duration.minutes(1)",
      "Duration.minutes(5) : Duration.minutes(5)"
    ]
  }),
  ...mutants("src/backend/internal/input.ts", ["test/CodexItems.test.ts", "test/RequestBody.test.ts"], {
    "items: what is sealed for others is sent": ["(seals.get(item) ?? seal) === seal", "true"],
    "items: a pair is broken": ["const output = all[at]?.is === \"call\" && !answered.has(at)", "const output = false"],
    "items: a stray output is sent": ["if (stray.has(at)) return []", "if (false) return []"],
    "items: a thought has no end": ["if (item.type === \"reasoning\") return isMade(next)\n", ""],
    "items: what was refused is asked again unchanged": ["return isChanged && Arr", "return Arr"],
    "items: a picture that is asked about gives way": ["missing > 0 && mayGo(at)", "missing > 0"],
    "items: every picture gives way": ["missing > 0 && mayGo(at)", "mayGo(at)"],
    "items: what a tool has just shown gives way": ["at > asked && at < spoken", "at > asked"],
    "items: what a tool has shown in this turn never gives way": [" || (at > asked && at < spoken)", ""],
    "items: a custom tool's call goes with the thoughts": [
      "(item.type === \"other\" && halfOf(item) === undefined)",
      "item.type === \"other\""
    ],
    "items: a broken picture stays for ever": ["withoutPictures(item) ?? item : item)", "item : item)"],
    "items: a picture has no bounds": ["? { ...part, detail: \"high\" } : part", "? part : part"]
  }),
  ...mutants("src/backend/internal/cut.ts", ["test/CodexItems.test.ts"], {
    "items: what did not get through is sent again": ["isBounded ? { maxBodyBytes: large } : {}", "{}"],
    "items: a broken line is a long conversation": ["isTooLarge ? broken ?? failure : failure", "failure"],
    "items: an answer of any kind counts for nothing": ["else isCut = isTooLarge", "else isCut = true"]
  }),
  ...mutants("src/backend/internal/answers.ts", ["test/CodexItems.test.ts"], {
    "items: mended for ever": ["isRepaired || hasAnswer ? undefined", "hasAnswer ? undefined"],
    "items: mended after text": ["isRepaired || hasAnswer ? undefined", "isRepaired ? undefined"]
  }),
  ...mutants("src/backend/internal/requestBody.ts", ["test/RequestBody.test.ts"], {
    "wire: an effort that is refused there is sent": [", [\"minimal\", \"low\"]", ""]
  }),
  ...mutants("src/backend/internal/scrub.ts", ["test/HttpFailure.test.ts", "test/e2e/Secrets.test.ts"], {
    "scrub: refresh tokens are shown": ["  /\\brt_[\\w.-]+/g,\n", ""]
  }),
  ...mutants("src/backend/internal/cloudflare.ts", ["test/HttpFailure.test.ts"], {
    "cloudflare: whatever comes through it is a block": ["isHtml && isEdge", "isHtml || isEdge"]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Codex.test.ts", "test/Order.test.ts", "test/Turn.test.ts"], {
    "reset: a store may take ten hours to forget": [
      "const patience = Duration.seconds(10)",
      "const patience = Duration.hours(10)"
    ]
  }),
  ...mutants("src/conversation/Personality.ts", ["test/Codex.test.ts", "test/Commands.test.ts"], {
    "personality: it has no measure": ["text.length > maxPersonalityLength", "text.length > Infinity"]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/Turn.test.ts", "test/Audit.test.ts"], {
    "audit: a sink may take for ever": [
      "        Effect.timeoutOrElse({ duration: writing, orElse: () => Effect.fail(new AuditFailed({})) }),\n",
      ""
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
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts", "test/LiveReply.test.ts"], {
    "reply: every message is a reply": ["index === 0 ? to : { ...to, replyTo: undefined }", "to"]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/Middleware.test.ts"], {
    "export: the file may be forwarded": ["    protect: true\n", "    protect: false\n"]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/Middleware.test.ts", "test/MiddlewareTurns.test.ts"], {
    "access: groups read who may not": [
      "  return origin.isPrivate && incoming",
      "  return origin.chatId !== undefined && incoming"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/url.ts", ["test/Markdown.test.ts"], {
    "rich text: programs are shown as addresses": [
      " || /^(?:javascript|vbscript|data|blob|about)$/i.test(scheme)",
      ""
    ]
  }),
  ...mutants("src/testing/codex/internal/device.ts", ["test/CodexEmulator.test.ts", "test/DeviceLogin.test.ts"], {
    "codex double: an approved code does not age": [" || login.state._tag === \"Approved\"", ""]
  }),
  // And twenty more.
  ...mutants("src/auth/internal/atomicFile.ts", ["test/AuthStore.test.ts"], {
    "store: what another writer is at is swept": [
      "Option.exists(age, Duration.isGreaterThan(leftBehind))",
      "Option.isSome(age)"
    ]
  }),
  ...mutants("src/auth/internal/authFile.ts", ["test/AuthStore.test.ts"], {
    "store: a file of any size is read": ["if (size > largest)", "if (size < 0n)"]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/CodexAuth.test.ts"], {
    "tokens: a place that cannot be written is asked each time": [
      "      yield* tell(problem)\n      yield* takeRest\n",
      "      yield* tell(problem)\n"
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/SharedLogin.test.ts"], {
    "lease: it is waited for for ever": [">= deadline", ">= Infinity"]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts", "test/CodexBackend.test.ts"], {
    "models: a turn waits for the list": ["      Effect.timeoutOption(longestWaitForList),\n", "      Effect.asSome,\n"]
  }),
  ...mutants("src/Endpoint.ts", ["test/CodexBackend.test.ts"], {
    "wire: a header may hold anything": ["value.replace(/[^\\x20-\\x7e]/g, \"\")", "value"]
  }),
  ...mutants("src/backend/internal/authorized.ts", ["test/CodexBackend.test.ts"], {
    "wire: a refusal of ours replaces the backend's": [
      "Effect.catchTag(auth.recover(held), \"Unauthorized\", () => Effect.fail(refused))",
      "(refused, auth.recover(held))"
    ]
  }),
  ...mutants("src/backend/internal/wire.ts", ["test/CodexBackend.test.ts", "test/Layers.test.ts"], {
    "wire: a client that fails by status has no network": [
      "            : Effect.succeed(error.response)\n",
      "            : Effect.fail(new NetworkFailed({ host }))\n"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/Turn.test.ts", "test/Audit.test.ts"], {
    "turn: a store that breaks takes the answer with it": [
      "      Effect.catchDefect((defect) =>\n        Effect.as(\n          Effect.logError(\"A turn is not remembered.\"",
      "      Effect.catchDefect((defect) =>\n        Effect.as(\n          Effect.die(\"A turn is not remembered.\""
    ],
    "audit: what failed is not recorded": [
      "      yield* record(prompt, began, model, { outcome: \"failed\", error: Option.getOrUndefined(error) })\n",
      ""
    ]
  }),
  ...mutants("src/conversation/Personality.ts", ["test/Codex.test.ts", "test/Memory.test.ts"], {
    "personality: all former ones stay in the store": ["yield* memory.clear(key)\n", ""],
    "personality: one that cannot be kept takes the former along": [
      "Effect.ignore(Effect.forEach(before, (turn) => memory.append(key, turn)))",
      "Effect.void"
    ]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Codex.test.ts", "test/Message.test.ts"], {
    "turn: what a store calls system is sent as a user's": [
      "item.type === \"message\" && item.role === role",
      "item.type === \"message\" && (item.role === role || item.role === \"developer\")"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "pacer: the breaker has no longest pause": ["Math.min(breaker.pause * 2, breakerLongest)", "breaker.pause * 2"]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/LiveReply.test.ts", "test/ShownMessages.test.ts"], {
    "reply: a preview that was deleted is tried again": [" || reason === \"messageNotFound\" ||", " ||"]
  }),
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts", "test/LiveReply.test.ts"], {
    "reply: an answer does not ring below an old preview": ["now - first.at > stale", "now - first.at > Infinity"],
    "reply: a draft that rests fades": [" && at - draft.at < draftLife", ""]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/AuthCommands.test.ts"], {
    "import: a message with tokens is deleted at once or never": ["$(Schedule.recurs(3))", "$(Schedule.recurs(0))"]
  }),
  ...mutants("src/telegram/reply/Undelivered.ts", ["test/LiveReply.test.ts", "test/MiddlewareTurns.test.ts"], {
    "undelivered: all of them are kept": ["const most = 100", "const most = 1_000_000"]
  }),
  ...mutants("src/telegram/richtext/internal/table.ts", ["test/Markdown.test.ts"], {
    "rich text: a link in a table is lost": [
      "cells.some((row) => row.some((cell) => typeof cell !== \"string\" && isLinked(cell)))",
      "Math.random() > 1"
    ]
  }),
  ...mutants("src/testing/telegram/internal/webhook.ts", ["test/TelegramEmulatorWebhook.test.ts"], {
    "telegram double: updates of a chat overtake each other": ["      if (target.busy.has(chatId)) continue\n", ""]
  }),
  // And the last twenty.
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "tokens: signed out elsewhere, they serve on": [
      "error._tag === \"AuthFileNotFound\" && kept?.replaced !== undefined ? undefined : kept",
      "kept"
    ]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "login: an exchange is given up as early as a question": [
      "      })),\n      exchangeTimeout\n",
      "      })),\n      questionTimeout\n"
    ]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts", "test/TokenRefresh.test.ts"], {
    "login: what the issuer refused outlives it": ["    yield* tokens.forget\n", ""]
  }),
  ...mutants("src/auth/internal/login.ts", ["test/CodexAuth.test.ts"], {
    "tokens: renewed when they are over": ["const margin = Duration.minutes(5)", "const margin = Duration.minutes(0)"]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "models: a list may take ten hours": ["Effect.timeoutOption(\"30 seconds\")", "Effect.timeoutOption(\"10 hours\")"]
  }),
  ...mutants("src/Endpoint.ts", ["test/CodexBackend.test.ts"], {
    "wire: what the government asks for is not sent": [
      "isFedramp && {",
      "residency === \"\" && {"
    ]
  }),
  ...mutants("src/backend/internal/wire.ts", ["test/CodexBackend.test.ts", "test/BackendWire.test.ts"], {
    "wire: a failure tells the whole address": ["new URL(baseUrl).host", "baseUrl"]
  }),
  ...mutants("src/backend/internal/decoder.ts", ["test/ResponseStream.test.ts"], {
    "wire: a letter that was cut in two is lost": ["utf8.decode(chunk, { stream: true })", "utf8.decode(chunk)"]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/Turn.test.ts", "test/Codex.test.ts"], {
    "audit: names no model that was asked in vain": ["answer.model() ?? prompt.model", "answer.model()"],
    "audit: names no chat": ["        chatId: prompt.chatId,\n", ""],
    "turn: stopped and cut change places": ["const mark = end === \"stopped\"\n", "const mark = end === \"cut\"\n"]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Codex.test.ts", "test/Order.test.ts"], {
    "turn: the backend is handed the number of a chat": [
      "Effect.map(digest.digestHex(Digest.md5, new TextEncoder().encode(`effect-codex/session/${name}`)), uuidOf)",
      "Effect.succeed(name)"
    ]
  }),
  ...mutants("src/telegram/internal/transport.ts", ["test/TelegramApi.test.ts"], {
    "telegram: VibeGram waits out a refusal within the call": ["const noRetries = 0", "const noRetries = 3"]
  }),
  ...mutants("src/telegram/TelegramApi.ts", ["test/TelegramApi.test.ts"], {
    "telegram: an edit shows a preview of its link": [
      "message_id: messageId, ...body(content), ...plain }",
      "message_id: messageId, ...body(content) }"
    ]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/MiddlewareTurns.test.ts"], {
    "turns: what was seen leaves its client behind": ["if (taken === \"seen\" || ", "if ("]
  }),
  ...mutants("src/telegram/internal/errands.ts", ["test/MiddlewareTurns.test.ts", "test/Middleware.test.ts"], {
    "middleware: any number of commands run at once": ["      if (underWay >= mostErrands) return undefined\n", ""]
  }),
  ...mutants("src/telegram/incoming/Message.ts", ["test/Incoming.test.ts"], {
    "access: what came by another bot is typed by its sender": [" || message.via_bot !== undefined ||", " ||"]
  }),
  ...mutants("src/telegram/internal/commandNames.ts", ["test/Commands.test.ts", "test/Incoming.test.ts"], {
    "commands: a question that begins like one is obeyed": ["(rest === \"\" || parameters !== \"\")", "true"]
  }),
  ...mutants("src/telegram/richtext/internal/chunk.ts", ["test/Markdown.test.ts"], {
    "rich text: a link is cut at a space": [" && around(links, place.start) === undefined &&", " &&"]
  }),
  ...mutants("src/testing/telegram/internal/drafts.ts", [
    "test/TelegramEmulator.test.ts",
    "test/TelegramEmulatorChats.test.ts"
  ], {
    "telegram double: groups see drafts": [
      "    if (room.chat.type !== \"private\") return yield* refuse(\"draftPeerInvalid\")\n",
      ""
    ]
  }),
  ...mutants("src/auth/TokenRefresh.ts", [
    "test/TokenRefresh.test.ts",
    "test/CodexAuth.test.ts",
    "test/e2e/Refresh.test.ts"
  ], {
    "refresh: another process that was first is not waited for": ["times: 20 }", "times: 0 }"]
  }),
  ...mutants(
    "src/auth/CodexAuth.ts",
    ["test/DeviceLogin.test.ts", "test/CodexAuth.test.ts", "test/AuthJson.test.ts"],
    {
      "import: another account inherits what it does not speak of": [
        "before !== undefined && Login.sameAccount(held?.accountId ?? before.accountId, next.accountId)",
        "before !== undefined"
      ]
    }
  ),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts", "test/e2e/Login.test.ts"], {
    "login: a code ends before it is shown": [
      "Option.filter(told, (end) => DateTime.isGreaterThan(end, now))",
      "told"
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/SharedLogin.test.ts"], {
    "store: what was not there was removed": [
      "document === null ? Effect.succeed(false) :",
      "document === undefined ? Effect.succeed(false) :"
    ]
  }),
  ...mutants("src/backend/internal/quota.ts", [
    "test/Quota.test.ts",
    "test/BackendWire.test.ts",
    "test/ResponseStream.test.ts"
  ], {
    "quota: the limit of one model is the plan's": [
      "  if (names.some((name) => typeof name === \"string\" && !isPlan(name))) return Option.none()\n",
      ""
    ]
  }),
  ...mutants("src/backend/internal/translation.ts", [
    "test/ResponseStream.test.ts",
    "test/BackendWire.test.ts",
    "test/CodexBackend.test.ts"
  ], {
    "wire: a remark that comes in one piece is the answer": [
      "commentary.has(item) ? \"commentary\" : \"answer\"",
      "false ? \"commentary\" : \"answer\""
    ],
    "wire: an answer that waits for a tool is just over": ["hasCalls ? \"tool_calls\"", "false ? \"tool_calls\""]
  }),
  ...mutants("src/conversation/internal/memorySql.ts", [
    "test/SqlStores.test.ts",
    "test/LastingStores.test.ts",
    "test/Memory.test.ts",
    "test/DatabaseStore.test.ts"
  ], {
    "memory: a move that breaks leaves half of it": ["sql.withTransaction(Effect.andThen(", "(Effect.andThen("],
    "memory: a turn is kept twice": ["turn_id: turn.id ?? null", "turn_id: null"],
    "memory: of old messages half is read": ["rows.some(isMessage) ? yield*", "rows.length < 0 ? yield*"],
    "memory: a personality grows old": ["isSetting(turn) ? Effect.succeed(never) : Effect.map(", "Effect.map("],
    "memory: what is old is young when it is kept": ["Math.min(now, DateTime.toEpochMillis(turn.at))", "now"],
    "memory: a row of a later version is deleted with its time": ["turn like '{\"v\":1,%'", "turn like '{%'"],
    "memory: no end is a failure": ["last === undefined || !Number.isFinite(last)", "last === undefined"],
    "memory: 7 and \"7\" are one who is forgotten": ["null : JSON.stringify(userId)", "null : String(userId)"],
    "memory: what moves has nobody's name": [
      "select ${to}, written_at, turn, turn_id, user_id from",
      "select ${to}, written_at, turn, turn_id, null from"
    ]
  }),
  ...mutants("src/conversation/internal/usageSql.ts", [
    "test/SqlStores.test.ts",
    "test/LastingStores.test.ts",
    "test/UsageMeter.test.ts"
  ], {
    "meter: it has counted since the last turn": [
      "codex_usage.total_tokens + excluded.total_tokens`",
      "codex_usage.total_tokens + excluded.total_tokens, since = excluded.since`"
    ]
  }),
  ...mutants("src/internal/tables.ts", [
    "test/SqlStores.test.ts",
    "test/LastingStores.test.ts",
    "test/DatabaseStore.test.ts",
    "test/Memory.test.ts"
  ], {
    "tables: a database that was away once is away for ever": [
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.zero",
      "Exit.isSuccess(exit) ? Duration.infinity : Duration.infinity"
    ]
  }),
  ...mutants("src/conversation/Codex.ts", [
    "test/Codex.test.ts",
    "test/Order.test.ts",
    "test/Turn.test.ts",
    "test/MovedChats.test.ts",
    "test/e2e/MovedGroup.test.ts"
  ], {
    "move: what is being said meanwhile stays behind": [
      "order.withWords(from, order.withWords(to, memory.move(from, to)))",
      "memory.move(from, to)"
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
      "const { dropped: waiting } = yield* turns.reset(lane)",
      "const { dropped: waiting } = yield* turns.stop(lane)"
    ]
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
  ...mutants("src/telegram/reply/LiveReply.ts", [
    "test/LiveReply.test.ts",
    "test/ShownMessages.test.ts",
    "test/Commands.test.ts",
    "test/Turns.test.ts",
    "test/MiddlewareTurns.test.ts",
    "test/e2e/LiveAnswers.test.ts"
  ], {
    "reply: three failures in all end the previews": ["      failures = 0\n", ""],
    "last: what is lost a second time is gone": [
      "  yield* ShownMessages.make(api, to).finish(parts.value)\n  yield* Undelivered.use(({ forget }) => forget(conversation))\n",
      "  yield* Undelivered.use(({ forget }) => forget(conversation))\n  yield* ShownMessages.make(api, to).finish(parts.value)\n"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/rows.ts", [
    "test/Markdown.test.ts",
    "test/RichText.test.ts",
    "test/Spellings.test.ts",
    "test/Accepted.test.ts"
  ], {
    "rich text: what a row has too much is lost": [
      "    : [...whole.slice(0, columns - 1), whole.slice(columns - 1).filter((cell) => cell !== \"\").join(\" | \")]",
      "    : whole.slice(0, columns)"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/render.ts", [
    "test/Markdown.test.ts",
    "test/RichText.test.ts",
    "test/Spellings.test.ts",
    "test/Accepted.test.ts"
  ], {
    "rich text: a task that has a number has no box": ["`${shown}${number.sign} ${box}`", "`${shown}${number.sign} `"]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "recover: what is found in the store may end at once": [
      " && !Login.isDue(held, now)) {\n      return credentialsOf({ login: held, origin: next })",
      ") {\n      return credentialsOf({ login: held, origin: next })"
    ],
    "close: what is not saved waits for its minute": [
      "yield* Effect.addFinalizer(() => newest.saveAgain({ atOnce: true }))",
      "yield* Effect.addFinalizer(() => newest.saveAgain())"
    ],
    "import: who leaves stops it while it is saved": [
      "return unsaved\n  }, Effect.uninterruptible)",
      "return unsaved\n  })"
    ],
    "import: nobody's turn at the store is waited for": [
      "yield* store.exclusive(replace(next))",
      "yield* replace(next)"
    ]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/Renewal.test.ts"], {
    "renewal: a second problem with saving is not told": [
      "if (before.told !== failure.message) {",
      "if (before.told === undefined) {"
    ],
    "renewal: the next login is told what was told": ["({ told }) => ({ ...fresh, told })", "() => fresh"],
    "renewal: the next login rests": ["({ ...fresh, told })", "({ ...fresh, told, restUntil: Infinity })"],
    "renewal: a refusal of the place takes a good token away": [
      "error.isRetryable || error.reason === \"place\"\n",
      "error.isRetryable\n"
    ],
    "renewal: one refused token speaks for all": [
      "refused !== undefined && Login.sameAccessToken(held, refused) ?",
      "refused !== undefined ?"
    ],
    "renewal: a word that passes is the last one": [
      "isPassing(failure)\n          ? Effect.void\n          :",
      "false ? Effect.void :"
    ],
    "renewal: a login that is refused lives on to its last minute": [
      "refusal?._tag === \"TokenRefreshFailed\" ? Login.isDue(held, now) :",
      ""
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/Renewal.test.ts"], {
    "tokens: what could not be saved replaces what came after": ["    yield* read\n    const kept", "    const kept"],
    "tokens: what is saved leaves the unsaved in place": [
      "onSuccess: () => Effect.as(forget, undefined)",
      "onSuccess: () => Effect.as(Effect.void, undefined)"
    ],
    "tokens: they are saved beside somebody else": [
      "yield* store.exclusive(writeUnsaved).pipe(",
      "yield* writeUnsaved.pipe("
    ],
    "tokens: after a minute each call tries to save": ["? [true, { ...kept, triedAt: now }]", "? [true, kept]"],
    "tokens: that they are not saved is told each time": [
      "        if (kept === undefined) {\n",
      "        if (true) {\n"
    ]
  }),
  ...mutants("src/auth/internal/atomicFile.ts", ["test/AtomicFile.test.ts"], {
    "file: written in place, it is not forced to disk": [
      "    yield* change(file)\n    yield* file.sync\n",
      "    yield* change(file)\n"
    ],
    "file: written in place, all may read it": ["    yield* Effect.ignore(fs.chmod(target, 0o600))\n", ""],
    "file: its name is not forced to disk": ["(handle) => handle.sync", "() => Effect.void"],
    "file: what cannot be swept breaks the write": [
      "yield* Effect.ignore(sweep(fs, paths, folder))",
      "yield* sweep(fs, paths, folder)"
    ]
  }),
  ...mutants("src/auth/internal/authFile.ts", ["test/AuthFile.test.ts"], {
    "file: one of ten seconds may still be written to": [
      "Duration.toMillis(\"1 second\")",
      "Duration.toMillis(\"10 seconds\")"
    ],
    "file: a million bytes are too many": ["if (size > largest) {", "if (size >= largest) {"],
    "file: what we emptied is waited for": [
      "Effect.ensuring(Effect.mapError(removeFile(fs, paths, location), failed(\"remove\")), removed)",
      "Effect.mapError(removeFile(fs, paths, location), failed(\"remove\"))"
    ],
    "lock: it may lie where all can write": ["(mode & 0o022) === 0", "mode > 0"]
  }),
  ...mutants("src/auth/internal/fileLock.ts", ["test/FileLock.test.ts"], {
    "lock: a minute and one look more": [">= deadline", "> deadline"],
    "lock: two minutes": ["const longestWait = Duration.minutes(1)", "const longestWait = Duration.minutes(2)"],
    "lock: each look leaves a file open": ["      Effect.onError(() => release)\n", ""],
    "lock: who waits cannot leave": ["yield* restore(Effect.sleep(pause))", "yield* Effect.sleep(pause)"]
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
  ...mutants("src/telegram/TelegramApi.ts", ["test/TelegramApi.test.ts"], {
    "telegram: an edit that changes nothing is not made": [
      "            options?.onSent?.(Option.some(messageId))\n",
      ""
    ],
    "telegram: shortcuts are asked twice": ["canEdit && movedTo !== undefined", "movedTo !== undefined"],
    "telegram: any failure is one of the caption": [
      "isRefused(error) || (as === \"photo\" && noPhoto.has(error.reason))",
      "isRefused(error) || error !== undefined"
    ]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/LiveReply.test.ts"], {
    "reply: previews slow down without end": [
      "[Duration.seconds(10), Duration.minutes(1)]",
      "[Duration.seconds(100), Duration.minutes(1)]"
    ],
    "reply: a preview waits for ten minutes": [
      "[Duration.seconds(10), Duration.minutes(1)]",
      "[Duration.seconds(10), Duration.minutes(10)]"
    ],
    "reply: drafts have the pace of edits": ["shown.isDrafting() ? draftInterval : ", ""],
    "reply: what a refusal asks for is not waited for": ["wait = Duration.max(wait, retryAfter)", ""],
    "reply: a bot that is stopped waits for Telegram": [
      "Effect.andThen(briefly(brought), Effect.interrupt)",
      "Effect.andThen(brought, Effect.interrupt)"
    ],
    "reply: what was interrupted ended well": [
      "yield* Effect.andThen(briefly(brought), Effect.interrupt)",
      "yield* briefly(brought)"
    ],
    "reply: previews go on where no call fares better": ["Repeating.isHopeless(failure.value) || reason", "reason"]
  }),
  ...mutants("src/telegram/Content.ts", ["test/ShownMessages.test.ts"], {
    "shown: a button is no difference": [" && one.button?.data === other.button?.data &&", " &&"]
  }),
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts"], {
    "shown: a minute is too old": ["now - first.at > stale", "now - first.at >= stale"],
    "shown: any failure is a preview that may be there": ["lostOne = Repeating.isUnsure(error)", "lostOne = true"],
    "shown: a draft that was refused is tried again": ["          drafts = false\n", ""],
    "shown: a message does not take the place of its draft": ["        draft = undefined\n", ""],
    "shown: what starts over keeps its messages": [
      "    if (parts.length > 0) yield* Effect.forEach(shown.splice(parts.length), remove, { discard: true })\n",
      ""
    ],
    "shown: what an edit has shown is forgotten": [
      "        message.content = latest\n",
      ""
    ],
    "shown: the last failure is told": ["failure ??= became.failure", "failure = became.failure"],
    "shown: one part that took its time ends all": ["- began > outage) break", "- began > 0) break"],
    "shown: an edit shows a part that is another by then": [
      "return now.length === parts.length ? now[index] ?? part : part",
      "return now[index] ?? part"
    ]
  }),
  ...mutants("src/conversation/internal/answer.ts", ["test/Turn.test.ts"], {
    "answer: what is void counts as said": ["    written = 0\n", ""],
    "answer: void messages count as said": ["    repeated = 0\n", ""],
    "answer: void messages are part of it": ["    answers = []\n", ""],
    "answer: void remarks are part of it": ["    commentary = []\n", ""],
    "answer: started over twice, it has said nothing": ["voided = part()", "voided = current()"],
    "answer: it is of the model that began it": [
      "case \"Completed\":\n        model = event.model ?? model",
      "case \"Completed\":\n        model = model ?? event.model"
    ]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Codex.test.ts"], {
    "move: what is said meanwhile where it goes is mixed in": [
      "order.withWords(from, order.withWords(to, memory.move(from, to)))",
      "order.withWords(from, memory.move(from, to))"
    ]
  }),
  ...mutants("src/backend/internal/knownQuota.ts", ["test/CodexBackend.test.ts"], {
    "quota: an answer that tells the plan forgets the windows": [
      "windows: hasWindows ? news.windows : before?.windows ?? []",
      "windows: news.windows"
    ],
    "quota: an answer that tells the windows forgets the plan": ["plan: news.plan ?? before?.plan", "plan: news.plan"]
  }),
  ...mutants("src/backend/internal/answers.ts", ["test/CodexBackend.test.ts"], {
    "backend: a refusal is the beginning of an answer": [
      "isOpen ? events : []",
      "events"
    ]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "models: a list that is the same is as good as none": [
      "if (answer.response.status === 304) return previous?.list",
      "if (answer.response.status === 304) return undefined"
    ]
  }),
  ...mutants("src/auth/DeviceLogin.ts", ["test/DeviceLogin.test.ts"], {
    "login: half an hour is waited": ["const longest = Duration.minutes(15)", "const longest = Duration.minutes(30)"],
    "login: who is told to slow down asks sooner": [
      "Duration.max(asked.interval ?? Duration.zero, Duration.sum(state.interval, slowDown))",
      "asked.interval ?? Duration.sum(state.interval, slowDown)"
    ]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "login: a code that ends now is one": [
      "DateTime.isGreaterThan(end, now)",
      "DateTime.isGreaterThanOrEqualTo(end, now)"
    ]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/RetryPolicy.test.ts"], {
    "retries: what failed stays open beside the next": [
      "return open === undefined ? Effect.void : Scope.close(open, exit)",
      "return Effect.void"
    ]
  }),
  ...mutants("src/Failure.ts", ["test/Backoff.test.ts"], {
    "retries: the longest pause is too long": [
      "!Duration.isGreaterThan(input.retryAfter ?? Duration.zero, longest)",
      "Duration.isLessThan(input.retryAfter ?? Duration.zero, longest)"
    ]
  }),
  ...mutants("src/backend/internal/quota.ts", ["test/Quota.test.ts"], {
    "quota: two years are too long": ["seconds > longest) return []", "seconds >= longest) return []"],
    "quota: the year 2100 is a time": ["seconds < latest ?", "seconds <= latest ?"],
    "quota: a week and a minute is none": ["Math.abs(seconds - week) <= 60", "Math.abs(seconds - week) < 60"],
    "quota: zero is a time": ["resetAt !== undefined && resetAt > 0", "resetAt !== undefined"]
  }),
  ...mutants("src/telegram/reply/internal/answerText.ts", ["test/AnswerText.test.ts"], {
    "answer: the second time counts what the first has lost": [
      "lost = Math.max(lost, written.length)",
      "lost = written.length"
    ],
    "answer: a void thought is thought on": ["          thoughts = undefined\n", ""],
    "answer: a void thought is something to see": ["          thought = 0\n", ""],
    "answer: what nobody has read yet survives its end": [
      "          unread = \"\"\n          thought = 0",
      "          thought = 0"
    ],
    "answer: what is longer than was written is not read": [
      "text === written ? renderer",
      "text.startsWith(written) ? renderer"
    ],
    "answer: as long as may be is too long": ["whole.text.length <= longest)", "whole.text.length < longest)"]
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
  ...mutants("src/telegram/BotClient.ts", ["test/BotClient.test.ts"], {
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
  ...mutants("src/telegram/Webhook.ts", ["test/Webhook.test.ts"], {
    "webhook: anybody may post": ["given !== undefined && timingSafeEqual(digest(given), secret)", "given !== \"\""],
    "webhook: a body may be as long as it likes": [
      ", Effect.provideService(HttpIncomingMessage.MaxBodySize, longestBody))",
      ")"
    ],
    "webhook: what is not taken is said to be": ["        return busy\n", "        return answer(200)\n"],
    "webhook: a slow store is waited for": [
      "const longestWait = Duration.seconds(5)",
      "const longestWait = Duration.seconds(50)"
    ],
    "webhook: a short secret will do": ["{16,256}$/", "{1,256}$/"]
  }),
  ...mutants("src/cli/bot.ts", ["test/e2e/Bot.test.ts"], {
    "bot: running answers are not waited for": [
      "Effect.asVoid(Effect.timeoutOption(Fiber.await(closing), Duration.sum(drain, farewell)))",
      "Effect.void"
    ],
    "bot: a second signal waits": [
      "          options.stop ?? StopSignal.next\n        ))",
      "          Effect.never\n        ))"
    ]
  }),
  ...mutants("src/cli/playground/view.ts", ["test/e2e/Playground.test.ts"], {
    "playground: an answer is printed anew below what was typed": [
      "const at = items.findIndex((item) => item.id === id)\n      const item = items[at]\n      if",
      "const at = items.findIndex((item) => item.id === id)\n      const item = at === items.length - 1 ? items[at] : undefined\n      if"
    ],
    "playground: a blank line leaves a prompt behind": ["          moveCursor(screen, 0, -height)\n", ""]
  }),
  ...mutants("src/internal/unusedProxy.ts", ["test/Proxy.test.ts"], {
    "proxy: a host that goes without is hinted at": [
      "(name !== \"\" && (host === name || host.endsWith(`.${name}`)))",
      "false"
    ]
  }),
  // Made by somebody who had written none of the tests and had not read them: three times twenty.
  ...mutants("src/auth/TokenRefresh.ts", ["test/CodexAuth.test.ts"], {
    "fresh: two processes spend one refresh token": [
      "    if (!Login.sameAccessToken(current, held) && !Login.isDue(current, yield* DateTime.now)) {\n      return { json: current.json, origin: \"reload\" }\n    }\n",
      ""
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "fresh: a login made elsewhere is not seen after a failed save": [
      "(kept) => kept?.replaced !== undefined && LoginDocument.sameTokens(stored, kept.replaced) ? kept : undefined",
      "(kept) => kept"
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "fresh: a second failed save loses both renewals": [
      "replaced: kept === undefined ? before : kept.replaced",
      "replaced: before"
    ]
  }),
  ...mutants("src/backend/internal/knownQuota.ts", ["test/CodexBackend.test.ts"], {
    "fresh: quota of one account merged into another's": [
      "known?.account === account ? known?.quota : undefined",
      "known?.quota"
    ]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/RetryPolicy.test.ts"], {
    "fresh: an answer is asked again after a tool call was given": [
      "hasCall ? Effect.fail(failure) : Pull",
      "Pull"
    ]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/CodexBackend.test.ts"], {
    "fresh: the request's limit begins anew with each attempt": [
      "    if (waitsFor === \"head\") left -= now - since\n",
      ""
    ]
  }),
  ...mutants("src/backend/internal/input.ts", ["test/CodexItems.test.ts"], {
    "fresh: the picture that is asked about is left out for room": [
      "const light = missing > 0 && mayGo(at) ?",
      "const light = missing > 0 ?"
    ]
  }),
  ...mutants("src/backend/internal/answers.ts", ["test/CodexItems.test.ts"], {
    "fresh: a request is mended and asked again after text was given": [
      "isRepaired || hasAnswer ? undefined",
      "isRepaired ? undefined"
    ]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Order.test.ts"], {
    "fresh: reset during an answer remembers the answer": [
      "      if (Option.isSome(ending)) forgotten.add(ending.value)\n",
      ""
    ]
  }),
  ...mutants("src/conversation/internal/memorySql.ts", ["test/SqlStores.test.ts"], {
    "fresh: user 7 and user \"7\" are one person to a database": [
      "userId === undefined ? null : JSON.stringify(userId)",
      "userId === undefined ? null : String(userId)"
    ]
  }),
  ...mutants("src/conversation/internal/memoryKeyValue.ts", ["test/Memory.test.ts", "test/LastingStores.test.ts"], {
    "fresh: two turns kept at once in a key-value store lose one": [
      "}).pipe(guarded(\"append\"), alone(key))",
      "}).pipe(guarded(\"append\"))"
    ],
    "memory: two processes lose a turn in a key-value store": [
      "const put: Replace = replace === undefined",
      "const put: Replace = prefix !== \"\""
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
  ...mutants("src/telegram/AuthCommands.ts", ["test/AuthCommands.test.ts"], {
    "fresh: a forwarded login is taken over": [
      "    if (origin.isSecondHand === true) return notOwn\n",
      ""
    ]
  }),
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts"], {
    "fresh: a later part stays above one that was sent anew": [
      "      anew = became.anew\n",
      "      anew = false\n"
    ]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/Media.test.ts"], {
    "fresh: pictures of a prompt are not counted together": [
      "    budget.pictures -= bytes.length\n",
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
  ...mutants("src/cli/internal/telegramChecks.ts", ["test/Doctor.test.ts"], {
    "fresh: doctor prints the secret path of a webhook": [
      "URL.parse(url)?.host ?? \"another address\"",
      "url"
    ]
  }),
  ...mutants("src/ai/internal/hearing.ts", ["test/ModelBackend.test.ts"], {
    "fresh: a tool that the provider ran is offered to the caller to run": [
      "        if (part.providerExecuted) return []\n",
      ""
    ]
  }),
  ...mutants("src/backend/internal/input.ts", ["test/RequestBody.test.ts"], {
    "fresh: an output that came twice is sent twice": [
      "    open.delete(half.id)\n",
      ""
    ]
  }),
  ...mutants("src/conversation/internal/memorySql.ts", ["test/SqlStores.test.ts"], {
    "fresh: history older than its time is still sent until the next sweep": [
      " and written_at >= ${since}\n",
      "\n"
    ]
  }),
  ...mutants("src/telegram/richtext/internal/chunk.ts", ["test/Markdown.test.ts"], {
    "fresh: a cut goes through an emoji": [
      "const border = graphemes.segment(text).containing(limit)?.index ?? limit",
      "const border: number = limit"
    ]
  }),
  ...mutants("src/ai/promise/internal/answer.ts", ["test/CodexFetch.test.ts"], {
    "fresh: cookies of the backend go to the client of codexFetch": [
      "if (/^(?:x-|openai-|retry-after$)/.test(name) && value !== undefined)",
      "if (value !== undefined)"
    ]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/CodexBackend.test.ts"], {
    "fresh: silence is asked again": [
      "          ({ input }) => !(isTimedOut(input) && input.phase === \"idle\")",
      "          () => true"
    ]
  }),
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "fresh: one busy chat stops the whole bot": [
      "lastRefusal !== undefined && lastRefusal.chatId !== chatId && now",
      "lastRefusal !== undefined && now"
    ]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/LiveReply.test.ts"], {
    "fresh: a preview does not wait for as long as a refusal says": [
      "      wait = Duration.max(wait, retryAfter)\n",
      ""
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
  ...mutants("src/conversation/Codex.ts", ["test/Commands.test.ts"], {
    "fresh: what a user used is not forgotten": [
      "        Effect.tap(meter.forget(userId)),\n",
      ""
    ]
  }),
  ...mutants("src/telegram/AuthCommands.ts", ["test/Commands.test.ts"], {
    "fresh: an export goes to a group": [
      "  if (!origin.isPrivate) return \"⚠️ auth.json is only sent in a private chat with the bot.\"\n",
      ""
    ]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/CodexAuth.test.ts", "test/Renewal.test.ts"], {
    "fresh: the issuer is asked by every prompt while it is down": [
      "(error: TokenRefresh.RefreshError) => isPassing(error) ? takeRest : Effect.void)",
      "(_: TokenRefresh.RefreshError) => Effect.void)"
    ]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Codex.test.ts"], {
    "fresh: a turn that is asked again sees its own first answer": [
      "const others = prompt.turn === undefined ? history : history.filter(({ id }) => id !== prompt.turn)",
      "const others = history"
    ]
  }),
  ...mutants("src/cli/internal/loginChecks.ts", ["test/Doctor.test.ts"], {
    "fresh: doctor finds a login that others can read well kept": [
      "(file.value.mode & 0o077) !== 0",
      "(file.value.mode & 0o070) !== 0"
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
  ...mutants("src/ai/internal/tools.ts", ["test/CodexLanguageModel.test.ts"], {
    "fresh: two tools have one name on the wire": [
      "for (let n = 2; fromWire.has(wire); n++) wire = `${base.slice(0, 60)}_${n}`",
      ""
    ]
  }),
  ...mutants("src/ai/CodexLanguageModel.ts", ["test/CodexLanguageModel.test.ts"], {
    "fresh: an answer that starts over is told twice by effect/ai": [
      "if (isTold || isSaid(parts)) return Effect.fail(failed(\"streamText\")(brokenOff))",
      ""
    ]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "fresh: an address of a device login that is not https is shown": [
      "url !== null && (url.protocol === \"https:\" || url.protocol === URL.parse(issuer.root)?.protocol)",
      "url !== null"
    ]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "fresh: the models of an account are those of the one before": [
      "      yield* choice.forget\n      yield* forget\n",
      "      yield* choice.forget\n"
    ]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "fresh: a sign-in of another account keeps what was in the file of the one before": [
      "const json = keepsRest ? LoginDocument.inPlaceOf(next.json, before) : next.json",
      "const json = before !== undefined ? LoginDocument.inPlaceOf(next.json, before) : next.json"
    ]
  }),
  ...mutants("src/auth/internal/loginDocument.ts", ["test/AuthJson.test.ts"], {
    "fresh: a renewed login goes on with the refresh token that is used up": [
      "refreshToken: tokens.refreshToken ?? json.tokens.refreshToken",
      "refreshToken: json.tokens.refreshToken ?? tokens.refreshToken"
    ]
  }),
  ...mutants("src/backend/internal/scrub.ts", ["test/HttpFailure.test.ts"], {
    "fresh: parts of our texts stay in what the server says": [
      "    markRuns(said, runs, own, marks)\n",
      ""
    ]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/CodexBackend.test.ts"], {
    "fresh: an answer that stands still is never given up": [
      "waitsFor === \"body\" ? idle - spent : idle",
      "idle"
    ]
  }),
  ...mutants("src/conversation/UsageMeter.ts", ["test/UsageMeter.test.ts"], {
    "fresh: who asks last is forgotten of ten thousand users": [
      "        perUser.delete(userId)\n        perUser.set",
      "        perUser.set"
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
  ...mutants("src/telegram/Commands.ts", ["test/Commands.test.ts"], {
    "fresh: a forwarded command of an admin is obeyed": [
      "    if (call.origin.isSecondHand === true) return notTyped\n",
      ""
    ]
  }),
  ...mutants("src/telegram/Webhook.ts", ["test/Webhook.test.ts"], {
    "fresh: whoever knows the address posts to the webhook": [
      "given !== undefined && timingSafeEqual(digest(given), secret)",
      "given !== undefined"
    ]
  }),
  ...mutants("src/telegram/Polling.ts", ["test/Polling.test.ts"], {
    "fresh: polling goes on where a token was refused": [
      "reason === \"unauthorized\" || (code === 404",
      "(code === 404"
    ]
  }),
  ...mutants("src/telegram/media/internal/quoted.ts", ["test/Media.test.ts"], {
    "fresh: a quoted file ends its quotation itself": [
      "\"~\".repeat(Math.max(5, longest + 1))",
      "\"~\".repeat(5)"
    ]
  }),
  ...mutants("src/telegram/media/internal/command.ts", ["test/Transcriber.test.ts"], {
    "fresh: the name of a recording is read by the shell": [
      "const quoted = Result.getOrElse(CommandLine.quote(file), () => \"''\")",
      "const quoted = file"
    ]
  }),
  ...mutants("src/ai/internal/asking.ts", ["test/CodexLanguageModel.test.ts"], {
    "fresh: a system message in the history of effect/ai is lost": [
      "return at === -1 ? messages.length : at",
      "return 0"
    ]
  }),
  ...mutants("src/backend/CodexBackend.ts", ["test/CodexBackend.test.ts"], {
    "fresh: status shows the quota of another account": [
      "login.signedIn && known?.account === login.accountId",
      "login.signedIn"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/Codex.test.ts"], {
    "fresh: a half-done answer is remembered as whole": [
      "const incomplete = end === \"answered\" ? told?.incomplete : end",
      "const incomplete = told?.incomplete"
    ]
  }),
  ...mutants("src/conversation/internal/usageSql.ts", ["test/SqlStores.test.ts"], {
    "fresh: who is forgotten takes the total along": [
      "delete from codex_usage where user_id = ${JSON.stringify(userId)}",
      "delete from codex_usage where user_id = ${JSON.stringify(userId)} or user_id = ''"
    ]
  }),
  ...mutants("src/conversation/Memory.ts", ["test/Memory.test.ts"], {
    "fresh: a move loses a history when the copy breaks half-way": [
      "    yield* Effect.forEach(turns, (turn) => memory.append(to, turn), { discard: true })\n    yield* memory.clear(from)\n",
      "    yield* memory.clear(from)\n    yield* Effect.forEach(turns, (turn) => memory.append(to, turn), { discard: true })\n"
    ]
  }),
  ...mutants("src/telegram/internal/handling.ts", ["test/Intake.test.ts"], {
    "fresh: a stranger in a group is answered": [
      "  return origin.isPrivate && incoming._tag",
      "  return origin.chatId !== 0 && incoming._tag"
    ]
  }),
  ...mutants("src/telegram/reply/internal/pages.ts", ["test/Pages.test.ts"], {
    "pages: a text that has become another is cut as it was": [
      "    if (text.startsWith(head)) return\n",
      "    if (text !== \"\") return\n"
    ],
    "pages: another revision has the formats of the first": [
      "      if (done?.revision !== rich.revision) done = undefined\n",
      ""
    ],
    "pages: what is void leaves its cuts": ["      head = \"\"\n      cuts = []", "      head = \"\""]
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
  ...mutants("src/telegram/internal/departures.ts", ["test/e2e/Departures.test.ts"], {
    "left: whoever has blocked the bot goes on waiting": [
      "Deferred.doneUnsafe(told, Exit.void)",
      "String(told)"
    ],
    "left: nobody comes back": ["back: (chat) => left.delete(nameOf(chat))", "back: (chat) => left.has(nameOf(chat))"]
  }),
  ...mutants("src/telegram/Turns.ts", ["test/TurnsDurable.test.ts"], {
    "left: what waits is asked all the same": [
      "(lane) => mailbox.stop(Turning.keyOf(lane)), {",
      "(lane) => Effect.succeed(lane), {"
    ],
    "edit: the answer to what was edited goes on": [
      "if (taken === \"accepted\" && place === \"running\") yield* stopAnswer(entry.lane)",
      ""
    ]
  }),
  ...mutants("src/telegram/TurnsDurable.ts", ["test/TurnsDurable.test.ts"], {
    "left: in the store what waits is asked all the same": [
      "Departures.lanesIn(chat, [...mailboxes.keys()])",
      "Departures.lanesIn(chat, [])"
    ]
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
  ...mutants("src/conversation/Tools.ts", [
    "test/ToolResults.test.ts",
    "test/Tools.test.ts",
    "test/Observability.test.ts",
    "test/Approvals.test.ts"
  ], {
    "tools: arguments stand on the span of the call": [
      "    unannotated(\n      Effect.flatMap(\n        toolkit.handle",
      "    Effect.suspend(() =>\n      Effect.flatMap(\n        toolkit.handle"
    ],
    "tools: a name that the model made up stands in the trace": [
      "          ...name !== undefined && { \"gen_ai.tool.name\": name },\n",
      "          \"gen_ai.tool.name\": call.name,\n"
    ],
    "tools: the reason of a failure of effect/ai is not told": [
      "Predicate.isTagged(failure, \"AiError\")",
      "Predicate.isTagged(failure, \"Nothing\")"
    ],
    "tools: somebody is asked about arguments that cannot be used": [
      "Option.isNone(params) || needs === true) return Effect.succeed(Option.isSome(params))",
      "Option.isNone(params) || needs === true) return Effect.succeed(needs === true || Option.isSome(params))"
    ],
    "tools: what cannot be decided is done without a question": [
      "Effect.catchCause(() => Effect.succeed(true))",
      "Effect.catchCause(() => Effect.succeed(false))"
    ],
    "tools: a call without arguments is no JSON": [
      "written.trim() === \"\" ? Option.some({}) : decodeArguments(written)",
      "decodeArguments(written)"
    ],
    "tools: what a defect says is in the log": ["${Output.placeOf(cause)}", "${Cause.pretty(cause)}"],
    "tools: tools of another provider are left out without a word": [
      "if (foreign.length > 0) {",
      "if (foreign.length > 99) {"
    ]
  }),
  ...mutants("src/conversation/internal/toolOutput.ts", ["test/ToolResults.test.ts", "test/recipes/tools.test.ts"], {
    "tools: a long result is told whole": ["text.length <= longest ? text", "text.length >= 0 ? text"],
    "tools: a result of nothing breaks": ["    ? \"Done.\"\n", "    ? \"\"\n"],
    "tools: a failure in words is told as JSON": [
      "if (typeof failure === \"string\") return bounded(failure)",
      "if (failure === \"\") return \"\""
    ],
    "tools: a file that is no picture is sent as one": [
      "part.mediaType.startsWith(\"image/\")",
      "part.mediaType !== \"\""
    ],
    "tools: bytes of a picture are no data URL": [
      "if (typeof data !== \"string\") return",
      "if (typeof data !== \"string\" && data.length > 9) return"
    ]
  }),
  ...mutants("src/conversation/internal/toolWire.ts", ["test/ToolResults.test.ts", "test/recipes/tools.test.ts"], {
    "tools: names that the wire does not take are sent": ["isTaken.test(name) ? name :", "name.length > 0 ? name :"],
    "tools: two names become one on the wire": ["for (let n = 2; known.has(wire); n++)", "for (let n = 2; n < 2; n++)"],
    "tools: a tool without parameters has none on the wire": [
      "if (tool.parametersSchema === Tool.EmptyParams) return noParameters\n",
      ""
    ]
  }),
  ...mutants("src/conversation/internal/rounds.ts", ["test/Tools.test.ts", "test/Approvals.test.ts"], {
    "tools: rounds have no end": ["answer.rounds().count >= maxRounds) {", "answer.rounds().count >= maxRounds + 9) {"],
    "tools: the last round may still call": [
      "...mayCall && count >= maxRounds &&",
      "...mayCall && count > maxRounds &&"
    ],
    "tools: calls are run one after the other": ["{ concurrency: atOnce, discard: true }", "{ discard: true }"],
    "tools: calls without an approval wait for the others": [
      "    yield* callAll(round, free)\n",
      "    if (asking.length === 0) yield* callAll(round, free)\n"
    ],
    "tools: a denied call is run": [
      "approved ? call(round, wanted)",
      "approved || wanted.call_id !== \"\" ? call(round, wanted)"
    ]
  }),
  ...mutants("src/conversation/internal/within.ts", ["test/Tools.test.ts"], {
    "tools: a tool that asks its own conversation waits for ever": [
      "done.includes(false)",
      "done.includes(false) && done.length > 9"
    ]
  }),
  ...mutants("src/conversation/internal/besides.ts", ["test/Sources.test.ts"], {
    "tools: links of an answer that looked nothing up are sources": [
      "if (searches.length === 0 && cited.length === 0) return []\n",
      ""
    ],
    "tools: a page is named with a name and a password": ["  url.username = \"\"\n", ""],
    "tools: a page is named twice": ["page === undefined || sources.has(keyOf(page))", "page === undefined"],
    "tools: pages have no end": ["if (sources.size === mostSources) break", "if (sources.size === 99) break"]
  }),
  ...mutants("src/ai/ModelBackend.ts", ["test/ModelBackend.test.ts"], {
    "plan: ours is asked through Prompt, which loses searches and thoughts": [
      "if (straight !== undefined)",
      "if (straight !== undefined && provider === \"\")"
    ],
    "plan: an answer that was opened counts as told": [
      "held = some.every(tellsNothing) ? all : undefined",
      "held = undefined"
    ],
    "plan: a layer that cannot be built breaks the turn": [
      "if (!AiError.isAiError(error)) return",
      "if (error === undefined) return"
    ],
    "plan: an empty answer is one": ["&& !hearing.hasAnswer()", "&& hearing.hasAnswer() === undefined"]
  }),
  ...mutants("src/ai/internal/straight.ts", ["test/ModelBackend.test.ts"], {
    "plan: a model of ours elsewhere answers for another": ["way.model === model ?", "way.model !== undefined ?"]
  }),
  ...mutants("src/ai/internal/hearing.ts", ["test/ModelBackend.test.ts"], {
    "plan: pages of another provider are lost": ["...annotations.length > 0 && { annotations }", "...{}"],
    "plan: pictures of another provider are lost": ["part.mediaType.startsWith(\"image/\") ? drawn(part) : []", "[]"]
  }),
  ...mutants("src/backend/CodexClient.ts", ["test/CodexClient.test.ts"], {
    "client: no login is a fault of the network in a trace": [
      "Predicate.hasProperty(cause, \"_tag\")",
      "Predicate.hasProperty(cause, \"nothing\")"
    ],
    "client: a request has no span": ["    ).pipe(traced(request))\n", "    )\n"]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/Shrink.test.ts"], {
    "media: the camera is not asked how it was held": [
      "format === \"jpeg\" ? Picture.orientation(still) : 1",
      "1"
    ],
    "media: what stays too large is sent": [" || outcome.bytes.length > maxPictureSize", ""],
    "media: too many bytes are no reason": ["if (!isWide && still.length <= maxPictureSize)", "if (!isWide)"]
  }),
  ...mutants("src/telegram/media/internal/shrink.ts", ["test/Media.test.ts"], {
    "media: pictures of any size are unfolded": ["width * height <= mostPixels", "width * height > 0"]
  }),
  ...mutants("src/telegram/media/internal/shrinkWorker.ts", ["test/Shrink.test.ts"], {
    "media: what can be seen through is black": ["255 * (255 - alpha)", "0 * (255 - alpha)"]
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
