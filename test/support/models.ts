/**
 * An account that still has the model that the library asks for by default.
 *
 * The emulator refuses it, as the real backend does since June 2026. Where the library chooses a model by itself, this file
 * and its uses go away.
 */
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"

export const withFormerDefault = [...CodexEmulator.models, { slug: "gpt-5.3-codex" }]
