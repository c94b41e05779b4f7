/** One order for errors that are found in an order that says nothing. */
import { type FieldError, fieldErrorText } from '@apiserver-kit/machinery';

/** Sorts by the whole sentence, as the reference does. */
export function sortedByText(errors: readonly FieldError[]): FieldError[] {
  if (errors.length < 2) return [...errors];
  return errors
    .map((error) => ({ error, text: fieldErrorText(error) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ error }) => error);
}
