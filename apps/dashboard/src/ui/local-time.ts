/** A time as an input of type `datetime-local` has it, in the reader's zone. */
export function toLocal(at: string | undefined): string {
  const time = at === undefined ? Number.NaN : Date.parse(at);
  if (Number.isNaN(time)) return '';
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such an input means; `undefined` if it is empty. */
export const fromLocal = (text: string): string | undefined => (text === '' ? undefined : new Date(text).toISOString());
