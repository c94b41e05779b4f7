/** Encryption at rest: values are encrypted before they are stored, in the form that kube-apiserver reads and writes. */
export { parseEncryptionConfiguration } from './configuration.js';
export type { EncryptionConfiguration, KeysConfiguration, NamedKey, ProviderConfiguration, ResourceConfiguration } from './configuration-fields.js';
export { encryptedStorage, TransformError } from './encrypted-storage.js';
export { type Encryption, type EncryptionFileOptions, encryption, encryptionFile } from './encryption.js';
export { type ResourceOfKey, resourceOfKeys } from './resource-of-key.js';
export type { Transformer } from './transformer.js';
