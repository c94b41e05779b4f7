/** Storage in etcd, under the keys and in the form of kube-apiserver: for several servers over the same state. Loads gRPC. */
export { EtcdError } from './etcd-error.js';
export { type EtcdStorage, type EtcdStorageOptions, etcdStorage } from './etcd-storage.js';
export { type EtcdFlags, etcdOptions } from './flags.js';
