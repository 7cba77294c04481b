import { Button, NativeSelect } from '@mantine/core';
import { TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import type { Token } from '@nexivo/contracts/tokens';
import { TOKEN_KINDS, TOKEN_STATUSES, tokenRoutes } from '@nexivo/contracts/tokens';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { usePeopleNames } from '../../api/people.js';
import { readingList } from '../../api/reading.js';
import { useCan } from '../../shell/me.js';
import { Page } from '../../shell/page.js';
import { Pager } from '../../ui/pager.js';
import { type Column, Rows } from '../../ui/rows.js';
import { Curl, Empty, Loaded } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { Time } from '../../ui/time.js';
import { CreateTokenDialog } from './create-token.js';
import { type TokenAction, TokenDialog, TokenMenu } from './token-menu.js';
import { basePath } from '../../shell/base-path.js';

const FROM = '/inside/account/api-tokens';
const PER_PAGE = 25;
const SCOPES_SHOWN = 2;

export function TokensPage() {
  const search = useSearch({ from: FROM });
  const navigate = useNavigate({ from: '/account/api-tokens' });
  const [isCreating, setIsCreating] = useState(false);
  const [action, setAction] = useState<TokenAction>();
  const mayCreate = useCan('tokens:write');
  const tokens = useQuery(readingList(tokenRoutes.list, { query: { per_page: PER_PAGE, ...search } }));
  const names = usePeopleNames();
  const filter = (change: Partial<typeof search>): void =>
    void navigate({ to: '.', search: { ...search, page: undefined, ...change }, replace: true });
  const create = mayCreate && <Button onClick={() => setIsCreating(true)}>Create token</Button>;
  const isFiltered = Boolean(search.status || search.kind);
  return (
    <Page title="API tokens" action={create}>
      <p className="lead">A token lets a program use the API. It may do what its scopes say and no more.</p>
      <div className="filters">
        <NativeSelect
          aria-label="State"
          value={search.status ?? ''}
          onChange={({ target }) => filter({ status: target.value })}
          data={[{ value: '', label: 'Any state' }, ...TOKEN_STATUSES]}
        />
        <NativeSelect
          aria-label="Kind"
          value={search.kind ?? ''}
          onChange={({ target }) => filter({ kind: target.value })}
          data={[{ value: '', label: 'Any kind' }, ...TOKEN_KINDS]}
        />
      </div>
      <Loaded query={tokens}>
        {({ data, meta }) =>
          data.length === 0 ? (
            <NoTokens isFiltered={isFiltered} action={create} />
          ) : (
            <>
              <Rows label="API tokens" rows={data} keyOf={({ id }) => id} columns={columnsWith(names, setAction)} />
              <Pager
                meta={meta}
                onPage={(page) => void navigate({ to: '.', search: { ...search, page: String(page) } })}
              />
            </>
          )
        }
      </Loaded>
      {action && <TokenDialog action={action} onClose={() => setAction(undefined)} />}
      {isCreating && <CreateTokenDialog onClose={() => setIsCreating(false)} />}
    </Page>
  );
}

const NoTokens = ({ isFiltered, action }: { isFiltered: boolean; action: ReactNode }) =>
  isFiltered ? (
    <Empty title="No token fits these filters" />
  ) : (
    <Empty title="No tokens yet" action={action}>
      Create one, keep it where your program finds it, and send it with every request.
      <Curl>{`curl ${location.origin + basePath}/ats/api/v1/me -H "Authorization: Bearer YOUR_TOKEN"`}</Curl>
    </Empty>
  );

const columnsWith = (names: ReadonlyMap<string, string>, onChoose: (action: TokenAction) => void): Column<Token>[] => [
  {
    header: 'Name',
    place: 'title',
    cell: ({ name, prefix, last_four }) => (
      <>
        <div className="strong">{name}</div>
        <code className="meta">
          {prefix}…{last_four}
        </code>
      </>
    ),
  },
  { header: 'Scopes', place: 'meta', cell: ({ scopes }) => <Scopes scopes={scopes} /> },
  {
    header: 'Belongs to',
    place: 'meta',
    cell: ({ user_id }) => (user_id === null ? 'The\u00A0account' : (names.get(user_id) ?? 'A person')),
  },
  {
    header: 'Last used',
    place: 'meta',
    isLabelled: true,
    cell: ({ last_used_at }) => (last_used_at ? <Time at={last_used_at} /> : 'never'),
  },
  {
    header: 'Expires',
    place: 'wide-only',
    cell: ({ expires_at }) => (expires_at ? <Time at={expires_at} /> : 'never'),
  },
  { header: 'State', place: 'side', cell: ({ status }) => <Status value={status} /> },
  { header: 'Actions', place: 'side', align: 'end', cell: (token) => <TokenMenu token={token} onChoose={onChoose} /> },
];

function Scopes({ scopes }: { scopes: readonly string[] }) {
  const rest = scopes.length - SCOPES_SHOWN;
  if (scopes.length === TOKEN_SCOPES.length) return <span className="scope">all scopes</span>;
  return (
    <span title={scopes.join(', ')}>
      {scopes.slice(0, SCOPES_SHOWN).map((scope) => (
        <span key={scope} className="scope">
          {scope}
        </span>
      ))}
      {rest > 0 && <span className="meta">and {rest} more</span>}
    </span>
  );
}
