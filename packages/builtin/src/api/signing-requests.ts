/** The life of a CertificateSigningRequest: who asks stands in it, one door decides, another answers (pkg/registry/certificates/certificates). */
import { cloneJson, type JsonObject, type KubeObject, timestamp } from '@apiserver-kit/machinery';
import type { Strategy, UpdateStrategy, Write } from '@apiserver-kit/rest';
import type { BuiltinResource } from '../resources.js';
import { has, recordAt, recordsAt, textAt } from '../types/read.js';
import { validateSigningRequest, type SigningRequestDoor } from '../validate/certificates.js';
import { validateUpdated } from '../validate/metadata.js';

/** Who asks is what authentication says, not the request. */
function signRequest(request: KubeObject, { user }: Write): void {
  const { username: _, uid: __, groups: ___, extra: ____, ...spec } = recordAt(request as JsonObject, 'spec');
  request.spec = {
    ...spec,
    ...(user?.name && { username: user.name }),
    ...(user?.uid && { uid: user.uid }),
    ...(user?.groups?.length && { groups: [...user.groups] }),
    ...(user?.extra && Object.keys(user.extra).length > 0 && { extra: cloneJson(user.extra as unknown as JsonObject) }),
  };
  request.status = {};
}

const conditionsOf = (request: KubeObject): readonly JsonObject[] => recordsAt(recordAt(request as JsonObject, 'status'), 'conditions');

/** Notes when conditions changed, where they do not say. */
function withTimes(request: KubeObject, old: KubeObject, nowMs: number): JsonObject[] {
  const now = timestamp(nowMs);
  return conditionsOf(request).map((condition) => {
    const before = conditionsOf(old).find((other) => other.type === condition.type && other.status === condition.status && has(other, 'lastTransitionTime'));
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? before?.lastTransitionTime ?? now,
    };
  });
}

/** Decisions that have been taken are kept as they were, as long as there are as many of them. */
function keepDecisions(conditions: readonly JsonObject[], old: KubeObject): JsonObject[] {
  let kept = [...conditions];
  for (const type of ['Approved', 'Denied']) {
    const before = conditionsOf(old).filter((condition) => textAt(condition, 'type') === type);
    if (kept.filter((condition) => textAt(condition, 'type') === type).length !== before.length) continue;
    let at = 0;
    kept = kept.map((condition) => (textAt(condition, 'type') === type ? before[at++]! : condition));
  }
  return kept;
}

function withConditions(status: JsonObject, conditions: readonly JsonObject[]): JsonObject {
  const { conditions: _, ...rest } = status;
  return { ...(conditions.length > 0 && { conditions: [...conditions] }), ...rest };
}

const validating =
  (row: BuiltinResource, door: SigningRequestDoor): UpdateStrategy['validateUpdate'] =>
  (request, old) =>
    validateUpdated(row, request.metadata, old.metadata, validateSigningRequest(request as JsonObject, old as JsonObject, door));

/** @param strategy what all built-in resources have. */
export const signingRequestStrategy = (row: BuiltinResource, strategy: Strategy): Strategy => ({
  ...strategy,
  prepareForCreate(request, write) {
    signRequest(request, write);
    strategy.prepareForCreate(request, write);
  },
  prepareForUpdate(request, old) {
    request.spec = old.spec;
    request.status = old.status;
  },
  validateUpdate: validating(row, 'main'),
});

/** Writes through `status`: the certificate, and conditions that are no decisions. */
export const signingRequestStatusStrategy = (row: BuiltinResource): UpdateStrategy => ({
  allowsUnconditionalUpdate: row.allowsUnconditionalUpdate,
  prepareForUpdate(request, old, { nowMs }) {
    request.spec = old.spec;
    const kept = keepDecisions(conditionsOf(request), old);
    const status = withConditions(recordAt(request as JsonObject, 'status'), kept);
    request.status = withConditions(status, withTimes({ ...request, status }, old, nowMs));
  },
  validateUpdate: validating(row, 'status'),
});

/** Writes through `approval`: conditions, and nothing else. */
export const signingRequestApprovalStrategy = (row: BuiltinResource): UpdateStrategy => ({
  allowsUnconditionalUpdate: row.allowsUnconditionalUpdate,
  prepareForUpdate(request, old, { nowMs }) {
    const conditions = withTimes(request, old, nowMs);
    request.spec = old.spec;
    request.status = withConditions(recordAt(old as JsonObject, 'status'), conditions);
  },
  validateUpdate: validating(row, 'approval'),
});
