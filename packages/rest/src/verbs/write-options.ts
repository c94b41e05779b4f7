/** The options of writes: CreateOptions, UpdateOptions, PatchOptions, DeleteOptions (k8s.io/apimachinery/pkg/apis/meta/v1/validation). */
import {
  badRequest,
  type FieldError,
  forbiddenField,
  invalid,
  invalidValue,
  isRecord,
  notSupported,
  queryBool,
  queryInt,
  required,
  validateFieldManager,
} from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import type { Target } from '../environment.js';
import { readBody } from '../negotiation/body.js';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  readonly isDryRun: boolean;
  /** As it was asked for: `All`, or nothing. */
  readonly dryRun: readonly string[];
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** As admission sees them. */
  readonly object: Readonly<Record<string, unknown>>;
}

const metaGroup = 'meta.k8s.io';
const noValues: readonly string[] = [];

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: metaGroup, kind }, '', errors);
}

const validateDryRun = (dryRun: readonly unknown[]): FieldError[] =>
  dryRun.every((value) => value === 'All') ? [] : [notSupported('dryRun', dryRun, ['All'])];

const fieldValidations = ['', 'Ignore', 'Strict', 'Warn'];

type WriteKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

const plain: Record<WriteKind, WriteOptions> = {
  CreateOptions: {
    isDryRun: false,
    dryRun: noValues,
    fieldManager: '',
    fieldValidation: 'Warn',
    object: { kind: 'CreateOptions', apiVersion: `${metaGroup}/v1` },
  },
  UpdateOptions: {
    isDryRun: false,
    dryRun: noValues,
    fieldManager: '',
    fieldValidation: 'Warn',
    object: { kind: 'UpdateOptions', apiVersion: `${metaGroup}/v1` },
  },
  PatchOptions: {
    isDryRun: false,
    dryRun: noValues,
    fieldManager: '',
    fieldValidation: 'Warn',
    object: { kind: 'PatchOptions', apiVersion: `${metaGroup}/v1` },
  },
};

/**
 * Reads the options of a create, an update or a patch from the query.
 * @param isApply only for patches: apply patches need a manager, and only they may force.
 * @throws StatusError Invalid
 */
export function writeOptionsOf(ctx: RequestContext, kind: WriteKind, isApply = false): WriteOptions {
  if (ctx.request.rawQuery === '' && !isApply) return plain[kind];
  const { query } = ctx;
  const dryRun = query.has('dryRun') ? query.getAll('dryRun') : noValues;
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const force = kind === 'PatchOptions' ? queryBool(query, 'force') : undefined;
  const errors: FieldError[] = [];
  if (isApply && fieldManager === '') errors.push(required('fieldManager', 'is required for apply patch'));
  if (!isApply && force !== undefined) errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  errors.push(...validateFieldManager(fieldManager, 'fieldManager'), ...validateDryRun(dryRun));
  if (!fieldValidations.includes(fieldValidation)) errors.push(notSupported('fieldValidation', fieldValidation, fieldValidations));
  refuse(kind, errors);
  return {
    isDryRun: dryRun.length > 0,
    dryRun,
    fieldManager,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    object: {
      ...plain[kind].object,
      ...(dryRun.length > 0 ? { dryRun } : {}),
      ...(force === undefined ? {} : { force }),
      ...(fieldManager === '' ? {} : { fieldManager }),
      ...(fieldValidation === '' ? {} : { fieldValidation }),
    },
  };
}

export interface DeleteOptions {
  readonly isDryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  /** What became `propagationPolicy`. Where it is false, and the object waits, the answer is 202. */
  readonly orphanDependents: boolean | undefined;
  /** What becomes of what the object owns: `Foreground`, `Background`, `Orphan`. */
  readonly propagationPolicy: string | undefined;
  readonly object: Readonly<Record<string, unknown>>;
}

/**
 * Reads the options of a deletion: from the body, or, where there is none, from the query.
 * @throws StatusError BadRequest, Invalid
 */
export async function deleteOptionsOf({ ctx, resource, environment }: Target): Promise<DeleteOptions> {
  // Options have a binary form in every group, whatever the objects have.
  const body = await readBody(ctx, resource.family === 'builtin' ? environment.protobuf : undefined);
  return checkDeleteOptions(body.value === undefined ? fromQuery(ctx) : fromBody(body.value));
}

/** What DeleteOptions come to. @throws StatusError Invalid */
export function checkDeleteOptions(given: GivenDeleteOptions): DeleteOptions {
  const { dryRun = noValues, orphanDependents, propagationPolicy, gracePeriodSeconds, preconditions } = given;
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.push(invalidValue('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  }
  const policies = ['Foreground', 'Background', 'Orphan'];
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  }
  errors.push(...validateDryRun(dryRun));
  refuse('DeleteOptions', errors);
  return {
    isDryRun: dryRun.length > 0,
    gracePeriodSeconds,
    uid: preconditions?.uid,
    resourceVersion: preconditions?.resourceVersion,
    orphanDependents,
    propagationPolicy,
    object: { kind: 'DeleteOptions', apiVersion: `${metaGroup}/v1`, ...given },
  };
}

/** DeleteOptions as they are sent. */
export interface GivenDeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
}

function fromQuery({ query }: RequestContext): GivenDeleteOptions {
  return defined({
    gracePeriodSeconds: queryInt(query, 'gracePeriodSeconds'),
    orphanDependents: queryBool(query, 'orphanDependents'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    dryRun: query.has('dryRun') ? query.getAll('dryRun') : undefined,
  });
}

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'number' : typeof value;

function fromBody(value: unknown): GivenDeleteOptions {
  if (!isRecord(value)) throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(value)} into Go value of type struct`);
  const { kind, apiVersion } = value;
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? '')} in scheme "pkg/runtime/scheme.go:111"`);
  }
  const field = <T>(holder: Record<string, unknown>, name: string, type: string, go: string): T | undefined => {
    const given = holder[name];
    if (given === undefined || given === null) return undefined;
    const isRight = type === 'integer' ? Number.isSafeInteger(given) : jsonType(given) === type;
    if (!isRight) throw badRequest(`json: cannot unmarshal ${jsonType(given)} into Go struct field DeleteOptions.${name} of type ${go}`);
    return given as T;
  };
  const preconditions = field<Record<string, unknown>>(value, 'preconditions', 'object', 'v1.Preconditions');
  const dryRun = field<unknown[]>(value, 'dryRun', 'array', '[]string');
  const notText = dryRun?.find((item) => typeof item !== 'string');
  if (notText !== undefined) throw badRequest(`json: cannot unmarshal ${jsonType(notText)} into Go struct field DeleteOptions.dryRun of type string`);
  return defined({
    gracePeriodSeconds: field<number>(value, 'gracePeriodSeconds', 'integer', 'int64'),
    orphanDependents: field<boolean>(value, 'orphanDependents', 'bool', 'bool'),
    propagationPolicy: field<string>(value, 'propagationPolicy', 'string', 'v1.DeletionPropagation'),
    dryRun: dryRun as string[] | undefined,
    preconditions:
      preconditions &&
      defined({
        uid: field<string>(preconditions, 'uid', 'string', 'types.UID'),
        resourceVersion: field<string>(preconditions, 'resourceVersion', 'string', 'string'),
      }),
  });
}

/** Without the members that are undefined. */
const defined = <T extends object>(object: T): T => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
