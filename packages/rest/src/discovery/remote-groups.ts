/** What other servers serve behind this one, as discovery shows it: an aggregator gives it. */
import type { GroupVersion } from '@apiserver-kit/machinery';

/** Where a group stands among groups, and a version among those of its group: the highest first. */
export interface GroupVersionPriority {
  readonly group: number;
  readonly version: number;
}

/** A group version that another server serves. */
export interface RemoteGroupVersion extends GroupVersion {
  /** As the other server's aggregated discovery lists them. */
  readonly resources: readonly unknown[];
  /** Whether the other server said so when it was last asked. */
  readonly freshness: 'Current' | 'Stale';
}

export interface RemoteGroups {
  /** Raised with each change: what was derived from an older one is stale. */
  readonly generation: number;
  /** They stand instead of what a registry has under the same group and version. */
  groupVersions(): readonly RemoteGroupVersion[];
  /** Where a group version stands, be it remote or not; undefined: where it stands by itself. */
  priority(groupVersion: GroupVersion): GroupVersionPriority | undefined;
}

export const noRemoteGroups: RemoteGroups = { generation: 0, groupVersions: () => [], priority: () => undefined };
