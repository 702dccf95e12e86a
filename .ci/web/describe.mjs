// Writes what lit.js, df-chat.js and df-chat.css were made of, so that a test can tell without npm whether they are still that.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const work = process.argv[2];
const made = join(work, "made");
const read = (...names) => readFileSync(join(...names));
const digest = (content) => createHash("sha256").update(content).digest("hex");
const write = (name, what) => writeFileSync(join(made, name), `${JSON.stringify(what, null, 2)}\n`);

const { packages } = JSON.parse(read(work, "package-lock.json"));
const [, listed] = read(made, "vendor/lit.js").toString().match(/export\s*\{([^}]*)\};?\s*$/);
write("vendor/lit.json", {
  name: "lit",
  version: packages["node_modules/lit"].version,
  license: packages["node_modules/lit"].license,
  integrity: packages["node_modules/lit"].integrity,
  sha256: digest(read(made, "vendor/lit.js")),
  exports: listed.split(",").map((one) => one.trim().split(/\s+as\s+/).pop()).sort(),
});

const { inputs } = JSON.parse(read(work, "meta.json"));
const sources = Object.keys(inputs).map((path) => relative(made, path)).sort();
write("df-chat.json", {
  esbuild: packages["node_modules/esbuild"].version,
  sha256: Object.fromEntries(["df-chat.js", "df-chat.css"].map((name) => [name, digest(read(made, name))])),
  sources: Object.fromEntries(sources.map((path) => [path, digest(read(made, path))])),
});
