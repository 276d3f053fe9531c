import { CodexEmulator } from "effect-codex/testing/codex"
import { assert, onTestFinished, test } from "vitest"

/** The client under test. This one is bare; yours may be in any language, the double only hears HTTP. */
const ask = (baseUrl: string, token: string, prompt: string, more: object = {}) =>
  fetch(`${baseUrl}/responses`, {
    method: "POST",
    headers: { "authorization": `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-5.5",
      instructions: "Be brief.",
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: prompt }] }],
      store: false,
      stream: true,
      ...more
    })
  })

test("a client signs in, is answered, refused and limited as by the real backend", async () => {
  const codex = await CodexEmulator.start()
  onTestFinished(() => codex.close())

  // The text of an auth.json: write it to a file for clients that read one.
  const { tokens } = JSON.parse(await codex.signIn({ plan: "pro" }))
  const say = (prompt: string, more?: object) => ask(codex.baseUrl, tokens.access_token, prompt, more)

  await codex.script(CodexEmulator.Reply.text("It is noon."))
  const answer = await (await say("What time is it?")).text()
  assert.match(answer, /^event: response\.created\n/)
  assert.include(answer, "\"delta\":\"noon.\"")

  // Without a script it answers by itself, and knows what the request holds.
  assert.include(await (await say("6 * 7")).text(), "42")

  const refused = await say("Hi", { temperature: 1 })
  assert.strictEqual(refused.status, 400)
  assert.deepStrictEqual(await refused.json(), { detail: "Unsupported parameter: temperature" })

  await codex.setQuota({ primary: 100 })
  assert.strictEqual((await say("One more?")).status, 429)

  // Everything that was asked, with the tokens told by what they are worth.
  const [first] = await codex.requests()
  assert.strictEqual(first?.path, "/backend-api/codex/responses")
  assert.strictEqual(first?.headers["authorization"], "Bearer <valid>")
})
