import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { basePath } from './base-path.js';

/** Only paths of this dashboard: `//host` and `/\host` lead elsewhere. */
const isPath = (to: string | undefined): to is string => to !== undefined && /^\/(?![/\\])/.test(to);

/** What follows a sign-in: what was known of others is forgotten, and the page that was wanted comes. */
export function useEntered(): (to?: string) => void {
  const queries = useQueryClient();
  const router = useRouter();
  return (to) => {
    queries.clear();
    router.history.replace(`${basePath}${isPath(to) ? to : '/'}`);
  };
}
