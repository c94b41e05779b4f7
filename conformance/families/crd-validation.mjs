import { validateRules } from '@apiserver-kit/cel';
import { defaultCustomResourceDefinition, validateCustomResourceDefinition } from '@apiserver-kit/crd-registry/validation';
import { recorded } from './field-errors.mjs';

export default ({ crd }) => {
  defaultCustomResourceDefinition(crd);
  // As the server does before it validates.
  crd.status = { storedVersions: crd.spec.versions.filter(({ storage }) => storage).map(({ name }) => name) };
  return { errors: recorded(validateCustomResourceDefinition(crd, { validateRules })) };
};
