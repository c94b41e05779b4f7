/** Bundles of authorities in files that change (`--client-ca-file`, `--requestheader-client-ca-file`). */
import { type WatchedFile, type WatchedFileOptions, watchedFile } from './watched-file.js';
import { certificatesFromPem } from './x509/index.js';

/**
 * Reads a bundle, and again when it changes; one without a certificate is not taken.
 * @throws Error when the file cannot be read the first time, or holds no certificate then.
 *
 * @example x509({ clientCAs: () => bundle.value })
 */
export const authorityFile = (path: string, options?: WatchedFileOptions): WatchedFile<string> =>
  watchedFile(
    path,
    (pem) => {
      if (certificatesFromPem(pem).length === 0) throw new Error(`error loading CA bundle ${path}: data does not contain any valid RSA or ECDSA certificates`);
      return pem;
    },
    options,
  );
