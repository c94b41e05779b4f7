import type { ErrorLog } from '@apiserver-kit/pipeline';

/**
 * Writes a line per failure, with the stack of what was thrown.
 * @param write where to: standard error.
 */
export const createLog =
  (write: (text: string) => void, clock: () => Date = () => new Date()): ErrorLog =>
  (message, error) => {
    const detail = error instanceof Error ? (error.stack ?? error.message) : error === undefined ? '' : String(error);
    write(`${clock().toISOString()} ${message}${detail === '' ? '' : `: ${detail}`}\n`);
  };
