import { userRoutes } from '@nexivo/contracts/users';
import { useQuery } from '@tanstack/react-query';
import { reading } from './reading.js';

/** Names of the account's people by id: of the first hundred, which is nearly always all of them. */
export function usePeopleNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({ ...reading(userRoutes.list, { query: { per_page: 100 } }), staleTime: 60_000 });
  return new Map(data?.data.map(({ id, name }) => [id, name]));
}
