/**
 * The quota as last heard, and whose it is.
 */
import type { Quota } from "../RateLimits.ts"

/** A quota, and the account that it is of. */
export interface Known {
  readonly account: string | undefined
  readonly quota: Quota
}

/** News of an account's quota on top of what was known: an answer may tell the plan without the windows. */
export const heard = (account: string | undefined, news: Quota) => (known: Known | undefined): Known => {
  const before = known?.account === account ? known?.quota : undefined
  const hasWindows = news.windows.length > 0
  return {
    account,
    quota: {
      plan: news.plan ?? before?.plan,
      limitReached: news.limitReached || (!hasWindows && before?.limitReached === true),
      windows: hasWindows ? news.windows : before?.windows ?? []
    }
  }
}
