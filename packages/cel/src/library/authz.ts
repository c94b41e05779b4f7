/** Questions to an authorizer: `authorizer.group('apps').resource('deployments').check('create').allowed()`. */
import { nameIsDNSLabel, nameIsDNSSubdomain } from '@apiserver-kit/machinery';
import * as types from '../types/type.js';
import { type Type, struct } from '../types/type.js';
import { CelError, ObjectValue, type Value, noSuchOverload, overloadErrorFor } from '../values/value.js';
import { type FunctionDeclaration, type Library, fn, member } from './declaration.js';

const { bool, string } = types;

export const authorizerType = struct('kubernetes.authorization.Authorizer');
const pathCheckType = struct('kubernetes.authorization.PathCheck');
const groupCheckType = struct('kubernetes.authorization.GroupCheck');
export const resourceCheckType = struct('kubernetes.authorization.ResourceCheck');
const decisionType = struct('kubernetes.authorization.Decision');

/** Who asks. */
export interface CelUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** What an expression asks. */
export interface CelAuthorizationAttributes {
  readonly user: CelUser;
  readonly verb: string;
  readonly isResourceRequest: boolean;
  /** Of requests that are not for resources. */
  readonly path?: string;
  readonly apiGroup?: string;
  readonly apiVersion?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface CelDecision {
  readonly isAllowed: boolean;
  readonly reason?: string;
  readonly error?: string;
}

/** Answers at once: expressions do not wait. */
export interface CelAuthorizer {
  authorize(attributes: CelAuthorizationAttributes): CelDecision;
}

abstract class AuthorizationValue extends ObjectValue {
  override equals(other: Value): Value {
    return other instanceof AuthorizationValue ? other === this : noSuchOverload;
  }
  override toString(): string {
    return this.type.name;
  }
}

class AuthorizerValue extends AuthorizationValue {
  readonly type = authorizerType;
  constructor(
    readonly user: CelUser,
    readonly authorizer: CelAuthorizer,
  ) {
    super();
  }
}

class PathCheck extends AuthorizationValue {
  readonly type = pathCheckType;
  constructor(
    readonly asker: AuthorizerValue,
    readonly path: string,
  ) {
    super();
  }
}

class GroupCheck extends AuthorizationValue {
  readonly type = groupCheckType;
  constructor(
    readonly asker: AuthorizerValue,
    readonly group: string,
  ) {
    super();
  }
}

interface Resource {
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

class ResourceCheck extends AuthorizationValue {
  readonly type = resourceCheckType;
  constructor(
    readonly group: GroupCheck,
    readonly resource: Resource,
  ) {
    super();
  }
}

class DecisionValue extends AuthorizationValue {
  readonly type = decisionType;
  constructor(readonly decision: CelDecision) {
    super();
  }
}

/** The variable `authorizer`: asks on behalf of the user. */
export const authorizerValue = (user: CelUser, authorizer: CelAuthorizer): Value => new AuthorizerValue(user, authorizer);

/** The variable `authorizer.requestResource`: asks about the resource of the request. */
export function requestResourceValue(user: CelUser, authorizer: CelAuthorizer, group: string, resource: Resource): Value {
  return new ResourceCheck(new GroupCheck(new AuthorizerValue(user, authorizer), group), resource);
}

function serviceAccount(value: Value, namespace: string, name: string): Value {
  if (!(value instanceof AuthorizerValue)) return overloadErrorFor(value);
  if (nameIsDNSSubdomain(name).length > 0) return new CelError('Invalid service account name');
  if (nameIsDNSLabel(namespace).length > 0) return new CelError('Invalid service account namespace');
  const user: CelUser = {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
  return new AuthorizerValue(user, value.authorizer);
}

const checkPath = ({ asker: { user, authorizer }, path }: PathCheck, verb: string): Value =>
  new DecisionValue(authorizer.authorize({ user, verb, isResourceRequest: false, path }));

function checkResource({ group: { group, asker }, resource }: ResourceCheck, verb: string): Value {
  const { user, authorizer } = asker;
  return new DecisionValue(authorizer.authorize({ user, verb, isResourceRequest: true, apiGroup: group, apiVersion: '*', ...resource }));
}

/** `check.name(text)` narrows what is asked. */
const narrowing = (name: keyof Resource, id: string): FunctionDeclaration =>
  fn(
    name,
    member(id, [resourceCheckType, string], resourceCheckType, (check, text) =>
      check instanceof ResourceCheck ? new ResourceCheck(check.group, { ...check.resource, [name]: text as string }) : overloadErrorFor(check!),
    ),
  );

const decided = (name: string, result: Type, read: (decision: CelDecision) => Value): FunctionDeclaration =>
  fn(
    name,
    member(`decision_${name}`, [decisionType], result, (value) => read((value as DecisionValue).decision)),
  );

const isBlank = (text: string): boolean => text.trim() === '';

export const authzLibrary: Library = {
  name: 'kubernetes.authz',
  functions: [
    fn(
      'path',
      member('authorizer_path', [authorizerType, string], pathCheckType, (asker, path) =>
        isBlank(path as string) ? new CelError('path must not be empty') : new PathCheck(asker as AuthorizerValue, path as string),
      ),
    ),
    fn(
      'group',
      member('authorizer_group', [authorizerType, string], groupCheckType, (asker, group) => new GroupCheck(asker as AuthorizerValue, group as string)),
    ),
    fn(
      'serviceAccount',
      member('authorizer_serviceaccount', [authorizerType, string, string], authorizerType, (asker, namespace, name) =>
        serviceAccount(asker!, namespace as string, name as string),
      ),
    ),
    fn(
      'resource',
      member('groupcheck_resource', [groupCheckType, string], resourceCheckType, (group, resource) =>
        isBlank(resource as string) ? new CelError('resource must not be empty') : new ResourceCheck(group as GroupCheck, { resource: resource as string }),
      ),
    ),
    narrowing('subresource', 'resourcecheck_subresource'),
    narrowing('namespace', 'resourcecheck_namespace'),
    narrowing('name', 'resourcecheck_name'),
    fn(
      'check',
      member('pathcheck_check', [pathCheckType, string], decisionType, (check, verb) => checkPath(check as PathCheck, verb as string)),
      member('resourcecheck_check', [resourceCheckType, string], decisionType, (check, verb) => checkResource(check as ResourceCheck, verb as string)),
    ),
    decided('errored', bool, ({ error }) => error !== undefined),
    decided('error', string, ({ error = '' }) => error),
    decided('allowed', bool, ({ isAllowed }) => isAllowed),
    decided('reason', string, ({ reason = '' }) => reason),
  ],
};

export const authzSelectorsLibrary: Library = {
  name: 'kubernetes.authzSelectors',
  functions: [narrowing('fieldSelector', 'authorizer_fieldselector'), narrowing('labelSelector', 'authorizer_labelselector')],
};
