/**
 * A port of this machine that nobody listens at.
 */
import * as Effect from "effect/Effect"
import { createServer } from "node:net"

/** Free when it was asked for. */
export const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})
