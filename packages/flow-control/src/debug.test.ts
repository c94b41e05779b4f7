import type { ApiResponse } from '@apiserver-kit/pipeline';
import { expect, it } from 'vitest';
import { flowControlDebug } from './debug.js';
import { contextOf } from './fixtures.js';
import { FlowControl } from './levels/flow-control.js';

const flowControl = new FlowControl();
void flowControl.close();
const dump = (name: string) =>
  flowControlDebug(flowControl)(() => ({ status: 404, headers: {}, body: '' }))(contextOf(`/debug/api_priority_and_fairness/${name}`)) as ApiResponse;

it('the levels are a table', () => {
  const lines = (dump('dump_priority_levels').body as string).split('\n');
  expect(lines[0]).toMatch(/^PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, /);
  expect(lines[1]).toMatch(/^catch-all, {9}0, {12}true, {3}false, /);
});

it('other paths are passed on', () => {
  expect(dump('dump_secrets').status).toBe(404);
});
