/** How long something has lasted, as `kubectl get` shows it. */
export { humanDuration, since } from '@apiserver-kit/rest';
