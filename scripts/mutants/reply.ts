/**
 * Answers as they are shown, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/OtherChats.test.ts"], {
    "other chats: the rest of an answer leaves its comments": [
      "index === 0 ? to : behind(to)",
      "index === 0 ? to : { ...to, replyTo: undefined }"
    ]
  }),
  ...mutants("src/telegram/TelegramApi.ts", ["test/OtherChats.test.ts"], {
    "other chats: a file leaves its comments": ["...replyInForm(to), ", ""]
  }),
  ...mutants("src/telegram/reply/internal/answerText.ts", ["test/Presses.test.ts"], {
    "approved: what is broken off is not told": ["isApproved ? brokenOff(working) : []", "[]"],
    "approved: what only looked is told as broken off": ["isApproved ? brokenOff(working) : []", "brokenOff(working)"]
  }),
  ...mutants("src/telegram/reply/Delivering.ts", ["test/Late.test.ts", "test/LiveReply.test.ts"], {
    "closed: a channel is told of a topic that is gone": ["user === undefined || user <= 0", "user === undefined"],
    "other chats: that a late answer has no place is told nobody": [
      "return yield* unfinished(tried.failure)",
      "return yield* undelivered(tried.failure)"
    ],
    "other chats: who has blocked the bot is written to": ["failure.reason === \"blocked\" && chat === user", "false"]
  }),
  ...mutants("src/telegram/reply/internal/growing.ts", ["test/LiveReply.test.ts"], {
    "reply: previews are no slower after a refusal": ["      slowness *= 2\n", ""],
    "reply: previews slow down without end": [
      "[Duration.seconds(10), Duration.minutes(1)]",
      "[Duration.seconds(100), Duration.minutes(1)]"
    ],
    "reply: a preview waits for ten minutes": [
      "[Duration.seconds(10), Duration.minutes(1)]",
      "[Duration.seconds(10), Duration.minutes(10)]"
    ],
    "reply: what a refusal asks for is not waited for": ["wait = Duration.max(wait, retryAfter)", ""],
    "reply: previews go on where no call fares better": ["Repeating.isHopeless(failure.value) || reason", "reason"],
    "fresh: a preview does not wait for as long as a refusal says": [
      "      wait = Duration.max(wait, retryAfter)\n",
      ""
    ]
  }),
  ...mutants("src/telegram/reply/internal/growing.ts", ["test/LiveReply.test.ts", "test/ShownMessages.test.ts"], {
    "reply: a preview that was deleted is tried again": [" || reason === \"messageNotFound\" ||", " ||"]
  }),
  ...mutants("src/telegram/reply/internal/growing.ts", [
    "test/LiveReply.test.ts",
    "test/ShownMessages.test.ts",
    "test/Commands.test.ts",
    "test/Turns.test.ts",
    "test/MiddlewareTurns.test.ts",
    "test/e2e/LiveAnswers.test.ts"
  ], {
    "reply: three failures in all end the previews": ["      failures = 0\n", ""]
  }),
  ...mutants("src/telegram/reply/internal/growing.ts", ["test/ReplyEnds.test.ts"], {
    "closed: the bot types while it can be read": [
      "shown.isEmpty() ? Effect.catch(api.sendChatAction(to, \"typing\"), failed) : Effect.void",
      "Effect.catch(api.sendChatAction(to, \"typing\"), failed)"
    ]
  }),
  ...mutants("src/telegram/reply/Steps.ts", ["test/TurnsMoved.test.ts"], {
    "moved: a turn that was handed over counts as one that killed the bot": [
      "/left`))) lost++",
      "/gone`))) lost++"
    ]
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
  ...mutants("src/telegram/reply/internal/watching.ts", ["test/e2e/Departures.test.ts"], {
    "reply: who left is not heard of while it is read": [
      "unwatch = readers.watch(() => leave(Departures.left))",
      "unwatch()"
    ]
  }),
  ...mutants("src/telegram/reply/Delivering.ts", ["test/LiveReply.test.ts"], {
    "closed: what was forgotten in a pause comes behind it": [
      "Option.getOrUndefined(kept.value) !== parts",
      "Option.getOrUndefined(kept.value) === null"
    ],
    "reply: a file that may be there is sent again": [
      "patience.persistently(false)(api.sendDocument(to, file))",
      "patience.persistently(true)(api.sendDocument(to, file))"
    ]
  }),
  ...mutants("src/telegram/reply/internal/pages.ts", ["test/Accepted.test.ts"], {
    "pages: a place may be in the middle of a character": ["code < 0xdc00 ? at - 1 : at", "code < 0xd000 ? at - 1 : at"]
  }),
  ...mutants("src/telegram/reply/internal/answerText.ts", ["test/LiveReply.test.ts"], {
    "answer: thinking has no bound": [" || thought >= longestThought", ""]
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
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts", "test/LiveReply.test.ts"], {
    "reply: every message is a reply": ["index === 0 ? to : behind(to)", "to"]
  }),
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts", "test/LiveReply.test.ts"], {
    "reply: an answer does not ring below an old preview": ["now - first.at > stale", "now - first.at > Infinity"],
    "reply: a draft that rests fades": [" && at - draft.at < draftLife", ""]
  }),
  ...mutants("src/telegram/reply/Undelivered.ts", ["test/LiveReply.test.ts", "test/MiddlewareTurns.test.ts"], {
    "undelivered: all of them are kept": ["const most = 100", "const most = 1_000_000"]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", [
    "test/LiveReply.test.ts",
    "test/ShownMessages.test.ts",
    "test/Commands.test.ts",
    "test/Turns.test.ts",
    "test/MiddlewareTurns.test.ts",
    "test/e2e/LiveAnswers.test.ts"
  ], {
    "last: what is lost a second time is gone": [
      "  yield* ShownMessages.make(api, to).finish(parts.value)\n  yield* Undelivered.use(({ forget }) => forget(conversation))\n",
      "  yield* Undelivered.use(({ forget }) => forget(conversation))\n  yield* ShownMessages.make(api, to).finish(parts.value)\n"
    ]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/LiveReply.test.ts"], {
    "reply: drafts have the pace of edits": ["shown.isDrafting() ? draftInterval : ", ""],
    "reply: a bot that is stopped waits for Telegram": [
      "Effect.andThen(briefly(brought), Effect.interrupt)",
      "Effect.andThen(brought, Effect.interrupt)"
    ],
    "reply: what was interrupted ended well": [
      "yield* Effect.andThen(briefly(brought), Effect.interrupt)",
      "yield* briefly(brought)"
    ]
  }),
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts"], {
    "shown: what cannot be deleted seems to grow": [
      "StandIns.remove(api, to, message.id, persistently(true)).pipe(",
      "persistently(true)(api.deleteMessage(to, message.id)).pipe("
    ],
    "shown: what is too long is lost": [" || error.reason === \"tooLong\"", ""],
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
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ShownMessages.test.ts"], {
    "fresh: a later part stays above one that was sent anew": [
      "      anew = became.anew\n",
      "      anew = false\n"
    ]
  }),
  ...mutants("src/telegram/reply/internal/pages.ts", ["test/Pages.test.ts"], {
    "pages: the last keeps room for a cursor": [
      "const isLong = text.length - start > most",
      "const isLong = text.length - start > limit"
    ],
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
  ...mutants("src/telegram/reply/Undelivered.ts", ["test/Undelivered.test.ts"], {
    "closed: ten times as much of lost answers is kept": [
      "const mostBytes = 16 * 1024 * 1024",
      "const mostBytes = 160 * 1024 * 1024"
    ],
    "closed: a large lost answer is not kept at all": [
      "if (oldest === conversation || !isTooMuch()) return",
      "if (!isTooMuch()) return"
    ],
    "closed: formats of lost answers weigh nothing": [
      "+ 100 * entities.length",
      ""
    ]
  }),
  ...mutants("src/telegram/reply/Delivering.ts", ["test/Delivering.test.ts"], {
    "closed: a file that arrived is sent again": [
      "    if (index < from) continue\n",
      ""
    ],
    "closed: a file that may be there waits to be sent again": [
      "canWait && Repeating.isPassing(failure) && !Repeating.isUnsure(failure)",
      "canWait && Repeating.isPassing(failure)"
    ],
    "closed: a refused file holds up the others": [
      "    lost.push({ file, why: failure })\n",
      "    lost.push({ file, why: failure })\n    break\n"
    ],
    "closed: a file is lost without a word": [
      "    yield* undelivered(failure)\n    lost.push",
      "    lost.push"
    ],
    "closed: who asked hears nothing of a file that is lost": [
      "  yield* tell\n  return Option.none",
      "  return Option.none"
    ],
    "closed: a file that is lost is told where nothing arrives": [
      "lost.length === 0 || !lost.every(canBeTold)",
      "lost.length === 0"
    ],
    "closed: an answer is late by no minute": [
      "Math.max(1, Math.round(Duration.toMinutes(age)))",
      "Math.round(Duration.toMinutes(age))"
    ],
    "closed: the word of a late answer makes it too long": [
      "text.length <= RichText.maxMessageLength\n",
      "text.length < Infinity\n"
    ]
  }),
  ...mutants("src/telegram/reply/LiveReply.ts", ["test/ReplyEnds.test.ts"], {
    "closed: drafts have a pace of seconds": [
      "const draftInterval = Duration.millis(300)",
      "const draftInterval = Duration.millis(3000)"
    ],
    "closed: a token that was refused is believed for ever": [
      "(why.value.reason === \"blocked\" || why.value.reason === \"unauthorized\")",
      "(why.value.reason === \"blocked\")"
    ],
    "closed: what is not asked is logged each time": [
      "    api.isNews(to)\n",
      "    api.canEdit\n"
    ],
    "closed: groups get drafts": [
      "streaming === \"draft\" && isPrivate ? messageId",
      "streaming === \"draft\" ? messageId"
    ],
    "closed: a picture alone is no answer": [
      "final.length > 0 || text.pictures().length > 0",
      "final.length > 0"
    ],
    "closed: a bot that is stopped sends files": [
      "const document = isInterrupted ? undefined : documentOf(parts.length)",
      "const document = documentOf(parts.length)"
    ],
    "closed: an answer follows who has left": [
      "const over = readers.isGone() ? Departures.left : Exit.isSuccess(exit) ? exit.value : undefined",
      "const over = Exit.isSuccess(exit) ? exit.value : undefined"
    ],
    "closed: the file of all of it comes before its pictures": [
      "[...pictures, ...document === undefined ? [] : [document]]",
      "[...document === undefined ? [] : [document], ...pictures]"
    ],
    "closed: a bot that is stopped leaves its word for later": [
      "later: isInterrupted ? undefined : later",
      "later"
    ],
    "closed: an answer behind its tools does not ring": [
      "      streaming === \"progress\"\n",
      "      false\n"
    ]
  }),
  ...mutants("src/telegram/reply/ShownMessages.ts", ["test/ReplyEnds.test.ts"], {
    "closed: a message that is gone is repaired": [
      "message.final === undefined || !shown.includes(message)",
      "message.final === undefined"
    ],
    "closed: a preview fails where its group moves": [
      "return Effect.catchIf(drawn, ({ movedTo }) => movedTo !== undefined, () => drawn)",
      "return drawn"
    ],
    "closed: the last failure is told in place of the first": [
      "Effect.mapError(repeated(api.sendDocument(to, document)), () => error)",
      "repeated(api.sendDocument(to, document))"
    ],
    "closed: a blocked chat is sent every part": [
      "if (Repeating.isHopeless(became.failure) || (yield*",
      "if ((yield*"
    ],
    "closed: the end stays where its group was": [
      "    if (shown.length > 0) yield* follow\n",
      ""
    ],
    "closed: what shall ring is an edit": [
      "isFresh === true || (parts",
      "(parts"
    ],
    "closed: an old answer of several messages is sent anew": [
      "(parts.length === 1 && now - first.at > stale)",
      "(now - first.at > stale)"
    ]
  })
]
