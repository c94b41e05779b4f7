import { describe, expect, it } from 'vitest';
import { formatCheck, isSupportedFormat } from './formats.js';

/** Of each format what Go takes for one, and what it does not. */
const examples: Record<string, { valid: string[]; invalid: string[] }> = {
  uri: {
    valid: ['http://a.b/c?d#e', 'https://u:p@[::1%25eth0]:80/x%20y', '/a/b', 'mailto:x', 'postgres://a:1,b:2/x', '*'],
    invalid: ['', 'a', 'http://a:b:c/', 'http://[::1', 'http://a%41/', '/a%zz', ':x', '//\u0001'],
  },
  email: {
    valid: ['a@b', '"a b"@c.d', 'X Y <a.b@c>', 'group: a@b;', 'a@[1.2.3.4]', 'a@b (d)', '=?utf-8?q?a?= <a@b>', 'é@é'],
    invalid: ['', 'a', 'a@', 'a..b@c', 'a@b, c@d', 'group: ;', '=?x-unknown?B?YWE=?= <x@y>', 'a@[b]', '""@b'],
  },
  hostname: { valid: ['localhost', 'a.example.com', 'é.com', 'x'], invalid: ['a.b.c', '-a', 'a_b', '1.2.3.4', `${'a'.repeat(64)}.com`] },
  ipv4: { valid: ['1.2.3.4', '01.002.3.4', '::ffff:1.2.3.4'], invalid: ['1.2.3', '256.1.1.1', '::1', ''] },
  ipv6: { valid: ['::', 'fe80::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4'], invalid: ['fe80::1%eth0', '1::2::3', '00001::', '1:2:3:4:5:6:7::8'] },
  cidr: { valid: ['10.0.0.0/8', '::/0', '010.0.0.0/08'], invalid: ['10.0.0.1', '10.0.0.0/33', '::/129', '/8'] },
  mac: { valid: ['00:11:22:33:44:55', '0011.2233.4455', '001122334455', '00-11-22-33-44-55-66-77'], invalid: ['zz', '00:11-22:33:44:55', '00:11:22:33:44'] },
  uuid: { valid: ['123e4567-e89b-12d3-a456-426614174000', '123E4567e89b12d3a456426614174000'], invalid: ['x', '123e4567'] },
  uuid3: { valid: ['123e4567-e89b-32d3-a456-426614174000'], invalid: ['123e4567-e89b-12d3-a456-426614174000'] },
  uuid4: { valid: ['2d931510-d99f-494a-8c67-87feb05e1594'], invalid: ['2d931510-d99f-494a-7c67-87feb05e1594'] },
  uuid5: { valid: ['74738ff5-5367-5958-9aee-98fffdcd1876'], invalid: ['74738ff5-5367-4958-9aee-98fffdcd1876'] },
  isbn: { valid: ['0306406152', '978-0-306-40615-7'], invalid: ['0306406153', 'x'] },
  isbn10: { valid: ['080442957X'], invalid: ['9780306406157'] },
  isbn13: { valid: ['9780306406157'], invalid: ['0306406152'] },
  creditcard: { valid: ['4111111111111111', '5500-0000-0000-0004'], invalid: ['4111111111111112', '1'] },
  ssn: { valid: ['123-45-6789', '123 45 6789'], invalid: ['123456789'] },
  hexcolor: { valid: ['#fff', 'FFFFFF'], invalid: ['#ggg', '#ffff'] },
  rgbcolor: { valid: ['rgb(1,2,3)', 'rgb( 255 , 0, 19)'], invalid: ['rgb(256,0,0)', 'rgb(1,2)'] },
  byte: { valid: ['aGk=', 'YQ=='], invalid: ['', 'aGk'] },
  password: { valid: ['', 'x'], invalid: [] },
  date: { valid: ['2024-02-29', '0000-02-29'], invalid: ['2023-02-29', '2024-13-01', '2024-1-1'] },
  'date-time': { valid: ['2024-01-01T00:00:00Z', '2024-01-01t23:59:59.9+01:00'], invalid: ['2024-01-01T24:00:00Z', '2024-01-01 00:00:00Z'] },
  duration: { valid: ['1h30m', '-1.5h', '0', '1 day', '3weeks', '9223372037s'], invalid: ['', 'x', '90', '1.2.3', '99999999999999999999s'] },
  bsonobjectid: { valid: ['507f1f77bcf86cd799439011'], invalid: ['507f'] },
  'k8s-short-name': { valid: ['a-b', 'a'], invalid: ['a.b', 'A', 'a'.repeat(64)] },
  'k8s-long-name': { valid: ['a.b-c.d'], invalid: ['a..b', 'a-.b'] },
};

describe('a format', () => {
  for (const [format, { valid, invalid }] of Object.entries(examples)) {
    const check = formatCheck(format)!;
    it(`${format} takes ${valid.length} texts and refuses ${invalid.length}`, () => {
      expect({ valid: valid.filter(check), invalid: invalid.filter(check) }).toEqual({ valid, invalid: [] });
    });
  }

  it('is looked up without its dashes', () => {
    expect(formatCheck('datetime')).toBe(formatCheck('date-time'));
    expect(formatCheck('nope')).toBeUndefined();
  });

  it('belongs to a type', () => {
    expect([isSupportedFormat('integer', 'int32'), isSupportedFormat('string', 'int32'), isSupportedFormat(undefined, 'ipv4')]).toEqual([true, false, true]);
  });

  it('is checked in linear time', () => {
    const long = '1'.repeat(1 << 20);
    const start = performance.now();
    for (const format of Object.keys(examples)) formatCheck(format)!(long);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
