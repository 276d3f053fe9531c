/**
 * An answer while it is read: in rounds, started over, cut short, and with what stands between its pieces.
 */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Item from "../src/backend/Item.ts"
import type { Completed, ResponseEvent, TokenUsage } from "../src/backend/ResponseEvent.ts"
import * as AnswerSoFar from "../src/conversation/internal/answer.ts"

const text = (said: string): ResponseEvent => ({ _tag: "TextDelta", text: said })

const usage = (n: number): TokenUsage => ({
  inputTokens: n,
  cachedTokens: 2 * n,
  outputTokens: 3 * n,
  reasoningTokens: 4 * n,
  totalTokens: 5 * n
})

const completed = (more: Partial<Completed> = {}): ResponseEvent => ({
  _tag: "Completed",
  responseId: undefined,
  model: undefined,
  usage: undefined,
  incomplete: undefined,
  ...more
})

const call = (id: string): Item.FunctionCall => ({
  type: "function_call",
  call_id: id,
  name: `tool ${id}`,
  arguments: "{}"
})

const output = (id: string): Item.FunctionCallOutput => ({
  type: "function_call_output",
  call_id: id,
  output: `of ${id}`
})

const done = (item: Item.Item, seal?: string): ResponseEvent => ({
  _tag: "ItemDone",
  item,
  ...seal !== undefined && { seal }
})

const said = (words: string): Item.Item => Item.fromText("assistant", words)

const remark = (text: string): Item.Item => ({
  type: "message",
  role: "assistant",
  phase: "commentary",
  content: [{ type: "output_text", text }]
})

/** One round that says something, calls these tools, and is told what they gave. */
const round = (
  answer: AnswerSoFar.AnswerSoFar,
  words: string,
  ids: ReadonlyArray<string>,
  more: { readonly usage?: TokenUsage; readonly seal?: string } = {}
) => {
  answer.read([text(words), done(said(words), more.seal), ...ids.map((id) => done(call(id), more.seal))])
  answer.read([completed(more.usage === undefined ? {} : { usage: more.usage })])
  for (const id of ids) answer.runs(call(id))
  for (const id of ids) answer.told(output(id))
}

describe("an answer in rounds", () => {
  it("costs what all its rounds cost, kind by kind, also when one of them does not tell", () => {
    const answer = AnswerSoFar.make(true)
    round(answer, "One.", ["a"], { usage: usage(1) })
    answer.next()
    round(answer, "Two.", ["b"])
    answer.next()
    answer.read([text("Three."), completed({ usage: usage(10) })])
    assert.deepStrictEqual(answer.usage(), usage(11))
  })

  it("holds what each has said and was told, once and in order", () => {
    const answer = AnswerSoFar.make(true)
    round(answer, "One.", ["a"])
    answer.next()
    round(answer, "Two.", ["b", "c"])
    answer.next()
    assert.deepStrictEqual(answer.calls(), [])
    assert.strictEqual(answer.rounds().count, 2)
    const before = [said("One."), call("a"), output("a"), said("Two."), call("b"), call("c"), output("b"), output("c")]
    assert.deepStrictEqual(answer.rounds().items, before)
    assert.strictEqual(answer.read([text("Three."), done(said("Three.")), completed()]), "answered")
    assert.deepStrictEqual(answer.items(), [...before, said("Three.")])
    assert.strictEqual(answer.whole(), "One.\n\nTwo.\n\nThree.")
    assert.strictEqual(answer.part(), "One.\n\nTwo.\n\nThree.")
  })

  it("knows which tool has been at work longest, and none that is done", () => {
    const answer = AnswerSoFar.make(true)
    assert.isUndefined(answer.working())
    for (const id of ["a", "b"]) answer.runs(call(id))
    assert.strictEqual(answer.working(), "tool a")
    answer.told(output("a"))
    assert.strictEqual(answer.working(), "tool b")
    answer.told(output("b"))
    assert.isUndefined(answer.working())
  })

  it("shows an empty line before the first text of a round, and what was shown again where one starts over", () => {
    const answer = AnswerSoFar.make(true)
    const shown = (...events: ReadonlyArray<ResponseEvent>) => {
      answer.read(events)
      return answer.shown(events).map((event) => event._tag === "TextDelta" ? event.text : event._tag)
    }
    assert.deepStrictEqual(shown(text("One"), text(".")), ["One", "."])
    answer.read([done(call("a")), completed()])
    answer.told(output("a"))
    answer.next()
    assert.deepStrictEqual(shown(text("Two"), text(".")), ["\n\nTwo", "."])
    assert.deepStrictEqual(shown({ _tag: "Restarted" }), ["Restarted", "One."])
    assert.deepStrictEqual(shown(text("2"), text("!")), ["\n\n2", "!"])
    assert.strictEqual(answer.part(), "One.\n\n2!")
  })

  it("is sealed for whom any of its rounds is, but for one that was started over", () => {
    const answer = AnswerSoFar.make(true)
    round(answer, "One.", ["a"], { seal: "first" })
    answer.next()
    assert.strictEqual(answer.rounds().seal, "first")
    answer.read([done(said("Two."))])
    assert.strictEqual(answer.seal(), "first")
    answer.read([done(said("Two."), "second"), done(said("More."))])
    assert.strictEqual(answer.seal(), "second")
    answer.read([{ _tag: "Restarted" }])
    assert.strictEqual(answer.seal(), "first")
    round(answer, "Two.", ["b"])
    answer.next()
    assert.strictEqual(answer.rounds().seal, "first")
  })

  it("goes on with a turn that waited, under its seal", () => {
    const answer = AnswerSoFar.make(true)
    const turn = { v: 1 as const, at: DateTime.makeUnsafe(0), seal: "kept", items: [said("Wait."), call("a")] }
    answer.resume(turn, [output("a")])
    assert.strictEqual(answer.resumed(), turn)
    assert.strictEqual(answer.seal(), "kept")
    assert.deepStrictEqual(answer.rounds().items, [output("a")])
  })

  it("waits with all that was said, and with the outputs of what needs no approval, each once", () => {
    const answer = AnswerSoFar.make(true)
    round(answer, "One.", ["a"])
    answer.next()
    answer.read([done(said("Both.")), done(call("b")), done(call("c")), completed()])
    answer.told(output("c"))
    const before = [said("One."), call("a"), output("a")]
    assert.deepStrictEqual(answer.waiting(), [...before, said("Both."), call("b"), call("c"), output("c")])
  })

  it("calls nothing of a round that was cut short, and a call once however it is told", () => {
    const cut = AnswerSoFar.make(true)
    assert.strictEqual(cut.read([done(call("a")), completed({ incomplete: "max_output_tokens" })]), "answered")
    assert.deepStrictEqual(cut.calls(), [])
    const twice = AnswerSoFar.make(true)
    const tell = (id: string, kind: "function" | "custom" = "function", namespace?: string): ResponseEvent => ({
      _tag: "ToolCallDone",
      kind,
      callId: id,
      name: `tool ${id}`,
      arguments: "{}",
      ...namespace !== undefined && { namespace }
    })
    twice.read([done(call("a")), tell("a"), tell("b", "function", "app"), tell("c", "custom"), completed()])
    assert.deepStrictEqual(twice.calls(), [call("a"), { ...call("b"), namespace: "app" }])
  })

  it("is, where it ends in the middle, what was done, what was not, and a mark", () => {
    const mark = (words: string) => `${words}|`
    const answer = AnswerSoFar.make(true)
    round(answer, "One.", ["a"])
    answer.next()
    answer.read([text("Tw")])
    assert.deepStrictEqual(answer.broken(mark), [said("One."), call("a"), output("a"), said("Tw|")])
    answer.read([text("o."), done(said("Two.")), done(call("b")), done(call("c")), completed()])
    answer.told(output("b"))
    const unmade = { ...output("c"), output: "[Stopped before it was done.]" }
    assert.deepStrictEqual(answer.broken(mark), [
      said("One."),
      call("a"),
      output("a"),
      said("Two."),
      call("b"),
      call("c"),
      output("b"),
      unmade,
      said("|")
    ])
  })
})

