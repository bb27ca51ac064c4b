// Bundles the front end: web/static/src/*.js with their style sheets, fonts and images into web/static/bundles/.
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "bundles");

// Style sheets of others carry their images as data: addresses, which our Content-Security-Policy (default-src 'self')
// would block. Each becomes a file.
const imagesAsFiles = {
  name: "images-as-files",
  setup(builder) {
    builder.onResolve({ filter: /^data:image\/svg\+xml/ }, ({ path }) => ({
      path: `${createHash("sha256").update(path).digest("hex").slice(0, 12)}.svg`,
      namespace: "data-image",
      pluginData: path,
    }));
    builder.onLoad({ filter: /.*/, namespace: "data-image" }, ({ pluginData }) => {
      const [, parameters, body] = /^data:image\/svg\+xml([^,]*),(.*)$/s.exec(pluginData);
      const base64 = /;base64$/i.test(parameters);
      return { contents: base64 ? Buffer.from(body, "base64") : decodeURIComponent(body), loader: "file" };
    });
  },
};

// What form-js says in English without asking its translation: in English pages, then in German ones. A sentence that is no
// longer there stops the build. Days are typed as Germans write them in both.
const IN_ENGLISH = "document.documentElement.lang === 'en'";
const leftovers = [
  ["function getLocaleDateFormat(locale = 'default')", "function getLocaleDateFormat(locale = 'de')"],
  ["placeholder: getLocaleReadableDateFormat(),", `placeholder: ${IN_ENGLISH} ? 'DD.MM.YYYY' : 'TT.MM.JJJJ',`],
  ["placeholder: 'Search'", `placeholder: ${IN_ENGLISH} ? 'Search' : 'Suchen'`],
  ["\"aria-label\": `Remove list item ${itemIndex + 1}`",
    `"aria-label": ${IN_ENGLISH} ? \`Remove entry \${itemIndex + 1}\` : \`Eintrag \${itemIndex + 1} entfernen\``],
  ["title: \"Powered by bpmn.io\"",
    `title: ${IN_ENGLISH} ? "This form is shown by form-js of bpmn.io" : "Dieses Formular zeigt form-js von bpmn.io"`],
  ["children: [\"Web-based tooling for BPMN, DMN, and forms powered by\"",
    `children: [${IN_ENGLISH} ? "Web-based tooling for BPMN, DMN and forms by" : "Werkzeuge für BPMN, DMN und Formulare im Web von"`],
];
const germanLeftovers = {
  name: "german-leftovers",
  setup(builder) {
    builder.onLoad({ filter: /form-js-viewer[/\\]dist[/\\]index\.es\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      for (const [theirs, ours] of leftovers) {
        if (contents.split(theirs).length !== 2) throw new Error(`form-js no longer says ${theirs}`);
        contents = contents.replace(theirs, () => ours);
      }
      return { contents, loader: "js" };
    });
  },
};

// The English of what scripts say (src/words.js): the entries of the catalogue that name one of them.
const catalogue = join(here, "..", "translations", "en", "LC_MESSAGES", "messages.po");
const quoted = (lines) => lines.match(/".*"$/gm).map((part) => JSON.parse(part)).join("");
const englishWords = {
  name: "english-words",
  setup(builder) {
    builder.onResolve({ filter: /^texts:en$/ }, ({ path }) => ({ path, namespace: "texts" }));
    builder.onLoad({ filter: /.*/, namespace: "texts" }, async () => {
      const entries = (await readFile(catalogue, "utf8")).split(/\n\n+/).filter((entry) => /^#: .*web\/static\/src\//m.test(entry));
      const words = entries.map((entry) => entry.replace(/^#.*\n/gm, "").split(/^(?=msgstr )/m).map(quoted));
      return { contents: JSON.stringify(Object.fromEntries(words)), loader: "json" };
    });
  },
};

await rm(out, { recursive: true, force: true });
await build({
  entryPoints: ["app", "viewer", "form", "notice", "upload"].map((name) => join(here, "src", `${name}.js`)),
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
  legalComments: "linked",
  assetNames: "assets/[name]-[hash]",
  loader: { ".woff": "file", ".woff2": "file" },
  plugins: [imagesAsFiles, germanLeftovers, englishWords],
});
