// The lock file must serve every machine: those of other platforms than the one it was written on, and those that fetch
// packages from a mirror.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Entry {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, Entry>;
}

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

/** Optional packages that somebody lists and the lock does not hold. */
function absent(lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter(
        (name) => !(`${path}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
      )
      .map((name) => `${path} wants ${name}`),
  );
}

/** Entries that say from which host they came. */
function hosted(lock: Lock): string[] {
  return Object.entries(lock.packages)
    .filter(([, entry]) => entry.resolved !== undefined)
    .map(([path, entry]) => `${path} from ${String(entry.resolved)}`);
}

test('the lock holds every optional platform package and names no registry', () => {
  const lock = JSON.parse(read('package-lock.json')) as Lock;

  expect(absent(lock)).toEqual([]);
  expect(hosted(lock)).toEqual([]);
  expect(Object.keys(lock.packages).filter((path) => path.includes('-darwin-'))).not.toEqual([]);
});

test('an incomplete lock and a hosted one are noticed', () => {
  const incomplete = { packages: { 'node_modules/a': { optionalDependencies: { 'a-win32-x64': '1.0.0' } } } };
  const elsewhere = { packages: { 'node_modules/a': { resolved: 'https://registry.example/a.tgz' } } };

  expect(absent(incomplete)).toEqual(['node_modules/a wants a-win32-x64']);
  expect(hosted(elsewhere)).toHaveLength(1);
});

test('every version is pinned exactly', () => {
  const own = JSON.parse(read('package.json')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;

  const loose = Object.entries({ ...own.dependencies, ...own.devDependencies }).filter(
    ([, v]) => !/^\d+\.\d+\.\d+$/.test(v),
  );

  expect(loose).toEqual([]);
});
