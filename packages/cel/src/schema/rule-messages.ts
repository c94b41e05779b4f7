/** What a rule that does not hold says. */
import { type FieldError, byteLength, duplicate, forbiddenField, goQuote, invalidValue, required } from '@apiserver-kit/machinery';
import type { ValidationRule } from '@apiserver-kit/schema';
import type { Activation } from '../evaluation/frame.js';
import type { CompiledRule } from './compile-rules.js';

const maxMessageBytes = 5 * 1024;

/** The rule as messages name it. */
export const nameOfRule = ({ message, rule }: ValidationRule): string => (message ? message.trim() : (rule ?? '').trim());

/** The message that the rule comes with, or that names it. */
export const plainMessage = (rule: ValidationRule): string => (rule.message ? rule.message.trim() : `failed rule: ${nameOfRule(rule)}`);

/** What a message expression gives. */
export interface MessageResult {
  /** Undefined where the plain message has to do. */
  readonly message: string | undefined;
  /** Why no more rules are run; the sentence is an error of its own. */
  readonly stop: string | undefined;
  readonly budget: number;
}

/** Evaluates the rule's message expression within the budget. */
export function evaluateMessage({ messageProgram, rule }: CompiledRule, activation: Activation, budget: number): MessageResult {
  if (!messageProgram) return { message: undefined, stop: undefined, budget };
  const { value, error, cost } = messageProgram.evaluate(activation);
  const stop = (why: string): MessageResult => ({ message: undefined, stop: why, budget: -1 });
  if (cost > budget) return stop('messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run');
  if (error?.startsWith('operation cancelled: actual cost limit exceeded'))
    return stop(`no further validation rules will be run due to call cost exceeds limit for messageExpression: ${goQuote(rule.messageExpression!)}`);
  const message = typeof value === 'string' ? value.trim() : '';
  const isUsable = message !== '' && byteLength(message) <= maxMessageBytes && !message.includes('\n');
  return { message: isUsable ? message : undefined, stop: undefined, budget: budget - cost };
}

const reasons: Readonly<Record<string, (field: string, value: unknown, detail: string) => FieldError>> = {
  FieldValueForbidden: (field, _value, detail) => forbiddenField(field, detail),
  FieldValueRequired: (field, _value, detail) => required(field, detail),
  FieldValueDuplicate: (field, value) => duplicate(field, value),
};

/** The error of a rule that does not hold. */
export function ruleError({ reason }: ValidationRule, field: string, value: unknown, detail: string): FieldError {
  const make = reason != null && Object.hasOwn(reasons, reason) ? reasons[reason]! : invalidValue;
  return make(field, value, detail);
}
