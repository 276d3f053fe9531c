/**
 * A line between a bot and its Telegram that can be broken as lines break: it falls silent, is reset, or nobody is there.
 */
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

/** A line to that address, for the life of the scope. */
export const make = Effect.fnUntraced(function*(to: string) {
  const { hostname, port } = new URL(to)
  const lines = new Set<{ readonly near: Socket; isDead: boolean }>()
  let isSilent = false
  let made = 0
  const server = createServer((near) => {
    made++
    const far = connect(Number(port), hostname)
    const line = { near, isDead: isSilent }
    lines.add(line)
    for (const [from, into] of [[near, far], [far, near]] as const) {
      from.on("data", (bytes) => {
        if (!line.isDead) into.write(bytes)
      })
      // A line that is dead does not even tell that the other end has gone.
      from.on("error", () => {}).on("close", () => {
        if (from === near) lines.delete(line)
        if (!line.isDead) into.destroy()
      })
    }
  })
  const listen = (at: number) =>
    Effect.promise(async () => {
      server.listen(at, "127.0.0.1")
      await once(server, "listening")
    })
  const cut = Effect.sync(() => {
    for (const { near } of lines) near.resetAndDestroy()
  })
  const close = Effect.andThen(cut, Effect.callback<void>((resume) => void server.close(() => resume(Effect.void))))
  yield* listen(0)
  const address = server.address()
  const own = typeof address === "object" && address !== null ? address.port : 0
  yield* Effect.addFinalizer(() => Effect.suspend(() => server.listening ? close : cut))
  return {
    address: `http://127.0.0.1:${own}`,
    /** How many connections were made. */
    made: () => made,
    /** What is sent is lost, in both directions, also on connections that are made from now on. */
    silence: Effect.sync(() => {
      isSilent = true
      for (const line of lines) line.isDead = true
    }),
    /** New connections work again; those that were silent stay so. */
    heal: Effect.gen(function*() {
      isSilent = false
      if (!server.listening) yield* listen(own)
    }),
    /** Cuts what is connected. */
    reset: cut,
    /** Cuts what is connected, and nobody is there for what wants to be. */
    refuse: close
  }
})
