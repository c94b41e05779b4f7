/** What stands between a decoded write and its storage (k8s.io/apiserver/pkg/admission). */
import type { GroupVersionKind, GroupVersionResource, KubeObject } from '@apiserver-kit/machinery';
import type { RequestContext, UserInfo } from '@apiserver-kit/pipeline';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** One write, as plugins see it. */
export interface Attributes {
  readonly operation: Operation;
  readonly resource: GroupVersionResource;
  readonly subresource: string;
  readonly kind: GroupVersionKind;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** Empty for a create whose name is still to be generated, and for deletions of collections. */
  readonly name: string;
  /** The object that is to be written, in the version of the request; undefined for deletions. Mutating plugins change it in place, or set another. */
  object: KubeObject | undefined;
  /** What is there now; undefined for creations. Shared: never write to it. */
  readonly oldObject: KubeObject | undefined;
  /** The options of the request, as an object (CreateOptions, UpdateOptions, PatchOptions, DeleteOptions). */
  readonly options: Readonly<Record<string, unknown>> | undefined;
  readonly isDryRun: boolean;
  readonly user: UserInfo | undefined;
  /** For warnings and audit annotations. Undefined in unit tests of plugins that need neither. */
  readonly context: RequestContext | undefined;
  /** Set by plugins that may have to be asked again: see {@link reinvocationOf}. */
  reinvocation?: Reinvocation;
}

/** What the two rounds of mutating admission know of each other. There is a second round where a plugin asks for it in the first. */
export interface Reinvocation {
  /** Whether this is the second round. */
  isReinvoke: boolean;
  shouldReinvoke: boolean;
  /** What a plugin keeps for its second round, by its name. */
  readonly values: Map<string, unknown>;
}

/** The request's own. */
export const reinvocationOf = (attributes: Attributes): Reinvocation =>
  (attributes.reinvocation ??= { isReinvoke: false, shouldReinvoke: false, values: new Map() });

/**
 * One admission plugin. `admit` may change the object, `validate` may only refuse; either throws a StatusError to refuse. Both return a
 * promise only where they have something to wait for.
 */
export interface AdmissionPlugin {
  /** As in `--enable-admission-plugins`. */
  readonly name: string;
  handles(operation: Operation): boolean;
  admit?(attributes: Attributes): void | Promise<void>;
  validate?(attributes: Attributes): void | Promise<void>;
}

/** The plugins of a server, in order. */
export interface AdmissionChain {
  readonly names: readonly string[];
  /** Whether any plugin of the phase handles the operation: callers make no Attributes for nobody. */
  admits(operation: Operation): boolean;
  validates(operation: Operation): boolean;
  admit(attributes: Attributes): void | Promise<void>;
  validate(attributes: Attributes): void | Promise<void>;
}

type Phase = 'admit' | 'validate';

/** All mutating plugins, and, where one of them wants it, all of them once more (KEP-492: what changed late may concern those that were asked early). */
function mutate(plugins: readonly AdmissionPlugin[], attributes: Attributes): void | Promise<void> {
  const again = (): void | Promise<void> => {
    const { reinvocation } = attributes;
    if (!reinvocation?.shouldReinvoke || reinvocation.isReinvoke) return;
    reinvocation.isReinvoke = true;
    return run(plugins, 'admit', attributes);
  };
  const waiting = run(plugins, 'admit', attributes);
  return waiting instanceof Promise ? waiting.then(again) : again();
}

/** Runs the plugins in order; waits only for those that return a promise. */
function run(plugins: readonly AdmissionPlugin[], phase: Phase, attributes: Attributes, from = 0): void | Promise<void> {
  for (let i = from; i < plugins.length; i++) {
    const plugin = plugins[i]!;
    if (!plugin.handles(attributes.operation)) continue;
    const waiting = plugin[phase]!(attributes);
    if (waiting instanceof Promise) return waiting.then(() => run(plugins, phase, attributes, i + 1));
  }
}

/**
 * Composes plugins: all mutate in order, then, later, all validate in order.
 *
 * @example admissionChain([namespaceLifecycle({ namespaces }), myPlugin])
 */
export function admissionChain(plugins: readonly AdmissionPlugin[]): AdmissionChain {
  const mutating = plugins.filter((plugin) => plugin.admit);
  const validating = plugins.filter((plugin) => plugin.validate);
  return {
    names: plugins.map(({ name }) => name),
    admits: (operation) => mutating.some((plugin) => plugin.handles(operation)),
    validates: (operation) => validating.some((plugin) => plugin.handles(operation)),
    admit: (attributes) => mutate(mutating, attributes),
    validate: (attributes) => run(validating, 'validate', attributes),
  };
}

/** Admits everything. */
export const admitAll: AdmissionChain = admissionChain([]);
