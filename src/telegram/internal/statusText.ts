/**
 * The text of `/codex status`.
 */
import * as Option from "effect/Option"
import type * as CodexAuth from "../../auth/CodexAuth.ts"
import type { Quota } from "../../backend/RateLimits.ts"
import type { Status } from "../../conversation/Codex.ts"
import type { Totals, Usage } from "../../conversation/UsageMeter.ts"
import { explain, explainWithoutPath, minute } from "../../Failure.ts"
import * as RichText from "../richtext/RichText.ts"

const login = (
  { canRefresh, expiresAt, plan, problem, unwritable }: CodexAuth.Status,
  mayKnowPaths: boolean
): ReadonlyArray<string> => {
  const told = mayKnowPaths ? explain : explainWithoutPath
  return [
    ...(problem === undefined ? [] : [`Login: ${told(problem)}`]),
    ...(unwritable === undefined ? [] : [`⚠️ New tokens cannot be saved. ${told(unwritable)}`]),
    ...(expiresAt === undefined ? [] : [`Token expires: ${minute(expiresAt)}`]),
    `Refresh: ${canRefresh ? "automatic" : "off"}`,
    ...(plan === undefined ? [] : [`Plan: ${plan}`])
  ]
}

const quota = (known: Quota): ReadonlyArray<string> =>
  known.windows.map(({ name, resetsAt, usedPercent }) =>
    `Quota, ${name}: ${Math.max(0, Math.round(100 - usedPercent))} % left${
      resetsAt === undefined ? "" : `, resets ${minute(resetsAt)}`
    }`
  )

const count = (totals: Totals): string =>
  `${totals.requests} requests, ${totals.totalTokens} tokens (${totals.inputTokens} in, ${totals.outputTokens} out)`

const usageLines = ({ perUser, since, total }: Usage, userId: number | undefined): ReadonlyArray<string> => {
  const own = userId === undefined ? undefined : perUser.get(userId)
  return [
    `Since ${since === undefined ? "the start" : minute(since)}: ${count(total)}`,
    ...(own === undefined ? [] : [`You: ${count(own)}`])
  ]
}

const preview = (text: string): string => text.length > 60 ? `${RichText.cut(text, 60)}…` : text

/** Who wants to know. */
export interface Asker {
  readonly userId: number | undefined
  readonly personality: Option.Option<string>
  /** Whether the places of files on the server may be named. */
  readonly mayKnowPaths: boolean
}

/** Tells a user how things stand; nothing in it is secret. */
export const make = (status: Status, { mayKnowPaths, personality, userId }: Asker): string =>
  [
    `${status.connected ? "✅" : "❌"} ${status.provider}: ${status.connected ? "connected" : "not connected"}`,
    ...(status.model === undefined ? [] : [`Model: ${status.model}`]),
    ...(status.modelNote === undefined ? [] : [status.modelNote]),
    ...(status.reasoningEffort === undefined ? [] : [`Reasoning effort: ${status.reasoningEffort}`]),
    ...Option.match(status.auth, { onNone: () => [], onSome: (auth) => login(auth, mayKnowPaths) }),
    ...Option.match(status.quota, { onNone: () => [], onSome: quota }),
    ...(status.usageProblem === undefined
      ? usageLines(status.usage, userId)
      : ["What was used is not known now: it could not be read."]),
    ...Option.match(personality, { onNone: () => [], onSome: (text) => [`Personality: ${preview(text)}`] })
  ].join("\n")
