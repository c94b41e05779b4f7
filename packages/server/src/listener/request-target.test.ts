import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRequestTarget } from './request-target.js';

describe('readRequestTarget', () => {
  it.each([
    ['/', '/', ''],
    ['/api/v1/pods', '/api/v1/pods', ''],
    ['/api?watch=1&a=%zz', '/api', 'watch=1&a=%zz'],
    ['/api?', '/api', ''],
    ['/a%2Fb%20c', '/a/b c', ''],
    ['/a+b', '/a+b', ''],
    ['/%2e%2e/../x', '/../../x', ''],
    ['//x', '//x', ''],
    ['/%00', '/\0', ''],
    ['/%ff', '/\ufffd', ''],
    ['/caf%c3%a9', '/café', ''],
    ['/caf\u00c3\u00a9', '/café', ''],
    ['/a#b', '/a#b', ''],
    ['/a?b?c', '/a', 'b?c'],
    ['http://host:1/api?x=1', '/api', 'x=1'],
    ['http://host', '/', ''],
    ['http://host?x', '/', 'x'],
    ['*', '*', ''],
  ])('reads %s', (target, path, rawQuery) => {
    expect(readRequestTarget(target)).toEqual({ path, rawQuery });
  });

  it.each(['', '/%', '/%z1', '/%1', 'api/v1', 'host:443', '/a\nb', '/a\x7f', '/a?b\x01'])('refuses %j', (target) => {
    expect(readRequestTarget(target)).toBeUndefined();
  });

  it('gives back every path that was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(readRequestTarget(`/${encodeURIComponent(text)}`)?.path).toBe(`/${text}`);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        readRequestTarget(text);
        readRequestTarget(`/${text}`);
      }),
    );
  });
});
