/**
 * Where what belongs together begins and ends, to the millisecond, the letter and the piece: on entries alone, without a
 * clock.
 */
import { assert, describe, it } from "@effect/vitest"
import type * as Arr from "effect/Array"
import type { Content, Entry } from "../src/telegram/Entry.ts"
import * as Joining from "../src/telegram/internal/joining.ts"

const windows: Joining.Windows = { text: 300, picture: 2_000, paste: 1_500, album: 500, longest: 7_500 }
const rules = Joining.rules(windows)

const text = (length: number, isRich = false): Content => ({
  _tag: "Text",
  text: "x".repeat(length),
  ...(isRich && { isRich })
})
const photo: Content = { _tag: "File", kind: "photo", file: "photo" }
const voice: Content = { _tag: "File", kind: "voice", file: "voice" }
const forward = (length: number): Content => ({ _tag: "Forward", from: "Bea", text: "x".repeat(length) })

type Given = Partial<Omit<Entry, "content" | "origin">> & {
  readonly content?: Arr.NonEmptyReadonlyArray<Content>
  readonly message?: number
  readonly user?: number
}

const entry = ({ content = [text(5)], message = 1, user = 7, ...rest }: Given = {}): Entry => ({
  lane: { bot: "1", conversation: "user:7" },
  update: message,
  origin: { chat: 7, isPrivate: true, user, message },
  sent: 100,
  ...rest,
  content
})

/** A group of pieces that came at once, and whether one more belongs to it that comes after so long. */
const joins = (before: ReadonlyArray<Given>, next: Given, after: number): boolean => {
  const [first = {}, ...more] = before
  const pieces = [first, ...more].map((given, index) => ({ at: 0, entry: entry({ message: index + 1, ...given }) }))
  const [head = { at: 0, entry: entry() }, ...tail] = pieces
  const all: Arr.NonEmptyReadonlyArray<Joining.Piece<Entry>> = [head, ...tail]
  return rules.joins(
    { pieces: all, closesAt: rules.closesAt(all) },
    { at: after, entry: entry({ message: all.length + 1, ...next }) }
  )
}

const pieces = (count: number, given: Given): ReadonlyArray<Given> => Array.from({ length: count }, () => given)

const paste = { content: [text(4_000)] } as const
const picture = { content: [photo] } as const
const forwarded = { content: [forward(3_000)] } as const

describe("one more piece", () => {
  it.each<readonly [what: string, before: ReadonlyArray<Given>, next: Given, until: number]>([
    ["behind a text", [{}], {}, 300],
    ["behind a text that is almost cut", [{ content: [text(3_999)] }], {}, 300],
    ["behind a piece of a paste", [paste], {}, 1_500],
    ["behind a forwarded piece of a paste", [{ content: [forward(4_000)] }], {}, 1_500],
    ["behind a rich message, which nothing cuts", [{ content: [text(4_000, true)] }], {}, 300],
    ["behind a picture without words", [picture], {}, 2_000],
    ["behind a picture with words", [{ content: [photo, text(3)] }], {}, 300],
    ["behind a file that is no picture", [{ content: [voice] }], {}, 300],
    ["behind a text that follows a picture", [picture, {}], {}, 300],
    ["behind a text that follows a piece of a paste", [paste, {}], {}, 300],
    ["behind an item of an album, when it is none of it", [{ album: "9" }], {}, 500]
  ])("%s belongs to it before its time is up, and not at that moment", (_, before, next, until) => {
    assert.deepStrictEqual([joins(before, next, until - 1), joins(before, next, until)], [true, false])
  })

  it.each<readonly [what: string, before: Given, apart: number]>([
    // Seconds are cut off: what is 1 apart may have been sent within a moment.
    ["a text", {}, 1],
    ["a piece of a paste", paste, 2],
    ["a picture without words", picture, 3]
  ])("was sent behind %s so many whole seconds before, and no more", (_, before, apart) => {
    assert.deepStrictEqual(
      [apart, apart + 1].map((seconds) => joins([before], { sent: 100 + seconds }, 1)),
      [true, false]
    )
    const { sent, ...untold } = entry(before)
    assert.isDefined(sent)
    const piece = { at: 0, entry: untold }
    assert.isFalse(rules.joins({ pieces: [piece], closesAt: 1_000 }, { at: 1, entry: untold }))
  })

  it.each<readonly [what: string, before: ReadonlyArray<Given>, next: Given, isOne: boolean]>([
    ["the twelfth text", pieces(11, {}), {}, true],
    ["the thirteenth", pieces(12, {}), {}, false],
    ["the hundredth piece of a paste", pieces(99, paste), paste, true],
    ["the piece behind it", pieces(100, paste), {}, false],
    ["the hundredth that is forwarded", pieces(99, forwarded), forwarded, true],
    ["the one behind it", pieces(100, forwarded), forwarded, false],
    ["a comment behind what is forwarded", pieces(40, forwarded), {}, true],
    ["what is forwarded behind a long comment", [{ content: [text(49_000, true)] }], forwarded, true],
    [
      "a rich message, up to 50,000 letters in all",
      [{ content: [text(30_000, true)] }],
      { content: [text(20_000)] },
      true
    ],
    ["a letter more than that", [{ content: [text(30_000, true)] }], { content: [text(20_001)] }, false],
    ["an edit of what nobody waits for", [{}], { isEdit: true }, false],
    ["what asks by a command", [{}], { isCommand: true }, false],
    ["what comes behind a command", [{ isCommand: true }], {}, false],
    ["what somebody else says", [{}], { user: 8 }, false]
  ])("%s: whether it belongs to what was before", (_, before, next, isOne) => {
    assert.strictEqual(joins(before, next, 1), isOne)
  })

  it("of an album belongs to its siblings whenever it comes, and to no other album", () => {
    const album = [{ album: "9", sent: 100 }]
    assert.isTrue(joins(album, { album: "9", sent: 111 }, 60_000))
    assert.isFalse(joins(album, { album: "8", sent: 111 }, 60_000))
  })
})

