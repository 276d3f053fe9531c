/**
 * effect-codex/telegram/vibegram: gives VibeGram's own `Context` the `codex` that the middleware adds to it.
 *
 * Only types: `import type {} from "effect-codex/telegram/vibegram"` once in a bot is enough. Not together with
 * `vibegram/codex`, which declares the same field.
 */
import type { CodexContext } from "./promise/Promises.ts"

// @ts-expect-error VibeGram is not on npm: it is there where this is imported.
declare module "vibegram/context" {
  interface Context {
    codex: CodexContext
  }
}
