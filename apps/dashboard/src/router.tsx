import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { createQueryClient, isSignedOut } from './api/query-client.js';
import { searchOf } from './api/search.js';
import { Layout } from './shell/layout.js';
import { meQuery } from './shell/me.js';
import { NotFoundPage } from './shell/not-found.js';
import { PageFailure } from './shell/page-failure.js';
import { onSignedOut } from './shell/signed-out.js';
import { LinkPage } from './pages/link.js';
import { SignInPage } from './pages/sign-in.js';
import { basePath } from './shell/base-path.js';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

/** Pages of somebody who is signed in; whoever is not signs in first, and comes back. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Layout,
  errorComponent: PageFailure,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(meQuery);
    } catch (error) {
      if (!isSignedOut(error)) throw error;
      // oxlint-disable-next-line typescript/only-throw-error -- how the router is told
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href } });
    }
  },
});

const lazily = lazyRouteComponent;

const routeTree = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    component: SignInPage,
    validateSearch: searchOf('to'),
  }),
  createRoute({ getParentRoute: () => root, path: '/join', component: LinkPage }),
  createRoute({ getParentRoute: () => root, path: '/reset', component: LinkPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/pricing',
    component: lazily(() => import('./pages/plan.js'), 'PricingPage'),
  }),
  inside.addChildren([
    createRoute({
      getParentRoute: () => inside,
      path: '/',
      component: lazily(() => import('./pages/home.js'), 'HomePage'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account',
      beforeLoad: () => {
        // oxlint-disable-next-line typescript/only-throw-error -- how the router is told
        throw redirect({ to: '/account/api-tokens' });
      },
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/api-tokens',
      component: lazily(() => import('./pages/tokens/tokens.js'), 'TokensPage'),
      validateSearch: searchOf('page', 'status', 'kind', 'sort'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/api-tokens/webhooks',
      component: lazily(() => import('./pages/webhooks/webhooks.js'), 'WebhooksPage'),
      validateSearch: searchOf('page', 'status'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/api-tokens/webhooks/$id',
      component: lazily(() => import('./pages/webhooks/webhook.js'), 'WebhookPage'),
      validateSearch: searchOf('page', 'status', 'event_type', 'created_after', 'created_before'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/api-tokens/webhooks/$id/deliveries/$delivery',
      component: lazily(() => import('./pages/webhooks/delivery.js'), 'DeliveryPage'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/usage',
      component: lazily(() => import('./pages/usage.js'), 'UsagePage'),
      validateSearch: searchOf('token', 'days'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/plan',
      component: lazily(() => import('./pages/plan.js'), 'PlanPage'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/people',
      component: lazily(() => import('./pages/people.js'), 'PeoplePage'),
      validateSearch: searchOf('page', 'q', 'role'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/audit',
      component: lazily(() => import('./pages/audit.js'), 'AuditPage'),
      validateSearch: searchOf('page', 'action', 'actor', 'token', 'created_after', 'created_before'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/account/settings',
      component: lazily(() => import('./pages/settings.js'), 'SettingsPage'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/profile',
      component: lazily(() => import('./pages/profile.js'), 'ProfilePage'),
      validateSearch: searchOf('page'),
    }),
  ]),
]);

/** What the API has answered, for all pages. */
export const queries: QueryClient = createQueryClient(signedOut);

export const router = createRouter({
  routeTree,
  basepath: basePath || '/',
  context: { queries },
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  scrollRestoration: true,
  // Texts stay texts: `?q=1` is no number.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const text = new URLSearchParams(given as [string, string][]).toString();
    return text && `?${text}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

onSignedOut(signedOut);

/** Forgets everything, and lets the person sign in again where a page needs it. */
function signedOut(): void {
  const isInside = router.state.matches.some(({ routeId }) => routeId === inside.id);
  queries.clear();
  if (isInside) void router.navigate({ to: '/sign-in', search: { to: router.state.location.href } });
}
