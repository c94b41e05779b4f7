/** The policies and bindings that there are now. */
import type { KubeObject } from '@apiserver-kit/machinery';
import { type BindingSpec, type Policy, policyOf } from './policy.js';

/** A policy with what it was compiled to, and its bindings, by name. */
export interface BoundPolicy<Spec, Compiled> {
  readonly policy: Policy<Spec>;
  readonly compiled: Compiled;
  readonly bindings: readonly Policy<BindingSpec>[];
}

/** Objects by name, kept up to date by who follows them. */
interface Receiver {
  replace(objects: readonly KubeObject[]): void;
  apply(object: KubeObject): void;
  remove(name: string): void;
}

export interface PolicyObjects {
  readonly policies: Receiver;
  readonly bindings: Receiver;
  /** How often something has changed. */
  readonly generation: number;
  /** Whether a policy is bound: as long as none is, nothing needs to be compiled. */
  readonly isEmpty: boolean;
  all(): { readonly policies: ReadonlyMap<string, KubeObject>; readonly bindings: ReadonlyMap<string, KubeObject> };
}

/** @param policies all of one kind. @param bindings of that kind. */
export function policyObjects(policies: readonly KubeObject[] = [], bindings: readonly KubeObject[] = []): PolicyObjects {
  const maps = { policies: new Map<string, KubeObject>(), bindings: new Map<string, KubeObject>() };
  let generation = 0;
  const receiver = (map: Map<string, KubeObject>): Receiver => {
    const apply = (object: KubeObject): void => {
      map.set(object.metadata.name ?? '', object);
      generation++;
    };
    return {
      apply,
      replace(objects) {
        map.clear();
        generation++;
        objects.forEach(apply);
      },
      remove(name) {
        map.delete(name);
        generation++;
      },
    };
  };
  const receivers = { policies: receiver(maps.policies), bindings: receiver(maps.bindings) };
  receivers.policies.replace(policies);
  receivers.bindings.replace(bindings);
  return {
    ...receivers,
    get generation() {
      return generation;
    },
    get isEmpty() {
      return maps.policies.size === 0 || maps.bindings.size === 0;
    },
    all: () => maps,
  };
}

const byName = <Named extends { readonly name: string }>(a: Named, b: Named): number => (a.name < b.name ? -1 : 1);

/** The policies that have bindings, compiled: each once, until it is written again. */
export function boundPolicies<Spec, Compiled>(
  objects: PolicyObjects,
  compile: (policy: Policy<Spec>) => Compiled,
): () => readonly BoundPolicy<Spec, Compiled>[] {
  const compiled = new WeakMap<KubeObject, Compiled>();
  let generation = -1;
  let bound: readonly BoundPolicy<Spec, Compiled>[] = [];
  const derive = (): readonly BoundPolicy<Spec, Compiled>[] => {
    const { policies, bindings } = objects.all();
    const all = [...bindings.values()].map((binding) => policyOf<BindingSpec>(binding)).sort(byName);
    return [...policies.values()]
      .map((object) => {
        const policy = policyOf<Spec>(object);
        return { object, policy, name: policy.name, bindings: all.filter(({ spec }) => spec.policyName === policy.name) };
      })
      .filter(({ bindings: own }) => own.length > 0)
      .sort(byName)
      .map(({ object, policy, bindings: own }) => {
        let known = compiled.get(object);
        if (known === undefined) {
          known = compile(policy);
          compiled.set(object, known);
        }
        return { policy, compiled: known, bindings: own };
      });
  };
  return () => {
    if (generation !== objects.generation) {
      bound = derive();
      generation = objects.generation;
    }
    return bound;
  };
}
