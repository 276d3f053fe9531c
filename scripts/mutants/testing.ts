/**
 * The doubles, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/testing/TestCodex.ts", ["test/Layers.test.ts"], {
    "TestCodex: an own audit is ignored": ["options.audit ?? script", "script"]
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
  ...mutants("src/testing/telegram/internal/flood.ts", ["test/TelegramEmulator.test.ts"], {
    "telegram double: the limit over all chats is one of each": ["key: \"overall\"", "key: `overall:${chat.id}`"]
  }),
  // Twenty more, when those before had shown where tests were missing.,
  ...mutants("src/testing/codex/internal/device.ts", ["test/CodexEmulator.test.ts", "test/DeviceLogin.test.ts"], {
    "codex double: an approved code does not age": [" || login.state._tag === \"Approved\"", ""]
  }),
  // And twenty more.,
  ...mutants("src/testing/telegram/internal/webhook.ts", ["test/TelegramEmulatorWebhook.test.ts"], {
    "telegram double: updates of a chat overtake each other": ["      if (target.busy.has(chatId)) continue\n", ""]
  }),
  // And the last twenty.,
  ...mutants("src/testing/telegram/internal/drafts.ts", [
    "test/TelegramEmulator.test.ts",
    "test/TelegramEmulatorChats.test.ts"
  ], {
    "telegram double: groups see drafts": [
      "    if (room.chat.type !== \"private\") return yield* refuse(\"draftPeerInvalid\")\n",
      ""
    ]
  }),
  ...mutants("src/testing/TestCodex.ts", ["test/TestCodex.test.ts"], {
    "TestCodex: an answer that is over is still being given": [
      "return Stream.ensuring(reply(request), Ref.update(running, (count) => count - 1))",
      "return reply(request)"
    ],
    "TestCodex: the last reply comes first": [
      "(before) => [...before, ...replies])",
      "(before) => [...replies, ...before])"
    ],
    "TestCodex: a refresh brings the same token": [
      "Ref.updateAndGet(refreshes, (count) => count + 1)",
      "Ref.get(refreshes)"
    ],
    "TestCodex: an exchange has no token": ["signatureOf(accessToken) }", "\"\" }"]
  }),
  ...mutants("src/testing/internal/faultyHttp.ts", ["test/FaultScript.test.ts"], {
    "faults: what comes once comes behind every piece": ["now === place.pieces && seen < now", "now === place.pieces"]
  }),
  ...mutants("src/testing/codex/internal/quota.ts", ["test/CodexEmulator.test.ts"], {
    "the double's quota is over one window later, however long nobody asked": [
      "Math.ceil((now + 1 - window.resetAt) / length) * length",
      "length"
    ],
    "the double's refusal ends with the first full window": ["Math.max(...full.map", "Math.min(...full.map"],
    "what is set on the double's quota is lost when its time comes": [
      "        turnOver(now)\n        primary.used = options.primary ?? primary.used",
      "        primary.used = options.primary ?? primary.used"
    ],
    "the window of the double's quota that nobody sets is emptied": [
      "options.secondary ?? secondary.used",
      "options.secondary ?? 0"
    ],
    "the double's quota is more than full": [
      "Math.min(most, window.used + cost * window.share)",
      "window.used + cost * window.share"
    ]
  }),
  ...mutants("src/testing/codex/internal/device.ts", ["test/CodexEmulator.test.ts"], {
    "the double counts one question of a login": ["polls: login.polls + 1", "polls: 1"]
  })
]
