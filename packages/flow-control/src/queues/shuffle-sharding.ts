/** Deals each flow a few queues, so that no two flows are likely to share all of theirs (k8s.io/apiserver/pkg/util/shufflesharding). */
import { createHash } from 'node:crypto';

/** The 64 bits that a flow's queues are drawn from. */
export function flowHash(flowSchema: string, distinguisher: string): bigint {
  return createHash('sha256').update(flowSchema).update('\0').update(distinguisher).digest().readBigUInt64LE(0);
}

/** What is wrong with such hands; undefined for nothing. */
export function handError(deckSize: number, handSize: number): string | undefined {
  if (deckSize <= 0 || handSize <= 0) return `deckSize ${deckSize} or handSize ${handSize} is not positive`;
  if (handSize > deckSize) return `handSize ${handSize} is greater than deckSize ${deckSize}`;
  if (deckSize > 1 << 26) return `deckSize ${deckSize} is impractically large`;
  if (Math.ceil(Math.log2(deckSize) * handSize) > 60) return `required entropy bits of deckSize ${deckSize} and handSize ${handSize} is greater than 60`;
  return undefined;
}

/** Different cards of a deck: each hash has its hand. */
export function dealHand(hash: bigint, deckSize: number, handSize: number): number[] {
  const remainders: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = BigInt(deckSize - dealt);
    remainders.push(Number(rest % left));
    rest /= left;
  }
  return remainders.map((remainder, at) => {
    let card = remainder;
    for (let before = at; before > 0; before--) if (card >= remainders[before - 1]!) card++;
    return card;
  });
}
