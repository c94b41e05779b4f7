// What it costs to know a user: a token that is remembered, and one that has to be verified, beside a bare verification by jose.
import { generateKeyPairSync } from 'node:crypto';
import { cached } from '@apiserver-kit/authn';
import { boundClaims, publicKeys, serviceAccountTokens, tokenIssuer } from '@apiserver-kit/authn/service-account';
import { createContext } from '@apiserver-kit/pipeline';
import { compactVerify } from 'jose';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'builder', namespace: 'ci', uid: 'u' } };
const issuer = 'https://kubernetes.default.svc';
const claims = boundClaims({ serviceAccount: account, audiences: [issuer], expirationSeconds: 3600, nowMs: Date.now(), tokenId: 'x' });
const token = await tokenIssuer(issuer, privateKey).issue(claims);
const tokens = serviceAccountTokens({ issuers: [issuer], keys: publicKeys([publicKey]), audiences: [issuer], objects: { serviceAccount: () => account } });
const remembered = cached(tokens, { successTtlMs: 3_600_000 });
const ctx = createContext({ headers: {} });

/** Microseconds a call, of each: the best of many short rounds, taken in turn, so that what else the machine does falls on all of them. */
async function measure(calls, ...runs) {
  const best = runs.map(() => Infinity);
  for (let round = 0; round < 20; round++) {
    for (const [at, run] of runs.entries()) {
      const start = process.hrtime.bigint();
      for (let call = 0; call < calls; call++) {
        const answer = run();
        if (answer instanceof Promise) await answer;
      }
      best[at] = Math.min(best[at], Number(process.hrtime.bigint() - start) / calls / 1000);
    }
  }
  return best;
}

await remembered.authenticateToken(token, ctx);
const [known] = await measure(20_000, () => remembered.authenticateToken(token, ctx));
const [bare, verified] = await measure(
  500,
  () => compactVerify(token, publicKey, { algorithms: ['RS256'] }),
  () => tokens.authenticateToken(token, ctx),
);
console.log(`a remembered token of ${token.length} characters: ${known.toFixed(2)} µs`);
console.log(`an RS256 token, verified: ${verified.toFixed(0)} µs; by jose alone: ${bare.toFixed(0)} µs (${(verified / bare).toFixed(2)} ×)`);
