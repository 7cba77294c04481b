import { z } from 'zod';

export const PRINCIPAL_TYPES = ['token', 'user', 'operator'] as const;

/** Who did something: an API token, a person who signed in, or an operator at the command line. */
export const principal = z
  .object({
    type: z.enum(PRINCIPAL_TYPES).meta({ id: 'PrincipalType' }),
    id: z.string().meta({ description: 'Of the token or the user; of an operator `<user>@<host>`' }),
  })
  .meta({ id: 'Principal' });
export type Principal = z.output<typeof principal>;

/** A principal as one word, `<type>:<id>`, for headers and columns. */
export const formatPrincipal = ({ type, id }: Principal): string => `${type}:${id}`;

/** Reads what {@link formatPrincipal} wrote. A bare id is that of a token: earlier releases knew no other principals. */
export function parsePrincipal(text: string): Principal {
  const [, type, id] = /^(token|user|operator):(.*)$/s.exec(text) ?? [];
  return type ? { type: type as Principal['type'], id: id! } : { type: 'token', id: text };
}
