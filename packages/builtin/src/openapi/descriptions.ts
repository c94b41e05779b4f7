/** What `kubectl explain` says of the kinds and of the fields that are asked about most. Other fields speak through their names and types. */
import { objectMetaType } from '../types/type-data.js';

const types: Readonly<Record<string, string>> = {
  'admissionregistration.v1.MutatingAdmissionPolicy': 'Changes what is written by expressions, where a binding says so.',
  'admissionregistration.v1.MutatingAdmissionPolicyBinding': 'Puts a MutatingAdmissionPolicy to work: for which objects, and with which parameters.',
  'admissionregistration.v1.MutatingWebhookConfiguration': 'Webhooks that may change what is written, and which writes they are asked about.',
  'admissionregistration.v1.ValidatingAdmissionPolicy': 'Judges what is written by expressions, where a binding says so.',
  'admissionregistration.v1.ValidatingAdmissionPolicyBinding':
    'Puts a ValidatingAdmissionPolicy to work: for which objects, with which parameters, and to what effect.',
  'admissionregistration.v1.ValidatingWebhookConfiguration': 'Webhooks that may refuse what is written, and which writes they are asked about.',
  'apps.v1.ControllerRevision': 'A snapshot of the state of a controller, kept so that the controller can go back to it. It cannot be changed.',
  'apps.v1.DaemonSet': 'Runs one copy of a pod on each node, or on each of those that its template selects.',
  'apps.v1.Deployment': 'Keeps a number of equal pods running and replaces them step by step when their template changes.',
  'apps.v1.ReplicaSet': 'Keeps a number of equal pods running. Most are made by Deployments.',
  'apps.v1.StatefulSet': 'Runs pods that keep their name, their network identity and their storage when they are replaced.',
  'authorization.v1.SelfSubjectAccessReview': 'Asks whether the user who sends it may do something.',
  'authorization.v1.SubjectAccessReview': 'Asks whether a user or a group may do something.',
  'authentication.v1.SelfSubjectReview': 'Asks who the server takes the sender for.',
  'autoscaling.v1.Scale': 'How many replicas a resource shall have, and how many it has.',
  'batch.v1.CronJob': 'Makes Jobs at the times of a schedule.',
  'batch.v1.Job': 'Runs pods until a number of them have succeeded.',
  'coordination.v1.Lease': 'Says who holds something, and until when, unless the hold is renewed.',
  'core.v1.ConfigMap': 'Configuration for pods to read, as keys with values.',
  'core.v1.Container': 'One program that runs in a pod: its image, what it is started with, and what it may use.',
  'core.v1.Endpoints': 'The addresses and ports that stand behind a Service. EndpointSlices have taken its place.',
  'core.v1.Event': 'A report of something that happened to an object. Events are kept for a short time only.',
  'core.v1.LimitRange': 'Bounds and defaults for the resources of each pod, container or claim in a namespace.',
  'core.v1.Namespace': 'A scope for names: most objects live in one, and go with it when it is deleted.',
  'core.v1.Node': 'A machine that runs pods.',
  'core.v1.PersistentVolume': 'A piece of storage that the cluster has, with a life of its own.',
  'core.v1.PersistentVolumeClaim': "A user's request for storage, and the claim to the volume that meets it.",
  'core.v1.Pod': 'A group of containers that run on one node and share network and volumes.',
  'core.v1.PodSpec': 'How a pod shall run: its containers, its volumes and where it may be placed.',
  'core.v1.PodStatus': 'What was last seen of a pod.',
  'core.v1.PodTemplate': 'A pattern for pods, kept as an object of its own.',
  'core.v1.PodTemplateSpec': 'What the pods that a controller makes look like.',
  'core.v1.ReplicationController': 'Keeps a number of equal pods running. Deployments have taken its place.',
  'core.v1.ResourceQuota': 'Bounds for what all objects of a namespace may use together.',
  'core.v1.Secret': 'Data that is not for everybody to read, as keys with values.',
  'core.v1.Service': 'One stable name and address for the pods that a selector picks.',
  'core.v1.ServiceAccount': 'An identity for programs that run in pods.',
  'events.v1.Event': 'A report of something that happened to an object. Events are kept for a short time only.',
  'rbac.v1.ClusterRole': 'A set of permissions, for the whole cluster or for any namespace in which it is bound.',
  'rbac.v1.ClusterRoleBinding': 'Grants the permissions of a ClusterRole to users, groups and service accounts, everywhere.',
  'rbac.v1.Role': 'A set of permissions within one namespace.',
  'rbac.v1.RoleBinding': 'Grants the permissions of a Role, or of a ClusterRole, to users, groups and service accounts within one namespace.',
  [objectMetaType]: 'What every object has: its names, its versions, and what others have noted on it.',
};

