import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { fieldErrorText } from './field-path.js';
import * as names from './names.js';
import type { ObjectMeta } from './object.js';
import { maxAnnotationBytes, validateFieldManager, validateObjectMeta, validateObjectMetaUpdate } from './object-meta-validation.js';

interface Input {
  rule: string;
  value: string;
  nameRule: string;
  namespaced: boolean;
  meta: ObjectMeta;
  new: ObjectMeta;
  old: ObjectMeta;
}

const rules: Record<string, names.TextRule> = {
  dns1123Label: names.dns1123Label,
  dns1123Subdomain: names.dns1123Subdomain,
  dns1035Label: names.dns1035Label,
  qualifiedName: names.qualifiedName,
  labelValue: names.labelValue,
  configMapKey: names.configMapKey,
  envVarName: names.envVarName,
  cIdentifier: names.cIdentifier,
  wildcardDNS1123Subdomain: names.wildcardDNS1123Subdomain,
  portName: names.portName,
  percent: names.percent,
  httpHeaderName: names.httpHeaderName,
};
const nameRules: Record<string, names.NameRule> = {
  dns1123Subdomain: names.nameIsDNSSubdomain,
  dns1123Label: names.nameIsDNSLabel,
  dns1035Label: names.nameIsDNS1035Label,
  pathSegment: names.pathSegmentName,
};

describe('a name is judged as the reference judges it', () => {
  for (const { name, input, output } of vectors<Input, { messages?: string[]; errors?: { type: string; field: string; error: string }[] }>('names'))
    it(name, () => {
      if (output!.messages) {
        expect(rules[input.rule]!(input.value)).toEqual(output!.messages);
        return;
      }
      const errors =
        input.rule === 'objectMeta'
          ? validateObjectMeta(input.meta, { namespaced: input.namespaced, nameRule: nameRules[input.nameRule]! })
          : validateObjectMetaUpdate(input.new, input.old);
      expect(errors.map((error) => ({ type: error.type, field: error.field, error: fieldErrorText(error) }))).toEqual(output!.errors);
    });
});

describe('rules without a vector', () => {
  it('count bytes, not characters', () => {
    expect(names.labelValue('ä'.repeat(32))[0]).toBe('must be no more than 63 bytes');
    expect(names.labelValue('ä'.repeat(31))).toHaveLength(1);
  });
  it('let a generateName end with a dash', () => {
    expect(names.nameIsDNSSubdomain('a-', true)).toEqual([]);
    expect(names.nameIsDNSSubdomain('a-', false)).toHaveLength(1);
    expect(names.pathSegmentName('..', true)).toEqual([]);
    expect(names.pathSegmentName('..')).toEqual(["may not be '..'"]);
    expect(names.pathSegmentName('a/b%')).toEqual(["may not contain '/'", "may not contain '%'"]);
  });
  it('want a domain where one is demanded', () => {
    expect(names.prefixedQualifiedName('a')).toEqual(["must include a prefix (e.g. 'example.com/key')"]);
    expect(names.prefixedQualifiedName('example.com/a')).toEqual([]);
  });
  it('want whole numbers written plainly', () => {
    for (const good of ['0', '7', '-7', '123456789012345678901234567890']) expect(names.decimalInteger(good)).toEqual([]);
    for (const bad of ['-0', '+1', '01', '1.0', 'x', '-']) expect(names.decimalInteger(bad)).toEqual(['must be a valid decimal integer in canonical form']);
    expect(names.decimalInteger('')).toEqual(['must be non-empty']);
  });
  it('let newer environment variables be any printable ASCII but the equals sign', () => {
    expect(names.relaxedEnvVarName('a b!~')).toEqual([]);
    expect(names.relaxedEnvVarName('a=b')).toHaveLength(1);
    expect(names.relaxedEnvVarName('ä')).toHaveLength(1);
    expect(names.relaxedEnvVarName('')).toEqual(['environment variable name must be non-empty']);
  });
  it('take long garbage in linear time', () => {
    const long = `${'a-'.repeat(500_000)}!`;
    for (const rule of Object.values(rules)) expect(rule(long).length).toBeGreaterThan(0);
  });
});

describe('metadata', () => {
  it('may hold 256 KiB of annotations and not a byte more', () => {
    const of = (bytes: number) => validateObjectMeta({ name: 'a', annotations: { k: 'x'.repeat(bytes - 1) } }, { namespaced: false }).map(fieldErrorText);
    expect(of(maxAnnotationBytes)).toEqual([]);
    expect(of(maxAnnotationBytes + 1)).toEqual(['metadata.annotations: Too long: may not be more than 262144 bytes']);
  });
  it('takes two spellings of one instant as equal', () => {
    const old = { name: 'a', resourceVersion: '1', creationTimestamp: '2023-11-14T22:13:20Z' };
    expect(validateObjectMetaUpdate({ ...old, creationTimestamp: '2023-11-14T23:13:20+01:00' }, old)).toEqual([]);
  });
  it('refuses what cannot be printed in a field manager', () => {
    expect(validateFieldManager('ä\tb', 'fieldManager').map(fieldErrorText)).toEqual([
      'fieldManager: Invalid value: "ä\\tb": invalid character U+0009 (at position 2)',
    ]);
  });
});
