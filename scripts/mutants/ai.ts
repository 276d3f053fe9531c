/**
 * The provider for effect/ai, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/ai/internal/hearing.ts", ["test/ModelBackend.test.ts"], {
    "fresh 6: what the provider runs itself is begun as a call": [
      "return part.providerExecuted ? [] : [{ _tag: \"ToolCallStarted\"",
      "return [{ _tag: \"ToolCallStarted\""
    ]
  }),
  ...mutants("src/ai/promise/internal/answer.ts", ["test/CodexFetch.test.ts"], {
    "fresh 6: who has left before the head is answered": ["    if (signal.aborted) return onAbort()\n", ""]
  }),
  ...mutants("src/ai/internal/telling.ts", ["test/CodexLanguageModel.test.ts", "test/ResponseItems.test.ts"], {
    "fresh 4: a call is told by its item and at the end": ["    calls.delete(done.callId)\n", ""]
  }),
  ...mutants("src/ai/internal/hearing.ts", ["test/ModelBackend.test.ts"], {
    "fresh 5: what was not cached counts as cached": ["inputTokens.cacheRead ?? 0", "inputTokens.uncached ?? 0"]
  }),
  ...mutants("src/ai/internal/telling.ts", ["test/CodexLanguageModel.test.ts"], {
    "fresh 5: a source is told as often as it is cited": ["    sources.add(url)\n", ""]
  }),
  ...mutants("src/ai/internal/hearing.ts", ["test/ModelBackend.test.ts"], {
    "fresh: a tool that the provider ran is offered to the caller to run": [
      "        if (part.providerExecuted) return []\n",
      ""
    ]
  }),
  ...mutants("src/ai/promise/internal/answer.ts", ["test/CodexFetch.test.ts"], {
    "fresh: cookies of the backend go to the client of codexFetch": [
      "if (/^(?:x-|openai-|retry-after$)/.test(name) && value !== undefined)",
      "if (value !== undefined)"
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
  ...mutants("src/ai/internal/asking.ts", ["test/CodexLanguageModel.test.ts"], {
    "fresh: a system message in the history of effect/ai is lost": [
      "return at === -1 ? messages.length : at",
      "return 0"
    ]
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
    "plan: pictures of another provider are lost": ["return drawn(part)", "return []"]
  }),
  ...mutants("src/ai/internal/hearing.ts", ["test/OtherProviders.test.ts"], {
    "provider: an answer that reached the limit ended by itself": ["\"length\": \"length\"", "\"length\": \"stop\""],
    "provider: an answer that was cut is whole": ["incomplete: incompletes[finishReason],", "incomplete: undefined,"],
    "provider: half a count of tokens is none": [
      "inputTokens.total === undefined && outputTokens.total === undefined",
      "inputTokens.total === undefined || outputTokens.total === undefined"
    ],
    "provider: a page is cited in every message behind it": ["    cited = []\n    return {", "    return {"],
    "provider: the id of an answer is forgotten": ["responseId = part.id ?? responseId", "responseId = part.id"],
    "provider: the model of an answer is forgotten": [
      "answering = part.modelId ?? answering",
      "answering = part.modelId"
    ],
    "provider: a block says what another of its id has said": ["        texts.set(part.id, \"\")\n", ""],
    "provider: white space is an answer": ["hasAnswer ||= part.delta.trim() !== \"\"", "hasAnswer = true"],
    "provider: white space takes an answer away": [
      "hasAnswer ||= part.delta.trim() !== \"\"",
      "hasAnswer = part.delta.trim() !== \"\""
    ],
    "provider: an empty block is a message": ["return text === \"\" ? [] : [", "return ["],
    "provider: a picture alone is no answer": [
      "hasAnswer = true\n        return drawn(part)",
      "return drawn(part)"
    ]
  }),
  ...mutants("src/ai/ModelBackend.ts", ["test/OtherProviders.test.ts"], {
    "provider: when a quota comes back is lost": [
      "...(reason.resetAt !== undefined && { resetsAt: reason.resetAt })",
      ""
    ],
    "provider: a network that broke is a fault of the provider": ["    case \"NetworkError\":\n", ""],
    "plan: a refused login of ours is a fault of the provider": ["  AuthError.Unauthorized\n", ""],
    "provider: an answer has the provider's name for its model": ["Option.getOrElse(name, () => provider)", "provider"],
    "plan: what was held back is lost": [
      "const all: ReadonlyArray<ResponseEvent> = [...held, ...some]",
      "const all: ReadonlyArray<ResponseEvent> = some"
    ],
    "provider: a wish for a model is not heard": [
      "Effect.succeed({ model: wanted, isExplicit: true })",
      "Effect.succeed({ model: model ?? \"\", isExplicit: true })"
    ],
    "provider: its own name goes before the option": [
      "options.name ?? named ?? \"model\"",
      "named ?? options.name ?? \"model\""
    ],
    "plan: the quota of the house below is not told": ["usage: ours?.usage ?? backend.usage", "usage: backend.usage"],
    "plan: the login of the house below is not told": [
      "status: ours?.status ?? backend.status",
      "status: backend.status"
    ]
  }),
  ...mutants("src/ai/CodexLanguageModel.ts", ["test/ToldParts.test.ts"], {
    "override: that of a stream takes those around it away": [
      "Stream.updateService(self, Overrides, (outer) => ({ ...outer, ...overrides }))",
      "Stream.updateService(self, Overrides, () => overrides)"
    ],
    "restart: a message that begins anew is told already": [
      "        telling = Telling.make(names)\n        parts = []",
      "        parts = []"
    ],
    "restart: what was held back is told beside what comes": ["            parts.length = 0\n", ""],
    "restart: a stream forgets that it has told something": ["isTold ||= isSaid(parts)", "isTold = isSaid(parts)"],
    "span: a stream ends without its tokens": [
      "          if (event._tag === \"Completed\") onEnd(event, parts)\n        }\n        telling.flush",
      "        }\n        telling.flush"
    ],
    "failure: a whole answer fails as a stream": [
      "Effect.mapError(failed(\"generateText\"))",
      "Effect.mapError(failed(\"streamText\"))"
    ]
  }),
  ...mutants("src/ai/CodexAiError.ts", ["test/CodexAiError.test.ts"], {
    "failure: a payment that is required is a fault of the request": [
      "error.status === 401 || error.status === 402 || error.status === 403",
      "error.status === 401 || error.status === 403"
    ],
    "failure: a prompt that may not be is one that cannot": [
      "(?:^invalid_prompt|_policy|_policy_violation)$",
      "(?:_policy|_policy_violation)$"
    ]
  }),
  ...mutants("src/ai/promise/CodexFetch.ts", ["test/CodexFetchParts.test.ts"], {
    "codexFetch: a session may hold anything": ["session.replace(/[^\\x20-\\x7e]/g, \"\")", "session"],
    "codexFetch: the environment names no login": [
      "const isNamed = accessToken !== undefined || authJson !== undefined || authJsonPath !== undefined",
      "const isNamed = true"
    ]
  }),
  ...mutants("src/ai/promise/internal/answer.ts", ["test/CodexFetchParts.test.ts"], {
    "codexFetch: a refusal repeats what was asked": [
      "sent: Redacted.make(textsOf(asked.body))",
      "sent: Redacted.make([])"
    ],
    "codexFetch: a refusal is read as far as its first kilobyte": ["textUpTo(1024 * 1024)", "textUpTo(1024)"]
  }),
  ...mutants("src/ai/promise/internal/asked.ts", ["test/CodexFetchParts.test.ts"], {
    "codexFetch: the backend is asked for the tier auto": [
      "...(isSaid(tier) && tier !== \"auto\" && { service_tier: tier })",
      "...(isSaid(tier) && { service_tier: tier })"
    ],
    "codexFetch: what a client wants included is not": [
      "all.includes(encrypted) ? all : [...all, encrypted]",
      "[encrypted]"
    ]
  }),
  ...mutants("src/ai/promise/internal/events.ts", ["test/CodexFetchParts.test.ts"], {
    "codexFetch: an answer that is cancelled goes on": ["  \"response.cancelled\",\n", ""],
    "codexFetch: a picture is too large an event": ["64 * 1024 * 1024", "64 * 1024"],
    "codexFetch: an answer is over when its line is": [
      "      Stream.flattenIterable,\n      Stream.takeUntil((told) => told.end !== undefined)\n",
      "      Stream.flattenIterable\n"
    ],
    "codexFetch: the last event has lost its name": ["event: name, id, data", "event: \"message\", id, data"]
  }),
  ...mutants("src/ai/promise/internal/items.ts", ["test/CodexFetchParts.test.ts"], {
    "codexFetch: an item that is used again is as old as before": ["      kept.delete(id)\n", ""],
    "codexFetch: one item less is kept": ["kept.size > most", "kept.size >= most"]
  }),
  ...mutants("src/ai/promise/internal/refusal.ts", ["test/CodexFetchParts.test.ts"], {
    "codexFetch: a client comes back too early": ["Math.ceil(Duration.toSeconds", "Math.floor(Duration.toSeconds"],
    "codexFetch: a pause is told in milliseconds": ["Duration.toSeconds(failure", "Duration.toMillis(failure"],
    "codexFetch: an issuer that is away is a login that is over": [
      "(failure._tag === \"TokenRefreshFailed\" && !failure.isRetryable ? 401 : 503)",
      "(failure._tag === \"TokenRefreshFailed\" ? 401 : 503)"
    ],
    "codexFetch: a sentence is the name of a field": ["/^[\\w.[\\]]{1,64}$/.test(param) ? param", "true ? param"]
  }),
  ...mutants("src/ai/internal/schemas.ts", ["test/AskedTools.test.ts"], {
    "schema: one with names of properties is strict": [", \"propertyNames\"]", "]"],
    "schema: an open definition is strict": ["if (!isAll(Object.values(fields(schema[\"$defs\"])))) return false", ""]
  }),
  ...mutants("src/ai/internal/asking.ts", ["test/AskedTools.test.ts"], {
    "session: two conversations of other instructions are one": [
      "`effect-codex/ai/${instructions}/${first}`",
      "`effect-codex/ai/${first}`"
    ]
  }),
  ...mutants("src/ai/internal/tools.ts", ["test/AskedTools.test.ts"], {
    "tools: a picture is forced by a search": [
      "tool.id === \"codex.web_search\" ? { type: \"web_search\" } : \"auto\"",
      "{ type: \"web_search\" }"
    ]
  }),
  ...mutants("src/ai/internal/telling.ts", ["test/ToldParts.test.ts"], {
    "usage: what was cached counts as not cached": [
      "Math.max(0, usage.inputTokens - usage.cachedTokens)",
      "usage.inputTokens"
    ],
    "source: all have one id": ["`source-${sources.size}`", "\"source-1\""],
    "picture: one is told by its event and by its item": ["    pictures.delete(item.id)\n", ""],
    "end: what was interrupted has ended by itself": [
      "return incomplete !== undefined ? \"other\"",
      "return incomplete !== undefined ? \"stop\""
    ]
  })
]