/** By field name, for all types that are kinds. */
const kindFields = {
  apiVersion: 'The group and version of this representation of the object.',
  kind: 'The type of the object.',
  metadata: "The object's metadata.",
  spec: 'The state that is wished for.',
  status: 'The state that was last seen. The system writes it; it is read-only for others.',
};

/** By type and field. */
const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'apps.v1.DeploymentSpec': {
    replicas: 'How many pods there shall be. Default: 1.',
    selector: "Which pods are this Deployment's. Must match the labels of the template; cannot be changed.",
    strategy: 'How old pods are replaced by new ones.',
    template: 'What the pods look like.',
  },
  'core.v1.ConfigMap': {
    binaryData: 'Values that are not UTF-8 text, in base64. No key may be in `data` as well.',
    data: 'Values that are UTF-8 text.',
    immutable: 'If true, neither data nor this field can be changed any more.',
  },
  'core.v1.Container': {
    args: "The arguments of the command. Default: the image's.",
    command: "The program to run. Default: the image's.",
    env: "The container's environment variables.",
    image: 'The name of the image.',
    imagePullPolicy: 'When the image is pulled: Always, IfNotPresent or Never. Default: Always for the tag latest, else IfNotPresent.',
    name: 'The name of the container, unique in the pod: a DNS label.',
    ports: 'The ports the container listens on. For information: what is not named here is reachable too.',
    resources: 'What the container asks for, and what it may use at most.',
    volumeMounts: 'Where the volumes of the pod appear in the container.',
  },
  'core.v1.PodSpec': {
    containers: 'The containers of the pod: at least one.',
    initContainers: 'Containers that run, one after the other, before the others start.',
    nodeName: 'The node on which the pod runs. The scheduler sets it.',
    nodeSelector: 'Labels that a node must have for the pod to run on it.',
    restartPolicy: 'When ended containers are started again: Always, OnFailure or Never. Default: Always.',
    serviceAccountName: 'The ServiceAccount as which the pod acts.',
    volumes: 'The volumes that the containers of the pod can mount.',
  },
  'core.v1.Secret': {
    data: 'The values, in base64.',
    immutable: 'If true, neither data nor this field can be changed any more.',
    stringData: 'Values as plain text: they are put into `data`, and never read back from here.',
    type: 'What the data is for. Default: Opaque.',
  },
  'core.v1.ServiceSpec': {
    clusterIP: 'The address of the Service within the cluster; None for one without.',
    ports: 'The ports of the Service.',
    selector: 'The labels of the pods behind the Service.',
    type: 'How the Service is reached: ClusterIP, NodePort, LoadBalancer or ExternalName. Default: ClusterIP.',
  },
  [objectMetaType]: {
    annotations: 'Notes of any kind, as keys with values. They cannot be selected by.',
    creationTimestamp: 'When the object was created. Set by the server.',
    deletionTimestamp: 'When the object was, or will be, deleted. Set by the server.',
    finalizers: 'What must be done before the object is gone. Each entry is removed by who has done it.',
    generateName: 'A prefix: the server makes a unique name of it if none is given.',
    generation: 'A number that the server raises when the wished state changes.',
    labels: 'Keys with values by which objects are selected.',
    managedFields: 'Who set which field. Kept by the server.',
    name: 'The name, unique among the objects of one resource in one namespace. It cannot be changed.',
    namespace: 'The namespace in which the object lives.',
    ownerReferences: 'The objects on which this one depends: it is deleted when all of them are gone.',
    resourceVersion: 'An opaque text that changes with each write.',
    uid: 'An identity that no other object has ever had. Set by the server.',
  },
};

export const typeDescription = (typeName: string): string | undefined => types[typeName];

export function fieldDescription(typeName: string, field: string): string | undefined {
  const own = fields[typeName];
  if (own && Object.hasOwn(own, field)) return own[field];
  return types[typeName] !== undefined && typeName !== objectMetaType && Object.hasOwn(kindFields, field)
    ? kindFields[field as keyof typeof kindFields]
    : undefined;
}

/** Of a list kind. */
export const listDescription = (kind: string): string => `A list of objects of the kind ${kind}.`;
export const listFieldDescriptions = { ...kindFields, items: 'The objects.', metadata: "The list's metadata: its version and, where it goes on, from where." };
