/** Warnings that go with writes of admissionregistration.k8s.io's kinds. */
import { groupResourceText, type JsonObject } from '@apiserver-kit/machinery';
import type { Strategy } from '@apiserver-kit/rest';
import { recordsAt, textsAt } from '../types/read.js';
import { staticSuffix } from '../validate/admission/static-suffix.js';

type Warnings = NonNullable<Strategy['warnings']>;

/** Said of updates only: such objects cannot be created. */
export const staticNameWarnings: Warnings = ({ metadata: { name = '' } }, old) =>
  old && name.endsWith(staticSuffix)
    ? [`metadata.name: names ending with "${staticSuffix}" are reserved for static manifest-based configurations and cannot be managed via the API`]
    : [];

/** What no webhook is asked about: whoever names it would wait in vain. */
const excluded: Readonly<Record<string, readonly string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': ['localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
};

function ruleWarnings(rule: JsonObject, path: string): string[] {
  const [groups, resources] = [textsAt(rule, 'apiGroups'), textsAt(rule, 'resources')];
  if (groups.includes('*') || resources.includes('*')) return [];
  const named = groups.flatMap((group) =>
    resources.filter((resource) => excluded[group]?.includes(resource)).map((resource) => groupResourceText({ group, resource })),
  );
  return [...new Set(named)].map((text) => `${path}: ${text} is excluded from admission webhooks; this rule will have no effect`);
}

export const webhookWarnings: Warnings = (configuration, old) => [
  ...staticNameWarnings(configuration, old),
  ...recordsAt(configuration, 'webhooks').flatMap((webhook, at) =>
    recordsAt(webhook, 'rules').flatMap((rule, ruleAt) => ruleWarnings(rule, `webhooks[${at}].rules[${ruleAt}]`)),
  ),
];
