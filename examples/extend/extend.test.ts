import { expect, it, vi } from 'vitest';

it('refuses what has no owner, and lets readers read', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('./extend.js');
  expect(log.mock.calls).toEqual([['configmaps "mine" is forbidden: it needs the label owner'], [200]]);
  log.mockRestore();
});
