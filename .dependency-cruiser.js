// The floors of the house. An import points into its own wing or to a lower floor, never up and never sideways.
const floor0 = "^src/(Endpoint|Failure|Sqlite)\\.ts$|^src/internal/"
const auth = "^src/auth/"
const backend = "^src/backend/"
const conversation = "^src/conversation/"
const composition = "^src/Codex(Live|Rooms|Error)\\.ts$|^src/ai/"
const doors = "^src/(telegram|testing|cli)/"
const nameless = "(^|/)(utils?|helpers?|common)(\\.ts$|/)"
const face = "^src/index\\.ts$"

const unplaced = { path: "^src/", pathNot: [floor0, auth, backend, conversation, composition, doors, face] }

/** `wing` may import itself and `below`, and nothing else of src. */
const stands = (name, wing, below) => ({
  name: `floor-${name}`,
  severity: "error",
  comment: "An import points into its own wing or to a lower floor.",
  from: { path: wing },
  to: { path: "^src/", pathNot: [wing, ...below] }
})

const forbid = (name, comment, from, to) => ({ name, severity: "error", comment, from, to })

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    stands("0-ground", floor0, []),
    stands("1-auth", auth, [floor0]),
    stands("2-backend", backend, [floor0, auth]),
    stands("3-conversation", conversation, [floor0, auth, backend]),
    stands("4-composition", composition, [floor0, auth, backend, conversation]),
    stands("5-telegram", "^src/telegram/", [floor0, auth, backend, conversation, composition]),
    stands("5-testing", "^src/testing/", [floor0, auth, backend, conversation, composition]),
    stands("6-cli", "^src/cli/", [floor0, auth, backend, conversation, composition, doors]),

    forbid("nothing-imports-ai", "Who uses effect/ai comes to us, and we go on without it.", {
      path: "^src/",
      pathNot: "^src/ai/"
    }, { path: "^src/ai/" }),
    forbid("only-promises-compose-in-ai", "A provider stands on services; those without Effect are given all of it.", {
      path: "^src/ai/",
      pathNot: "^src/ai/promise/"
    }, { path: "^src/Codex(Live|Rooms)\\.ts$" }),

    // What is loaded at the first need does not name the types of who loads it either.
    forbid("no-circular", "Two modules that need each other are one module.", {}, { circular: true }),
    forbid("no-face-inside", "src/index.ts is for users; inside, import the module itself.", { path: "^src/" }, {
      path: face
    }),
    forbid("no-unplaced-module", "Every module stands on a floor.", {}, unplaced),
    forbid("no-unplaced-importer", "Every module stands on a floor.", unplaced, {}),
    forbid("internal-is-private", "internal/ of a wing is for that wing.", { path: "^src/([^/]+)/" }, {
      path: "^src/[^/]+/internal/",
      pathNot: ["^src/$1/"]
    }),
    forbid("internal-of-a-room-is-private", "internal/ of a room is for that room.", { path: "^src/([^/]+/[^/]+)/" }, {
      path: "^src/[^/]+/[^/]+/internal/",
      pathNot: ["^src/$1/"]
    }),
    forbid("internal-of-a-room-is-private-for-wing", "internal/ of a room is for that room.", {
      path: ["^src/[^/]+\\.ts$", "^src/[^/]+/[^/]+\\.ts$"]
    }, { path: "^src/[^/]+/[^/]+/internal/" }),
    forbid("internal-is-private-for-root", "internal/ of a wing is for that wing.", { path: "^src/[^/]+\\.ts$" }, {
      path: "^src/[^/]+/internal/"
    }),
    forbid("doubles-stand-alone", "A double that knows the library shares its mistakes, and its weight.", {
      path: "^src/testing/(codex|telegram|faults|internal)/"
    }, { path: "^src/", pathNot: ["^src/testing/(codex|telegram|faults|internal)/"] }),
    forbid(
      "doubles-know-no-other",
      "A room of the doubles uses the fault scripts and what is shared, not the next room.",
      {
        path: "^src/testing/(codex|telegram|faults)/"
      },
      {
        path: "^src/testing/(codex|telegram)/",
        pathNot: ["^src/testing/$1/"]
      }
    ),
    forbid("no-nameless-module", "A module has a subject, and is named after it.", {}, {
      path: nameless,
      pathNot: "node_modules"
    }),
    forbid("no-nameless-importer", "A module has a subject, and is named after it.", { path: nameless }, {}),
    forbid("no-orphans", "A module that nobody imports and that imports nothing.", { orphan: true, path: "^src/" }, {}),
    forbid("src-stands-alone", "src imports neither tests nor examples.", { path: "^src/" }, {
      path: "^(test|examples|dist|scripts)/"
    }),
    forbid("no-framework-in-src", "Bots are known by their shape: users bring their framework.", { path: "^src/" }, {
      path: "node_modules/(telegraf|grammy|@telegraf|@grammyjs)/"
    }),
    forbid("no-effect-barrels", "Import the submodule (effect/Effect, effect/http/HttpClient): it loads faster.", {
      path: "^src/"
    }, {
      path: [
        "node_modules/effect/dist/index\\.",
        "node_modules/effect/dist/[^/]+/index\\.",
        "node_modules/@effect/[^/]+/dist/index\\."
      ]
    }),
    forbid("no-platform-in-the-middle", "backend and conversation run on any platform.", {
      path: [backend, conversation]
    }, { path: "node_modules/@effect/platform-node" }),
    forbid("only-declared-packages", "What src imports is a dependency or a peer.", { path: "^src/" }, {
      dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
      dependencyTypesNot: ["npm", "npm-peer"]
    }),
    forbid("resolvable", "An import that leads nowhere.", {}, { couldNotResolve: true })
  ],
  options: {
    parser: "swc",
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      conditionNames: ["effect-codex-source", "types", "import", "node", "default"],
      exportsFields: ["exports"],
      extensions: [".ts", ".js", ".d.ts"]
    }
  }
}
