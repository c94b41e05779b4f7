import { expect, it, vi } from 'vitest';

it('prints the config map as the watch shows it', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('./embed.js');
  expect(log).toHaveBeenCalledWith('ADDED', expect.stringContaining('"data":{"who":"world"}'));
  log.mockRestore();
});
