import { fieldErrorText } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { validateLimitRange, validateQuotaStatus, validateResourceQuota } from './quotas.js';

const quota = (spec: object, old?: object): string[] => validateResourceQuota({ spec }, old && { spec: old }).map(fieldErrorText);
const limit = (item: object): string[] => validateLimitRange({ spec: { limits: [item] } }).map(fieldErrorText);

describe('a quota', () => {
  it('limits standard resources, extended ones and counts of objects', () => {
    expect(quota({ hard: { pods: '10', 'requests.cpu': '1500m', 'count/jobs.batch': '3', 'requests.example.com/gpu': '1' } })).toEqual([]);
  });
  it.each([
    [
      { hard: { cows: '1' } },
      [
        'spec.hard[cows]: Invalid value: "cows": must be a standard resource type or fully qualified',
        'spec.hard[cows]: Invalid value: "cows": must be a standard resource for quota',
      ],
    ],
    [{ hard: { storage: '1Gi' } }, ['spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota']],
    [{ hard: { pods: '1500m' } }, ['spec.hard[pods]: Invalid value: "1500m": must be an integer']],
    [{ hard: { cpu: '-1' } }, ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
    [{ scopes: ['Best'] }, ['spec.scopes: Invalid value: ["Best"]: unsupported scope']],
    [{ hard: { cpu: '1' }, scopes: ['BestEffort'] }, ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource']],
    [{ scopes: ['BestEffort', 'NotBestEffort'] }, ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes']],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      ["spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"],
    ],
  ])('of %j is refused', (spec, errors) => expect(quota(spec)).toEqual(errors));
  it('keeps its scopes', () => {
    expect(quota({ scopes: ['BestEffort'] }, { scopes: ['BestEffort'] })).toEqual([]);
    expect(quota({ scopes: ['BestEffort'] }, {})).toEqual(['spec.scopes: Invalid value: ["BestEffort"]: field is immutable']);
  });
  it('reports what is used by the same names', () => {
    expect(validateQuotaStatus({ status: { used: { cows: '1' } } })).toHaveLength(2);
  });
});

describe('a limit', () => {
  it('has bounds around its defaults', () => {
    expect(limit({ type: 'Container', min: { cpu: '100m' }, defaultRequest: { cpu: '0.2' }, default: { cpu: '1' }, max: { cpu: '2' } })).toEqual([]);
  });
  it.each([
    [{ type: '' }, 2],
    [{ type: 'Node' }, ['spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified']],
    [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }, ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1']],
    [
      { type: 'Container', default: { memory: '2Gi' }, max: { memory: '1Gi' } },
      ['spec.limits[0].default[memory]: Invalid value: "1Gi": default value 2Gi is greater than max value 1Gi'],
    ],
    [{ type: 'Pod', default: { cpu: '1' } }, ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"]],
    [{ type: 'Container', max: { pods: '1' } }, ['spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for containers']],
    [
      { type: 'PersistentVolumeClaim' },
      ['spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided'],
    ],
    [
      { type: 'Container', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } },
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '500m' } },
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
    ],
  ])('of %j is refused', (item, errors) => {
    if (typeof errors === 'number') expect(limit(item)).toHaveLength(errors);
    else expect(limit(item)).toEqual(errors);
  });
  it('is one of each type', () => {
    const limits = [{ type: 'Container' }, { type: 'Container' }];
    expect(validateLimitRange({ spec: { limits } }).map(fieldErrorText)).toEqual(['spec.limits[1].type: Duplicate value: "Container"']);
  });
});
