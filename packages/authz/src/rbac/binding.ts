/** A binding, read once: whom it binds, found without a walk over its subjects. */
import { goQuote, type KubeObject } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { Verdict } from '../authorizer.js';
import type { RoleBinding, RoleRef, Subject } from './policy.js';

/** The user that a service account is. */
export const serviceAccountUser = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

/** A RoleBinding or a ClusterRoleBinding with an index of its subjects. */
export class Binding {
  /** `RoleBinding` or `ClusterRoleBinding`. */
  readonly kind: string;
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly name: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
  /** Where in `subjects` a user stands first, by name or as a service account. */
  readonly users = new Map<string, number>();
  readonly groups = new Map<string, number>();
  /** By the subject's place: the text of an allow is made once. */
  readonly #verdicts = new Map<number, Verdict>();

  constructor(object: KubeObject, kind: 'RoleBinding' | 'ClusterRoleBinding') {
    const { metadata, roleRef, subjects } = object as RoleBinding;
    this.kind = kind;
    this.namespace = kind === 'RoleBinding' ? (metadata.namespace ?? '') : '';
    this.name = metadata.name ?? '';
    // Validation demands one. Where it is missing all the same, the binding binds nobody to anything, and a refusal says so.
    this.roleRef = roleRef ?? { kind: '', name: '' };
    this.subjects = subjects ?? [];
    for (const [at, subject] of this.subjects.entries()) {
      const user = this.#userOf(subject);
      if (user !== undefined && !this.users.has(user)) this.users.set(user, at);
      if (subject.kind === 'Group' && !this.groups.has(subject.name)) this.groups.set(subject.name, at);
    }
  }

  #userOf({ kind, name, namespace }: Subject): string | undefined {
    if (kind === 'User') return name;
    if (kind !== 'ServiceAccount') return undefined;
    // Without a namespace it is of the binding's; a ClusterRoleBinding has none to lend.
    const of = namespace || this.namespace;
    return of === '' ? undefined : serviceAccountUser(of, name);
  }

  /** The first subject that is the user or a group of theirs; -1 when none is. */
  subjectOf({ name, groups }: UserInfo): number {
    let first = this.users.get(name) ?? Number.POSITIVE_INFINITY;
    for (const group of groups) first = Math.min(first, this.groups.get(group) ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(first) ? first : -1;
  }

  /** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  describe(subjectAt: number): string {
    const { kind, namespace, name, roleRef } = this;
    const subject = this.subjects[subjectAt]!;
    const own = kind === 'RoleBinding' ? `${name}/${namespace}` : name;
    const whom = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
    return `${kind} ${goQuote(own)} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${subject.kind} ${goQuote(whom)}`;
  }

  /** What to answer when a rule of its role allows the user's request. */
  allows(user: UserInfo): Verdict {
    const at = this.subjectOf(user);
    let verdict = this.#verdicts.get(at);
    if (verdict === undefined) {
      verdict = Object.freeze({ decision: 'allow', reason: `RBAC: allowed by ${this.describe(at)}` });
      this.#verdicts.set(at, verdict);
    }
    return verdict;
  }
}
