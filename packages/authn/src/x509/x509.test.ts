import { createHash } from 'node:crypto';
import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext, type PeerCertificate, type RequestContext } from '@apiserver-kit/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuthResult } from '../authenticator.js';
import {
  basicConstraints,
  clientAuth,
  cn,
  day,
  der,
  extension,
  type Identity,
  int,
  issue,
  keyUsage,
  name,
  newKeys,
  org,
  pem,
  type Request,
  seq,
  serverAuth,
  start,
  uid,
  usages,
  utf8,
} from '../testing/authority.js';
import { parseCertificate } from './certificate.js';
import { x509 } from './index.js';

const ca = issue({ subject: name([[cn, utf8('test-ca')]]), extensions: [basicConstraints(true), keyUsage(0b0000_0100)] });
const janeName = name([[org, utf8('dev')]], [[org, utf8('ops')]], [[cn, utf8('jane')]]);
const forClients = usages(clientAuth);
const jane = issue({ subject: janeName, by: ca, extensions: [forClients] });

const peer = (...chain: Identity[]): PeerCertificate => ({ chain: chain.map((identity) => identity.der) });
const contextOf = (certificate: PeerCertificate | undefined): RequestContext => createContext({ peerCertificate: () => certificate } as ApiRequest);
const clock = fakeClock(start);
const authenticate = (...chain: Identity[]) => x509({ clientCAs: pem(ca), clock }).authenticate(contextOf(peer(...chain))) as AuthResult | undefined;
const leaf = (request: Partial<Request>): Identity => issue({ subject: janeName, by: ca, extensions: [forClients], ...request });

