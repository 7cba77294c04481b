import { type BusSettings, busSettings } from '@nexivo/bus/settings';
import { z } from 'zod';

/** Thrown when the environment does not fit. */
class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/**
 * How the bus is reached, from the environment; what is empty there is missing.
 *
 * @throws InvalidEnvironment with a line for each variable that is wrong; no value is quoted, for some hold a password
 */
export function readBusSettings(environment: Readonly<Record<string, string | undefined>> = process.env): BusSettings {
  const given = Object.fromEntries(Object.keys(busSettings).map((name) => [name, environment[name] || undefined]));
  if (!given['NATS_URL']) throw new InvalidEnvironment('NATS_URL: is missing');
  const settings = z.object(busSettings).safeParse(given);
  if (settings.success) return settings.data;
  const problems = settings.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
  throw new InvalidEnvironment(problems.join('\n'));
}
