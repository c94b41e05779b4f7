import { chain, type Filter } from '../handler.js';

/** Every answer is private to its user: `Cache-Control: no-cache, private` unless the handler said otherwise. */
export const cacheControl = (): Filter => (next) => (ctx) =>
  chain(next(ctx), (response) => {
    response.headers['cache-control'] ??= 'no-cache, private';
    return response;
  });

/** `Strict-Transport-Security` on answers over TLS. `directives` as in the header: `max-age=31536000`. */
export const hsts = (directives: readonly string[]): Filter => {
  const value = directives.join('; ');
  return (next) =>
    value === ''
      ? next
      : (ctx) => {
          if (!ctx.request.isSecure) return next(ctx);
          return chain(next(ctx), (response) => {
            response.headers['strict-transport-security'] ??= value;
            return response;
          });
        };
};

const maxTotal = 4 * 1024;
const maxItem = 256;
const warningText = (message: string): string | undefined => {
  if (/[\p{Cc}]/u.test(message.replace(/[\t\n]/g, ' '))) return undefined;
  return `299 - "${message.replaceAll('\n', ' ').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};
/** Cut to whole characters: a header must not end in half of one. */
const cut = (message: string): string => ([...message].length > maxItem ? [...message].slice(0, maxItem).join('') : message);

/** Sends `ctx.warnings` as `Warning: 299` headers, shortened when they are many, as the reference shortens them. */
export const warnings = (): Filter => (next) => (ctx) =>
  chain(next(ctx), (response) => {
    if (!ctx.warnings) return response;
    const total = ctx.warnings.reduce((sum, message) => sum + [...message].length, 0);
    let written = 0;
    const headers: string[] = [];
    for (const message of total <= maxTotal ? ctx.warnings : ctx.warnings.map(cut)) {
      const header = warningText(message);
      if (header === undefined) continue;
      if (total > maxTotal && written >= maxTotal) break;
      written += [...message].length;
      headers.push(Buffer.from(header, 'utf8').toString('latin1'));
    }
    if (headers.length > 0) response.headers.warning = headers;
    return response;
  });
