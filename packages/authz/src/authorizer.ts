/** Who may do what: the interface that every authorizer has, and how several make one (k8s.io/apiserver/pkg/authorization). */
import { aggregateError } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';

/** What somebody wants to do. */
export interface Attributes {
  readonly user: UserInfo | undefined;
  /** As in RequestInfo. */
  readonly verb: string;
  readonly isResourceRequest: boolean;
  /** Of a resource request; empty otherwise. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** Empty at the cluster's scope. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty where the request names no object. */
  readonly name: string;
  /** Of a request that is not for a resource. */
  readonly path: string;
  /** As text, unchecked; empty for none. An authorizer that cannot read them has to judge as if they were not there. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

/** `noOpinion`: somebody else may allow it; when nobody does, it is refused. */
export type Decision = 'allow' | 'deny' | 'noOpinion';

/** What an authorizer decided. Verdicts are shared between requests: never write to them. */
export interface Verdict {
  readonly decision: Decision;
  /** For people; may be empty. */
  readonly reason: string;
  /** What went wrong on the way. Look at the decision first: an allow with an error is an allow. */
  readonly error?: Error;
}

export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** All that somebody may do in a namespace, as far as it can be listed. */
export interface RuleSet {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly NonResourceRule[];
  /** True when there may be more. */
  readonly isIncomplete: boolean;
  readonly error?: Error;
}

export interface Authorizer {
  /** Unlike all others of a {@link union}. */
  readonly name: string;
  /** A promise only where something has to be waited for. An error that is thrown counts as `noOpinion` with that error. */
  authorize(attributes: Attributes): Verdict | Promise<Verdict>;
  /** For SelfSubjectRulesReview; left out by an authorizer that cannot list what it allows. */
  rulesFor?(user: UserInfo, namespace: string): RuleSet | Promise<RuleSet>;
}

/** No opinion, and nothing to say about it. */
export const noOpinion: Verdict = Object.freeze({ decision: 'noOpinion', reason: '' });
/** Allowed without a reason. */
export const allowed: Verdict = Object.freeze({ decision: 'allow', reason: '' });

/** The verdict of an authorizer that threw. */
export const failedVerdict = (error: unknown): Verdict => ({
  decision: 'noOpinion',
  reason: '',
  error: error instanceof Error ? error : new Error(String(error)),
});

/**
 * Asks one authorizer after the other; the first that allows or denies decides. When none does, their reasons and errors are told together.
 * @throws Error when two have one name.
 */
export function union(authorizers: readonly Authorizer[]): Authorizer {
  const names = authorizers.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two authorizers are named "${twice}"`);

  const askFrom = (start: number, attributes: Attributes, earlier: Undecided | undefined): Verdict | Promise<Verdict> => {
    let undecided = earlier;
    for (let at = start; at < authorizers.length; at++) {
      const authorizer = authorizers[at]!;
      const verdict = ask(authorizer, attributes);
      if (verdict instanceof Promise)
        return verdict.then((late) => (late.decision === 'noOpinion' ? askFrom(at + 1, attributes, withVerdict(undecided, authorizer.name, late)) : late));
      if (verdict.decision !== 'noOpinion') return verdict;
      undecided = withVerdict(undecided, authorizer.name, verdict);
    }
    if (undecided === undefined) return noOpinion;
    const { reasons, errors } = undecided;
    return { decision: 'noOpinion', reason: reasons.join('\n'), ...(errors.length > 0 && { error: aggregateError(errors) }) };
  };

  return {
    name: names.join(','),
    authorize: (attributes) => askFrom(0, attributes, undefined),
    rulesFor(user, namespace) {
      const sets = authorizers.flatMap((authorizer) => authorizer.rulesFor?.(user, namespace) ?? []);
      return sets.some((set) => set instanceof Promise) ? Promise.all(sets).then(joinRules) : joinRules(sets as RuleSet[]);
    },
  };
}

interface Undecided {
  readonly reasons: readonly string[];
  readonly errors: readonly Error[];
}

function withVerdict(earlier: Undecided | undefined, name: string, { reason, error }: Verdict): Undecided | undefined {
  if (reason === '' && error === undefined) return earlier;
  const { reasons, errors } = earlier ?? { reasons: [], errors: [] };
  return { reasons: reason === '' ? reasons : [...reasons, `${name}: ${reason}`], errors: error === undefined ? errors : [...errors, error] };
}

/** Asks an authorizer; what it throws becomes its verdict. */
export function ask(authorizer: Authorizer, attributes: Attributes): Verdict | Promise<Verdict> {
  try {
    const verdict = authorizer.authorize(attributes);
    return verdict instanceof Promise ? verdict.catch(failedVerdict) : verdict;
  } catch (error) {
    return failedVerdict(error);
  }
}

function joinRules(sets: readonly RuleSet[]): RuleSet {
  const errors = sets.flatMap(({ error }) => error ?? []);
  return {
    resourceRules: sets.flatMap(({ resourceRules }) => resourceRules),
    nonResourceRules: sets.flatMap(({ nonResourceRules }) => nonResourceRules),
    isIncomplete: sets.some(({ isIncomplete }) => isIncomplete),
    ...(errors.length > 0 && { error: aggregateError(errors) }),
  };
}