describe("what an edit says", () => {
  it("makes nobody wait for longer", () => {
    const [said, edited] = [{ at: 0, entry: entry() }, { at: 200, entry: entry({ isEdit: true }) }] as const
    assert.strictEqual(rules.closesAt([said, edited]), 300)
  })

  const isIt = (given: Given, before: ReadonlyArray<Given>): boolean =>
    rules.replaces?.(entry({ isEdit: true, ...given }), before.map((one) => ({ at: 0, entry: entry(one) }))) === true

  it.each<readonly [what: string, given: Given, before: ReadonlyArray<Given>, isIt: boolean]>([
    ["takes the place of what its message said", { content: [text(3)] }, [{}], true],
    ["is no news when it says the same", {}, [{}], false],
    ["is news when it goes back to what was said at first", {}, [{}, { isEdit: true, content: [text(3)] }], true],
    ["is no news when it says what the last edit said", { content: [text(3)] }, [{}, {
      isEdit: true,
      content: [text(3)]
    }], false],
    ["is nothing of another message", { content: [text(3)], message: 2 }, [{}], false],
    ["is nothing of somebody else's", { content: [text(3)], user: 8 }, [{}], false]
  ])("%s", (_, given, before, expected) => {
    assert.strictEqual(isIt(given, before), expected)
  })
})

describe("what is found again in a store", () => {
  const one = (at: number, given: Given = {}): Joining.Piece<Entry> => ({ at, entry: entry(given) })

  it("comes before what has come since, in the order in which it came then", () => {
    const asked = { isCommand: true }
    const [later, first, second] = [
      one(2_000, { message: 3, ...asked }),
      one(100, { message: 1, ...asked }),
      one(200, { message: 2, ...asked })
    ]
    const waiting = [later, first, second].reduce<ReadonlyArray<Joining.Group<Entry>>>(
      (all, piece) => Joining.join(all, piece, rules, 1_000).waiting,
      []
    )
    assert.deepStrictEqual(waiting.map(({ pieces: [{ entry }] }) => entry.origin.message), [1, 2, 3])
  })

  it("is waited for once more: what belongs to it may still come, for as long as it would have had", () => {
    const [group] = Joining.join([], one(900), rules, 1_000).waiting
    assert.strictEqual(group === undefined ? 0 : Joining.startOf(group), 1_300)
    const { isNew } = Joining.join(group === undefined ? [] : [group], one(1_299, { message: 2 }), rules, 1_000)
    assert.isFalse(isNew)
    assert.isTrue(Joining.join(group === undefined ? [] : [group], one(1_300, { message: 2 }), rules, 1_000).isNew)
  })
})
