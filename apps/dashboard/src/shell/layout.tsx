import { ActionIcon, Button, Drawer } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useState } from 'react';
import { useReachability } from '../api/reachability.js';
import { MenuIcon } from '../ui/icons.js';
import { Notices } from '../ui/notice.js';
import { LoadingRows } from '../ui/states.js';
import { AccountMenu } from './account-menu.js';
import { Navigation } from './navigation.js';
import { meQuery } from './me.js';
import { Wordmark } from './wordmark.js';

/** What is around every page of somebody who is signed in. */
export function Layout() {
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => setIsOpen(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <div className="layout">
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <aside className="sidebar">
        <Link to="/" className="home-link" aria-label="NexivoHR, home">
          <Wordmark />
        </Link>
        <Navigation />
        <AccountMenu />
      </aside>
      <header className="topbar">
        <ActionIcon variant="subtle" color="gray" size={36} aria-label="Open the menu" onClick={() => setIsOpen(true)}>
          <MenuIcon size={20} />
        </ActionIcon>
        <Link to="/" className="home-link" aria-label="NexivoHR, home">
          <Wordmark />
        </Link>
      </header>
      <Drawer opened={isOpen} onClose={close} size={260} title={<Wordmark />} className="drawer">
        <Navigation onNavigate={close} />
        <AccountMenu />
      </Drawer>
      <main id="content" className="content" tabIndex={-1}>
        <AwayBanner />
        <Notices>
          <Suspense key={path} fallback={<LoadingRows />}>
            <Outlet />
          </Suspense>
        </Notices>
      </main>
    </div>
  );
}

const TRY_AGAIN_MS = 2_000;

/** Says that the API is away, and looks whether it is back. */
function AwayBanner() {
  const isReachable = useReachability();
  const queries = useQueryClient();
  useEffect(() => {
    if (isReachable) return undefined;
    const timer = setInterval(() => void queries.refetchQueries({ queryKey: meQuery.queryKey }), TRY_AGAIN_MS);
    return () => {
      clearInterval(timer);
      // It is back: what could not be read meanwhile is read now.
      void queries.invalidateQueries();
    };
  }, [isReachable, queries]);
  if (isReachable) return null;
  return (
    <div className="banner" role="status">
      The API cannot be reached. Trying again every two seconds …
      <Button size="xs" variant="default" onClick={() => void queries.refetchQueries()}>
        Try now
      </Button>
    </div>
  );
}
