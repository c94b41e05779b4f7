/** What a plugin that asks others keeps from the first round of mutating admission for the second (k8s.io/apiserver/pkg/admission/plugin). */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { Reinvocation } from './admission.js';

export interface Rounds {
  /** What the plugin left; those between may have changed it. */
  lastOutput: KubeObject | undefined;
  /** Asked, with reinvocationPolicy IfNeeded, since the last change. */
  reinvocable: Set<string>;
  /** To be asked again: there was a change after they were asked. */
  readonly toReinvoke: Set<string>;
}

/** @param plugin the name of the plugin that keeps it. */
export function roundsOf({ values }: Reinvocation, plugin: string): Rounds {
  let rounds = values.get(plugin) as Rounds | undefined;
  if (!rounds) {
    rounds = { lastOutput: undefined, reinvocable: new Set(), toReinvoke: new Set() };
    values.set(plugin, rounds);
  }
  return rounds;
}

/** There was a change: whoever was asked before it, and wants to be, is asked again. */
export function requireReinvoking(rounds: Rounds): void {
  for (const id of rounds.reinvocable) rounds.toReinvoke.add(id);
  rounds.reinvocable = new Set();
}
