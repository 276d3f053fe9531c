/**
 * Lint rules of this house that no published plugin has. oxlint loads them by `.oxlintrc.json`.
 */
const report = (message, ...types) => ({
  create: (context) => Object.fromEntries(types.map((type) => [type, (node) => context.report({ message, node })]))
})

export default {
  meta: { name: "house" },
  rules: {
    "no-try": report("Use Effect.try, Effect.tryPromise or Result.try: a failure is a value.", "TryStatement"),
    "no-throw": report("Fail with a typed error; Effect.die for a defect.", "ThrowStatement")
  }
}
