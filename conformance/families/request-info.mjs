import { requestInfoOf } from '@apiserver-kit/pipeline';

export default ({ method, path, query }) => {
  const info = requestInfoOf(method, path, () => new URLSearchParams(query));
  return { ...info, parts: info.parts ?? null };
};
