/**
 * Members that JSON text gives twice (sigs.k8s.io/json, strict decoding). JSON.parse keeps the last without a word.
 *
 * Nearly no text has any, so it is only counted: as many keys as the parsed value has members means that none was given twice. That costs a scan
 * and a walk; only text that fails the count is read again, slowly, for the paths.
 */

/** Counts strings that a colon follows. */
function countKeys(text: string): number {
  let keys = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at = endOfString(text, at) + 1;
    let next = at;
    while (isSpace(text.charCodeAt(next))) next++;
    if (text.charCodeAt(next) === colon) keys++;
  }
  return keys;
}

const colon = 0x3a;
const backslash = 0x5c;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Where the string ends that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += countMembers(item);
    return members;
  }
  for (const name in value) members += 1 + countMembers((value as Record<string, unknown>)[name]);
  return members;
}

/**
 * The paths of members that the text gives more than once, each once, in the order of the text: `spec.size`, `[0].op`.
 * @param value what the text was parsed to.
 */
export function duplicateFields(text: string, value: unknown): string[] {
  return countKeys(text) === countMembers(value) ? [] : findDuplicates(text);
}

interface Level {
  readonly path: string;
  /** Undefined in a list. */
  readonly seen: Set<string> | undefined;
  index: number;
  /** The member whose value comes next. */
  name: string;
}

/** Reads the text token by token, without recursion. */
function findDuplicates(text: string): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  const pathHere = (): string => {
    const level = levels[levels.length - 1];
    if (!level) return '';
    if (!level.seen) return `${level.path}[${level.index}]`;
    return level.path === '' ? level.name : `${level.path}.${level.name}`;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    const level = levels[levels.length - 1];
    if (char === '{' || char === '[') levels.push({ path: pathHere(), seen: char === '{' ? new Set() : undefined, index: 0, name: '' });
    else if (char === '}' || char === ']') levels.pop();
    else if (char === ',' && level && !level.seen) level.index++;
    else if (char === '"') {
      const end = endOfString(text, at);
      let next = end + 1;
      while (isSpace(text.charCodeAt(next))) next++;
      if (text.charCodeAt(next) === colon && level?.seen) {
        level.name = JSON.parse(text.slice(at, end + 1)) as string;
        if (level.seen.has(level.name)) found.add(pathHere());
        level.seen.add(level.name);
      }
      at = end;
    }
  }
  return [...found];
}
