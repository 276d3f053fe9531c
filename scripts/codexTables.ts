/**
 * What docs/codex-emulator.md prints from the code: endpoints, fields, refusals, replies, faults and models.
 *
 * Refusals and fields are asked of an emulator that runs for it; the rest is read from the sources.
 */
import { readFileSync } from "node:fs"
import * as CodexEmulator from "../src/testing/codex/CodexEmulator.ts"
import { clientId } from "../src/testing/codex/internal/issuer.ts"
import { effortsOf, models as served } from "../src/testing/codex/internal/models.ts"

const source = (path: string): string => readFileSync(new URL(`../src/testing/${path}`, import.meta.url), "utf8")

const cell = (words: string): string => words.replaceAll("|", "\\|")
const code = (words: ReadonlyArray<string>): string => words.map((word) => `\`${word}\``).join(", ")
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")

// ---------------------------------------------------------------------------------------------------------
// Endpoints, replies, faults, models
// ---------------------------------------------------------------------------------------------------------

// A new endpoint does not compile before it is described here.
const played: Record<CodexEmulator.Endpoint, string> = {
  usercode: "begins a sign-in by device code, as the official CLI does it",
  deviceToken: "polls it: pending, approved, denied, expired",
  deviceCode: "begins a sign-in by RFC 8628; switched off by default, because the real issuer has none",
  token: "exchange of an approved code, refresh with rotation, the grant of RFC 8628",
  revoke: "ends the session of a token",
  responses: "an answer as a stream of events",
  websocket: "a bearer is checked and told 426, so that clients fall back to HTTP",
  models: "the list for a client version, with an ETag and 304",
  usage: "both windows of the quota",
  accounts: "the one workspace of the account"
}

const isEndpoint = (name: string): name is CodexEmulator.Endpoint => Object.hasOwn(played, name)

const routes = [
  ...source("codex/CodexEmulator.ts").matchAll(/router\.add\("(\w+)", "([^"]+)", (?:issuing|handle)\("(\w+)"/g)
].flatMap(([, method = "", path = "", name = ""]) => isEndpoint(name) ? [{ method, path, name }] : [])

/** Names that the page must show; a test asks for them. */
export const endpoints: ReadonlyArray<string> = Object.keys(played)

const sentence = (doc: string): string =>
  cell(doc.replace(/\s*\n \*\s*/g, " ").replace(/^\*\s*/, "").replace(/(?: \*)* @since.*$/, "").trim())

const constructors = [
  ...["answers", "refusals", "reply"].map((file) => source(`codex/internal/${file}.ts`)).join("\n")
    .matchAll(/^\/\*\*\s+((?:(?!\*\/)[^])+?)\s+\*\/\nexport const (\w+)/gm)
]

