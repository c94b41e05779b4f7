/** Plugins that choose a class for who chooses none (plugin/pkg/admission: storage/storageclass/setdefault, network/defaultingressclass). */
import type { KubeObject } from '@apiserver-kit/machinery';
import type { AdmissionPlugin } from '../admission.js';

/** All objects of a kind. */
export type ClassReader = () => readonly KubeObject[];

const annotationsOf = ({ metadata }: KubeObject): Readonly<Record<string, string>> => metadata.annotations ?? {};

/** Of several defaults the newest; of those that are as new, the first by name. */
function newestDefault(classes: readonly KubeObject[], annotations: readonly string[]): string | undefined {
  const defaults = classes.filter((one) => annotations.some((name) => annotationsOf(one)[name] === 'true'));
  const order = (a: KubeObject, b: KubeObject): number => {
    const [created, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
    if (created !== other) return created > other ? -1 : 1;
    return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
  };
  return defaults.sort(order)[0]?.metadata.name;
}

interface ChooserOptions {
  readonly name: string;
  readonly group: string;
  readonly resource: string;
  /** Where the class is said, in the spec. */
  readonly field: string;
  /** An annotation that says it, too. */
  readonly olderAnnotation: string;
  /** What makes a class the default. */
  readonly defaultAnnotations: readonly string[];
}

const chooser =
  ({ name, group, resource, field, olderAnnotation, defaultAnnotations }: ChooserOptions) =>
  (classes: ClassReader): AdmissionPlugin => ({
    name,
    handles: (operation) => operation === 'CREATE',
    admit({ resource: asked, subresource, object }) {
      if (asked.group !== group || asked.resource !== resource || subresource !== '' || !object) return;
      const spec = (object.spec ?? {}) as Record<string, unknown>;
      if ((spec[field] !== undefined && spec[field] !== null) || Object.hasOwn(annotationsOf(object), olderAnnotation)) return;
      const chosen = newestDefault(classes(), defaultAnnotations);
      if (chosen !== undefined) object.spec = { ...spec, [field]: chosen };
    },
  });

/** DefaultStorageClass: claims that ask for no class get the default one. */
export const defaultStorageClass = chooser({
  name: 'DefaultStorageClass',
  group: '',
  resource: 'persistentvolumeclaims',
  field: 'storageClassName',
  olderAnnotation: 'volume.beta.kubernetes.io/storage-class',
  defaultAnnotations: ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'],
});

/** DefaultIngressClass: ingresses that ask for no class get the default one. */
export const defaultIngressClass = chooser({
  name: 'DefaultIngressClass',
  group: 'networking.k8s.io',
  resource: 'ingresses',
  field: 'ingressClassName',
  olderAnnotation: 'kubernetes.io/ingress.class',
  defaultAnnotations: ['ingressclass.kubernetes.io/is-default-class'],
});
