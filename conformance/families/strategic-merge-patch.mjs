import { builtinPatchMeta } from '@apiserver-kit/builtin/kinds';
import { strategicMergePatch } from '@apiserver-kit/machinery';

// Recorded kinds name their group by its first label: `rbac/v1 Role`.
const groups = { core: '', rbac: 'rbac.authorization.k8s.io', networking: 'networking.k8s.io' };

export default ({ kind: recorded, document, patch }) => {
  const [label, version, kind] = recorded.split(/[/ ]/);
  return strategicMergePatch(document, patch, builtinPatchMeta({ group: groups[label] ?? label, version, kind }));
};
