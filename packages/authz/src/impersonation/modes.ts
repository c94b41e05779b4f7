/** The ways in which somebody may be another: four that are tied to what is done (KEP-5284), and the one that there always was. */
import type { Clock } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { Attributes, Authorizer } from '../authorizer.js';
import { digestOf, Remembered } from '../remembered.js';
import { confirm, grantUser } from './grant.js';
import { nodeOfServiceAccount, nodeOfUsername, serviceAccountOfUsername } from './user-kinds.js';
import type { WantedUser } from './wanted-user.js';

/** Who the requestor is from here on. */
export interface Impersonated {
  readonly user: UserInfo;
  /** `impersonate:MODE`, for audit; empty where nothing constrains it. */
  readonly constraint: string;
}

/** What is asked: may the user of the attributes do what they say as this other user? */
export interface Attempt {
  readonly wanted: WantedUser;
  readonly requestor: UserInfo;
  readonly attributes: Attributes;
}

export interface ImpersonationMode {
  readonly name: string;
  /**
   * @returns undefined when the mode is not for such users.
   * @throws StatusError Forbidden.
   */
  check(attempt: Attempt): Promise<Impersonated | undefined>;
}

/** What a constrained mode is for. */
interface Constraint {
  readonly name: string;
  applies(wanted: WantedUser, requestor: UserInfo): boolean;
  /** How the authorizer sees a question, where that is not as it is. */
  readonly seen?: (attributes: Attributes) => Attributes;
}

const isOnlyName = ({ uid, groups, extra }: WantedUser): boolean => uid === '' && groups.length === 0 && extra.size === 0;

/**
 * An agent on each node has one account and many tokens. The authorizer is asked about all nodes at once, and does not see which node a token is
 * bound to: so the answer for one node holds for all, and is kept once.
 */
function asSeenOnAnyNode(attributes: Attributes): Attributes {
  const { user, verb, name } = attributes;
  const keys = Object.keys(user?.extra ?? {}).sort();
  return {
    ...attributes,
    name: verb === 'impersonate:associated-node' ? '*' : name,
    user: user && { ...user, extra: { 'authentication.kubernetes.io/associated-node-keys': keys } },
  };
}

const constraints: readonly Constraint[] = [
  {
    name: 'associated-node',
    applies(wanted, requestor) {
      const node = nodeOfUsername(wanted.name);
      return node !== undefined && isOnlyName(wanted) && nodeOfServiceAccount(requestor) === node;
    },
    seen: asSeenOnAnyNode,
  },
  { name: 'arbitrary-node', applies: (wanted) => isOnlyName(wanted) && nodeOfUsername(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: (wanted) => isOnlyName(wanted) && serviceAccountOfUsername(wanted.name) !== undefined },
  { name: 'user-info', applies: ({ name }) => nodeOfUsername(name) === undefined && serviceAccountOfUsername(name) === undefined },
];

const rememberedMs = 10_000;
const maxRemembered = 16 << 10;

/** All modes, in the order in which they are tried. */
export const impersonationModes = (authorizer: Authorizer, clock?: Clock): readonly ImpersonationMode[] => [
  ...constraints.map((constraint) => constrainedMode(authorizer, constraint, clock)),
  legacyMode(authorizer),
];

/** May they be the other, whatever they do then? Never remembered: it was not before either. */
const legacyMode = (authorizer: Authorizer): ImpersonationMode => ({
  name: 'legacy',
  async check({ wanted, requestor }) {
    return { user: await grantUser({ authorizer, requestor, verb: 'impersonate', isConstrained: false }, wanted), constraint: '' };
  },
});

/** May they do this as another in this way, and may they be the other in this way? */
function constrainedMode(original: Authorizer, { name, applies, seen }: Constraint, clock?: Clock): ImpersonationMode {
  const verb = `impersonate:${name}`;
  const authorizer: Authorizer = seen === undefined ? original : { name: original.name, authorize: (attributes) => seenBy(original, seen(attributes)) };
  // Who is remembered for what was asked, and who for whatever is asked.
  const forRequests = new Remembered<Impersonated>({ maxEntries: maxRemembered, clock });
  const forRequestors = new Remembered<Impersonated>({ maxEntries: maxRemembered, clock });

  const beTheOther = async ({ wanted, requestor }: Attempt, key: string): Promise<Impersonated> => {
    const known = forRequestors.get(key);
    if (known !== undefined) return known;
    const impersonated = { user: await grantUser({ authorizer, requestor, verb, isConstrained: true }, wanted), constraint: verb };
    forRequestors.set(key, impersonated, rememberedMs);
    return impersonated;
  };
  const anyName = (impersonated: Impersonated, { wanted }: Attempt): Impersonated =>
    impersonated.user.name === wanted.name ? impersonated : { ...impersonated, user: { ...impersonated.user, name: wanted.name } };

  return {
    name,
    async check(attempt) {
      const { wanted, requestor, attributes } = attempt;
      if (!applies(wanted, requestor)) return undefined;
      const keyed = seen === undefined ? attributes : seen(attributes);
      const whom = seen === undefined ? [wanted.name, wanted.uid, wanted.groups, [...wanted.extra]] : ['system:node:*'];
      const requestKey = digestOf([whom, keyed]);
      const known = forRequests.get(requestKey);
      if (known !== undefined) return anyName(known, attempt);
      await confirm(authorizer, { ...attributes, verb: `impersonate-on:${name}:${attributes.verb}` });
      const impersonated = await beTheOther(attempt, digestOf([whom, keyed.user]));
      forRequests.set(requestKey, impersonated, rememberedMs);
      return anyName(impersonated, attempt);
    },
  };
}

/** A refusal speaks of what the authorizer saw. */
async function seenBy(authorizer: Authorizer, attributes: Attributes): Promise<{ decision: 'allow' | 'deny'; reason: string; error?: Error }> {
  try {
    await confirm(authorizer, attributes);
    return { decision: 'allow', reason: '' };
  } catch (error) {
    return { decision: 'deny', reason: '', error: error as Error };
  }
}
