// What a bundler may leave out is marked, and comments are left to the sources and the types.
export default {
  plugins: ["annotate-pure-calls"],
  sourceMaps: true,
  shouldPrintComment: (words) => /^[#@]__(PURE|NO_SIDE_EFFECTS)__$/.test(words)
}
