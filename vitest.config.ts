import { defineConfig } from "vitest/config"

// Tests import `effect-codex` by name and get src/ through this condition: nothing is built first.
const conditions = ["effect-codex-source", "node", "import", "module", "default"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/installed.ts"],
    setupFiles: ["test/support/leaks.ts"],
    // Threads start sooner, but wait for each other: they were not done sooner, and were slower to answer.
    pool: "forks",
    // Many tests wait for a process or a socket: five share two cores well.
    maxWorkers: 5,
    // Nothing waits for so long: a process that starts on a machine that has much to do may.
    testTimeout: 60_000,
    hookTimeout: 120_000
  }
})
