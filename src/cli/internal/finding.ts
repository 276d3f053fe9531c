/**
 * What `effect-codex doctor` finds: one line each, with a verdict and, where something is wrong, a fix.
 */
import type { Explained } from "../../Failure.ts"
import { exitCodes } from "./outcome.ts"

/** From the best to the worst; `skipped` says that it could not be looked at, and is no verdict. */
export type Verdict = "skipped" | "ok" | "warning" | "broken"

export interface Finding {
  readonly check: string
  readonly verdict: Verdict
  readonly says: string
  readonly fix?: string
}

export const ok = (check: string, says: string): Finding => ({ check, verdict: "ok", says })

export const skipped = (check: string, says: string): Finding => ({ check, verdict: "skipped", says })

export const warning = (check: string, says: string, fix: string): Finding => ({ check, verdict: "warning", says, fix })

export const broken = (check: string, says: string, fix: string): Finding => ({ check, verdict: "broken", says, fix })

/** What a failure of the library says of itself. */
export const failure = (check: string, error: Explained): Finding => broken(check, error.message, error.fix("program"))

const order: ReadonlyArray<Verdict> = ["skipped", "ok", "warning", "broken"]

/** The worst verdict of all. */
export const worst = (findings: ReadonlyArray<Finding>): Verdict =>
  findings.reduce<Verdict>(
    (worst, { verdict }) => order.indexOf(verdict) > order.indexOf(worst) ? verdict : worst,
    "ok"
  )

/** What the worst verdict is worth. */
export const exitCodeOf = (verdict: Verdict): number =>
  verdict === "broken" ? exitCodes.failed : verdict === "warning" ? exitCodes.warning : exitCodes.done
