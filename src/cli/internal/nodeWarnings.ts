/**
 * What Node says of itself unasked.
 */
import process from "node:process"

/** Node 22 says of its SQLite that it is experimental: whoever runs a command can do nothing about it. */
export const hush = (): void => {
  const emit = process.emitWarning.bind(process)
  process.emitWarning = new Proxy(emit, {
    apply: (_, self, told: ReadonlyArray<unknown>): unknown => {
      const [warning] = told
      const isOurs = typeof warning === "string" && warning.startsWith("SQLite is an experimental feature")
      return isOurs ? undefined : Reflect.apply(emit, self, told)
    }
  })
}
