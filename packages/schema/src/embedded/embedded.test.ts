import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { structuralSchema } from '../structural/structural-schema.js';
import { coerceEmbedded } from './coerce.js';
import { validateEmbedded } from './validate.js';

const { schema } = structuralSchema({
  type: 'object',
  properties: {
    template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    rest: { type: 'object', additionalProperties: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true } },
  },
});

describe('coercing embedded objects', () => {
  it('drops what is no metadata, and tells its path', () => {
    const object = { template: { kind: 'Pod', metadata: { name: 'a', colour: 'red', ownerReferences: [{ name: 'o', x: 1 }] }, spec: 1 } };
    expect(coerceEmbedded(object, schema, { trackUnknown: true })).toEqual({
      unknown: ['template.metadata.colour', 'template.metadata.ownerReferences[0].x'],
    });
    expect(object).toEqual({
      template: { kind: 'Pod', metadata: { name: 'a', ownerReferences: [{ apiVersion: '', kind: '', name: 'o', uid: '' }] }, spec: 1 },
    });
  });

  it('refuses fields of a wrong type, or drops them', () => {
    const object = () => ({ template: { metadata: { name: 5, labels: { a: 'b' } } } });
    expect(fieldErrorText(coerceEmbedded(object(), schema).error!)).toBe(
      'template.metadata: Invalid value: {"labels":{"a":"b"},"name":5}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string',
    );
    const dropped = object();
    expect(coerceEmbedded(dropped, schema, { dropInvalid: true })).toEqual({ unknown: [] });
    expect(dropped).toEqual({ template: { metadata: { labels: { a: 'b' } } } });
  });

  it('writes times in whole seconds of UTC, and refuses what is none', () => {
    const object = { template: { metadata: { creationTimestamp: '2024-01-01T00:00:00.5+01:00' } } };
    coerceEmbedded(object, schema);
    expect(object.template.metadata.creationTimestamp).toBe('2023-12-31T23:00:00Z');
    const { error } = coerceEmbedded({ template: { metadata: { deletionTimestamp: '2024-02-30T00:00:00Z' } } }, schema);
    expect(error?.detail).toBe('parsing time "2024-02-30T00:00:00Z": day out of range');
  });

  it('leaves alone what is not embedded', () => {
    const object = { metadata: { colour: 'red' } };
    expect(coerceEmbedded(object, schema, { trackUnknown: true })).toEqual({ unknown: [] });
    expect(coerceEmbedded(object, schema, { trackUnknown: true, isResourceRoot: true })).toEqual({ unknown: ['metadata.colour'] });
  });
});

describe('validating embedded objects', () => {
  it('wants apiVersion, kind and valid metadata', () => {
    const errors = validateEmbedded({ rest: { one: { apiVersion: 'a/b/c', kind: 'A_B', metadata: { name: 'x/y' } }, two: {} } }, schema);
    expect(errors.map(fieldErrorText).map((text) => text.slice(0, 75))).toEqual([
      'rest[one].apiVersion: Invalid value: "a/b/c": unexpected GroupVersion strin',
      'rest[one].kind: Invalid value: "A_B": may have mixed case, but should other',
      'rest[one].metadata.name: Invalid value: "x/y": may not contain \'/\'',
      'rest[two].apiVersion: Required value',
      'rest[two].kind: Required value',
    ]);
  });
});
