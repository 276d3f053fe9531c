/**
 * Conversations, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/conversation/internal/memorySql.ts", ["test/SqlStores.test.ts"], {
    "forgotten: another process remembers it all the same": [
      "forgotten_at > ${",
      "forgotten_at < 0 and forgotten_at > ${"
    ],
    "forgotten: whoever was is never remembered again": [
      "and forgotten_at > ${DateTime.toEpochMillis(turn.at)}",
      "and forgotten_at >= 0 * ${DateTime.toEpochMillis(turn.at)}"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/SqlStores.test.ts"], {
    "forgotten: another process counts them all the same": ["isForgotten || order", "order"]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Order.test.ts"], {
    "fresh 6: who was refused, or is done, keeps a place": [
      "room.seated--",
      "room.seated -= 0"
    ],
    "fresh 6: a turn that is over can be stopped": [
      "if (room.running === ending) room.running = undefined",
      "if (room.running === undefined) room.running = undefined"
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
  ...mutants("src/conversation/internal/stores.ts", ["test/Codex.test.ts"], {
    "memory: a store that throws breaks the turn": ["Effect.suspend(run), (why)", "run(), (why)"],
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
    "fresh 4: the last letter of a call approves of it": ["approval.callId.length >= 8 && ", ""],
    "handed over: a call that had not begun counts as done": [
      "calls.every((call) => of(call) === undefined) ? undefined : ",
      "calls.length === 0 ? undefined : "
    ],
    "handed over: what nobody knows of stays so where the call had not begun": [
      "prompt.turn === undefined ? Effect.void : write(",
      "prompt.turn !== undefined ? Effect.void : write("
    ]
  }),
  ...mutants("src/conversation/internal/answer.ts", ["test/Tools.test.ts"], {
    "fresh 4: the tokens of the rounds before the last are not counted": [
      "        usage: usage()\n",
      "        usage: completed?.usage\n"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/Approvals.test.ts"], {
    "handed over: who leaves an approved call has said something else": [" || isLeft ?", " ?"],
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
  ...mutants("src/conversation/Codex.ts", ["test/Turn.test.ts"], {
    "turn: settle can be interrupted": [
      "Effect.exit(settle(prompt, answer, ending, began, exit))",
      "Effect.exit(restore(settle(prompt, answer, ending, began, exit)))"
    ],
    "turn: a million events wait for a slow reader": ["const ahead = 256", "const ahead = 1_000_000"],
    "turn: turnTimeout limits the whole answer": ["answer.hasBegun() || Duration", "Duration"],
    "turn: maxTurn calls itself turnTimeout": [" || Duration.isLessThan(maxTurn, turnTimeout)", ""],
    "turn: a closing layer tells nobody": ["restore(Fiber.await(fiber))", "restore(Fiber.join(fiber))"],
    "turn: it goes on when its reader left": ["Effect.onInterrupt(() => Fiber.interrupt(fiber))", "(self) => self"]
  }),
  ...mutants("src/conversation/internal/handover.ts", ["test/Turn.test.ts"], {
    "turn: a reader who has read nothing is waited for no longer": ["kept.length < ahead", "kept.length >= 0"],
    "turn: who waits to tell is never called": [
      "    call?.()\n    return Effect.succeed(events)",
      "    return Effect.succeed(events)"
    ]
  }),
  ...mutants("src/ai/promise/CodexFetch.ts", ["test/CodexFetch.test.ts"], {
    "fetch: a wrong option is passed over": [
      "if (problem !== undefined) return refusing",
      "if (problem === \"\") return refusing"
    ],
    "fetch: an empty option is said": ["Kinds.given(written ?? {}, Kinds.isSet)", "Kinds.given(written ?? {})"]
  }),
  ...mutants("src/backend/internal/refusals.ts", ["test/HttpFailure.test.ts"], {
    "refusal: where nobody knows the request, the prompt is to blame": [
      "isAboutAddress(this) ? addressFix :",
      "false ? addressFix :"
    ],
    "refusal: a pause of nothing is told": ["Duration.toSeconds(this.retryAfter) >= 1", "true"]
  }),
  ...mutants("src/internal/settings.ts", ["test/Settings.test.ts"], {
    "setting: white space around words is said": ["written?.trim() || undefined", "written"]
  }),
  ...mutants("src/conversation/Remembered.ts", ["test/WrongValues.test.ts"], {
    "memory: a retention that is no number deletes everything": [
      "ensure(\"Memory\", { retention: span }, { retention })",
      "Effect.void"
    ]
  }),
  ...mutants("src/conversation/internal/stores.ts", ["test/EndedByItself.test.ts"], {
    "memory: a store that interrupts itself has stopped the turn": [
      "if (Cause.hasFails(why))",
      "if (!Cause.hasDies(why))"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/EndedByItself.test.ts"], {
    "turn: a store that interrupts itself takes the answer with it": [
      "Effect.catchCause((why) => {\n        const cause = Cause.squash(why)",
      "Effect.catchDefect((why) => {\n        const cause = why"
    ],
    "turn: a meter that interrupts itself takes the answer with it": [
      "Effect.catchCause((why) => Effect.logError(\"The meter",
      "Effect.catchDefect((why) => Effect.logError(\"The meter"
    ],
    "turn: an audit that interrupts itself takes the answer with it": [
      "Effect.catchCause(() => Effect.logError(\"The audit",
      "Effect.catchDefect(() => Effect.logError(\"The audit"
    ]
  }),
  ...mutants("src/conversation/internal/watched.ts", ["test/EndedByItself.test.ts"], {
    "turn: what interrupts itself was stopped by the person": ["resume(endOf(exit))", "resume(exit)"]
  }),
  ...mutants("src/conversation/internal/watched.ts", ["test/Turn.test.ts"], {
    "turn: nobody hears that no answer begins": [
      "if (Exit.isFailure(exit)) {",
      "if (Exit.hasDies(exit)) {"
    ],
    "turn: Stop aborts nothing": [
      "if (end !== \"answered\") {",
      "if (end === \"cut\") {"
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
      "answer.broken(marked(end, hasCalled || before !== undefined || text !== \"\"))",
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
      "Effect.suspend(() => turn(prompt, emit, told)(Order.makeEnding()))",
      "order.inOrder(\"default\", turn(prompt, emit, told))"
    ],
    "turn: conversations have no order": [
      ": order.inOrder(prompt.conversation, turn(prompt, emit, told))",
      ": Effect.flatMap(Deferred.make<Order.End>(), turn(prompt, emit, told))"
    ]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Order.test.ts"], {
    "order: two run at once": ["turn: Semaphore.makeUnsafe(1)", "turn: Semaphore.makeUnsafe(2)"],
    "order: nobody is refused": ["before > options.waiting", "before > 1000"],
    "order: who runs counts as waiting": ["before > options.waiting", "before >= options.waiting"],
    "order: a conversation that rests is kept": ["if (room.holders === 0)", "if (room.holders < 0)"]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Turn.test.ts", "test/Order.test.ts"], {
    "turn: what was forgotten meanwhile comes back": ["if (forgotten.has(ending) ||", "if ("],
    "turn: what a user said who was forgotten meanwhile comes back": [
      "|| isUserForgotten(ending, user)) return",
      ") return"
    ],
    "turn: what is being written of a user who is forgotten stays": ["writer === user ? [ending] : []", "[]"],
    "order: Stop is always in time": [
      "?.running?.decide(\"stopped\") === true",
      "?.running?.decide(\"stopped\") !== undefined"
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
    "memory: what is forgotten takes room": ["bytes -= sizeOf(histories.get(key) ?? [])", "bytes -= 0"]
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
  ...mutants("src/conversation/Codex.ts", ["test/Settings.test.ts"], {
    "settings: maxWaiting is not read": ["options.maxWaiting ?? 20", "20"],
    "settings: maxTurn has another default": ["options.maxTurn ?? \"10 minutes\"", "options.maxTurn ?? \"9 minutes\""]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Codex.test.ts", "test/Message.test.ts"], {
    "turn: a history may begin with an answer": ["start === -1 ? [] : items.slice(start)", "items"],
    "turn: the personality stands behind the system prompt": ["`${own}\\n\\n${system}`", "`${system}\\n\\n${own}`"]
  }),
  ...mutants("src/conversation/internal/askable.ts", ["test/Settings.test.ts"], {
    "turn: the longest prompt is too long": [
      "text.length > maxPromptLength",
      "text.length >= maxPromptLength"
    ]
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
  ...mutants("src/conversation/internal/ending.ts", ["test/Turn.test.ts", "test/Audit.test.ts"], {
    "turn: a store that breaks takes the answer with it": [
      "          Effect.logError(\"A turn is not remembered.\", cause)",
      "          Effect.die(\"A turn is not remembered.\")"
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
  ...mutants("src/conversation/internal/ending.ts", ["test/Turn.test.ts", "test/Codex.test.ts"], {
    "audit: names no model that was asked in vain": ["answer.model() ?? prompt.model", "answer.model()"],
    "audit: names no chat": ["        chatId: prompt.chatId,\n", ""],
    "turn: stopped and cut change places": ["const mark = end === \"stopped\"\n", "const mark = end === \"cut\"\n"]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Codex.test.ts", "test/Order.test.ts"], {
    "turn: the backend is handed the number of a chat": [
      "const known = latest.get(name)",
      "const known: string | undefined = name"
    ]
  }),
  ...mutants("src/conversation/internal/memorySql.ts", [
    "test/SqlStores.test.ts",
    "test/LastingStores.test.ts",
    "test/Memory.test.ts",
    "test/DatabaseStore.test.ts"
  ], {
    "memory: a move that breaks leaves half of it": ["sql.withTransaction(Effect.andThen(", "(Effect.andThen("],
    "memory: a turn is kept twice": ["${turn.id ?? null},", "cast(null as text),"],
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
  ...mutants("src/conversation/internal/order.ts", ["test/Order.test.ts"], {
    "fresh: reset during an answer remembers the answer": [
      "      if (running !== undefined) forgotten.add(running)\n",
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
  ...mutants("src/conversation/internal/memorySql.ts", ["test/SqlStores.test.ts"], {
    "fresh: history older than its time is still sent until the next sweep": [
      " and written_at >= ${since}\n",
      "\n"
    ]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Commands.test.ts"], {
    "fresh: what a user used is not forgotten": [
      "        Effect.tap(meter.forget(userId)),\n",
      ""
    ]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Codex.test.ts"], {
    "fresh: a turn that is asked again sees its own first answer": [
      "const others = prompt.turn === undefined ? history : history.filter(({ id }) => id !== prompt.turn)",
      "const others = history"
    ]
  }),
  ...mutants("src/conversation/UsageMeter.ts", ["test/UsageMeter.test.ts"], {
    "fresh: who asks last is forgotten of ten thousand users": [
      "        perUser.delete(userId)\n        perUser.set",
      "        perUser.set"
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
  ...mutants("src/conversation/internal/moving.ts", ["test/Memory.test.ts"], {
    "memory: a move leaves a copy": ["    yield* clear(from)\n", ""],
    "memory: a move to itself forgets": ["from === to || ", ""],
    "memory: a move that is tried again copies twice": ["!there.has(textOf(turn))", "true"],
    "fresh: a move loses a history when the copy breaks half-way": [
      "    yield* Effect.forEach(turns.filter(",
      "    yield* clear(from)\n    yield* Effect.forEach(turns.filter("
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
      "waiting.ending.decided() === undefined",
      "waiting.ending.decided() === \"answered\""
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
  ...mutants("src/conversation/internal/answer.ts", ["test/AnswerSoFar.test.ts"], {
    "rounds: cached tokens of all but the last are not counted": [
      "cachedTokens: one.cachedTokens + other.cachedTokens",
      "cachedTokens: other.cachedTokens"
    ],
    "answer: a remark counts against its measure": [
      "if (event._tag === \"TextDelta\" && event.phase === \"commentary\") return",
      ""
    ],
    "rounds: a call forgets its namespace": ["...event.namespace !== undefined && { namespace: event.namespace },", ""],
    "rounds: what a round was told is told again to who waits": [
      "    outputs = new Map()\n    completed",
      "    completed"
    ],
    "answer: a refusal is no answer": ["      case \"RefusalDelta\":\n        if (event", "        if (event"],
    "rounds: a tool that is done is still at work": ["      running.delete(output.call_id)\n", ""],
    "rounds: a round without a seal takes that of the others away": ["seal: seal ?? rounds.seal,\n", "seal,\n"],
    "approval: what goes on has lost its seal": [
      "rounds = { ...rounds, items: outputs, seal: turn.seal }",
      "rounds = { ...rounds, items: outputs }"
    ],
    "rounds: one that starts over takes the others from the screen": [
      "          if (rounds.shown !== \"\") told.push({ _tag: \"TextDelta\", text: rounds.shown })\n",
      ""
    ],
    "rounds: one that starts over sticks to the others": [
      "          isFirst = true\n          told.push(event)",
      "          told.push(event)"
    ],
    "answer: each round may be as long as a whole answer": [
      "Math.max(written, repeated) + rounds.shown.length",
      "Math.max(written, repeated)"
    ],
    "answer: what is told twice counts twice": ["Math.max(written, repeated)", "(written + repeated)"],
    "answer: a search that is done is another than was begun": [
      "name: searchName, callId: event.itemId ?? searchName })\n          break\n        case \"SearchDone\"",
      "name: searchName, callId: searchName })\n          break\n        case \"SearchDone\""
    ]
  }),
  ...mutants("src/conversation/internal/memoryKeyValue.ts", ["test/KeyValueMemory.test.ts"], {
    "key-value: what is said while a history moves stays behind": ["      yield* moved(from, to)\n    })", "    })"],
    "key-value: what is said while a history moves is lost": [
      "change(from, (known) => Effect.succeed(known.filter((row) => !texts.has(JSON.stringify(row)))))",
      "change(from, () => Effect.succeed([]))"
    ],
    "key-value: a row that nobody can read is deleted": ["onFailure: () => true,", "onFailure: () => false,"],
    "key-value: one damaged history keeps the others from being forgotten": [
      "reason === \"unreadable\", () =>",
      "false, () =>"
    ],
    "key-value: a store that is away has forgotten": ["reason === \"unreadable\", () =>", "true, () =>"],
    "key-value: what does not change is written": ["after === before || (yield*", "(yield*"],
    "key-value: replace is asked for half a key": [
      "replace(`${prefix}${key}`, before, after)",
      "replace(key, before, after)"
    ],
    "key-value: a damaged history is a store that is away": ["cause._tag === \"MemoryFailed\" ? cause : new", "new"],
    "key-value: what is too old is told until it is deleted": [".filter((turn) => !isOlder(turn, since))", ""],
    "key-value: what is being written comes back after a reset": [
      "values.remove(key).pipe(guarded(\"clear\"), alone(key))",
      "values.remove(key).pipe(guarded(\"clear\"))"
    ],
    "key-value: of messages half as much is kept": ["most * (rows.some(isMessage) ? 2 : 1)", "most"]
  }),
  ...mutants("src/conversation/Memory.ts", ["test/KeyValueMemory.test.ts"], {
    "memory: what is too old is told until it is deleted": ["isOlder(turn, since) ? [] : [turn]", "[turn]"]
  }),
  ...mutants("src/conversation/Remembered.ts", ["test/KeyValueMemory.test.ts"], {
    "memory: a turn of exactly that age is too old": [
      "DateTime.toEpochMillis(turn.at) < oldest",
      "DateTime.toEpochMillis(turn.at) <= oldest"
    ],
    "memory: what grows old later is never deleted": ["    Effect.repeat(Schedule.spaced(\"1 hour\")),\n", ""],
    "memory: a store that is away once is never swept again": [
      "    Effect.catch(() => Effect.logWarning(\"History that is older than its time could not be deleted.\")),\n",
      "    Effect.orDie,\n"
    ]
  }),
  ...mutants("src/conversation/internal/resuming.ts", ["test/KeptTurns.test.ts"], {
    "approval: what other calls gave counts as decided": [
      "item.type === \"function_call_output\" && decided.calls.includes(item.call_id)",
      "item.type === \"function_call_output\""
    ],
    "approval: a call that lost its output waits": [
      "turn?.incomplete === \"approval\" ? waiting(turn.items) : []",
      "turn === undefined ? [] : waiting(turn.items)"
    ],
    "approval: a store that hangs is waited for without an end": [
      "yield* patiently(order.alone(ending, memory.list(conversation, { last: 1 })))",
      "yield* order.alone(ending, memory.list(conversation, { last: 1 }))"
    ],
    "approval: what is being run waits on": [
      "const { incomplete: _, ...decided } = decidedBy(prompt, waiting)",
      "const decided = decidedBy(prompt, waiting)"
    ],
    "approval: who is forgotten is written down by who approves": [
      "order.keep(ending, turn.user, memory",
      "order.keep(ending, prompt.userId, memory"
    ],
    "approval: what was asked is gone while its call is run": [
      "items: [...decided.items, ...outputs]",
      "items: outputs"
    ]
  }),
  ...mutants("src/conversation/internal/ending.ts", ["test/KeptTurns.test.ts"], {
    "turn: what was only spoken is sealed": [
      "end === \"answered\" || hasCalled ? answer.seal() : undefined",
      "answer.seal()"
    ],
    "turn: what was called is not sealed when it is stopped": [
      "end === \"answered\" || hasCalled ? answer.seal() : undefined",
      "end === \"answered\" ? answer.seal() : undefined"
    ],
    "audit: a turn whose rounds are used up is answered": ["rounds: \"cut\"\n} as", "rounds: \"answered\"\n} as"],
    "audit: a turn that waits is cut": ["approval: \"answered\",", "approval: \"cut\","],
    "turn: a stopped one costs what its first round did": [
      "end === \"answered\" || end === \"approval\" ? answer.usage() : undefined",
      "answer.usage()"
    ],
    "audit: a turn lasts since 1970": [
      "DateTime.toEpochMillis(now) - DateTime.toEpochMillis(began)",
      "DateTime.toEpochMillis(now)"
    ]
  }),
  ...mutants("src/conversation/internal/rounds.ts", ["test/ToolRounds.test.ts"], {
    "tools: one more is at work at once": ["atOnce = 16", "atOnce = 17"],
    "tools: what was said before is not sealed any more": ["...request.seals ?? [], ...items", "...items"],
    "tools: what the rounds have said is not sealed": ["...items.map((item) => [item, seal] as const)", ""],
    "tools: a search is a function to call": [
      "tools.declared.some(({ type }) => type === \"function\")",
      "tools.declared.length > 0"
    ],
    "tools: an answer is over when its stream is": [
      "return last === -1 ? next : Effect.void",
      "return last === -2 ? Effect.void : next"
    ]
  }),
  ...mutants("src/conversation/internal/memorySql.ts", ["test/SqlMemory.test.ts"], {
    "memory: a message of the first release is as old as 1970": ["isOfMessages(turn) ? now : Math.min", "Math.min"],
    "memory: of messages more turns are told than were asked for": ["last <= 0 ? [] : turns.slice(-last)", "turns"],
    "memory: what moves stands upside down": [
      "where conversation = ${from} order by id\n",
      "where conversation = ${from} order by id desc\n"
    ],
    "memory: what moves is too old at once": ["select ${to}, written_at, turn,", "select ${to}, 0, turn,"]
  }),
  ...mutants("src/conversation/internal/personalitySql.ts", ["test/SqlMemory.test.ts"], {
    "personality: all lose theirs with one": [
      "where owner = ${owner} and name = ${name}`.pipe(Effect.asVoid",
      "where name = ${name}`.pipe(Effect.asVoid"
    ],
    "personality: a change has the time of the first": [
      "changed_at = excluded.changed_at",
      "changed_at = codex_settings.changed_at"
    ]
  }),
  ...mutants("src/conversation/internal/usageSql.ts", ["test/SqlMemory.test.ts"], {
    "meter: one that cannot be written fails a turn": [
      "        Effect.catch(() => Effect.logWarning(\"The usage of a turn could not be counted.\")),\n",
      "        Effect.orDie,\n"
    ]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Observability.test.ts"], {
    "order: whoever got a turn is taken from the queue twice": ["      isWaiting = false\n", ""]
  }),
  ...mutants("src/conversation/internal/rounds.ts", ["test/ToolRounds.test.ts"], {
    "turn: a slow reader loses the end of an answer that is cut": [
      "return told === undefined ? on : Effect.andThen(told, on)",
      "return told === undefined ? on : Effect.andThen(on, told)"
    ]
  }),
  ...mutants("src/conversation/Tools.ts", ["test/ToolRounds.test.ts"], {
    "tools: whether a call needs an approval hangs on no call": [
      "{ toolCallId: call.call_id, messages: [] }",
      "{ toolCallId: \"\", messages: [] }"
    ],
    "tools: whoever runs a call is not told which": [
      "toolkit.handle(name, params, call.call_id)",
      "toolkit.handle(name, params)"
    ],
    "tools: every failure of effect/ai is of one class": [
      "Predicate.isTagged(failure, \"AiError\") && Predicate.hasProperty(failure, \"reason\")",
      "false"
    ],
    "tools: a failure that is told has no class": [
      "problem: result.isFailure ? classOf(result.result) : undefined",
      "problem: undefined"
    ]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/ToolRounds.test.ts"], {
    "turn: whoever is forgotten waits for what others have said": ["writer === user ? [ending] : []", "[ending]"]
  }),
  ...mutants("src/conversation/internal/observing.ts", ["test/Observability.test.ts"], {
    "metrics: each piece of text is the first": ["    hasText = true\n", ""],
    "metrics: a bug is a failure of its own name": ["failure ?? \"Defect\"", "failure ?? \"Unknown\""]
  })
]
