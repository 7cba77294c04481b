import { Alert } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { ApiError } from '../api/client.js';
import { mayHaveBeenSaved } from '../api/use-write.js';
import { useCountdown } from './countdown.js';

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

/** Whether two choices are of the same, in whatever order. */
export const isSameChoice = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each) => other.includes(each));

/** What is shown of a write: why it has failed so far, and whether it is being tried again. */
export interface Outcome {
  error: Error | null;
  isPending: boolean;
}

/** Why a write was not taken, unless the form's inputs say it all; and when it is sent again. */
export function FormError({ write, inputs = [] }: { write: Outcome; inputs?: readonly string[] }) {
  const { error, isPending } = write;
  if (!error) return null;
  const { problem, retryAfterS } = error instanceof ApiError ? error : {};
  const unplaced = problem?.errors?.filter(({ field }) => !inputs.includes(field.split('.', 1)[0]!)) ?? [];
  if (problem?.errors && unplaced.length === 0) return null;
  return (
    <Alert color="red" role="alert" title={problem?.title ?? 'The API cannot be reached'} className="form-error">
      {problem?.status === 429 && retryAfterS !== undefined ? (
        <Wait key={problem.request_id} forS={retryAfterS} isTrying={isPending} />
      ) : (
        <>
          {unplaced.length > 0
            ? unplaced.map(({ field, message }) => `${field} ${message}.`).join(' ')
            : (problem?.detail ?? 'Nothing answers at the moment.')}{' '}
          {whatBecameOfIt(error, isPending)}
        </>
      )}
      {problem && problem.status >= 500 && (
        <div className="meta">
          Request <code>{problem.request_id}</code>
        </div>
      )}
    </Alert>
  );
}

/** Whether a write that was not answered with success has been done all the same, and what follows from that. */
function whatBecameOfIt(error: Error, isTrying: boolean): string {
  if (!mayHaveBeenSaved(error)) return '';
  if (!(error instanceof ApiError && error.isSafeToRepeat)) return 'It may have been done all the same.';
  return isTrying
    ? 'It may have been saved all the same. Trying again, which saves it once …'
    : 'It may have been saved all the same: to try again is safe, and saves it once.';
}

/** Counts down to when something can be sent again. A screen reader is told once. */
function Wait({ forS, isTrying }: { forS: number; isTrying: boolean }) {
  const leftS = useCountdown(forS);
  const verb = isTrying ? 'Trying again' : 'Try again';
  const left = leftS >= 120 ? `in ${Math.ceil(leftS / 60)} min` : `in ${leftS} s`;
  return (
    <span aria-live="off">
      {verb} {leftS > 0 ? left : 'now'}.
    </span>
  );
}

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
