import { Alert } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { ApiError } from '../api/client.js';
import { mayHaveBeenSaved } from '../api/use-write.js';

/** Takes what the API says of single fields to their inputs. */
export function showFieldErrors<Values>(form: UseFormReturnType<Values>, error: unknown): void {
  const errors = (error instanceof ApiError && error.problem?.errors) || [];
  const inputs = Object.keys(form.getValues() as object);
  form.setErrors(
    Object.fromEntries(
      errors.map(({ field, message }) => [inputs.includes(field) ? field : field.split('.', 1)[0]!, sentence(message)]),
    ),
  );
}

/** Why a form was not taken, unless its inputs say it all. */
export function FormError({ error, inputs = [] }: { error: Error | null; inputs?: readonly string[] }) {
  if (!error) return null;
  const { problem, retryAfterS } = error instanceof ApiError ? error : {};
  const unplaced = problem?.errors?.filter(({ field }) => !inputs.includes(field.split('.', 1)[0]!)) ?? [];
  if (problem?.errors && unplaced.length === 0) return null;
  return (
    <Alert color="red" role="alert" title={problem?.title ?? 'The API cannot be reached'} className="form-error">
      {unplaced.length > 0
        ? unplaced.map(({ field, message }) => `${field} ${message}.`).join(' ')
        : (problem?.detail ?? 'Nothing answers at the moment.')}
      {mayHaveBeenSaved(error) && ' It may have been saved all the same: to try again is safe, and saves it once.'}
      {problem?.status === 429 && retryAfterS !== undefined && ` Try again in ${retryAfterS} s.`}
      {problem && problem.status >= 500 && (
        <div className="meta">
          Request <code>{problem.request_id}</code>
        </div>
      )}
    </Alert>
  );
}

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
