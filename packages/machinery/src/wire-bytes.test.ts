import { describe, expect, it } from 'vitest';
import { printStored, withResourceVersion } from './wire-bytes.js';

const wire = (text: string): unknown => JSON.parse(withResourceVersion(Buffer.from(text), 7).toString());

describe('wire bytes', () => {
  it('are the stored bytes with the resourceVersion first in metadata', () => {
    const stored = printStored({ spec: { metadata: { a: 1 } }, metadata: { resourceVersion: '3', name: 'x' }, kind: 'K', apiVersion: 'g/v1' });
    expect(stored.toString()).toBe('{"apiVersion":"g/v1","kind":"K","metadata":{"name":"x"},"spec":{"metadata":{"a":1}}}');
    expect(withResourceVersion(stored, 7).toString()).toBe(
      '{"apiVersion":"g/v1","kind":"K","metadata":{"resourceVersion":"7","name":"x"},"spec":{"metadata":{"a":1}}}',
    );
  });
  it('come out right when another server wrote the members in another order', () => {
    const expected = { apiVersion: 'v1', kind: 'K', metadata: { name: 'x', resourceVersion: '7' } };
    expect(wire('{"kind":"K","apiVersion":"v1","metadata":{"name":"x"}}')).toEqual(expected);
    expect(wire('{"data":{"metadata":{}},"metadata":{"name":"x"},"kind":"K","apiVersion":"v1"}')).toEqual({ ...expected, data: { metadata: {} } });
    expect(wire('{ "kind": "K", "apiVersion": "v1", "metadata": {"name": "x"}}')).toEqual(expected);
  });
  it('need no comma where metadata is empty', () => {
    expect(wire('{"apiVersion":"v1","kind":"K","metadata":{}}')).toEqual({ apiVersion: 'v1', kind: 'K', metadata: { resourceVersion: '7' } });
  });
});
