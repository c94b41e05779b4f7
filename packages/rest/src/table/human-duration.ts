/** How long something has lasted, as `kubectl get` shows it (k8s.io/apimachinery/pkg/util/duration). */

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** `whole` of one unit and, if it is not zero, the `rest` in the next smaller one. */
const pair = (seconds: number, unit: number, letter: string, smaller: number, smallerLetter: string): string => {
  const rest = Math.floor((seconds % unit) / smaller);
  return `${Math.floor(seconds / unit)}${letter}${rest === 0 ? '' : `${rest}${smallerLetter}`}`;
};

/** Two or three significant figures: `5s`, `3m12s`, `47h`, `3d4h`, `2y10d`. Negative by two seconds or more: `<invalid>`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return pair(seconds, minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 8 * hour) return pair(seconds, hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < 8 * day) return pair(seconds, day, 'd', hour, 'h');
  if (seconds < 2 * year) return `${Math.floor(seconds / day)}d`;
  if (seconds < 8 * year) return pair(seconds, year, 'y', day, 'd');
  return `${Math.floor(seconds / year)}y`;
}

/** How long ago a time was; `<unknown>` where there is none. */
export const since = (time: unknown, nowMs: number): string =>
  typeof time === 'string' && time !== '' ? humanDuration(nowMs - Date.parse(time)) : '<unknown>';
