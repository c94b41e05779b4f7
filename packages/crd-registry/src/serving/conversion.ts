/** From one version of a custom resource to another. */
import { internalError, type KubeObject } from '@apiserver-kit/machinery';
import type { CustomResourceDefinitionSpec } from '../validation/custom-resource-definition.js';

/** Makes an object one of another version of its group, in place or anew. @throws StatusError */
export type Convert = (object: KubeObject, apiVersion: string) => KubeObject;

/** Strategy `None`: versions differ only in their name. */
const rename: Convert = (object, apiVersion) => {
  object.apiVersion = apiVersion;
  return object;
};

/**
 * How a definition's objects are converted: the one place that knows of the strategies.
 * A webhook is asked before an object is shown, since showing does not wait; until that is built, its objects are served only in the version that they are stored in.
 */
export function converterOf({ conversion, group, names }: CustomResourceDefinitionSpec): Convert {
  if (conversion?.strategy !== 'Webhook') return rename;
  return (object, apiVersion) => {
    throw internalError(`conversion of ${names.kind}.${group} from ${object.apiVersion} to ${apiVersion} needs a webhook, which this server does not call`);
  };
}
