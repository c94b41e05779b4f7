import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dealHand, flowHash, handError } from './shuffle-sharding.js';

it('a hand has as many different cards as it should, all of the deck', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 8 }), (hash, deck, wanted) => {
      const size = Math.min(deck, wanted);
      const hand = dealHand(hash, deck, size);
      expect(new Set(hand).size).toBe(size);
      for (const card of hand) expect(card >= 0 && card < deck).toBe(true);
    }),
  );
});

it('all hands are dealt', () => {
  const hands = new Set<string>();
  for (let hash = 0n; hash < 60n; hash++) hands.add(dealHand(hash, 5, 3).join());
  expect(hands.size).toBe(60);
});

it('a flow always has the same hand', () => {
  expect(flowHash('a', 'b')).toBe(flowHash('a', 'b'));
  expect(flowHash('a', 'b')).not.toBe(flowHash('ab', ''));
});

it('a hand that cannot be drawn from 64 bits is refused', () => {
  expect(handError(64, 8)).toBeUndefined();
  expect(handError(1024, 8)).toBe('required entropy bits of deckSize 1024 and handSize 8 is greater than 60');
  expect(handError(4, 8)).toBe('handSize 8 is greater than deckSize 4');
});
