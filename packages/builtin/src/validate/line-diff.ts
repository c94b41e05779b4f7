/** A unified diff of two JSON values, for messages that show what may not change. */

const contextLines = 3;

/** One hunk from the first line that differs to the last, with three lines around it. */
export function jsonDiff(before: unknown, after: unknown): string {
  const [a, b] = [before, after].map((value) => JSON.stringify(value, undefined, '  ').split('\n')) as [string[], string[]];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const from = Math.max(0, start - contextLines);
  const [aEnd, bEnd] = [a.length - end, b.length - end];
  const tail = a.slice(aEnd, aEnd + contextLines);
  const head = a.slice(from, start);
  const size = (changed: number): number => head.length + changed + tail.length;
  return [
    `@@ -${from + 1},${size(aEnd - start)} +${from + 1},${size(bEnd - start)} @@`,
    ...head.map((line) => ` ${line}`),
    ...a.slice(start, aEnd).map((line) => `-${line}`),
    ...b.slice(start, bEnd).map((line) => `+${line}`),
    ...tail.map((line) => ` ${line}`),
    '',
  ].join('\n');
}
