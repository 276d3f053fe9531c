/**
 * Completes package-lock.json after `npm install`.
 *
 * When a registry (a mirror, say) lacks the build of a tool for some other platform, npm 11 leaves that optional package
 * out of the lock file, and `npm ci` then refuses the file (npm/cli#9846). Its version is known all the same: the tool
 * names it. This writes the missing entries, so that npm skips them here and finds them elsewhere.
 */
import { readFileSync, writeFileSync } from "node:fs"

const file = new URL("../package-lock.json", import.meta.url)
const lock = JSON.parse(readFileSync(file, "utf8"))

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"]
const libraries = { gnu: "glibc", glibc: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" }

const added = []
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (path === "" || lock.packages[key] || lock.packages[`${path}/${key}`]) continue
    const words = name.slice(name.indexOf("/") + 1).split("-")
    const os = words.find((word) => systems.includes(word))
    const cpu = words.find((word) => processors.includes(word))
    if (!/^\d/.test(version) || os === undefined || cpu === undefined) {
      throw new Error(`${name}@${version} of ${path}: no exact version, or no platform in its name`)
    }
    const libc = os === "linux" ? libraries[words.at(-1)] : undefined
    lock.packages[key] = {
      version,
      cpu: [cpu],
      ...(entry.dev && { dev: true }),
      ...(libc && { libc: [libc] }),
      optional: true,
      os: [os]
    }
    added.push(`${name}@${version}`)
  }
}

const byPath = ([left], [right]) => left.localeCompare(right, "en")
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPath))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(added.length === 0 ? "The lock file is complete." : `Added ${added.length}: ${added.join(", ")}`)
