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
  ...mutants("src/telegram/internal/pacer.ts", ["test/Pacer.test.ts"], {
    "pacer: jitter dropped": ["(1 + 0.1 * (yield* Random.next))", "1"],
    "pacer: a refusal in one chat silences all": ["lastRefusal.chatId !== chatId && ", ""],
    "pacer: the important call loses its claim": ["due <= now && !claimed.has(waiter.chatId)", "due <= now"],
    "pacer: a call waits for ever": ["(priority === \"typing\" ? 0 : patience)", "Infinity"],
    "pacer: idle chats are kept": ["chats.delete(chatId)", "chats.has(chatId)"],
    "pacer: the breaker never opens": ["openUntil: now + breaker.pause, ", "openUntil: 0, "],
    "pacer: the interrupted keep their place": ["Effect.sync(() => waiting.delete(waiter))", "Effect.void"]
  }),
  ...mutants("src/auth/AuthJson.ts", ["test/AuthJson.test.ts"], {
    "auth.json: a byte order mark is no JSON": [".replace(/^\\uFEFF/, \"\")", ""],
    "auth.json: a login drops what it does not speak of": ["      ...old,\n", ""],
    "auth.json: a refresh drops unknown tokens": ["        ...before,\n", ""],
    "auth.json: an empty text is a token": ["Predicate.isString(value) && value !== \"\"", "Predicate.isString(value)"]
  }),
  ...mutants("src/backend/RateLimits.ts", ["test/RateLimits.test.ts"], {
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
