/**
 * The door for tests without Effect: a scoped service becomes an object of promise functions that is closed by hand.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Pipeable from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * A value whose effects became promise functions and whose streams became functions that give async iterables, at every
 * depth of plain objects and arrays. Other values are as they were.
 */
export type Promised<A> = A extends Effect.Effect<infer X, infer _E, infer _R> ? () => Promise<Promised<X>>
  : A extends Stream.Stream<infer X, infer _E, infer _R> ? () => AsyncIterable<X>
  : A extends Pipeable.Pipeable ? A
  : A extends (...args: infer Args extends ReadonlyArray<unknown>) => infer B ? (...args: Args) => Returned<B>
  : A extends ReadonlyArray<unknown> ? { readonly [K in keyof A]: Promised<A[K]> }
  : A extends Uint8Array ? A
  : A extends object ? { readonly [K in keyof A]: Promised<A[K]> }
  : A

type Returned<B> = B extends Effect.Effect<infer X, infer _E, infer _R> ? Promise<Promised<X>> : Promised<B>

/** What `start` adds: the server stops, together with its connections. May be called twice. */
export interface Closing extends AsyncDisposable {
  readonly close: () => Promise<void>
}

const isPlain = (u: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(u)
  return prototype === Object.prototype || prototype === null
}

// The effects and streams of a service need nothing from outside.
const isEffect = (u: unknown): u is Effect.Effect<unknown, Error> => Effect.isEffect(u)
const isStream = (u: unknown): u is Stream.Stream<unknown, Error> => Stream.isStream(u)

const isMethod = (u: unknown): u is (...args: ReadonlyArray<unknown>) => unknown => Predicate.isFunction(u)
const isList = (u: unknown): u is ReadonlyArray<unknown> => Array.isArray(u)

const run = (effect: Effect.Effect<unknown, Error>): Promise<unknown> =>
  Effect.runPromise(Effect.map(effect, (value) => promised(value)))

/** Converts a service, or anything that a service gives. */
export function promised<A>(value: A): Promised<A>
export function promised(value: unknown): unknown {
  if (isEffect(value)) return () => run(value)
  if (isStream(value)) return () => Stream.toAsyncIterable(value)
  if (isMethod(value)) {
    return (...args: ReadonlyArray<unknown>) => {
      const returned = value(...args)
      return isEffect(returned) ? run(returned) : promised(returned)
    }
  }
  if (isList(value)) return value.map((element) => promised(element))
  return Predicate.isObject(value) && isPlain(value)
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, promised(member)]))
    : value
}

/** Starts a scoped service; the scope closes with `close`, or with `await using`. */
// @effect-diagnostics-next-line asyncFunction:off -- This is the door to promises.
export const start = async <A, E>(make: Effect.Effect<A, E, Scope.Scope>): Promise<Promised<A> & Closing> => {
  const scope = Scope.makeUnsafe()
  const service = await Effect.runPromise(
    Effect.onError(Scope.provide(make, scope), (cause) => Scope.close(scope, Exit.failCause(cause)))
  )
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  return Object.assign({}, promised(service), { close, [Symbol.asyncDispose]: close })
}
