/** Operations as the OpenAPI v2 document has them (k8s.io/kube-openapi/pkg/builder). */
import type { ApiGroupVersion } from '../../api-registry.js';
import { type Operation, operations, pathItems } from './operations.js';
import type { Parameter } from './parameters.js';
import { securitySchemes, statusText } from './print-v3.js';
import { type Reference, references, type SchemaMap } from './schema-source.js';

const parameterV2 = ({ name, in: place, type, description }: Parameter): object => ({
  uniqueItems: true,
  type,
  description,
  name,
  in: place,
  ...(place === 'path' ? { required: true } : {}),
});

function operationV2(operation: Operation, reference: Reference): object {
  const { body, target, statuses } = operation;
  const schema = reference(operation.answer);
  const bodyParameter = body && { name: 'body', in: 'body', ...(body.isRequired ? { required: true } : {}), schema: reference(body.model) };
  const parameters = [...(bodyParameter ? [bodyParameter] : []), ...operation.parameters.map(parameterV2)];
  return {
    description: operation.description,
    consumes: body?.consumes ?? ['*/*'],
    produces: operation.produces,
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.id,
    ...(parameters.length > 0 ? { parameters } : {}),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [status, { description: statusText(status), schema }])),
      401: { description: 'Unauthorized' },
    },
    ...(target && { 'x-kubernetes-action': target.action, 'x-kubernetes-group-version-kind': target.kind }),
  };
}

/** The document of all group versions. @param version what the document says the server's version is. */
export function documentV2(all: readonly ApiGroupVersion[], schemas: SchemaMap, version: string): unknown {
  const reference = references(schemas, '#/definitions/');
  const items = pathItems(all.flatMap(operations)).map(({ path, common, operations: members }) => [
    path,
    {
      ...Object.fromEntries(members.map((member) => [member.method, operationV2(member, reference)])),
      ...(common.length > 0 ? { parameters: common.map(parameterV2) } : {}),
    },
  ]);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(items),
    definitions: schemas,
    securityDefinitions: securitySchemes,
    security: [{ BearerToken: [] }],
  };
}