describe("an answer of a backend that tells no items", () => {
  it("is its messages, remarks as remarks, or what was told piece by piece, a refusal too", () => {
    const told = AnswerSoFar.make()
    told.read([
      { _tag: "MessageDone", text: "Looking.", phase: "commentary" },
      { _tag: "MessageDone", text: "Found.", phase: "answer" },
      completed()
    ])
    assert.deepStrictEqual(told.items(), [remark("Looking."), said("Found.")])
    assert.strictEqual(told.whole(), "Found.")
    const refused = AnswerSoFar.make()
    refused.read([{ _tag: "RefusalDelta", text: "I will " }, { _tag: "RefusalDelta", text: "not." }, completed()])
    assert.deepStrictEqual(refused.items(), [said("I will not.")])
    assert.strictEqual(refused.part(), "I will not.")
    const remarked = AnswerSoFar.make()
    remarked.read([{ _tag: "MessageDone", text: "Looking.", phase: "commentary" }, completed()])
    assert.strictEqual(remarked.whole(), "Looking.")
  })

  it("shows each search by its item, where it has one", () => {
    const shown = AnswerSoFar.make().shown([
      { _tag: "SearchStarted", itemId: "ws_1" },
      { _tag: "SearchDone", itemId: "ws_1", queries: [], urls: [] },
      { _tag: "SearchStarted" }
    ])
    assert.deepStrictEqual(shown, [
      { _tag: "ToolStarted", name: "web_search", callId: "ws_1" },
      { _tag: "ToolDone", name: "web_search", callId: "ws_1", failed: false },
      { _tag: "ToolStarted", name: "web_search", callId: "web_search" }
    ])
  })
})

describe("the measure of an answer", () => {
  const long = "x".repeat(600_000)

  it("is a million signs of all its rounds, told as pieces or as messages, and not as both", () => {
    const message: ResponseEvent = { _tag: "MessageDone", text: long, phase: "answer" }
    const one = AnswerSoFar.make(true)
    assert.isUndefined(one.read([text(long), message]))
    assert.strictEqual(one.read([text(long)]), "cut")
    assert.strictEqual(AnswerSoFar.make().read([message, message]), "cut")
    assert.isUndefined(AnswerSoFar.make().read([text(long), text("x".repeat(400_000))]))
    const two = AnswerSoFar.make(true)
    round(two, long, ["a"])
    two.next()
    assert.isUndefined(two.read([text("x".repeat(400_000))]))
    assert.strictEqual(two.read([text("x")]), "cut")
  })

  it("counts no remark, and nothing that is void", () => {
    const answer = AnswerSoFar.make()
    assert.isUndefined(answer.read([{ _tag: "TextDelta", text: long, phase: "commentary" }, text(long)]))
    assert.isUndefined(answer.read([{ _tag: "Restarted" }, text(long)]))
    assert.strictEqual(answer.part(), long)
  })
})

describe("the model of an answer", () => {
  it("is the one that began it, unless its end names another", () => {
    const answer = AnswerSoFar.make()
    answer.read([{ _tag: "Started", responseId: undefined, model: "first" }])
    answer.read([{ _tag: "Started", responseId: undefined, model: undefined }, text("Hi"), completed()])
    assert.strictEqual(answer.model(), "first")
    answer.read([completed({ model: "second" })])
    assert.strictEqual(answer.model(), "second")
  })
})
