/**
 * The proxy that the environment names, for everything that this process fetches: Node itself goes through it only when it
 * is told to, and not before 22.21.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { misused } from "./serving.ts"

const read = (...names: readonly [string, string]) =>
  Effect.map(
    Effect.all(names.map((name) => Effect.option(Config.String(name)))),
    (found) => Option.getOrUndefined(Option.firstSomeOf(found))
  )

const isProxy = (address: string): boolean => /^https?:$/.test(URL.parse(address)?.protocol ?? "")

/** Goes through the proxies of `HTTPS_PROXY` and `HTTP_PROXY`, but for the hosts of `NO_PROXY`; does nothing without. */
export const use = Effect.gen(function*() {
  const httpsProxy = yield* read("HTTPS_PROXY", "https_proxy")
  const httpProxy = yield* read("HTTP_PROXY", "http_proxy")
  if (httpsProxy === undefined && httpProxy === undefined) return
  for (const [name, address] of [["HTTPS_PROXY", httpsProxy], ["HTTP_PROXY", httpProxy]] as const) {
    // It may hold a password, so it is not shown.
    if (address !== undefined && !isProxy(address)) {
      return yield* misused(`${name} is not usable: it begins with http:// or https://.`)
    }
  }
  const noProxy = yield* read("NO_PROXY", "no_proxy")
  // Half a megabyte that hardly anybody needs.
  const { EnvHttpProxyAgent, setGlobalDispatcher } = yield* Effect.promise(() => import("@effect/platform-node/Undici"))
  setGlobalDispatcher(
    new EnvHttpProxyAgent({
      ...(httpsProxy !== undefined && { httpsProxy }),
      ...(httpProxy !== undefined && { httpProxy }),
      ...(noProxy !== undefined && { noProxy })
    })
  )
  yield* Effect.logInfo(`Going out through the proxy of ${httpsProxy === undefined ? "HTTP_PROXY" : "HTTPS_PROXY"}.`)
})
