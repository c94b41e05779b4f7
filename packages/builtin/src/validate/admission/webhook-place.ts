/** Where a webhook says it is (k8s.io/apiserver/pkg/util/webhook). */
import { child, dns1123Subdomain, type FieldError, goQuote, invalidValue, type JsonObject, portNumber, required } from '@apiserver-kit/machinery';
import { has, numberAt, recordAt, textAt } from '../../types/read.js';

const form = '; desired format: https://host[/path]';

/** Scheme, user, host, query and fragment, as Go's parser splits them. */
const urlParts = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;

/** What Go's url.Parse says of a text that is no URL; undefined where it takes it. */
function parseFailure(url: string, host: string): string | undefined {
  const failure = (why: string): string => `parse ${goQuote(url)}: ${why}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what Go refuses.
  if (/[\x00-\x1f\x7f]/.test(url)) return failure('net/url: invalid control character in URL');
  if (url.startsWith(':')) return failure('missing protocol scheme');
  const wrongEscape = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(url)?.[0];
  if (wrongEscape !== undefined) return failure(`invalid URL escape ${goQuote(wrongEscape)}`);
  const port = /:[^:\]]*$/.exec(host)?.[0];
  if (port !== undefined && !/^:\d*$/.test(port)) return failure(`invalid port ${goQuote(port)} after host`);
  const character = /[ "<>^`{|}\\]/.exec(host)?.[0];
  return character === undefined ? undefined : failure(`invalid character ${goQuote(character)} in host name`);
}

function webhookUrl(url: string, path: string): FieldError[] {
  const [, scheme = '', user, host = '', query = '', fragment = ''] = urlParts.exec(url) ?? [];
  const failure = parseFailure(url, host);
  if (failure !== undefined) return [required(path, `url must be a valid URL: ${failure}${form}`)];
  return [
    ...(scheme.toLowerCase() === 'https' ? [] : [invalidValue(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`)]),
    ...(host === '' ? [invalidValue(path, host, `host must be specified${form}`)] : []),
    ...(user === undefined ? [] : [invalidValue(path, user, 'user information is not permitted in the URL')]),
    ...(fragment === '' ? [] : [invalidValue(path, fragment, 'fragments are not permitted in the URL')]),
    ...(query === '' ? [] : [invalidValue(path, query, 'query parameters are not permitted in the URL')]),
  ];
}

function urlPath(text: string, path: string): FieldError[] {
  const wrong = (why: string): FieldError => invalidValue(path, text, why);
  if (text === '' || text === '/') return [];
  if (text === '//') return [wrong('segment[0] may not be empty')];
  // The first character is passed over, even where it is no slash.
  const steps = text.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(text.startsWith('/') ? [] : [wrong("must start with a '/'")]),
    ...steps.flatMap((step, at) =>
      step === '' ? [wrong(`segment[${at}] may not be empty`)] : dns1123Subdomain(step).map((why) => wrong(`segment[${at}]: ${why}`)),
    ),
  ];
}

function service(value: JsonObject, path: string): FieldError[] {
  const port = numberAt(value, 'port');
  const portErrors = portNumber(port);
  return [
    // The reference mixes the two up.
    ...(textAt(value, 'namespace') === '' ? [required(child(path, 'name'))] : []),
    ...(textAt(value, 'name') === '' ? [required(child(path, 'namespace'))] : []),
    ...(portErrors.length > 0 ? [invalidValue(child(path, 'port'), port, `port is not valid: ${portErrors.join(', ')}`)] : []),
    ...urlPath(textAt(value, 'path'), child(path, 'path')),
  ];
}

/** A WebhookClientConfig. */
export function webhookPlace(config: JsonObject, path: string): FieldError[] {
  if (has(config, 'url') === has(config, 'service')) return [required(path, 'exactly one of url or service is required')];
  return has(config, 'url') ? webhookUrl(textAt(config, 'url'), child(path, 'url')) : service(recordAt(config, 'service'), child(path, 'service'));
}
