/** Several failures as one, with the text that the reference gives them (k8s.io/apimachinery/pkg/util/errors). */
export function aggregateError(errors: readonly unknown[]): Error {
  if (errors.length === 1 && errors[0] instanceof Error) return errors[0];
  const messages = [...new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))];
  return new AggregateError(errors, messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`);
}
