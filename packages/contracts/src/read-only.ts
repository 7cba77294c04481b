import { z } from 'zod';

/**
 * Members of a patch that the API alone sets. What stands may be sent back, so that a resource can be read, changed in one member
 * and sent as a whole; the owning service refuses other values as `read_only`.
 */
export const readOnly = <const Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional().meta({ readOnly: true })])) as Record<
    Names[number],
    z.ZodOptional<z.ZodUnknown>
  >;