const faults = [...source("faults/internal/fault.ts").matchAll(/^ {2}\/\*\* ([^\n]+) \*\/\n {2}(\w+): \{/gm)]

// ---------------------------------------------------------------------------------------------------------
// What an emulator says when it is asked
// ---------------------------------------------------------------------------------------------------------

const emulator = await CodexEmulator.start({ device: { flows: ["deviceauth", "rfc8628"] } })

const signIn = async (): Promise<{ readonly access_token: string; readonly refresh_token: string }> =>
  JSON.parse(await emulator.signIn()).tokens
const account = await signIn()
const gone = await signIn()

interface Probe {
  readonly path: string
  readonly method?: string
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

const ask = ({ body, headers, method = "POST", path, token }: Probe) =>
  fetch(`${emulator.issuer}${path}`, {
    method,
    headers: { ...headers, ...token !== undefined && { authorization: `Bearer ${token}` } },
    ...body !== undefined && { body: JSON.stringify(body) }
  })

/** The words of a refusal, wherever this server puts them; the code, where it says one. */
const said = async (response: Response): Promise<string> => {
  const { detail, error, error_description } = await response.json()
  const [name, text] = typeof error === "string"
    ? [error, error_description]
    : error === undefined
    ? [detail.code, typeof detail === "string" ? detail : undefined]
    : [error.code ?? error.type, error.message]
  return [...text === undefined ? [] : [text], ...typeof name === "string" ? [`\`${name}\``] : []].join(" ")
}

const question = { role: "user", content: "Hi" }
const fine = { model: "gpt-5.5", instructions: "", input: [question], store: false, stream: true }
const responses = (more: object, headers: Readonly<Record<string, string>> = {}): Probe => ({
  path: "/backend-api/codex/responses",
  token: account.access_token,
  headers,
  body: { ...fine, ...more }
})
const content = (part: object) => ({ input: [{ role: "user", content: [part] }] })
const format = (schema: object) => ({ text: { format: { type: "json_schema", name: "it", strict: true, schema } } })

// The fields that the public Responses API has, and those that only the official CLI sends.
const knownFields = [
  "background",
  "client_metadata",
  "conversation",
  "include",
  "input",
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "model",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt",
  "prompt_cache_key",
  "prompt_cache_retention",
  "reasoning",
  "safety_identifier",
  "service_tier",
  "store",
  "stream",
  "stream_options",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "user"
]

const isRefused = async (field: string): Promise<boolean> =>
  (await (await ask(responses(field in fine ? {} : { [field]: null }))).text()).includes("Unsupported parameter")
const refusedFields: Array<string> = []
for (const field of knownFields) if (await isRefused(field)) refusedFields.push(field)

const bodies: ReadonlyArray<readonly [string, Probe]> = [
  ["a field outside the list", responses({ temperature: 1 })],
  ["`store` other than false", responses({ store: true })],
  ["`stream` other than true", responses({ stream: false })],
  ["no instructions", responses({ instructions: undefined })],
  ["input that is no list", responses({ input: "Hi" })],
  ["empty input", responses({ input: [] })],
  ["a system message", responses({ input: [{ ...question, role: "system" }] })],
  ["an unknown role", responses({ input: [{ ...question, role: "king" }] })],
  ["an unknown item", responses({ input: [{ type: "poem" }] })],
  [
    "a sealed item of another account",
    responses({ input: [question, { type: "reasoning", encrypted_content: "odd" }] })
  ],
  ["a trigger that is not last", responses({ input: [{ type: "compaction_trigger" }, question] })],
  ["a reference to an item", responses({ input: [{ type: "item_reference", id: "msg_1" }] })],
  ["a part of the wrong kind", responses(content({ type: "output_text", text: "Hi" }))],
  ["a picture that is no image URL", responses(content({ type: "input_image", image_url: "picture.png" }))],
  [
    "a picture that is none",
    responses(content({ type: "input_image", image_url: "data:image/png;base64,bm9uZQ==" }))
  ],
  [
    "an output without its call",
    responses({ input: [question, { type: "function_call_output", call_id: "call_1", output: "" }] })
  ],
  [
    "a call without its output",
    responses({ input: [question, { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" }] })
  ],
  [
    "an id of another kind",
    responses({ input: [question, { type: "function_call", id: "msg_1", call_id: "c", name: "f", arguments: "{}" }] })
  ],
  [
    "a thought without what it led to",
    responses({ input: [{ type: "reasoning", id: "rs_1", summary: [] }, question] })
  ],
  [
    "an output with a file",
    responses({
      input: [
        question,
        { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: [{ type: "input_file", file_id: "file-1" }] }
      ]
    })
  ],
  [
    "a picture beyond all measure",
    responses(content({
      type: "input_image",
      image_url: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAJxAAACcQCAYAAAA="
    }))
  ],
  ["a body of 16 MiB", responses(content({ type: "input_text", text: "x".repeat(16 * 1024 * 1024) }))],
  ["no model", responses({ model: undefined })],
  ["an unknown model", responses({ model: "gpt-0" })],
  ["a retired model", responses({ model: "gpt-5.3-codex" })],
  ["a model for newer clients", responses({ model: "gpt-6-astra" }, { version: "0.98.0" })],
  ["an unknown effort", responses({ reasoning: { effort: "ultra" } })],
  ["an effort that the model lacks", responses({ reasoning: { effort: "max" } })],
  ["an unknown summary", responses({ reasoning: { summary: "long" } })],
  ["an unknown tier", responses({ service_tier: "flex" })],
  ["an unknown verbosity", responses({ text: { verbosity: "loud" } })],
  ["a tool choice without the tool", responses({ tool_choice: { type: "function", name: "f" } })],
  [
    "a tool choice that is nested",
    responses({
      tools: [{ type: "function", name: "f" }],
      tool_choice: { type: "function", function: { name: "f" } }
    })
  ],
  [
    "a picture that is forced",
    responses({ tools: [{ type: "image_generation" }], tool_choice: { type: "image_generation" } })
  ],
  ["a name of a tool", responses({ tools: [{ type: "function", name: "my tool" }] })],
  [
    "a name in a call",
    responses({ input: [question, { type: "function_call", call_id: "call_1", name: "my.tool", arguments: "{}" }] })
  ],
  [
    "a choice of parameters",
    responses({
      tools: [{ type: "function", name: "f", parameters: { type: "object", anyOf: [{ type: "object" }] } }]
    })
  ],
  [
    "a list of nothing",
    responses({
      tools: [{ type: "function", name: "f", parameters: { type: "object", properties: { of: { type: "array" } } } }]
    })
  ],
  ["a schema that is no object", responses(format({ type: "string" }))],
  ["a strict schema that is open", responses(format({ type: "object", properties: {} }))]
]

const token = (fields: object): Probe => ({ path: "/oauth/token", body: { client_id: clientId, ...fields } })
const refresh = (refresh_token: string): Probe => token({ grant_type: "refresh_token", refresh_token })

const begin = async (): Promise<{ readonly device_auth_id: string; readonly user_code: string }> =>
  (await ask({ path: "/api/accounts/deviceauth/usercode", body: { client_id: clientId } })).json()
const [waiting, denied, expired, approved] = [await begin(), await begin(), await begin(), await begin()]
await emulator.deny(denied.user_code)
await emulator.expire(expired.user_code)
await emulator.approve(approved.user_code)
const poll = (login: object): Probe => ({ path: "/api/accounts/deviceauth/token", body: login })
const { authorization_code } = await (await ask(poll(approved))).json()

const used = (await signIn()).refresh_token
await ask(refresh(used))
const old: { access_token: string } = JSON.parse(await emulator.signIn({ expiresIn: "-1 second" })).tokens
await ask({ path: "/oauth/revoke", body: { client_id: clientId, token: gone.refresh_token } })

const models = "/backend-api/codex/models"
const others: ReadonlyArray<readonly [string, Probe]> = [
  ["no token, or an unknown one", { ...responses({}), token: undefined }],
  ["a token that has expired", { ...responses({}), token: old.access_token }],
  ["a session that has ended", { ...responses({}), token: gone.access_token }],
  ["another workspace", responses({}, { "chatgpt-account-id": "another" })],
  ["a websocket", { path: "/backend-api/codex/responses", method: "GET", token: account.access_token }],
  ["models without a client version", { path: models, method: "GET", token: account.access_token }],
  ["another path of the backend", { path: "/backend-api/codex/nothing" }],
  ["another path of the issuer", { path: "/nothing" }],
  ["a refresh token that was used", refresh(used)],
  ["a refresh token whose session has ended", refresh(gone.refresh_token)],
  ["an unknown refresh token", refresh("rt_unknown")],
  ["an empty refresh token", refresh("")],
  ["another client", token({ client_id: "app_other", grant_type: "refresh_token" })],
  ["another grant", token({ grant_type: "password" })],
  ["a code with a wrong redirect", token({ grant_type: "authorization_code", code: authorization_code })],
  ["an unknown code", token({ grant_type: "authorization_code", code: "ac_unknown" })],
  ["a login that waits", poll(waiting)],
  ["a login that was denied", poll(denied)],
  ["a login that is too old", poll(expired)],
  ["an unknown login", poll({})]
]

const told = async (probes: ReadonlyArray<readonly [string, Probe]>): Promise<string> => {
  const rows: Array<ReadonlyArray<string>> = []
  for (const [what, probe] of probes) {
    const response = await ask(probe)
    if (response.ok) throw new Error(`The emulator does not refuse ${what}.`)
    rows.push([what, String(response.status), cell(await said(response))])
  }
  return table(["For", "Status", "It says"], rows)
}

const bodyRefusals = await told(bodies)
const otherRefusals = await told(others)
await emulator.setQuota({ primary: 100 })
const quotaRefusal = await told([["a window of the quota that is full", responses({})]])
await emulator.close()

/** The printed parts of the page, by name. */
export const parts: Readonly<Record<string, string>> = {
  endpoints: table(
    ["Call", "Request", "What it plays"],
    routes.map(({ method, name, path }) => [`\`${name}\``, `\`${method} ${path}\``, played[name]])
  ),
  fields: table(["", ""], [
    ["Accepted", code(knownFields.filter((field) => !refusedFields.includes(field)))],
    ["Refused", code(refusedFields)]
  ]),
  "body refusals": bodyRefusals,
  "other refusals": [otherRefusals, ...quotaRefusal.split("\n").slice(2)].join("\n"),
  replies: table(
    ["`Reply.…`", ""],
    constructors.map(([, doc = "", name = ""]) => [`\`${name}\``, sentence(doc)])
  ),
  faults: table(["Fault", "What befalls the call"], faults.map(([, doc = "", tag = ""]) => [`\`${tag}\``, cell(doc)])),
  models: table(
    ["Model", "Efforts", "Client from"],
    served.map((model) => [
      `\`${model.slug}\`${model.hidden === true ? " (hidden)" : ""}`,
      effortsOf(model).join(", "),
      model.minimalClientVersion ?? "any"
    ])
  )
}
