/**
 * What the benchmarks share: CPU and not time, medians, two sides in turns, and one line for each ratio.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"

/** The value in the middle. */
export const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** CPU milliseconds that some work took, of all threads of this process. */
export const cpuOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage()
  await work()
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1000
}

/** Medians of both sides, which take turns, so that whatever slows the machine slows both. The first rounds warm up. */
export const compared = async (
  options: { readonly rounds: number; readonly warmUp: number },
  ours: () => Promise<number>,
  bare: () => Promise<number>
): Promise<number> => {
  const pairs: Array<readonly [number, number]> = []
  for (let round = -options.warmUp; round < options.rounds; round++) {
    const pair = [await ours(), await bare()] as const
    if (round >= 0) pairs.push(pair)
  }
  return median(pairs.map(([one]) => one)) / median(pairs.map(([, other]) => other))
}

/** One line for each figure: how many times the baseline, and how many times it may be. */
export const tell = (what: string, figure: number, limit?: number): void => {
  const verdict = limit === undefined ? "" : figure <= limit ? `  within ${limit}` : `  ABOVE ${limit}`
  console.log(`${what.padEnd(58)} ${figure.toFixed(2).padStart(6)}${verdict}`)
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** The path of an auth.json that is signed in for a day. */
export const login = (): string => {
  const folder = mkdtempSync(`${tmpdir()}/effect-codex-bench-`)
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  const exp = Math.floor(Date.now() / 1000) + 86_400
  const token = `${part({ alg: "none" })}.${
    part({ exp, "https://api.openai.com/auth": { chatgpt_account_id: "acct_1", chatgpt_plan_type: "plus" } })
  }.x`
  const path = `${folder}/auth.json`
  const tokens = { id_token: token, access_token: token, refresh_token: "r", account_id: "acct_1" }
  writeFileSync(path, JSON.stringify({ tokens, last_refresh: new Date().toISOString() }), { mode: 0o600 })
  return path
}
