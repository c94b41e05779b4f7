/** Names for objects that are created with a generateName (k8s.io/apiserver/pkg/storage/names). */
import { randomInt } from 'node:crypto';

/** Without vowels and without what looks alike, so that no words form (k8s.io/apimachinery/pkg/util/rand). */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const maxNameLength = 63;
const suffixLength = 5;

/** Gives an integer from 0 up to, and without, `max`. */
export type RandomInt = (max: number) => number;

/** `count` characters of the reference's alphabet. */
export function randomSuffix(count: number = suffixLength, random: RandomInt = randomInt): string {
  let suffix = '';
  for (let at = 0; at < count; at++) suffix += alphabet[random(alphabet.length)];
  return suffix;
}

/** `base`, cut so that the whole fits a DNS label, and five random characters. */
export const generateName = (base: string, random?: RandomInt): string => base.slice(0, maxNameLength - suffixLength) + randomSuffix(suffixLength, random);
