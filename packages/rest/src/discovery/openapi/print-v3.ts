/** Operations as an OpenAPI v3 document has them (k8s.io/kube-openapi/pkg/builder3). */
import type { ApiGroupVersion } from '../../api-registry.js';
import { isBuiltin, type Operation, operations, pathItems } from './operations.js';
import type { Parameter } from './parameters.js';
import { type Reference, references, type SchemaMap } from './schema-source.js';

const statusTexts: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
export const statusText = (status: number): string => statusTexts[status]!;

const parameterV3 = ({ name, in: place, type, description }: Parameter): object => ({
  name,
  in: place,
  description,
  ...(place === 'path' ? { required: true } : {}),
  schema: { type, uniqueItems: true },
});

const content = (types: readonly string[], schema: object): object => Object.fromEntries(types.map((type) => [type, { schema }]));

function operationV3(operation: Operation, reference: Reference): object {
  const { body, target, parameters, produces, statuses } = operation;
  const answers = statuses.map((status) => [status, { description: statusText(status), content: content(produces, reference(operation.answer)) }]);
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    ...(parameters.length > 0 ? { parameters: parameters.map(parameterV3) } : {}),
    ...(body && { requestBody: { content: content(body.consumes, reference(body.model)), ...(body.isRequired ? { required: true } : {}) } }),
    responses: { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } },
    ...(target && { 'x-kubernetes-action': target.action, 'x-kubernetes-group-version-kind': target.kind }),
  };
}

/** How clients may authenticate, in both versions. */
export const securitySchemes = { BearerToken: { type: 'apiKey', description: 'A bearer token in the header', name: 'authorization', in: 'header' } };

/** The document of one group version. @param version what the document says the server's version is. */
export function documentV3(of: ApiGroupVersion, schemas: SchemaMap, version: string): unknown {
  const reference = references(schemas, '#/components/schemas/');
  const items = pathItems(operations(of)).map(({ path, common, operations: members }) => [
    path,
    {
      ...(common.length > 0 ? { parameters: common.map(parameterV3) } : {}),
      ...Object.fromEntries(members.map((member) => [member.method, operationV3(member, reference)])),
    },
  ]);
  const forBuiltin = isBuiltin(of);
  return {
    openapi: '3.0.0',
    info: forBuiltin ? { title: 'Kubernetes', version } : { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' },
    paths: Object.fromEntries(items),
    components: { schemas, ...(forBuiltin ? { securitySchemes } : {}) },
  };
}
