/**
 * The backend, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/backend/HttpFailure.ts", ["test/HttpFailure.test.ts"], {
    "fresh 7: of two windows that are used up the shorter is named": [
      "windows.filter((window) => window.usedPercent >= 100).at(-1)",
      "windows.filter((window) => window.usedPercent >= 100).at(0)"
    ]
  }),
  ...mutants("src/backend/internal/seal.ts", ["test/CodexItems.test.ts", "test/CodexBackend.test.ts"], {
    "fresh 6: another account is sent what only the first can open": ["account ?? \"\", familyOf", "\"\", familyOf"]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "fresh 4: a list that could not be asked is believed for five minutes": [
      "Exit.isSuccess(exit) && exit.value.isFresh ? Duration.minutes(5)",
      "Exit.isSuccess(exit) ? Duration.minutes(5)"
    ]
  }),
  ...mutants("src/backend/internal/quota.ts", ["test/Quota.test.ts"], {
    "fresh 5: more than all of a quota is used": ["Math.min(100, Math.max(0, usedPercent ?? 0))", "usedPercent ?? 0"]
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
  ...mutants("src/backend/internal/quota.ts", ["test/Quota.test.ts"], {
    "quota: windows in any order": [
      "[...windows].sort((a, b) => Duration.toMillis(a.length) - Duration.toMillis(b.length))",
      "windows"
    ],
    "quota: a window of no length is one": ["seconds === undefined || seconds <= 0", "seconds === undefined"]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "models: the etag of another account is sent": [
      "known?.account === credentials.accountId ? known : undefined",
      "known"
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
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts", "test/CodexBackend.test.ts"], {
    "models: a turn waits for the list": ["      Effect.timeoutOption(longestWaitForList),\n", "      Effect.asSome,\n"]
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
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "models: a list may take ten hours": ["Effect.timeoutOption(\"30 seconds\")", "Effect.timeoutOption(\"10 hours\")"]
  }),
  ...mutants("src/backend/internal/wire.ts", ["test/CodexBackend.test.ts", "test/BackendWire.test.ts"], {
    "wire: a failure tells the whole address": ["new URL(baseUrl).host", "baseUrl"]
  }),
  ...mutants("src/backend/internal/decoder.ts", ["test/ResponseStream.test.ts"], {
    "wire: a letter that was cut in two is lost": ["utf8.decode(chunk, { stream: true })", "utf8.decode(chunk)"]
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
  ...mutants("src/backend/internal/trying.ts", ["test/RetryPolicy.test.ts"], {
    "retries: what failed stays open beside the next": [
      "return open === undefined ? Effect.void : Scope.close(open, exit)",
      "return Effect.void"
    ]
  }),
  ...mutants("src/backend/internal/quota.ts", ["test/Quota.test.ts"], {
    "quota: two years are too long": ["seconds > longest) return []", "seconds >= longest) return []"],
    "quota: the year 2100 is a time": ["seconds < latest ?", "seconds <= latest ?"],
    "quota: a week and a minute is none": ["Math.abs(seconds - week) <= 60", "Math.abs(seconds - week) < 60"],
    "quota: zero is a time": ["resetAt !== undefined && resetAt > 0", "resetAt !== undefined"]
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
  ...mutants("src/backend/internal/input.ts", ["test/RequestBody.test.ts"], {
    "fresh: an output that came twice is sent twice": [
      "    open.delete(half.id)\n",
      ""
    ]
  }),
  ...mutants("src/backend/internal/trying.ts", ["test/CodexBackend.test.ts"], {
    "fresh: silence is asked again": [
      "          ({ input }) => !(isTimedOut(input) && input.phase === \"idle\")",
      "          () => true"
    ]
  }),
  ...mutants("src/backend/Models.ts", ["test/Models.test.ts"], {
    "fresh: the models of an account are those of the one before": [
      "      yield* choice.forget\n      yield* forget\n",
      "      yield* choice.forget\n"
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
  ...mutants("src/backend/CodexBackend.ts", ["test/CodexBackend.test.ts"], {
    "fresh: status shows the quota of another account": [
      "login.signedIn && known?.account === login.accountId",
      "login.signedIn"
    ]
  }),
  ...mutants("src/backend/CodexClient.ts", ["test/CodexClient.test.ts"], {
    "client: no login is a fault of the network in a trace": [
      "Predicate.hasProperty(cause, \"_tag\")",
      "Predicate.hasProperty(cause, \"nothing\")"
    ],
    "client: a request has no span": ["    ).pipe(traced(request))\n", "    )\n"]
  }),
  ...mutants("src/backend/internal/answers.ts", ["test/Models.test.ts"], {
    "models: the winner is forgotten where it was asked twice": [
      "walk({ ...request, input }, choose, refused, true)",
      "walk({ ...request, input }, choose, [], true)"
    ]
  }),
  ...mutants("src/backend/internal/scrub.ts", ["test/Scrub.test.ts"], {
    "words: only the first time of what we sent is taken out": ["at = said.indexOf(own, at + 1)", "at = -1"],
    "words: only the first part of what we sent is taken out": ["else places.push(at)", ""],
    "words: a part of another word is taken out": ["if (!cutsWord) marks", "marks"],
    "words: a token is a name": [" && !hasSecret(name) ? name", " ? name"]
  }),
  ...mutants("src/backend/internal/quota.ts", ["test/Scrub.test.ts"], {
    "quota: the longest window comes first": ["windows: shortestFirst(windows)", "windows"]
  })
]
