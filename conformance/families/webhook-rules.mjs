import { ruleMatches } from '@apiserver-kit/admission';

export default ({ rule, attributes }) => {
  const { group, version, resource, namespace, operation, subresource } = attributes;
  return { matches: ruleMatches(rule, { resource: { group, version, resource }, namespace, operation, subresource }) };
};
