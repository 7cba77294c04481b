import { type Environment, InvalidEnvironment, valueOf } from '@nexivo/bus/environment';
import { type BusSettings, busSettings } from '@nexivo/bus/settings';
import { z } from 'zod';

/**
 * How the bus is reached, from the environment, or from files that it names, as for the services.
 *
 * @throws InvalidEnvironment with a line for each variable that is wrong; no value is quoted, for some hold a password
 */
export function readBusSettings(environment: Environment = process.env): BusSettings {
  const given = Object.fromEntries(Object.keys(busSettings).map((name) => [name, valueOf(name, environment)]));
  if (!given['NATS_URL']) throw new InvalidEnvironment('NATS_URL: is missing');
  const settings = z.object(busSettings).safeParse(given);
  if (settings.success) return settings.data;
  const problems = settings.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
  throw new InvalidEnvironment(problems.join('\n'));
}
