/** The file of `--encryption-provider-config`: which resources are encrypted, and how (apiserver.config.k8s.io/v1). */
import { parseYaml } from '@apiserver-kit/machinery/yaml';
import { type EncryptionConfiguration, fieldsIn } from './configuration-fields.js';
import { validateConfiguration } from './configuration-validation.js';

/**
 * Reads an EncryptionConfiguration.
 * @throws Error that says in the reference's words what is wrong, without secrets.
 */
export function parseEncryptionConfiguration(text: string): EncryptionConfiguration {
  if (text.trim() === '') throw new Error('the encryption provider configuration is empty');
  const config = parseYaml(text);
  const { apiVersion, kind } = (config ?? {}) as { apiVersion?: unknown; kind?: unknown };
  if (apiVersion !== 'apiserver.config.k8s.io/v1' || kind !== 'EncryptionConfiguration') {
    throw new Error(
      `got unexpected config type: expected apiserver.config.k8s.io/v1, Kind=EncryptionConfiguration, got ${String(apiVersion)}, Kind=${String(kind)}`,
    );
  }
  const wrong = fieldsIn(config);
  if (wrong.length > 0) throw new Error(`strict decoding error: ${wrong.join(', ')}`);
  const errors = validateConfiguration(config as EncryptionConfiguration);
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`);
  return config as EncryptionConfiguration;
}
