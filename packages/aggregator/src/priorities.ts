/** Where group versions stand, as their APIServices say. */
import type { GroupVersion } from '@apiserver-kit/machinery';
import type { GroupVersionPriority } from '@apiserver-kit/rest';
import type { APIServiceSpec } from './api-service.js';

export class Priorities {
  readonly #byName = new Map<string, GroupVersionPriority>();

  /** @param otherwise where those stand that have no APIService. */
  constructor(private readonly otherwise: (groupVersion: GroupVersion) => GroupVersionPriority) {}

  /** Says whether anything is new. */
  set(name: string, { groupPriorityMinimum: group, versionPriority: version }: APIServiceSpec): boolean {
    const before = this.#byName.get(name);
    if (before?.group === group && before.version === version) return false;
    this.#byName.set(name, { group, version });
    return true;
  }

  remove(name: string): boolean {
    return this.#byName.delete(name);
  }

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  of(name: string, groupVersion: GroupVersion): GroupVersionPriority {
    return this.#byName.get(name) ?? this.otherwise(groupVersion);
  }
}
