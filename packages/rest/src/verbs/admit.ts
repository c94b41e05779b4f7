/** The two moments at which admission looks at a write. */
import type { Attributes, Operation } from '@apiserver-kit/admission';
import type { KubeObject } from '@apiserver-kit/machinery';
import type { Target } from '../environment.js';
import type { Write } from '../served-resource.js';
import { warn } from '@apiserver-kit/pipeline';

/** What the verbs know of a write that goes to admission. */
export interface Admitted {
  readonly operation: Operation;
  readonly name: string;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly isDryRun: boolean;
}

function attributesOf({ ctx, resource, subresource, subresourceName, namespace }: Target, admitted: Admitted): Attributes {
  const { group, version, kind } = subresource?.kind ?? resource;
  const isNamespace = resource.group === '' && resource.resource === 'namespaces';
  return {
    ...admitted,
    resource: { group: resource.group, version: resource.version, resource: resource.resource },
    kind: { group, version, kind },
    subresource: subresourceName,
    // The reference says of a namespace that it lies in itself.
    namespace: isNamespace ? admitted.name : namespace,
    user: ctx.user,
    context: ctx,
  };
}

/** Lets mutating plugins change the object; gives what they have made of it. */
export async function mutate(target: Target, admitted: Admitted & { readonly object: KubeObject }): Promise<KubeObject> {
  const { admission } = target.environment;
  if (!admission.admits(admitted.operation)) return admitted.object;
  const attributes = attributesOf(target, admitted);
  await admission.admit(attributes);
  return attributes.object ?? admitted.object;
}

/** Lets validating plugins refuse. For deletions, mutating ones have a say too. */
export async function validate(target: Target, admitted: Admitted): Promise<void> {
  const { admission } = target.environment;
  if (admitted.operation === 'DELETE' && admission.admits('DELETE')) await admission.admit(attributesOf(target, admitted));
  if (admission.validates(admitted.operation)) await admission.validate(attributesOf(target, admitted));
}

/** What strategies may know of a write. */
export const writeOf = ({ ctx, environment }: Target, isDryRun: boolean): Write => ({
  ctx,
  user: ctx.user,
  nowMs: environment.clock.now(),
  isDryRun,
  warn: (text) => warn(ctx, text),
});

/** Lets plugins refuse that a request is led on to something outside. */
export async function connecting(target: Target, object: KubeObject | undefined): Promise<void> {
  const { admission } = target.environment;
  const attributes = attributesOf(target, { operation: 'CONNECT', name: target.name, object, oldObject: undefined, options: {}, isDryRun: false });
  if (admission.admits('CONNECT')) await admission.admit(attributes);
  if (admission.validates('CONNECT')) await admission.validate(attributes);
}