describe('a client certificate', () => {
  it('names the user by CN, the groups by each O, and itself as the credential', () => {
    expect(authenticate(jane)).toEqual({
      user: {
        name: 'jane',
        uid: '',
        groups: ['dev', 'ops'],
        extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${createHash('sha256').update(jane.der).digest('hex')}`] },
      },
    });
  });

  it('names several groups in one multi-valued part of its subject, too', () => {
    const subject = name([
      [org, utf8('a, O=system:masters')],
      [org, utf8('b')],
      [cn, utf8('joe')],
    ]);
    expect(authenticate(leaf({ subject }))!.user).toMatchObject({ name: 'joe', groups: ['a, O=system:masters', 'b'] });
  });

  it('gives the uid where its subject has one, and is refused where it has two', () => {
    expect(authenticate(leaf({ subject: name([[cn, utf8('joe')]], [[uid, utf8('u-1')]]) }))!.user.uid).toBe('u-1');
    expect(() => authenticate(leaf({ subject: name([[cn, utf8('joe')]], [[uid, utf8('1')]], [[uid, utf8('2')]]) }))).toThrow(
      'expected 1 UID, but found multiple: [1 2]',
    );
    expect(() => authenticate(leaf({ subject: name([[cn, utf8('joe')]], [[uid, utf8('')]]) }))).toThrow('UID cannot be an empty string');
  });

  it('without a CN is nobody', () => {
    expect(authenticate(leaf({ subject: name([[org, utf8('dev')]]) }))).toBeUndefined();
  });

  it('is read in every string type', () => {
    for (const value of [
      utf8('jane'),
      der(0x13, Buffer.from('jane')),
      der(0x16, Buffer.from('jane')),
      der(0x14, Buffer.from('jane')),
      der(0x1e, Buffer.from('\0j\0a\0n\0e')),
    ])
      expect(authenticate(leaf({ subject: name([[cn, value]]) }))!.user.name).toBe('jane');
  });

  it('is not asked for where the request has none', () => {
    expect(x509({ clientCAs: pem(ca) }).authenticate(contextOf(undefined))).toBeUndefined();
  });
});

describe('a client certificate is refused', () => {
  it('of another authority, even one of the same name', () => {
    const other = issue({ subject: ca.subject, extensions: [basicConstraints(true)] });
    expect(() => authenticate(leaf({ by: other }))).toThrow('x509: certificate signed by unknown authority');
    expect(() => authenticate(leaf({ by: issue({ subject: name([[cn, utf8('x')]]), extensions: [basicConstraints(true)] }) }))).toThrow(
      /^verifying certificate SN=7, SKID=, AKID= failed: x509: certificate signed by unknown authority$/,
    );
  });

  it('before and after its time', () => {
    expect(() => authenticate(leaf({ notAfter: start - 1000 }))).toThrow('current time 2026-01-01T00:00:00Z is after 2025-12-31T23:59:59Z');
    expect(() => authenticate(leaf({ notBefore: start + 1000 }))).toThrow('current time 2026-01-01T00:00:00Z is before 2026-01-01T00:00:01Z');
  });

  it('made for servers only', () => {
    expect(() => authenticate(leaf({ extensions: [usages(serverAuth)] }))).toThrow('incompatible key usage');
    expect(authenticate(leaf({ extensions: [usages(serverAuth, clientAuth)] }))).toBeDefined();
    expect(authenticate(leaf({ extensions: [usages('2.5.29.37.0')] }))).toBeDefined();
    expect(authenticate(leaf({ extensions: [] }))).toBeDefined();
  });

  it('signed by a certificate that is no authority', () => {
    expect(() => authenticate(leaf({ by: jane }), jane)).toThrow('parent certificate cannot sign');
  });

  it('under an authority whose key is not for signing', () => {
    const weak = issue({ subject: ca.subject, extensions: [basicConstraints(true), keyUsage(0b1000_0000)] });
    expect(() => x509({ clientCAs: pem(weak), clock }).authenticate(contextOf(peer(leaf({ by: weak }))))).toThrow('parent certificate cannot sign');
  });

  it('signed with SHA-1', () => {
    expect(() => authenticate(leaf({ algorithm: '1.2.840.10045.4.1', hash: 'sha1' }))).toThrow('insecure or unknown algorithm');
  });

  it('with something critical that nobody here understands', () => {
    expect(() => authenticate(leaf({ extensions: [extension('1.2.3.4', int(1), true)] }))).toThrow('unhandled critical extension');
    expect(authenticate(leaf({ extensions: [extension('1.2.3.4', int(1))] }))).toBeDefined();
  });

  it('that names others than its authority may, where the authority is held to names', () => {
    const held = issue({ subject: ca.subject, extensions: [basicConstraints(true), extension('2.5.29.30', seq(), true)] });
    const names = extension('2.5.29.17', seq(der(0x82, Buffer.from('example.com'))));
    const ask = (extensions: Buffer[]) => x509({ clientCAs: pem(held), clock }).authenticate(contextOf(peer(leaf({ by: held, extensions }))));
    expect(() => ask([names])).toThrow('not authorized to sign for this name');
    expect(ask([forClients])).toBeDefined();
  });

  it('when its bytes are no certificate, whatever they are', () => {
    fc.assert(
      fc.property(fc.nat(jane.der.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(jane.der);
        bytes[at]! ^= flip;
        expect(() => x509({ clientCAs: pem(ca), clock }).authenticate(contextOf({ chain: [bytes] }))).toThrow(Error);
      }),
      { numRuns: 100 },
    );
    for (let length = 0; length < jane.der.length; length += 7) expect(() => parseCertificate(jane.der.subarray(0, length))).toThrow(/^x509: /);
  });
});

describe('intermediates that the client sends', () => {
  const middle = issue({ subject: name([[cn, utf8('middle')]]), by: ca, extensions: [basicConstraints(true)] });
  const lower = issue({ subject: name([[cn, utf8('lower')]]), by: middle, extensions: [basicConstraints(true)] });

  it('lead to an authority that is trusted', () => {
    expect(authenticate(leaf({ by: lower }), lower, middle)!.user.name).toBe('jane');
    expect(() => authenticate(leaf({ by: lower }), lower)).toThrow('unknown authority');
  });

  it('have to be authorities themselves', () => {
    const plain = issue({ subject: name([[cn, utf8('plain')]]), by: ca, extensions: [basicConstraints(false)] });
    expect(() => authenticate(leaf({ by: plain }), plain)).toThrow('cannot sign');
  });

  it('may be no more than the authority above them allows', () => {
    const short = issue({ subject: name([[cn, utf8('short')]]), by: ca, extensions: [basicConstraints(true, 0)] });
    const below = issue({ subject: name([[cn, utf8('below')]]), by: short, extensions: [basicConstraints(true)] });
    expect(authenticate(leaf({ by: short }), short)).toBeDefined();
    expect(() => authenticate(leaf({ by: below }), below, short)).toThrow('too many intermediates');
  });

  it('may narrow what the certificate is good for', () => {
    const servers = issue({ subject: name([[cn, utf8('servers')]]), by: ca, extensions: [basicConstraints(true), usages(serverAuth)] });
    expect(() => authenticate(leaf({ by: servers }), servers)).toThrow('incompatible key usage');
  });

  it('cost a bounded number of signature checks', () => {
    const keys = newKeys();
    const many = Array.from({ length: 150 }, () => issue({ subject: name([[cn, utf8('many')]]), extensions: [basicConstraints(true)] }));
    const signer = { ...many[0]!, key: keys.privateKey };
    expect(() => authenticate(leaf({ by: signer }), ...many)).toThrow('signature check attempts limit reached');
  });
});

describe('what was verified', () => {
  it('is remembered for a connection and for a certificate, until an authority above it expires', () => {
    const time = fakeClock(start);
    const short = issue({ subject: name([[cn, utf8('short-ca')]]), extensions: [basicConstraints(true)], notAfter: start + day });
    const client = leaf({ by: short });
    const authenticator = x509({ clientCAs: pem(short), clock: time });
    const connection = peer(client);
    const first = authenticator.authenticate(contextOf(connection));
    expect(authenticator.authenticate(contextOf(connection))).toBe(first);
    expect(authenticator.authenticate(contextOf(peer(client)))).toBe(first);
    time.advance(day + 1);
    expect(() => authenticator.authenticate(contextOf(connection))).toThrow('has expired');
  });

  it('is forgotten when the authorities change', () => {
    const other = issue({ subject: name([[cn, utf8('other')]]), extensions: [basicConstraints(true)] });
    let bundle: string | undefined = pem(ca);
    const authenticator = x509({ clientCAs: () => bundle, clock });
    const connection = peer(jane);
    expect(authenticator.authenticate(contextOf(connection))).toBeDefined();
    bundle = pem(other);
    expect(() => authenticator.authenticate(contextOf(connection))).toThrow('unknown authority');
    bundle = pem(other, ca);
    expect(authenticator.authenticate(contextOf(connection))).toBeDefined();
    bundle = undefined;
    expect(authenticator.authenticate(contextOf(connection))).toBeUndefined();
  });

  it('is bounded', () => {
    const authenticator = x509({ clientCAs: pem(ca), clock, maxRemembered: 1 });
    const other = leaf({ subject: name([[cn, utf8('joe')]]) });
    const first = authenticator.authenticate(contextOf(peer(jane)));
    void authenticator.authenticate(contextOf(peer(other)));
    const again = authenticator.authenticate(contextOf(peer(jane)));
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
  });

  it('tells the time that is left', () => {
    const seen: number[] = [];
    void x509({ clientCAs: pem(ca), clock, observeExpiry: (seconds) => seen.push(seconds) }).authenticate(contextOf(peer(jane)));
    expect(seen).toEqual([365 * 86_400]);
  });
});

it('a bundle without a certificate is refused at once', () => {
  expect(() => x509({ clientCAs: 'nothing' })).toThrow('clientCAs holds no certificate');
});
