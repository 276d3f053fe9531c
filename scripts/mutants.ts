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
    "turn: Stop aborts nothing": ["          Effect.raceFirst(Deferred.await(ending)),\n", ""],
    "turn: an answer has no measure": ["answer.isTooLong() ? \"cut\" : undefined", "undefined"]
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
    "turn: what is broken off is kept without a mark": ["end === \"answered\" ? text : marked(text, end)", "text"]
  }),
  ...mutants("src/conversation/internal/request.ts", ["test/Order.test.ts"], {
    "turn: without a conversation there is a history": [
      "prompt.conversation === undefined ? [] : yield* memory.list(prompt.conversation)",
      "yield* memory.list(prompt.conversation ?? \"default\")"
    ],
    "turn: without a conversation there is one session": ["once/${yield* Random.next}", "once"]
  }),
  ...mutants("src/conversation/Codex.ts", ["test/Order.test.ts"], {
    "turn: without a conversation there is an order": [
      "Effect.flatMap(Deferred.make<Order.End>(), turn(prompt, emit, told))",
      "order.inOrder(\"default\", turn(prompt, emit, told))"
    ]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Order.test.ts"], {
    "order: two run at once": ["turn: Semaphore.make(1)", "turn: Semaphore.make(2)"],
    "order: nobody is refused": ["seats: Semaphore.make(options.waiting + 1)", "seats: Semaphore.make(1000)"],
    "order: who runs counts as waiting": ["options.waiting + 1", "options.waiting"],
    "order: a conversation that rests is kept": ["RcMap.make({", "RcMap.make({\n    idleTimeToLive: \"1 hour\","]
  }),
  ...mutants("src/conversation/internal/order.ts", ["test/Turn.test.ts"], {
    "order: Stop is always in time": [
      "(yield* Deferred.succeed(ending.value, \"stopped\"))",
      "(yield* Effect.as(Deferred.succeed(ending.value, \"stopped\"), true))"
    ]
  }),
  ...mutants("src/conversation/internal/answer.ts", ["test/Turn.test.ts"], {
    "answer: what was started over is lost": ["text === \"\" ? voided : text", "text"],
    "answer: messages have no measure": ["Math.max(written, repeated)", "written"],
    "answer: it begins with its text": [
      "      hasBegun = true\n",
      "      hasBegun ||= event._tag === \"TextDelta\"\n"
    ]
  }),
  ...mutants("src/conversation/UsageMeter.ts", ["test/UsageMeter.test.ts"], {
    "meter: every user is kept": ["perUser.size <= maxUsers", "perUser.size < Infinity"],
    "meter: who asks again stays the oldest": ["        perUser.delete(userId)\n", ""],
    "meter: sums change behind the reader's back": ["new Map(perUser)", "perUser"]
  }),
  ...mutants("src/conversation/Memory.ts", ["test/Memory.test.ts"], {
    "memory: it grows without measure": ["bytes <= maxBytes ||", "bytes < Infinity ||"],
    "memory: what is forgotten takes room": ["bytes -= histories.get(key)?.bytes ?? 0", "bytes -= 0"],
    "memory: a move leaves a copy": ["    yield* memory.clear(from)\n", ""],
    "memory: a move to itself forgets": ["from === to || ", ""]
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
    "retries: none is one exchange more": ["layerSchedule(Schedule.recurs(0)", "layerSchedule(Schedule.recurs(1)"],
    "retries: what will not pass is tried again": ["input.isRetryable && watch.fits(duration)", "watch.fits(duration)"],
    "retries: any pause fits": [
      "Duration.toMillis(pause) < left",
      "Duration.toMillis(pause) < Infinity"
    ],
    "retries: an attempt of an effect costs no time": [
      "        Effect.onError(() => Effect.sync(() => watch.change(\"head\"))),\n        Effect.retry",
      "        Effect.retry"
    ],
    "retries: text counts against the wait for a head": ["if (waitsFor === \"head\") left", "left"],
    "retries: silence is asked for again": ["!(isTimedOut(input) && input.phase === \"idle\")", "true"],
    "retries: silence is seen when the wait for a head is over": ["Math.min(rest, idle)", "rest"],
    "retries: a slow reader is silence": ["watch.change(\"reader\")", "watch.change(\"body\")"],
    "retries: every restart is silent": ["hasText ? Queue.offer", "false ? Queue.offer"],
    "retries: every restart is told": ["hasText ? Queue.offer", "true ? Queue.offer"],
    "retries: once restarted, always told": ["          hasText = false\n", ""]
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
    "wire: redirects are followed": ["withoutRedirects(transform(client))", "transform(client)"],
    "wire: a refusal is read to its end": ["textUpTo(maxErrorBody)(response)", "response.text"],
    "wire: a small answer is read to its end": ["textUpTo(limit)(response)", "response.text"]
  }),
  ...mutants("src/backend/internal/decoder.ts", ["test/BackendWire.test.ts"], {
    "wire: white space without end is kept": [
      "pending.length > maxDocument ? interrupted",
      "pending === \" \" ? interrupted"
    ]
  }),
  ...mutants("src/backend/internal/body.ts", ["test/BackendWire.test.ts"], {
    "wire: the rest of a body is thrown away": [
      "isComplete() && !isDone ? drained(next, cancel)",
      "false ? drained(next, cancel)"
    ],
    "wire: the rest of a body is waited for": ["    Effect.forkDetach,\n", ""],
    "wire: the rest of a body is read for ever": ["Effect.timeoutOption(rest)", "Effect.timeoutOption(\"1 hour\")"],
    "wire: only fetch uses connections again": [
      "isComplete() ? drained(Effect.as(pull, false), close) : close",
      "close"
    ],
    "wire: who leaves keeps the connection": ["drained(next, cancel) : cancel", "drained(next, cancel) : Effect.void"]
  }),
  ...mutants("src/backend/ClientTransform.ts", ["test/ClientTransform.test.ts"], {
    "transform: the outer one alone counts": [
      "Effect.updateService(self, ClientTransform, (outer): Transform => (client) => outer(transform(client)))",
      "Effect.updateService(self, ClientTransform, (outer): Transform => (client) => outer(client))"
    ],
    "transform: a stream has none": [
      "Stream.updateService(self, ClientTransform, (outer): Transform => (client) => outer(transform(client)))",
      "Stream.updateService(self, ClientTransform, (outer) => outer)"
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
  ...mutants("src/backend/CodexBackend.ts", ["test/Models.test.ts"], {
    "models: a refusal after text walks on": ["refusal.isNamed !== true || hasAnswer", "refusal.isNamed !== true"],
    "models: any 403 walks on": ["refusal.isNamed !== true || hasAnswer", "hasAnswer"],
    "models: an answer without text wins": ["!hasAnswer && events.some(isAnswer)", "!hasAnswer && events.length > 0"],
    "models: a choice of somebody's is replaced": ["      isExplicit\n        ?", "      model === \"\"\n        ?"],
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
    "pacer: the important call loses its claim": ["due <= now && !claimed.has(waiter.chatId)", "due <= now"],
    "pacer: a call waits for ever": ["(priority === \"typing\" ? 0 : longestWait)", "Infinity"],
    "pacer: idle chats are kept": ["chats.delete(chatId)", "chats.has(chatId)"],
    "pacer: the breaker never opens": ["openUntil: now + breaker.pause, ", "openUntil: 0, "],
    "pacer: the interrupted keep their place": ["Effect.sync(() => waiting.delete(waiter))", "Effect.void"]
  }),
  ...mutants("src/auth/AuthJson.ts", ["test/AuthJson.test.ts"], {
    "auth.json: a byte order mark is no JSON": [".replace(/^\\uFEFF/, \"\")", ""],
    "auth.json: a refresh drops unknown tokens": ["        ...before,\n", ""],
    "auth.json: an empty text is a token": ["Predicate.isString(value) && value !== \"\"", "Predicate.isString(value)"]
  }),
  ...mutants("src/auth/internal/loginDocument.ts", ["test/AuthJson.test.ts"], {
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
  })
]
