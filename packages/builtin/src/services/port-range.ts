/** Ranges of node ports (pkg/registry/core/service/portallocator). */

export interface PortRange {
  /** `30000-32767`. */
  readonly text: string;
  readonly first: number;
  readonly size: number;
  /** The first so many are given last, so that they are there for those who ask for a certain port (KEP-3668). */
  readonly offset: number;
}

const reservedFor = (size: number): number => (size <= 16 ? 0 : Math.min(Math.max(Math.floor(size / 32), 16), 128));

/**
 * Reads `FIRST-LAST`.
 * @throws Error when it is no range of ports.
 */
export function portRange(text: string): PortRange {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text)?.map(Number) ?? [];
  if (first === undefined || last === undefined || first > last || last > 65535) throw new Error(`invalid range of ports: ${JSON.stringify(text)}`);
  const size = last - first + 1;
  return { text, first, size, offset: reservedFor(size) };
}
