import { describe, expect, it } from 'vitest';
import { cluster, hasKubectl } from './environment.js';
import { pod } from './manifests.js';

describe.skipIf(!hasKubectl)('kubectl get pods --watch', () => {
  const c = cluster();

  it('shows pods as they are added, modified and deleted', async () => {
    await c.kubectl(['create', '-f', '-'], { input: pod('first') });
    const watching = c.follow(['get', 'pods', '--watch', '--output-watch-events']);
    try {
      await watching.until(/^ADDED +first /m);
      await c.kubectl(['create', '-f', '-'], { input: pod('second') });
      await watching.until(/^ADDED +second /m);
      await c.kubectl('label pod first seen=yes');
      await watching.until(/^MODIFIED +first /m);
      await c.kubectl('delete pod second');
      await watching.until(/^DELETED +second /m);
    } finally {
      await watching.stop();
    }
  });

  it('follows only what its selector selects', async () => {
    const watching = c.follow(['get', 'pods', '--watch', '--output-watch-events', '-l', 'team=red']);
    try {
      await c.kubectl(['create', '-f', '-'], { input: pod('blue', { team: 'blue' }) });
      await c.kubectl(['create', '-f', '-'], { input: pod('red', { team: 'red' }) });
      await watching.until(/^ADDED +red/m);
      // An object that leaves the selection is deleted, as far as this watch can tell.
      await c.kubectl('label pod red team=blue --overwrite');
      await watching.until(/^DELETED +red/m);
      expect(watching.output).not.toContain('blue');
    } finally {
      await watching.stop();
    }
  });

  it('wait returns when the condition holds', async () => {
    await c.kubectl(['create', '-f', '-'], { input: pod('waited') });
    const waiting = c.follow(['wait', 'pod/waited', '--for=jsonpath={.metadata.labels.done}=yes', '--timeout=15s']);
    try {
      await c.kubectl('label pod waited done=yes');
      await waiting.until(/^pod\/waited condition met$/m);
    } finally {
      await waiting.stop();
    }
  });
});
