/** What this service keeps in Postgres: a schema, and nothing in it yet. */
export const database = {
  schema: 'webhooks',
  entities: [],
  migrations: [],
};
