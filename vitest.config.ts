import { defineConfig } from 'vitest/config';

// Tests read sources, not builds: the private export condition leads each package to its src.
const conditions = ['@apiserver-kit/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts', 'e2e/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/*/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
