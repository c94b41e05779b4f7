/** How the file names resources. */
import { type GroupResource, goQuote } from '@apiserver-kit/machinery';

/** `deployments.apps`, `secrets`, `*.apps`, `*.` (the core group) and `*.*`. */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.');
  return dot < 0 ? { group: '', resource: text } : { group: text.slice(dot + 1), resource: text.slice(0, dot) };
}

/** As the file has it. */
export function resourceText({ group, resource }: GroupResource): string {
  return group === '' && resource !== '*' ? resource : `${resource}.${group}`;
}

export const maskedBy = (masked: GroupResource, by: GroupResource): Error =>
  new Error(`resource ${goQuote(resourceText(masked))} is masked by earlier rule ${goQuote(resourceText(by))}`);
