/** What servers ask beside the merge itself. */
import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { keepTimes, managerId, managerName, readManagedFields } from './index.js';

describe('the name of a manager', () => {
  it.each([
    ['kubectl', 'curl/8', 'kubectl'],
    [undefined, 'kubectl/v1.37 (linux)', 'kubectl'],
    ['', 'Mozilla', 'Mozilla'],
    [undefined, 'a\u0000b\tc', 'abc'],
    [undefined, 'é'.repeat(100), 'é'.repeat(64)],
    [undefined, undefined, ''],
  ])('of %j by %j is %j', (fieldManager, userAgent, name) => expect(managerName(fieldManager, userAgent)).toBe(name));
});

describe('a write that changes nothing but times', () => {
  const at = (time: string, size = 1, manager = 'a'): KubeObject => ({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'a', managedFields: [{ manager, operation: 'Apply', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1: { 'f:size': {} } }] },
    size,
  });
  const before = at('2026-01-01T00:00:00Z');

  it('changes nothing', () => expect(keepTimes(before, at('2026-02-02T00:00:00Z'))).toEqual(before));
  it('is told from one that changes the object', () => {
    const next = at('2026-02-02T00:00:00Z', 2);
    expect(keepTimes(before, next)).toBe(next);
  });
  it('is told from one that changes who owns it', () => {
    const next = at('2026-02-02T00:00:00Z', 1, 'b');
    expect(keepTimes(before, next)).toBe(next);
  });
});

describe('managedFields that make no sense', () => {
  const entry = { manager: 'a', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} };
  it.each([
    [{ ...entry, operation: 'Conquer' }, 'operation must be `Apply` or `Update`'],
    [{ ...entry, apiVersion: '' }, 'apiVersion must not be empty'],
    [{ ...entry, fieldsType: undefined }, 'missing fieldsType in managed fields entry 0'],
    [{ ...entry, fieldsType: 'FieldsV2' }, 'invalid fieldsType "FieldsV2" in managed fields entry 0'],
    [{ ...entry, fieldsV1: { x: {} } }, 'key must be 2 characters long:'],
    [{ ...entry, time: 'noon' }, 'invalid time in managed fields entry: noon'],
  ])('are refused: %j', (bad, message) => expect(() => readManagedFields([bad])).toThrow(message));
});

it('an applier is one whatever version it applies in, an updater is not', () => {
  const of = (operation: 'Apply' | 'Update', apiVersion: string) => managerId({ manager: 'a<b', operation, apiVersion, subresource: '' });
  expect(of('Apply', 'v1')).toBe(of('Apply', 'v2'));
  expect(of('Update', 'v1')).toBe('{"manager":"a\\u003cb","operation":"Update","apiVersion":"v1"}');
});
