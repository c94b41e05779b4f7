import { applyMergePatch } from '@apiserver-kit/machinery';

export default ({ document, patch }) => applyMergePatch(document, patch);
