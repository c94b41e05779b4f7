/** Who makes a request (authentication.k8s.io UserInfo). */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Names that the reference gives a meaning. */
export const anonymousUser = 'system:anonymous';
export const groupUnauthenticated = 'system:unauthenticated';
export const groupAuthenticated = 'system:authenticated';
export const groupMasters = 'system:masters';
