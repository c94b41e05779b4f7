import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../../../conformance/vectors.js';
import { type CustomResourceDefinition, defaultCustomResourceDefinition, validateCustomResourceDefinition } from './index.js';

/** What is found when expressions are compiled, which this package does not do. */
const ofExpressions =
  /x-kubernetes-validations(?:\[\d+\]\.(?:rule: Invalid|messageExpression: Invalid|optionalOldSelf))?: |compilation failed|must evaluate to/;

interface Output {
  errors: { error: string; field: string; type: string }[];
}

describe('the recorded answers about CustomResourceDefinitions', () => {
  for (const { name, input, output } of vectors<{ crd: CustomResourceDefinition }, Output>('crd-validation'))
    it(name, () => {
      const crd = structuredClone(input.crd);
      defaultCustomResourceDefinition(crd);
      // As the server does before it validates.
      crd.status = { storedVersions: crd.spec.versions.filter(({ storage }) => storage).map(({ name }) => name) };
      const errors = validateCustomResourceDefinition(crd)
        .map((error) => ({ error: fieldErrorText(error), field: error.field, type: error.type }))
        .sort((a, b) => (a.error < b.error ? -1 : 1));
      expect(errors).toEqual(output!.errors.filter(({ error }) => !ofExpressions.test(error)));
    });
});
