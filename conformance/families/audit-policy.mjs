import { auditPolicy } from '@apiserver-kit/audit';

const nameOf = (field) => ({ NonResourceURLs: 'nonResourceURLs' })[field] ?? `${field[0].toLowerCase()}${field.slice(1)}`;

/** The recorded policies are the library's own structures, whose fields have Go's names. */
const asInFile = (value) => {
  if (Array.isArray(value)) return value.map(asInFile);
  if (value === null || typeof value !== 'object') return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [nameOf(field), asInFile(inner)]));
};

export default ({ policy, user, attributes }) => {
  const { resourceRequest: isResourceRequest, ...info } = attributes;
  const asking = user && { name: user.username, groups: user.groups ?? [] };
  const { level, omitStages, omitManagedFields } = auditPolicy(asInFile(policy))({ ...info, isResourceRequest }, asking);
  return { level, omitStages: [...omitStages].sort(), omitManagedFields };
};
