/**
 * What a refusal is about, told by its code or by its sentence: a policy, a budget, a workspace, a place, a model.
 *
 * New codes come with every release of the server, so what is alike is read alike, and not only what is known.
 */

/** A subject that is forbidden: the server says why, and asking again changes nothing. */
export const isPolicy = (code: string): boolean =>
  code === "invalid_prompt" || code.endsWith("_policy") || code.endsWith("_policy_violation")

/** Money that is spent: of an account, a project, or an organization. */
export const isBudget = (code: string): boolean =>
  /^(?:billing|budget|credits?)_/.test(code) ||
  /_(?:balance|budget|credits?|spend_limit|spending_limit)_(?:depleted|exceeded|exhausted|reached)$/
    .test(code) ||
  /^(?:organization|project|team|account)_usage_limit_(?:exceeded|reached)$/.test(code)

/** The kinds of `x-codex-rate-limit-reached-type` that are a workspace's own; waiting cures none of them. */
export const workspaceLimitOf = (kind: string): "credits" | "limit" | undefined =>
  /^workspace_.*(?:depleted|reached|exceeded|exhausted)$/.test(kind)
    ? kind.includes("credit") ? "credits" : "limit"
    : undefined

/** A workspace that was left, switched off, or may not be used. */
export const isWorkspace = (code: string): boolean => /(?:^|_)workspace(?:_|$)/.test(code)

/** A token that is over. */
export const isLogin = (code: string): boolean =>
  code === "token_expired" || code === "token_invalidated" || code === "token_revoked"

/** A refusal that no login cures. */
export const isNoLogin = (said: string): boolean =>
  /(?:\b|_)(?:regions?|country|countries|territory|deactivated|suspended|banned)(?:\b|_)/i.test(said)

/** A model that this account cannot have, in the sentences of several years. */
export const refusesModel = (sentence: string): boolean =>
  /\bmodel\b.*\b(?:is not supported|is not available|is not enabled|does not exist|do(?:es)? not have access)\b|\bmodel not found\b|\brequires a newer version\b|\bdoes not exist or you do not have access\b/is
    .test(sentence)

/** A prompt that the model cannot read at once. */
export const refusesLength = (sentence: string): boolean =>
  /\bexceeds the context window\b|\bmaximum context length\b/i.test(sentence)

/** A quota that is told in words only. */
export const tellsQuota = (sentence: string): boolean =>
  /\busage limit\b.*\breached\b|\breached\b.*\busage limit\b|\bhit your usage limit\b/is.test(sentence)

/** A sentence that says no more than the status does. */
export const isBare = (sentence: string): boolean =>
  /^\W*(?:error\W+)?(?:40[23]\W+)?(?:forbidden|payment required|access denied|permission denied|not allowed)?\W*$/i
    .test(sentence)
