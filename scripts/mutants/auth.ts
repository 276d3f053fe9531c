/**
 * The login, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/auth/internal/newestLogin.ts", ["test/OwnAuthStore.test.ts"], {
    "own store: one that breaks takes the new tokens with it": [
      "writing.soon(writing.sound(() => store.write(json)))",
      "writing.soon(store.write(json))"
    ],
    "own store: one that hangs is waited for": [
      "writing.soon(writing.sound(() => store.write(json)))",
      "writing.sound(() => store.write(json))"
    ],
    "own store: what breaks is told in its own words": ["defect.constructor.name", "defect.message"],
    "own store: a reading that hangs is waited for": ["readSoon: reading.soon(read)", "readSoon: read"]
  }),
  ...mutants("src/auth/TokenRefresh.ts", ["test/OwnAuthStore.test.ts"], {
    "own store: a layer closes when it does": [
      "longestFlight = Duration.minutes(2)",
      "longestFlight = Duration.infinity"
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/Renewal.test.ts"], {
    "fresh 6: tokens that could not be saved are lost with whoever ends": ["options?.atOnce === true || ", ""]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "fresh 6: an issuer is asked without a pause": ["5 : Math.max(1, seconds)", "5 : seconds"],
    "fresh 6: a clock that is wrong ends a login at once": [
      "Option.filter(told, (end) => DateTime.isGreaterThan(end, now))",
      "told"
    ]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/Renewal.test.ts"], {
    "fresh 5: a store that cannot be written is looked at for every prompt": [
      "      yield* takeRest\n      return same\n",
      "      return same\n"
    ],
    "fresh 5: another login is told the old problem again": [
      "forget: Ref.update(state, ({ told }) => ({ ...fresh, told }))",
      "forget: Ref.set(state, fresh)"
    ]
  }),
  ...mutants("src/auth/internal/atomicFile.ts", ["test/AtomicFile.test.ts"], {
    "fresh 5: the end of a longer login stays behind a shorter one": [
      "Effect.andThen(file.writeAll(bytes), file.truncate(bytes.byteLength))",
      "file.writeAll(bytes)"
    ],
    "fresh 5: a write that fails leaves tokens behind": [
      "    Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true })))\n",
      ""
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/AuthStore.test.ts", "test/SharedLogin.test.ts"], {
    "fresh 5: who died with the lease keeps it": [" or codex_auth.held_until <= ${now}\n", "\n"]
  }),
  ...mutants("src/auth/AuthJson.ts", ["test/AuthJson.test.ts"], {
    "auth.json: a byte order mark is no JSON": [".replace(/^\\uFEFF/, \"\")", ""],
    "auth.json: an empty text is a token": ["Predicate.isString(value) && value !== \"\"", "Predicate.isString(value)"]
  }),
  ...mutants("src/auth/internal/loginDocument.ts", ["test/AuthJson.test.ts"], {
    "auth.json: a refresh drops unknown tokens": ["        ...before,\n", ""],
    "auth.json: a login drops what it does not speak of": ["      ...old,\n", ""]
  }),
  ...mutants("src/auth/DeviceLogin.ts", ["test/DeviceLogin.test.ts"], {
    "login: a granted one is lost to who leaves": [
      "Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {",
      "Effect.suspend(Effect.fnUntraced(function*(restore = (self) => self) {"
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "tokens: what could not be saved is tried without a pause": [" || now - kept.triedAt >= rest)", " || kept)"]
  }),
  ...mutants("src/auth/internal/authFile.ts", ["test/AuthStore.test.ts"], {
    "store: the semaphore is one of the path, not of the file": ["semaphoreFor(yield* real)", "semaphoreFor(location)"]
  }),
  ...mutants("src/auth/internal/pathLocks.ts", ["test/AuthStore.test.ts"], {
    "store: the lock of a path is kept": ["entries.delete(realPath)", "entries.has(realPath)"]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "recover: the tokens of another account answer": [
      "!Login.sameAccount(accountId(held), refused.accountId)",
      "Math.random() > 1"
    ]
  }),
  ...mutants("src/internal/fileLock.ts", ["test/AuthStore.test.ts"], {
    "lock: a section that fails keeps it": [
      "restore(self).pipe(Effect.ensuring(lock.release))",
      "restore(self).pipe(Effect.tap(() => lock.release))"
    ]
  }),
  ...mutants("src/auth/OAuth.ts", ["test/OAuth.test.ts"], {
    "refresh: a refresh token is sent twice": [
      "      refresh_token: Redacted.value(refreshToken)\n    }).pipe(\n",
      "      refresh_token: Redacted.value(refreshToken)\n    }).pipe(\n      Effect.retry({ times: 1 }),\n"
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/SharedLogin.test.ts"], {
    "lease: renewed when it is over": ["const renewal = Duration.seconds(5)", "const renewal = Duration.seconds(20)"],
    "lease: who was overtaken writes": [
      " and revision = ${revision} returning",
      " and ${revision} = ${revision} returning"
    ],
    "lease: two are in the section": ["codex_auth.held_until <= ${now}", "codex_auth.held_until <= ${now} + ${lease}"]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts", "test/TokenRefresh.test.ts"], {
    "tokens: refused twice, they forget what they replace": ["kept === undefined ? before : kept.replaced", "before"]
  }),
  ...mutants("src/auth/DeviceLogin.ts", ["test/DeviceLogin.test.ts"], {
    "login: a limit of the caller's is not kept": [
      "DateTime.min(code.expiresAt, DateTime.addDuration(begin, wait))",
      "code.expiresAt"
    ]
  }),
  ...mutants("src/auth/internal/login.ts", ["test/CodexAuth.test.ts", "test/AccessToken.test.ts"], {
    "login: the access token names the account first": [
      "json.accountId ?? id.accountId ?? access.accountId",
      "json.accountId ?? access.accountId ?? id.accountId"
    ]
  }),
  ...mutants("src/auth/TokenRefresh.ts", ["test/TokenRefresh.test.ts", "test/CodexAuth.test.ts"], {
    "refresh: a refusal of the place counts for ever": [
      "? (yield* Clock.currentTimeMillis) + placeRest",
      "? Number.POSITIVE_INFINITY"
    ]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "logout: what could not be saved stays in use": ["      yield* newest.forget\n", ""]
  }),
  ...mutants("src/auth/internal/atomicFile.ts", ["test/AuthStore.test.ts"], {
    "store: what another writer is at is swept": [
      "Option.exists(age, Duration.isGreaterThan(leftBehind))",
      "Option.isSome(age)"
    ]
  }),
  ...mutants("src/auth/internal/authFile.ts", ["test/AuthStore.test.ts"], {
    "store: a file of any size is read": ["if (size > largest)", "if (size < 0n)"]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/CodexAuth.test.ts"], {
    "tokens: a place that cannot be written is asked each time": [
      "      yield* tell(problem)\n      yield* takeRest\n",
      "      yield* tell(problem)\n"
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/SharedLogin.test.ts"], {
    "lease: it is waited for for ever": [">= deadline", ">= Infinity"]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "tokens: signed out elsewhere, they serve on": [
      "error._tag === \"AuthFileNotFound\" && kept?.replaced !== undefined ? undefined : kept",
      "kept"
    ]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "login: an exchange is given up as early as a question": [
      "      })),\n      exchangeTimeout\n",
      "      })),\n      questionTimeout\n"
    ]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts", "test/TokenRefresh.test.ts"], {
    "login: what the issuer refused outlives it": ["    yield* tokens.forget\n", ""]
  }),
  ...mutants("src/auth/internal/login.ts", ["test/CodexAuth.test.ts"], {
    "tokens: renewed when they are over": ["const margin = Duration.minutes(5)", "const margin = Duration.minutes(0)"]
  }),
  ...mutants("src/auth/TokenRefresh.ts", [
    "test/TokenRefresh.test.ts",
    "test/CodexAuth.test.ts",
    "test/e2e/Refresh.test.ts"
  ], {
    "refresh: another process that was first is not waited for": ["times: 20 }", "times: 0 }"]
  }),
  ...mutants(
    "src/auth/CodexAuth.ts",
    ["test/DeviceLogin.test.ts", "test/CodexAuth.test.ts", "test/AuthJson.test.ts"],
    {
      "import: another account inherits what it does not speak of": [
        "before !== undefined && Login.sameAccount(held?.accountId ?? before.accountId, next.accountId)",
        "before !== undefined"
      ]
    }
  ),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts", "test/e2e/Login.test.ts"], {
    "login: a code ends before it is shown": [
      "Option.filter(told, (end) => DateTime.isGreaterThan(end, now))",
      "told"
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/SharedLogin.test.ts"], {
    "store: what was not there was removed": [
      "document === null ? Effect.succeed(false) :",
      "document === undefined ? Effect.succeed(false) :"
    ]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "recover: what is found in the store may end at once": [
      " && !Login.isDue(held, now)) {\n      return credentialsOf({ login: held, origin: next })",
      ") {\n      return credentialsOf({ login: held, origin: next })"
    ],
    "close: what is not saved waits for its minute": [
      "yield* Effect.addFinalizer(() => newest.saveAgain({ atOnce: true }))",
      "yield* Effect.addFinalizer(() => newest.saveAgain())"
    ],
    "import: who leaves stops it while it is saved": [
      "return unsaved\n  }, Effect.uninterruptible)",
      "return unsaved\n  })"
    ],
    "import: nobody's turn at the store is waited for": [
      "yield* store.exclusive(replace(next))",
      "yield* replace(next)"
    ]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/Renewal.test.ts"], {
    "renewal: a second problem with saving is not told": [
      "if (before.told !== failure.message) {",
      "if (before.told === undefined) {"
    ],
    "renewal: the next login is told what was told": ["({ told }) => ({ ...fresh, told })", "() => fresh"],
    "renewal: the next login rests": ["({ ...fresh, told })", "({ ...fresh, told, restUntil: Infinity })"],
    "renewal: a refusal of the place takes a good token away": [
      "error.isRetryable || error.reason === \"place\"\n",
      "error.isRetryable\n"
    ],
    "renewal: one refused token speaks for all": [
      "refused !== undefined && Login.sameAccessToken(held, refused) ?",
      "refused !== undefined ?"
    ],
    "renewal: a word that passes is the last one": [
      "isPassing(failure)\n          ? Effect.void\n          :",
      "false ? Effect.void :"
    ],
    "renewal: a login that is refused lives on to its last minute": [
      "refusal?._tag === \"TokenRefreshFailed\" ? Login.isDue(held, now) :",
      ""
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/Renewal.test.ts"], {
    "tokens: what could not be saved replaces what came after": ["    yield* read\n    const kept", "    const kept"],
    "tokens: what is saved leaves the unsaved in place": [
      "onSuccess: () => Effect.as(forget, undefined)",
      "onSuccess: () => Effect.as(Effect.void, undefined)"
    ],
    "tokens: they are saved beside somebody else": [
      "writing.sound(() => store.exclusive(writeUnsaved)).pipe(",
      "writing.sound(() => writeUnsaved).pipe("
    ],
    "tokens: after a minute each call tries to save": ["? [true, { ...kept, triedAt: now }]", "? [true, kept]"],
    "tokens: that they are not saved is told each time": [
      "        if (kept === undefined) {\n",
      "        if (true) {\n"
    ]
  }),
  ...mutants("src/auth/internal/atomicFile.ts", ["test/AtomicFile.test.ts"], {
    "file: written in place, it is not forced to disk": [
      "    yield* change(file)\n    yield* file.sync\n",
      "    yield* change(file)\n"
    ],
    "file: written in place, all may read it": ["    yield* Effect.ignore(fs.chmod(target, 0o600))\n", ""],
    "file: its name is not forced to disk": ["(handle) => handle.sync", "() => Effect.void"],
    "file: what cannot be swept breaks the write": [
      "yield* Effect.ignore(sweep(fs, paths, folder))",
      "yield* sweep(fs, paths, folder)"
    ]
  }),
  ...mutants("src/auth/internal/authFile.ts", ["test/AuthFile.test.ts"], {
    "file: one of ten seconds may still be written to": [
      "Duration.toMillis(\"1 second\")",
      "Duration.toMillis(\"10 seconds\")"
    ],
    "file: a million bytes are too many": ["if (size > largest) {", "if (size >= largest) {"],
    "file: what we emptied is waited for": [
      "Effect.ensuring(Effect.mapError(removeFile(fs, paths, location), failed(\"remove\")), removed)",
      "Effect.mapError(removeFile(fs, paths, location), failed(\"remove\"))"
    ],
    "lock: it may lie where all can write": ["(mode & 0o022) === 0", "mode > 0"]
  }),
  ...mutants("src/internal/fileLock.ts", ["test/FileLock.test.ts"], {
    "lock: a minute and one look more": [">= deadline", "> deadline"],
    "lock: two minutes": ["const longestWait = Duration.minutes(1)", "const longestWait = Duration.minutes(2)"],
    "lock: each look leaves a file open": ["      Effect.onError(() => release)\n", ""],
    "lock: who waits cannot leave": ["yield* restore(Effect.sleep(pause))", "yield* Effect.sleep(pause)"]
  }),
  ...mutants("src/auth/DeviceLogin.ts", ["test/DeviceLogin.test.ts"], {
    "login: half an hour is waited": ["const longest = Duration.minutes(15)", "const longest = Duration.minutes(30)"],
    "login: who is told to slow down asks sooner": [
      "Duration.max(asked.interval ?? Duration.zero, Duration.sum(state.interval, slowDown))",
      "asked.interval ?? Duration.sum(state.interval, slowDown)"
    ]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "login: a code that ends now is one": [
      "DateTime.isGreaterThan(end, now)",
      "DateTime.isGreaterThanOrEqualTo(end, now)"
    ]
  }),
  ...mutants("src/auth/TokenRefresh.ts", ["test/CodexAuth.test.ts"], {
    "fresh: two processes spend one refresh token": [
      "    if (!Login.sameAccessToken(current, held) && !Login.isDue(current, yield* DateTime.now)) {\n      return { json: current.json, origin: \"reload\" }\n    }\n",
      ""
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "fresh: a login made elsewhere is not seen after a failed save": [
      "(kept) => kept?.replaced !== undefined && LoginDocument.sameTokens(stored, kept.replaced) ? kept : undefined",
      "(kept) => kept"
    ]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/CodexAuth.test.ts"], {
    "fresh: a second failed save loses both renewals": [
      "replaced: kept === undefined ? before : kept.replaced",
      "replaced: before"
    ]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/CodexAuth.test.ts", "test/Renewal.test.ts"], {
    "fresh: the issuer is asked by every prompt while it is down": [
      "(error: TokenRefresh.RefreshError) => isPassing(error) ? takeRest : Effect.void)",
      "(_: TokenRefresh.RefreshError) => Effect.void)"
    ]
  }),
  ...mutants("src/auth/internal/deviceCode.ts", ["test/DeviceLogin.test.ts"], {
    "fresh: an address of a device login that is not https is shown": [
      "url !== null && (url.protocol === \"https:\" || url.protocol === URL.parse(issuer.root)?.protocol)",
      "url !== null"
    ]
  }),
  ...mutants("src/auth/CodexAuth.ts", ["test/CodexAuth.test.ts"], {
    "fresh: a sign-in of another account keeps what was in the file of the one before": [
      "const json = keepsRest ? LoginDocument.inPlaceOf(next.json, before) : next.json",
      "const json = before !== undefined ? LoginDocument.inPlaceOf(next.json, before) : next.json"
    ]
  }),
  ...mutants("src/auth/internal/loginDocument.ts", ["test/AuthJson.test.ts"], {
    "fresh: a renewed login goes on with the refresh token that is used up": [
      "refreshToken: tokens.refreshToken ?? json.tokens.refreshToken",
      "refreshToken: json.tokens.refreshToken ?? tokens.refreshToken"
    ]
  }),
  ...mutants("src/auth/internal/renewal.ts", ["test/Renewal.test.ts"], {
    "renewal: a store that has failed is one that is busy": [" && error.operation === \"lock\"", ""]
  }),
  ...mutants("src/auth/internal/newestLogin.ts", ["test/Renewal.test.ts"], {
    "tokens: what could not be saved goes before a login that was made meanwhile": [
      "kept?.replaced !== undefined && LoginDocument.sameTokens(stored, kept.replaced)",
      "kept !== undefined && (kept.replaced === undefined || LoginDocument.sameTokens(stored, kept.replaced))"
    ],
    "tokens: that they are saved after all is not told": [
      "      yield* Effect.logInfo(`The refreshed tokens are saved at ${store.location} now.`)\n",
      ""
    ]
  }),
  ...mutants("src/auth/TokenRefresh.ts", ["test/TokenRefresh.test.ts"], {
    "refresh: a login that is about to end is better than what was granted": [
      " && !Login.isDue(login, yield* DateTime.now)\n    return {",
      "\n    return {"
    ],
    "refresh: what was granted is lost to a store that cannot be read just then": [
      "        AuthStoreFailed: () => Effect.succeedNone\n",
      ""
    ],
    "refresh: what was granted is lost to half a file": ["        AuthFileInvalid: () => Effect.succeedNone,\n", ""],
    "refresh: who holds another token is taken along": [
      "const key = Redacted.value(held.accessToken)",
      "const key = \"\""
    ]
  }),
  ...mutants("src/auth/internal/authSql.ts", ["test/SharedLogin.test.ts"], {
    "the section of one store is meant by another store's writes": [
      "section?.store === store ? section : undefined",
      "section"
    ],
    "what was read again within a section may not be written": [
      "    if (current !== undefined) yield* Ref.set(current.revision, revision)\n",
      ""
    ],
    "who lost the lease of a login keeps it for another": [
      "held_until = ${now} + ${lease} where name = ${name} and holder = ${holder}`",
      "held_until = ${now} + ${lease} where name = ${name}`"
    ],
    "a lease that could not be renewed once is given up": [
      "        Effect.catch((error) => Effect.logDebug(\"A lease could not be renewed.\", error.problem)),\n",
      ""
    ]
  })
]
