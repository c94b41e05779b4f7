/** `/version`: what a server says it is. */
import type { Filter } from '@apiserver-kit/pipeline';
import { PrintedDocument } from './printed.js';
import { expectGet } from './routed.js';

/** k8s.io/apimachinery/pkg/version.Info, its fields in the reference's order. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly emulationMajor: string;
  readonly emulationMinor: string;
  readonly minCompatibilityMajor: string;
  readonly minCompatibilityMinor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  /** As Go names them: `linux/amd64`. */
  readonly platform: string;
}

const goSystems: Readonly<Record<string, string>> = { win32: 'windows' };
const goProcessors: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The Kubernetes version that the server behaves as, and what it runs on. */
export const defaultVersion: VersionInfo = {
  major: '1',
  minor: '37',
  emulationMajor: '1',
  emulationMinor: '37',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '36',
  gitVersion: 'v1.37.2+apiserver-kit',
  gitCommit: '',
  gitTreeState: 'clean',
  // What the reference says of a build that does not know.
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: `node${process.version}`,
  compiler: 'v8',
  platform: `${goSystems[process.platform] ?? process.platform}/${goProcessors[process.arch] ?? process.arch}`,
};

/** Answers `/version`, in JSON alone. @param info what is to be said otherwise than {@link defaultVersion} does. */
export function version(info: Partial<VersionInfo> = {}): Filter {
  const document = new PrintedDocument(() => ({ ...defaultVersion, ...info }));
  return (next) => (ctx) => {
    const { path } = ctx.request;
    if (path !== '/version' && path !== '/version/') return next(ctx);
    expectGet(ctx, ['application/json']);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: document.print({ format: 'json', pretty: true }) as Buffer };
  };
}
