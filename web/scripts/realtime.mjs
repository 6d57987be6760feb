// Makes the package `@ecosystia/realtime` in dist-realtime, and says how large it is: `npm run build:realtime`.

import { execFileSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const web = new URL('../', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, web));
const own = JSON.parse(await readFile(path('package.json'), 'utf8'));
const MSGPACK = '@msgpack/msgpack';

/** What a page loads that uses it. It includes what the package depends on. */
const BYTES_MAX = 20 * 1024;

function bundle(external, write) {
  return build({
    configFile: false,
    root: path('.'),
    publicDir: false,
    logLevel: 'warn',
    build: {
      write,
      outDir: path('dist-realtime'),
      target: 'es2022',
      sourcemap: true,
      emptyOutDir: false,
      lib: { entry: path('src/realtime/index.ts'), formats: ['es'], fileName: 'index' },
      // A library stays readable by default; what a page loads is not.
      minify: !write,
      rollupOptions: { external },
    },
  });
}

await rm(path('dist-realtime'), { recursive: true, force: true });
await bundle([MSGPACK], true);
execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.realtime.json')], {
  stdio: 'inherit',
});
const manifest = {
  name: '@ecosystia/realtime',
  version: own.version,
  description: 'Listen to the rooms of an EcosystIA server, and send what must not get lost',
  license: 'Apache-2.0',
  type: 'module',
  sideEffects: false,
  exports: { '.': { types: './types/realtime/index.d.ts', default: './index.js' } },
  files: ['index.js', 'index.js.map', 'types', 'example.ts'],
  dependencies: { [MSGPACK]: own.dependencies[MSGPACK] },
};
await writeFile(path('dist-realtime/package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
for (const name of ['README.md', 'example.ts']) await cp(path(`src/realtime/${name}`), path(`dist-realtime/${name}`));
await cp(path('../LICENSE'), path('dist-realtime/LICENSE'));

const weigh = async (external) => gzipSync((await bundle(external, false))[0].output[0].code).length;
const [alone, whole] = [await weigh([MSGPACK]), await weigh([])];
console.log(`@ecosystia/realtime ${own.version} in dist-realtime: ${alone} bytes gzipped, ${whole} with ${MSGPACK}`);
if (whole > BYTES_MAX) throw new Error(`more than ${BYTES_MAX} bytes: is something in it that belongs elsewhere?`);
