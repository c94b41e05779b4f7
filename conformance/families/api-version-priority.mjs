import { compareApiVersions } from '@apiserver-kit/machinery';

export default ({ a, b }) => ({ cmp: compareApiVersions(a, b) });
