/**
 * A collector of OpenTelemetry on loopback, which keeps what arrives.
 */
import * as Effect from "effect/Effect"
import { createServer } from "node:http"

/** Listens for the scope of a test. */
export const collector = Effect.gen(function*() {
  const arrived: Array<{ readonly path: string; readonly body: string }> = []
  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", (text: string) => body += text).on("end", () => {
      arrived.push({ path: request.url ?? "", body })
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
  })
  const port = yield* Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(typeof address === "object" && address !== null ? Effect.succeed(address.port) : Effect.die("no port"))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  return {
    url: `http://127.0.0.1:${port}`,
    /** All that arrived at a path, as it was sent. */
    at: (path: string): string => arrived.filter((one) => one.path === path).map(({ body }) => body).join("\n")
  }
})
