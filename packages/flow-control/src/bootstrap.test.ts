import { describe, expect, it } from 'vitest';
import { vectors } from '../../../conformance/vectors.js';
import { autoUpdateAnnotation, flowControlBootstrap } from './bootstrap.js';
import { schema } from './fixtures.js';
import type { FlowSchema } from './objects.js';
import { isLeftOver, reconcileFlowControl } from './reconcile.js';

describe('the bootstrap objects are those of the reference', () => {
  for (const { name, input, output } of vectors('flow-control-bootstrap')) {
    const [, group, kind] = name.split(' ') as [string, 'mandatory' | 'suggested', string];
    const objects = flowControlBootstrap[group][kind === 'FlowSchema' ? 'flowSchemas' : 'priorityLevels'];
    it(`${name} ${(input as { name: string }).name}`, () => {
      const { metadata, spec, status } = objects.find((object) => object.metadata.name === (input as { name: string }).name)!;
      expect({ metadata, spec, status }).toEqual(output);
    });
  }
});

describe('a bootstrap object in storage', () => {
  const wanted: FlowSchema = { ...schema('a', 'b', 5), metadata: { name: 'a', annotations: { [autoUpdateAnnotation]: 'true' } } };
  const stored = (annotation: string | undefined, precedence: number, generation = 2): FlowSchema => ({
    ...wanted,
    metadata: { name: 'a', generation, ...(annotation !== undefined && { annotations: { [autoUpdateAnnotation]: annotation } }) },
    spec: { ...wanted.spec, matchingPrecedence: precedence },
  });
  const precedenceAfter = (existing: FlowSchema, isMandatory = false) => reconcileFlowControl(existing, wanted, { isMandatory })?.spec.matchingPrecedence;

  it('is made where it is missing', () => {
    expect(reconcileFlowControl(undefined, wanted, { isMandatory: false })).toBe(wanted);
  });
  it('is left alone where it is right', () => {
    expect(reconcileFlowControl(stored('true', 5), wanted, { isMandatory: true })).toBeUndefined();
  });
  it('gets its spec back while it is annotated so', () => {
    expect(precedenceAfter(stored('true', 7))).toBe(5);
    expect(precedenceAfter(stored('false', 7))).toBeUndefined();
  });
  it('gets its spec back in any case where it is mandatory, and the annotation too', () => {
    const revised = reconcileFlowControl(stored('false', 7), wanted, { isMandatory: true });
    expect(revised?.spec.matchingPrecedence).toBe(5);
    expect(revised?.metadata.annotations).toEqual({ [autoUpdateAnnotation]: 'true' });
  });
  it('without the annotation is kept up to date unless somebody has changed it, and says which from then on', () => {
    expect(precedenceAfter(stored(undefined, 7, 1))).toBe(5);
    const changed = reconcileFlowControl(stored(undefined, 7, 2), wanted, { isMandatory: false });
    expect(changed?.spec.matchingPrecedence).toBe(7);
    expect(changed?.metadata.annotations).toEqual({ [autoUpdateAnnotation]: 'false' });
  });
  it('is left over when the bootstrap has it no more, and the server made it', () => {
    expect(isLeftOver(stored('true', 5), new Set(['b']))).toBe(true);
    expect(isLeftOver(stored('true', 5), new Set(['a']))).toBe(false);
    expect(isLeftOver(stored('false', 5), new Set())).toBe(false);
    expect(isLeftOver(stored(undefined, 5), new Set())).toBe(false);
  });
});
