/**
 * What a message holds: which of its files is looked at and what is known of it, which of them is a login, and its links.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { FileKind } from "../src/telegram/Entry.ts"
import * as Contents from "../src/telegram/incoming/Contents.ts"
import * as Logins from "../src/telegram/incoming/Logins.ts"
import * as Message from "../src/telegram/incoming/Message.ts"
import * as Words from "../src/telegram/incoming/Words.ts"
import { type DoorOptions, makeDoor } from "./support/door.ts"
import type { Fields } from "./support/updates.ts"

const fileIn = (raw: Fields) => Option.getOrUndefined(Contents.fileIn(raw))

describe("the file of a message", () => {
  it("is known by all that Telegram tells of it", () => {
    const document = {
      file_id: "f",
      file_unique_id: "u",
      file_name: "a.txt",
      mime_type: "text/plain",
      file_size: 9,
      duration: 1.5
    }
    assert.deepStrictEqual(fileIn({ document }), {
      _tag: "File",
      kind: "document",
      file: "f",
      unique: "u",
      name: "a.txt",
      mime: "text/plain",
      size: 9,
      duration: 2
    })
    assert.deepStrictEqual(fileIn({ video_note: { file_id: "f", length: 240 } }), {
      _tag: "File",
      kind: "videoNote",
      file: "f",
      width: 240,
      height: 240
    })
  })

  it.each<readonly [kind: FileKind, raw: Fields]>([
    ["animation", { animation: { file_id: "a" }, document: { file_id: "d" } }],
    ["video", { video: { file_id: "a" }, photo: [{ file_id: "p" }] }]
  ])("is the more specific one: %s", (kind, raw) => {
    assert.deepInclude(fileIn(raw), { kind, file: "a" })
  })

  const size = (file_id: string, width: number, file_size: number, height = 10) => ({
    file_id,
    width,
    height,
    file_size
  })
  const megabytes = 5 * 1024 * 1024

  it.each<readonly [what: string, sizes: ReadonlyArray<Fields>, chosen: string]>([
    ["the largest", [size("s", 10, 1), size("l", 90, 1), size("m", 50, 1)], "l"],
    ["the largest of just as many bytes as may be", [size("s", 10, 1), size("l", 90, megabytes)], "l"],
    ["a smaller one when that has too many bytes", [size("s", 10, 1), size("l", 90, megabytes + 1)], "s"],
    ["the largest that is not too wide", [size("s", 5_500, 1), size("l", 5_501, 1)], "s"],
    ["the largest that is not too high", [size("s", 10, 1, 5_500), size("l", 10, 1, 5_501)], "s"],
    ["the largest when none will do", [size("s", 6_000, 1), size("l", 7_000, 1)], "l"]
  ])("is of a photo %s", (_, photo, chosen) => {
    assert.strictEqual(fileIn({ photo })?.file, chosen)
  })
})

describe("a login", () => {
  const inFile = (document: Fields, more: Fields = {}, door: DoorOptions = { allowedUserIds: [7] }, asked?: string) =>
    Option.match(
      Logins.inFile(
        Option.getOrThrow(Message.decode({
          message_id: 1,
          date: 1,
          chat: { id: 7, type: "private" },
          from: { id: 7 },
          document: { file_id: "f", ...document },
          ...more
        })),
        asked,
        makeDoor(door)
      ),
      { onNone: () => "none", onSome: (source) => source._tag === "File" && source.isCertain ? "certain" : "maybe" }
    )

  it.each<readonly [document: Fields, is: string]>([
    [{ file_name: "auth.json" }, "certain"],
    [{ file_name: "my auth (2).JSON" }, "certain"],
    [{ file_name: "oauth.json" }, "maybe"],
    [{ file_name: "config.json" }, "maybe"],
    [{ file_name: "tokens.txt" }, "maybe"],
    [{ file_name: "tokens" }, "maybe"],
    [{ file_name: "a.bin", mime_type: "application/json" }, "maybe"],
    [{ file_name: "a.bin" }, "none"],
    [{ file_name: "config.json", file_size: 64 * 1024 }, "maybe"],
    [{ file_name: "config.json", file_size: 64 * 1024 + 1 }, "none"]
  ])("is in a file in private: %j %s", (document, is) => {
    assert.strictEqual(inFile(document), is)
  })

  it("is looked for in files of auth admins, in private; elsewhere it is one by its command alone", () => {
    const group = { chat: { id: -100, type: "supergroup" } }
    assert.strictEqual(inFile({ file_name: "config.json" }, {}, { allowedUserIds: [8] }), "none")
    assert.strictEqual(inFile({ file_name: "auth.json" }, group), "none")
    assert.strictEqual(inFile({ file_name: "config.json" }, group), "none")
    const caption = { ...group, caption: "/codex auth import" }
    assert.strictEqual(inFile({ file_name: "x.bin" }, caption, undefined, "auth import"), "certain")
    assert.strictEqual(inFile({ file_name: "x.bin" }, caption, undefined, "importjson"), "certain")
    assert.strictEqual(inFile({ file_name: "x.bin" }, caption, undefined, "status"), "none")
  })

  it.each([
    ["{\"tokens\": {\"access_token\": \"x\"}}", true],
    [`... "refresh_token": "${"x".repeat(20)}`, true],
    [`... "refresh_token": "${"x".repeat(19)}"`, false],
    ["\"last_refresh\": \"2026-01-01\"}", true],
    ["What is an access_token?", false]
  ])("is in a text, or in a piece of one: %s %s", (text, isOne) => {
    assert.strictEqual(Option.isSome(Logins.inText(text)), isOne)
  })
})

describe("the words of a message", () => {
  const link = (offset: number, length: number, url: string) => ({ type: "text_link", offset, length, url })
  const words = (text: string, ...entities: ReadonlyArray<Fields>) => Words.of({ text, entities })

  it.each<readonly [text: string, entities: ReadonlyArray<Fields>, read: string]>([
    ["see here", [link(4, 4, "https://a.b/")], "see [here](https://a.b/)"],
    ["https://a.b", [link(0, 11, "https://a.b")], "https://a.b"],
    ["https://a.b", [link(0, 11, "https://a.b/")], "https://a.b"],
    ["one two", [link(4, 3, "https://b/"), link(0, 3, "https://a/")], "[one](https://a/) [two](https://b/)"],
    ["short", [link(3, 9, "https://a/")], "short"],
    ["short", [link(-1, 3, "https://a/")], "short"],
    ["short", [link(2, 0, "https://a/")], "short"]
  ])("%j with its links is read as it should be", (text, entities, read) => {
    assert.strictEqual(words(text, ...entities).text, read)
  })

  it("keep their marks where they were, also beside a link", () => {
    const { entities, text } = words(
      "@bot here @bot",
      { type: "mention", offset: 10, length: 4 },
      { type: "mention", offset: 0, length: 4 },
      link(5, 4, "https://a/"),
      { type: "bold", offset: 5, length: 4 }
    )
    assert.deepStrictEqual(
      entities.filter(({ type }) => type !== "text_link").map((
        { length, offset, type }
      ) => [type, text.slice(offset, offset + length)]),
      [["mention", "@bot"], ["bold", "here"], ["mention", "@bot"]]
    )
  })
})
