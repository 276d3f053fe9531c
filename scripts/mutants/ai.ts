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
    "plan: pictures of another provider are lost": ["part.mediaType.startsWith(\"image/\") ? drawn(part) : []", "[]"]
  })
]
