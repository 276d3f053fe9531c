/**
 * Watches every test file: no token and nothing that was said may show in a log line or a span of the whole run.
 *
 * What the doubles give out as tokens, and what the tests say in confidence, has a form that can be searched for.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import { afterAll, assert } from "vitest"

const secrets = /eyJ[\w-]{16,}\.[\w-]{16,}\.|\brt_[\w-]{12,}|do-not-tell/

const leaks: Array<string> = []

const check = (...values: ReadonlyArray<unknown>): void => {
  for (const value of values) {
    const text = typeof value === "string" ? value : inspect(value, { depth: 6 })
    const found = secrets.exec(text)
    if (found !== null) leaks.push(text.slice(Math.max(0, found.index - 80), found.index + 40))
  }
}

for (const method of ["debug", "info", "log", "warn", "error"] as const) {
  const original = console[method].bind(console)
  console[method] = (...values: ReadonlyArray<unknown>) => {
    check(...values)
    original(...values)
  }
}

// Called on its span below.
// oxlint-disable-next-line typescript/unbound-method
const { end } = Tracer.NativeSpan.prototype
Tracer.NativeSpan.prototype.end = function(this: Tracer.NativeSpan, endTime, exit) {
  check(this.name, [...this.attributes], this.events)
  if (Exit.isFailure(exit)) check(Cause.pretty(exit.cause))
  end.call(this, endTime, exit)
}

afterAll(() => {
  assert.deepStrictEqual(leaks, [], "a secret got into a log or a span")
})
