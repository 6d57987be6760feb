// Writes src/contract from schema/contract: `npm run contract`. With `--check` it writes nothing and fails when a file is
// not what it would write.

import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { frames } from './frames.mjs';

const contract = new URL('../../schema/contract/', import.meta.url);
const made = new URL('../src/contract/', import.meta.url);
const MADE = '// Made from schema/contract/openapi.json by `npm run contract`; a test fails when it is stale.\n';

const read = async (name) => JSON.parse(await readFile(new URL(name, contract), 'utf8'));

/** What each file shall hold, by its name. */
export async function written() {
  const [api, wire] = await Promise.all([read('openapi.json'), read('frames.json')]);
  const { Problem } = api.components.schemas;
  // Alone, so that whoever speaks only frames need not carry the types of the whole API.
  const alone = { ...api, paths: {}, components: { schemas: { Problem } } };
  const made = async (description) => `${MADE}\n${astToString(await openapiTS(description))}`;
  return { 'openapi.ts': await made(api), 'problem.ts': await made(alone), 'frames.ts': frames(wire) };
}

/** Names of files that are not what they shall be. */
export async function stale(files) {
  const held = await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      const present = await readFile(new URL(name, made), 'utf8').catch(() => '');
      return present === text ? [] : [name];
    }),
  );
  return held.flat();
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const files = await written();
  if (process.argv.includes('--check')) {
    const names = await stale(files);
    if (names.length > 0) throw new Error(`stale: ${names.join(', ')}; run \`npm run contract\``);
  } else {
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(new URL(name, made), text)));
  }
}
