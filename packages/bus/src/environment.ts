import { readFileSync } from 'node:fs';

/** Thrown when the environment does not fit; the message has one line for each variable. */
export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/** As `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The value of a variable, or what is in the file that `<name>_FILE` names, without the line break at its end: secrets are mounted
 * as files into containers. An empty value counts as missing.
 *
 * @throws InvalidEnvironment with the line for it
 */
export function valueOf(name: string, environment: Environment): string | undefined {
  const file = environment[`${name}_FILE`] || undefined;
  const value = environment[name] || undefined;
  if (file === undefined) return value;
  if (value !== undefined) throw new InvalidEnvironment(`${name}: is set beside ${name}_FILE; one of them has to go`);
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined;
  } catch (error) {
    throw new InvalidEnvironment(`${name}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code}, ${file})`);
  }
}
