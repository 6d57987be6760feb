import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'],
    // What needs a document says so in its first line; everything else runs without one, so that nobody leans on it.
    environment: 'node',
    testTimeout: 20_000,
  },
});
