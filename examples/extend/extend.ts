import { apiServer } from '@apiserver-kit/server';
import type { AdmissionPlugin } from '@apiserver-kit/admission';
import type { Authorizer } from '@apiserver-kit/authz';
import { forbidden } from '@apiserver-kit/machinery';

/** Admission: changes or refuses what is written. */
const owned: AdmissionPlugin = {
  name: 'Owned',
  handles: (operation) => operation === 'CREATE',
  validate({ resource, name, object }) {
    if (resource.resource === 'configmaps' && !object?.metadata.labels?.owner) throw forbidden(resource, name, 'it needs the label owner');
  },
};

/** Authorization: asked after RBAC had no opinion. */
const readers: Authorizer = {
  name: 'readers',
  authorize: ({ user, verb }) => {
    const isAllowed = user?.groups.includes('readers') && ['get', 'list', 'watch'].includes(verb);
    return { decision: isAllowed ? 'allow' : 'noOpinion', reason: '' };
  },
};

const server = await apiServer({ admission: [owned], authorization: ['RBAC', readers] });
const path = '/api/v1/namespaces/default/configmaps';

const refused = await server.client().request({ method: 'POST', path, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' } } });
console.log(refused.json<{ message: string }>().message);

const list = await server.client({ name: 'ann', groups: ['readers'] }).request({ path });
console.log(list.status);

await server.close();
