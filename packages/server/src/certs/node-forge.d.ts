/** The part of node-forge that is used: ASN.1 alone, which loads in a third of the time of all of it. */
declare module 'node-forge/lib/asn1.js' {
  /** A value: bytes as a binary string, or what it is made of. */
  export interface Asn1 {
    readonly tagClass: number;
    readonly type: number;
    readonly constructed: boolean;
    readonly value: string | Asn1[];
  }
  interface Asn1Api {
    readonly Class: { readonly UNIVERSAL: number; readonly CONTEXT_SPECIFIC: number };
    readonly Type: Readonly<
      Record<'BOOLEAN' | 'INTEGER' | 'BITSTRING' | 'OCTETSTRING' | 'NULL' | 'OID' | 'UTF8' | 'SEQUENCE' | 'SET' | 'UTCTIME' | 'GENERALIZEDTIME', number>
    >;
    create(tagClass: number, type: number, constructed: boolean, value: string | Asn1[]): Asn1;
    fromDer(bytes: string, options?: { decodeBitStrings?: boolean }): Asn1;
    toDer(value: Asn1): { getBytes(): string };
    oidToDer(oid: string): { getBytes(): string };
    derToOid(bytes: string): string;
    dateToUtcTime(date: Date): string;
    dateToGeneralizedTime(date: Date): string;
  }
  const asn1: Asn1Api;
  export default asn1;
}
