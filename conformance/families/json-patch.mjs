import { applyJsonPatch } from '@apiserver-kit/machinery';

export default ({ document, patch }) => applyJsonPatch(document, patch);
