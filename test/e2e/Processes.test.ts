/**
 * Processes that share one auth.json: they refresh it together, and die over it.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import { bundle, start } from "../support/processes.ts"

const platform = Layer.merge(NodeFileSystem.layer, FetchHttpClient.layer)

interface Pair {
  readonly access: string
  readonly refresh: string
}

/** The tokens in the text of a whole auth.json; throws at anything else. */
const pairOf = (text: string): Pair => {
  const { auth_mode, last_refresh, note, tokens } = JSON.parse(text)
  assert.strictEqual(auth_mode, "chatgpt")
  assert.isFalse(Number.isNaN(Date.parse(last_refresh)))
  assert.deepStrictEqual(note, { kept: true })
  assert.isString(tokens.access_token)
  assert.isString(tokens.refresh_token)
  assert.isString(tokens.id_token)
  return { access: tokens.access_token, refresh: tokens.refresh_token }
}

/** Reads the file again and again, and notes every pair of tokens that it ever held. */
const watching = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const seen = new Map<string, string>()
  let looks = 0
  const look = Effect.gen(function*() {
    const { access, refresh } = pairOf(yield* fs.readFileString(path))
    assert.strictEqual(seen.get(refresh) ?? access, access, "a refresh token that changed its access token")
    seen.set(refresh, access)
    looks++
  })
  const fiber = yield* Effect.forkScoped(Effect.forever(Effect.andThen(look, Effect.sleep("5 millis"))))
  return {
    stop: Effect.gen(function*() {
      // A look that failed has ended the fiber.
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
      return looks
    })
  }
})

const accepts = Effect.fnUntraced(function*(server: CodexEmulator.Service, token: string) {
  const response = yield* HttpClient.execute(
    HttpClientRequest.get(`${server.baseUrl}/models?client_version=0.0.0`).pipe(HttpClientRequest.bearerToken(token))
  )
  yield* response.text
  return response.status === 200
})

const presented = Effect.fnUntraced(function*(server: CodexEmulator.Service) {
  const tokens = (yield* server.requests).filter((request) => request.path === "/oauth/token")
  return tokens.map(({ body }) => Predicate.isObject(body) ? body["refresh_token"] : undefined)
})

const home = Effect.fnUntraced(function*(server: CodexEmulator.Service, expiresIn?: "-1 minute") {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const path = `${folder}/auth.json`
  const signIn = Effect.flatMap(
    server.signIn({ ...expiresIn && { expiresIn }, extra: { note: { kept: true } } }),
    (text) => Effect.andThen(fs.writeFileString(`${path}.new`, text), fs.rename(`${path}.new`, path))
  )
  yield* signIn
  return { folder, path, signIn }
})

const kills = Number(process.env["CODEX_TEST_KILLS"] ?? 12)

describe("processes that share one auth.json", () => {
  it.live("renew an expired token once for twenty of them, and all of them get it", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const server = yield* CodexEmulator.make()
      const program = yield* bundle("refreshingProcess.ts", yield* fs.makeTempDirectoryScoped())
      const { folder, path } = yield* home(server, "-1 minute")
      const all = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => start(program, [path, server.issuer]),
        { concurrency: "unbounded" }
      )
      for (const one of all) {
        assert.strictEqual(yield* one.line, "ready")
      }
      const watch = yield* watching(path)
      const said = yield* Effect.forEach(
        all,
        (one) => Effect.andThen(one.tell("go"), one.line),
        { concurrency: "unbounded" }
      )
      yield* watch.stop

      const { access } = pairOf(yield* fs.readFileString(path))
      assert.deepStrictEqual(said.filter((line) => line !== `token ${access}`), [])
      assert.isTrue(yield* accepts(server, access))
      assert.strictEqual(yield* server.refreshes, 1)
      assert.deepStrictEqual(yield* presented(server), ["<valid>"])
      // The lock is a file, never a folder by the name of the CLI's lock.
      assert.deepStrictEqual((yield* fs.readDirectory(folder)).toSorted(), [
        "auth.json",
        "auth.json.effect-codex.lock"
      ])
    }).pipe(Effect.provide(platform)), 120_000)

  it.live(
    "leave a whole file with the old or the new tokens when they are killed, and the next one works",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const server = yield* CodexEmulator.make()
        const program = yield* bundle("refreshingProcess.ts", yield* fs.makeTempDirectoryScoped())
        let atWork = 0

        const chain = Effect.gen(function*() {
          const { folder, path, signIn } = yield* home(server)
          const launch = start(program, [path, server.issuer, "forever"])
          const watch = yield* watching(path)
          let next = yield* launch
          for (let kill = 0; kill <= kills; kill++) {
            const one = next
            next = yield* launch
            // It works with what the one before left behind.
            assert.strictEqual(yield* one.line, "ready")
            yield* one.tell("go")
            const { access } = pairOf(yield* fs.readFileString(path))
            assert.strictEqual(yield* one.line, `token ${access}`)
            assert.isTrue(yield* accepts(server, access))
            // A kill between the issuer's answer and the write costs the session, so each gets one of its own.
            yield* signIn
            yield* one.tell("go")
            assert.strictEqual(yield* one.line, "working")
            const before = yield* server.refreshes
            if (kill % 2 === 0) {
              yield* Effect.sleep(yield* Random.nextBetween(0, 40))
            } else {
              // At whatever speed a machine refreshes: right after the issuer was asked, about where the file is written.
              yield* server.refreshes.pipe(
                Effect.repeat({ until: (count) => count > before, schedule: Schedule.spaced("1 millis") })
              )
              yield* Effect.sleep(yield* Random.nextBetween(0, 10))
            }
            yield* one.kill
            if ((yield* server.refreshes) > before) atWork++
          }
          assert.isAbove(yield* watch.stop, kills)
          const rest = (yield* fs.readDirectory(folder)).filter((name) => !name.startsWith(".auth.json.effect-codex-"))
          assert.deepStrictEqual(rest.toSorted(), ["auth.json", "auth.json.effect-codex.lock"])
        }).pipe(Effect.scoped)

        yield* Effect.all([chain, chain], { concurrency: 2 }).pipe(Random.withSeed("kill"))
        // Of two chains: at least half were killed while they were at it.
        assert.isAtLeast(atWork, kills)
        assert.notInclude(yield* presented(server), "<used>")
      }).pipe(Effect.provide(platform)),
    300_000
  )
})
