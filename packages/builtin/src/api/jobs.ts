/** What is special about deletions of jobs (pkg/registry/batch/job/storage). */
import type { DeleteOptions } from '@apiserver-kit/rest';

const orphansByDefault =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

/** Who does not say what is to become of a job's pods is told. */
export const jobDeletionWarnings = ({ propagationPolicy, orphanDependents }: DeleteOptions): readonly string[] =>
  propagationPolicy === undefined && orphanDependents === undefined ? [orphansByDefault] : [];
