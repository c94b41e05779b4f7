/** Nobody grants what they do not have. */
import { confirmBindingWrite, confirmRoleWrite, type EscalationContext, type Role, type RoleBinding } from '@apiserver-kit/authz';
import { forbidden } from '@apiserver-kit/machinery';
import type { Strategy } from '@apiserver-kit/rest';
import type { BuiltinResource } from '../resources.js';
import type { Escalation } from './options.js';

type AuthorizeWrite = NonNullable<Strategy['authorizeWrite']>;

const checks: Readonly<
  Record<string, (object: Parameters<AuthorizeWrite>[0], old: Parameters<AuthorizeWrite>[1], context: EscalationContext) => Promise<void>>
> = {
  ClusterRole: (object, old, context) => confirmRoleWrite(object as Role, old as Role | undefined, context),
  Role: (object, old, context) => confirmRoleWrite(object as Role, old as Role | undefined, context),
  ClusterRoleBinding: (object, old, context) => confirmBindingWrite(object as RoleBinding, old as RoleBinding | undefined, context),
  RoleBinding: (object, old, context) => confirmBindingWrite(object as RoleBinding, old as RoleBinding | undefined, context),
};

/** The check of writes to one of RBAC's kinds. A write that no request has made is the server's own. */
export function escalationCheck(row: BuiltinResource, { authorizer, resolver }: Escalation): AuthorizeWrite {
  const check = checks[row.kind]!;
  return async (object, old, { ctx, user }) => {
    if (!ctx) return;
    const { info } = ctx;
    if (!user || !info) throw forbidden({ group: row.group, resource: row.plural }, object.metadata.name ?? '', 'no user on context');
    await check(object, old, { user, info, authorizer, resolver });
  };
}
