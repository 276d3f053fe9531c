/**
 * A proxy that the environment names and nobody uses: Node's `fetch` goes through one only when it is told to.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] as const

const read = (name: string) => Effect.map(Effect.option(Config.String(name)), Option.getOrUndefined)

const isExempt = (host: string, list: string): boolean =>
  list.split(/[\s,]+/).some((entry) => {
    const name = entry.replace(/^\*?\.?/, "").replace(/:\d+$/, "")
    return entry === "*" || (name !== "" && (host === name || host.endsWith(`.${name}`)))
  })

/** The variable of a proxy that is set, and that what was sent to this host has most likely not gone through. */
export const unusedProxy = Effect.fnUntraced(function*(host: string) {
  if (/^(localhost|127\.|\[::1\])/.test(host)) return Option.none<string>()
  if ((yield* read("NODE_USE_ENV_PROXY")) === "1") return Option.none<string>()
  if ((yield* read("NODE_OPTIONS"))?.includes("--use-env-proxy") === true) return Option.none<string>()
  const exempt = (yield* read("NO_PROXY")) ?? (yield* read("no_proxy")) ?? ""
  if (isExempt(host.replace(/:\d+$/, ""), exempt)) return Option.none<string>()
  for (const name of names) {
    if ((yield* read(name)) !== undefined) return Option.some<string>(name)
  }
  return Option.none<string>()
})

/** What to do about it. */
export const howToUse = (name: string): string =>
  `${name} is set, and Node goes through it only with NODE_USE_ENV_PROXY=1 (Node 22.21 or 24): set it as well.`
