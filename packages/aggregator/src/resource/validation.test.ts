import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import type { APIService, APIServiceSpec } from '../api-service.js';
import { validateAPIService } from './validation.js';

const service = { namespace: 'widgets', name: 'api', port: 443 };
const good: APIServiceSpec = { group: 'example.com', version: 'v1', service, groupPriorityMinimum: 2000, versionPriority: 100 };
const errors = (spec: Partial<APIServiceSpec>, name = 'v1.example.com'): string[] =>
  validateAPIService({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name }, spec: { ...good, ...spec } } as APIService).map(
    fieldErrorText,
  );

describe('an APIService', () => {
  it('may name a service, or none', () => {
    expect(errors({})).toEqual([]);
    expect(errors({ service: undefined })).toEqual([]);
  });

  it('is named after its group version', () => {
    expect(errors({}, 'other')).toEqual(['metadata.name: Invalid value: "other": must be `spec.version+"."+spec.group`: "v1.example.com"']);
  });

  it.each<[Partial<APIServiceSpec>, string]>([
    [{ groupPriorityMinimum: 0 }, 'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000'],
    [{ groupPriorityMinimum: 20_001 }, 'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000'],
    [{ versionPriority: 1001 }, 'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000'],
    [{ service: { name: 'api' } }, 'spec.service.namespace: Required value'],
    [{ service: { namespace: 'widgets' } }, 'spec.service.name: Required value'],
    [{ service: { ...service, port: 0 } }, 'spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive'],
    [{ insecureSkipTLSVerify: true, caBundle: 'YWJj' }, 'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present'],
    [{ service: undefined, caBundle: 'YWJj' }, 'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle'],
    [
      { service: undefined, insecureSkipTLSVerify: true },
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
  ])('with %j is refused', (spec, message) => expect(errors(spec)).toEqual([message]));
});
