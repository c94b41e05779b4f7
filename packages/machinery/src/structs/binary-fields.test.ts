import { describe, expect, it } from 'vitest';
import { structBinaryFields } from './binary-fields.js';
import type { StructField } from './struct-types.js';

const structs: Record<string, readonly StructField[]> = {
  'v1.Tree': [
    { name: 'left', type: { ref: 'v1.Leaf' } },
    { name: 'data', type: 'bytes' },
    { name: 'named', type: { map: 'bytes' } },
    { name: 'all', type: { list: { ref: 'v1.Tree' } } },
  ],
  'v1.Leaf': [{ name: 'tree', type: { ref: 'v1.Tree' } }],
  'v1.Plain': [{ name: 'text', type: 'string' }],
};
const withBytes = structBinaryFields({ fields: (name) => structs[name]! });

describe('the fields that hold bytes', () => {
  it('are found in maps, lists and types that lead back to themselves', () =>
    expect(withBytes('v1.Leaf', { tree: { data: 'AQ==', named: { a: 'Ag==' }, all: [{ left: { tree: { data: 'Aw==' } } }, null] } })).toEqual({
      tree: { data: Buffer.of(1), named: { a: Buffer.of(2) }, all: [{ left: { tree: { data: Buffer.of(3) } } }, null] },
    }));
  it('leave types without any as they are', () => {
    const plain = { text: 'AQ==' };
    expect(withBytes('v1.Plain', plain)).toBe(plain);
  });
});
