/** Every value validation must speak of a field that the structure has (apiextensions-apiserver/pkg/apiserver/schema/complete.go). */
import { type FieldError, child, index, key, required } from '@apiserver-kit/machinery';
import type { StructuralSchema } from './structural-schema.js';

/** What is validated under a junctor but not specified outside of it. */
export function completenessErrors(schema: StructuralSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkJunctors(schema, schema, path, path, errors);
  return errors;
}

function checkJunctors(validation: StructuralSchema, schema: StructuralSchema, path: string, validationPath: string, errors: FieldError[]): void {
  if (validation.not) checkNested(validation.not, schema, path, child(validationPath, 'not'), errors);
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
    validation[junctor]?.forEach((clause, i) => {
      checkNested(clause, schema, path, index(child(validationPath, junctor), i), errors);
    });
}

function checkNested(validation: StructuralSchema, schema: StructuralSchema | undefined, path: string, validationPath: string, errors: FieldError[]): void {
  if (schema === undefined) {
    errors.push(required(path, `because it is defined in ${validationPath}`));
    return;
  }
  checkJunctors(validation, schema, path, validationPath, errors);
  if (validation.items) checkNested(validation.items, schema.items, child(path, 'items'), child(validationPath, 'items'), errors);
  for (const [name, property] of validation.properties ?? []) {
    const step = (base: string): string => key(child(base, 'properties'), name);
    checkNested(property, schema.properties?.get(name), step(path), step(validationPath), errors);
  }
}
