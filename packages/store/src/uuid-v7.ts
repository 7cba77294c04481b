/**
 * SQL of ids for the rows of one statement: UUIDs of version 7 (RFC 9562, section 5.7) that ascend in a given order, for statements that make
 * more rows than their caller knows of. Postgres has a function for it from version 18 on only.
 *
 * As method 3 of section 6.2 has it, the 12 bits behind the milliseconds are their fraction. Each row is one step, about 0.24 µs, later.
 *
 * @param order what the ids ascend by: the inside of an `order by`
 */
export const uuidV7InOrderOf = (order: string): string => {
  const steps = `(extract(epoch from statement_timestamp()) * 4096000)::bigint + row_number() over (order by ${order})`;
  // 60 bits: the milliseconds since 1970, 48 of them, and their fraction. The rest, variant included, is that of a random UUID.
  const time = `lpad(to_hex(${steps}), 15, '0')`;
  return `(overlay(${time} placing '7' from 13 for 0) || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid`;
};
