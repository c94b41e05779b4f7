/** Which families of addresses a service is for, in a cluster that has one (pkg/registry/core/service/storage/alloc.go). */
import { isIP } from 'node:net';
import { type FieldError, index, invalid, invalidValue, type JsonObject, jsonEqual } from '@apiserver-kit/machinery';
import { has, recordAt, textAt, textsAt } from '../types/read.js';
import { validateClusterIPs } from '../validate/services.js';
import type { IPFamily } from './ip-range.js';

const serviceKind = { group: '', kind: 'Service' };
const other = (family: IPFamily): IPFamily => (family === 'IPv4' ? 'IPv6' : 'IPv4');
const familyOf = (ip: string): IPFamily => (isIP(ip) === 6 ? 'IPv6' : 'IPv4');

/** A service that may have both families, and keeps what it has, is left alone. */
function isSettled(spec: JsonObject, old: JsonObject | undefined): boolean {
  if (!old || spec.ipFamilyPolicy !== 'PreferDualStack' || spec.type !== old.type) return false;
  if (has(old, 'ipFamilyPolicy') && old.ipFamilyPolicy !== 'PreferDualStack') return false;
  return jsonEqual(textsAt(spec, 'clusterIPs'), textsAt(old, 'clusterIPs')) && jsonEqual(textsAt(spec, 'ipFamilies'), textsAt(old, 'ipFamilies'));
}

const policyOf = (old: JsonObject | undefined, isFree: boolean): string => {
  if (old && has(old, 'ipFamilyPolicy')) return textAt(old, 'ipFamilyPolicy');
  return isFree ? 'RequireDualStack' : 'SingleStack';
};

/** A client that wants one family, and keeps what it has read of the second, means to be rid of that. */
function releaseSecond(spec: JsonObject, old: JsonObject): void {
  for (const field of ['clusterIPs', 'ipFamilies']) {
    const values = textsAt(spec, field);
    if (values.length > 1 && jsonEqual(values, textsAt(old, field))) spec[field] = values.slice(0, 1);
  }
}

function replacementErrors(spec: JsonObject, old: JsonObject): FieldError[] {
  const reduced = (field: string): boolean => textsAt(spec, field).length > 0 && textsAt(spec, field).length < textsAt(old, field).length;
  const policy = spec.ipFamilyPolicy;
  return [
    ...(reduced('clusterIPs') ? [invalidValue('spec.ipFamilyPolicy', policy, "must be 'SingleStack' to release the secondary cluster IP")] : []),
    ...(reduced('ipFamilies') ? [invalidValue('spec.ipFamilyPolicy', policy, "must be 'SingleStack' to release the secondary IP family")] : []),
  ];
}

function singleStackErrors(spec: JsonObject): FieldError[] {
  const needsBoth = (what: string): FieldError =>
    invalidValue('spec.ipFamilyPolicy', 'SingleStack', `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
  return [
    ...(textsAt(spec, 'clusterIPs').length === 2 ? [needsBoth('cluster IPs')] : []),
    ...(textsAt(spec, 'ipFamilies').length === 2 ? [needsBoth('IP families')] : []),
  ];
}

/** Addresses say of which families a service is, where it does not say so itself. */
function inferFamilies(spec: JsonObject, family: IPFamily): FieldError[] {
  const ips = textsAt(spec, 'clusterIPs');
  const given = textsAt(spec, 'ipFamilies');
  if (ips[0] === 'None' || ips.length <= given.length) return [];
  const inferred = ips.slice(given.length).map(familyOf);
  spec.ipFamilies = [...given, ...inferred.filter((of) => of === family)];
  return inferred.flatMap((of, after) =>
    of === family ? [] : [invalidValue(index('spec.clusterIPs', given.length + after), ips, `${of} is not configured on this cluster`)],
  );
}

/**
 * Completes the family fields of a service, in place.
 * @param old the service that is replaced.
 * @param family the one that the cluster has.
 * @throws StatusError Invalid for what the cluster cannot give.
 */
export function initFamilies(service: JsonObject, old: JsonObject | undefined, family: IPFamily): void {
  const spec = service.spec as JsonObject;
  const oldSpec = old && recordAt(old, 'spec');
  if (spec.type === 'ExternalName' || isSettled(spec, oldSpec)) return;
  const refuse = (errors: readonly FieldError[]): void => {
    if (errors.length > 0) throw invalid(serviceKind, textAt(recordAt(service, 'metadata'), 'name'), errors);
  };
  // Its addresses are whoever's the endpoints are.
  const isFree = textAt(spec, 'clusterIP') === 'None' && Object.keys(recordAt(spec, 'selector')).length === 0;
  if (!has(spec, 'ipFamilyPolicy')) spec.ipFamilyPolicy = policyOf(oldSpec, isFree);
  refuse(validateClusterIPs(spec));
  const isSingle = spec.ipFamilyPolicy === 'SingleStack';
  if (oldSpec && isSingle) releaseSecond(spec, oldSpec);
  refuse([...(oldSpec && !isSingle ? replacementErrors(spec, oldSpec) : []), ...(isSingle ? singleStackErrors(spec) : []), ...inferFamilies(spec, family)]);
  const families = textsAt(spec, 'ipFamilies');
  if (isFree) {
    const first = (families[0] as IPFamily | undefined) ?? family;
    if (families.length < 2) spec.ipFamilies = isSingle ? [first] : [first, other(first)];
    return;
  }
  refuse([
    ...(spec.ipFamilyPolicy === 'RequireDualStack'
      ? [invalidValue('spec.ipFamilyPolicy', 'RequireDualStack', 'this cluster is not configured for dual-stack services')]
      : []),
    ...families.flatMap((one, at) => (one === family ? [] : [invalidValue(index('spec.ipFamilies', at), one, 'not configured on this cluster')])),
  ]);
  if (families.length === 0) spec.ipFamilies = [family];
}
