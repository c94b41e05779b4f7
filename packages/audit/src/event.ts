/** An event of the audit trail (k8s.io/apiserver/pkg/apis/audit/v1). */
import { goQuote, type Status, stringifyGoJson } from '@apiserver-kit/machinery';
import type { UserInfo } from '@apiserver-kit/pipeline';
import type { AuditLevel, AuditStage } from './policy.js';

export interface AuditUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface AuditObjectReference {
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly apiGroup?: string;
  readonly apiVersion?: string;
  readonly resourceVersion?: string;
  readonly subresource?: string;
}

export type AuditStatus = Partial<Pick<Status, 'metadata' | 'status' | 'message' | 'reason' | 'details' | 'code'>>;

/** In the reference's order of fields, which is the order of what is printed. Never changed once it was made. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: AuditLevel;
  readonly auditID: string;
  readonly stage: AuditStage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: AuditUser;
  readonly impersonatedUser?: AuditUser;
  readonly authenticationMetadata?: { readonly impersonationConstraint?: string };
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: AuditObjectReference;
  readonly responseStatus?: AuditStatus;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** As the reference prints a map: by key. */
export function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const nobody: AuditUser = Object.freeze({});
const known = new WeakMap<UserInfo, AuditUser>();

/** A user as events have one; nobody is an empty object. Users are never written to, so it is made once for each. */
export function auditUser(user: UserInfo | undefined): AuditUser {
  if (user === undefined) return nobody;
  let made = known.get(user);
  if (made === undefined) known.set(user, (made = makeUser(user)));
  return made;
}

function makeUser({ name, uid, groups, extra }: UserInfo): AuditUser {
  return {
    ...(name !== '' && { username: name }),
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra !== undefined && Object.keys(extra).length > 0 && { extra: sorted(extra) }),
  };
}

const printed = new WeakMap<AuditEvent, string>();

/** The event as one line of JSON, with its end. Printed once, however many backends there are. */
export function eventLine(event: AuditEvent): string {
  let line = printed.get(event);
  if (line === undefined) printed.set(event, (line = `${stringifyGoJson(event)}\n`));
  return line;
}

const quoted = (texts: readonly string[]): string => texts.map(goQuote).join(',');

/** The event as one line of text: `--audit-log-format=legacy`. */
export function legacyLine(event: AuditEvent): string {
  const { user, impersonatedUser, objectRef, responseStatus, sourceIPs = [] } = event;
  const name = user.username ?? '';
  const parts: readonly (readonly [string, string])[] = [
    ['id', event.auditID],
    ['stage', event.stage],
    ['ip', sourceIPs[0] ?? '<unknown>'],
    ['method', event.verb],
    ['user', name === '' ? '<none>' : name],
    ['groups', name === '' || user.groups === undefined ? '<none>' : quoted(user.groups)],
    ['as', impersonatedUser === undefined ? '<self>' : (impersonatedUser.username ?? '')],
    ['asgroups', impersonatedUser?.groups === undefined ? '<lookup>' : quoted(impersonatedUser.groups)],
    ['user-agent', event.userAgent ?? ''],
    ['namespace', objectRef?.namespace ?? '<none>'],
    ['uri', event.requestURI],
  ];
  // Go leaves out zeros at the end of a fraction.
  const time = event.requestReceivedTimestamp.replace(/\.?0*Z$/, 'Z');
  const response = responseStatus === undefined ? '<deferred>' : String(responseStatus.code ?? 0);
  return `${time} AUDIT: ${parts.map(([key, value]) => `${key}=${goQuote(value)}`).join(' ')} response="${response}"\n`;
}
