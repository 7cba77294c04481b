import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { ChevronIcon } from '../ui/icons.js';
import { useMe } from './me.js';

/** Where a page lies: words and the paths behind them. */
export type Crumbs = readonly (readonly [label: string, to: string])[];

/** A page of somebody who is signed in: its title, what it is for, its one action. */
export function Page({
  title,
  heading = title,
  crumbs = [],
  action,
  children,
}: {
  title: string;
  heading?: ReactNode;
  crumbs?: Crumbs;
  action?: ReactNode;
  children: ReactNode;
}) {
  const { account } = useMe();
  useTitle(`${title} · ${account.name}`);
  return (
    <>
      {crumbs.length > 0 && (
        <nav className="crumbs" aria-label="Breadcrumbs">
          {crumbs.map(([label, to]) => (
            <span key={to}>
              <Link to={to} className="crumb">
                {label}
              </Link>
              <ChevronIcon size={12} />
            </span>
          ))}
          <span className="crumb" aria-current="page">
            {title}
          </span>
        </nav>
      )}
      <header className="page-header">
        <h1>{heading}</h1>
        {action}
      </header>
      {children}
    </>
  );
}

/** Names the tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · NexivoHR`;
  }, [title]);
}
