/** Makes a namespace through the whole server, so that it has all that namespaces have. */
import { StatusError, type Status } from '@apiserver-kit/machinery';
import type { InProcessClient } from '../in-process.js';

/** @throws StatusError what the server answers with. */
export async function createNamespace(client: InProcessClient, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const answer = await client.request({ method: 'POST', path: '/api/v1/namespaces', body });
  if (answer.status === 201) return;
  const { code = answer.status, reason, message = '', details } = answer.json() as Status;
  throw new StatusError({ code, ...(reason && { reason }), message, ...(details && { details }) });
}
