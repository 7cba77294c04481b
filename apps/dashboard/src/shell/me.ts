import type { Scope } from '@nexivo/contracts/accounts';
import { type Me, meRoutes } from '@nexivo/contracts/me';
import { useSuspenseQuery } from '@tanstack/react-query';
import { reading } from '../api/reading.js';

/** How often an open page looks whether it is still let in. */
const LOOK_AGAIN_MS = 10_000;

/** Who is signed in. */
export const meQuery = reading(meRoutes.get, {});

/** Who is signed in, for pages that nobody else sees. */
export const useMe = (): Me => useSuspenseQuery({ ...meQuery, refetchInterval: LOOK_AGAIN_MS }).data;

/** Whether the person who is signed in may do what needs a scope. */
export const useCan = (scope: Scope): boolean => useMe().scopes.includes(scope);
