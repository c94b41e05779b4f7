import { flowControlBootstrap } from '@apiserver-kit/flow-control';

// Both kinds have objects of one name: which is meant stands in the vector's own, as `001 mandatory FlowSchema`.
export default ({ name }, { name: vector }) => {
  const [, group, kind] = vector.split(' ');
  const { flowSchemas, priorityLevels } = flowControlBootstrap[group];
  const object = (kind === 'FlowSchema' ? flowSchemas : priorityLevels).find(({ metadata }) => metadata.name === name);
  const { metadata, spec, status } = object;
  return { metadata, spec, status };
};
