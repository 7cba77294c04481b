import type { Scope } from '@nexivo/contracts/accounts';
import { Link } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import {
  BookIcon,
  ChartIcon,
  HomeIcon,
  KeyIcon,
  LogIcon,
  PeopleIcon,
  PlanIcon,
  SettingsIcon,
  WebhookIcon,
} from '../ui/icons.js';
import { useMe } from './me.js';
import { basePath } from './base-path.js';

interface Entry {
  to: string;
  label: string;
  icon: ComponentType;
  /** Without it the page has nothing to show. */
  scope?: Scope;
  isBelow?: true;
}

const entries: readonly Entry[] = [
  { to: '/account/api-tokens', label: 'API tokens', icon: KeyIcon, scope: 'tokens:read' },
  { to: '/account/api-tokens/webhooks', label: 'Webhooks', icon: WebhookIcon, scope: 'webhooks:read', isBelow: true },
  { to: '/account/usage', label: 'Usage', icon: ChartIcon, scope: 'account:read' },
  { to: '/account/plan', label: 'Plan', icon: PlanIcon },
  { to: '/account/people', label: 'People', icon: PeopleIcon, scope: 'users:read' },
  { to: '/account/audit', label: 'Audit log', icon: LogIcon, scope: 'audit:read' },
  { to: '/account/settings', label: 'Settings', icon: SettingsIcon, scope: 'account:read' },
];

/** The pages of the account that the person may see. */
export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const { scopes } = useMe();
  return (
    <nav className="navigation" aria-label="Main">
      <Link to="/" className="nav-link" activeOptions={{ exact: true }} onClick={onNavigate}>
        <HomeIcon /> Home
      </Link>
      <div className="nav-heading">Account</div>
      {entries
        .filter(({ scope }) => !scope || scopes.includes(scope))
        .map(({ to, label, icon: Icon, isBelow }) => (
          <Link
            key={to}
            to={to}
            className="nav-link"
            data-below={isBelow}
            activeOptions={{ exact: to === '/account/api-tokens' }}
            onClick={onNavigate}
          >
            <Icon /> {label}
          </Link>
        ))}
      <div className="nav-heading">Developers</div>
      <a href={`${basePath}/docs`} className="nav-link">
        <BookIcon /> API reference
      </a>
    </nav>
  );
}
