import { NativeSelect, TextInput } from '@mantine/core';
import { AUDIT_ACTIONS } from '@nexivo/contracts/accounts';
import { type AuditLogEntry, auditLogRoutes } from '@nexivo/contracts/audit-log';
import { tokenRoutes } from '@nexivo/contracts/tokens';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { usePeopleNames } from '../api/people.js';
import { reading, readingList } from '../api/reading.js';
import { Page } from '../shell/page.js';
import { Pager } from '../ui/pager.js';
import { Empty, Loaded } from '../ui/states.js';
import { Time } from '../ui/time.js';
import { fromLocal, toLocal } from '../ui/local-time.js';
import { Sentence } from './audit/sentence.js';

export function AuditPage() {
  const search = useSearch({ from: '/inside/account/audit' });
  const navigate = useNavigate({ from: '/account/audit' });
  const { actor, token, ...rest } = search;
  const entries = useQuery(
    readingList(auditLogRoutes.list, { query: { per_page: 50, ...rest, actor_id: actor, token_id: token } }),
  );
  const names = usePeopleNames();
  const tokens = useQuery(reading(tokenRoutes.list, { query: { per_page: 100 } }));
  const filter = (change: Partial<typeof search>): void =>
    void navigate({ to: '.', search: { ...search, page: undefined, ...change }, replace: true });
  return (
    <Page title="Audit log">
      <p className="lead">Who did what to the account, its tokens and its people. Nothing of it is ever changed.</p>
      <div className="filters">
        <NativeSelect
          label="Who"
          value={actor ?? ''}
          onChange={({ target }) => filter({ actor: target.value })}
          data={[{ value: '', label: 'Anybody' }, ...[...names].map(([value, label]) => ({ value, label }))]}
        />
        <NativeSelect
          label="What"
          value={search.action ?? ''}
          onChange={({ target }) => filter({ action: target.value })}
          data={[{ value: '', label: 'Anything' }, ...AUDIT_ACTIONS]}
        />
        <NativeSelect
          label="Token"
          value={token ?? ''}
          onChange={({ target }) => filter({ token: target.value })}
          data={[
            { value: '', label: 'Any' },
            ...(tokens.data?.data.map(({ id, name, last_four }) => ({ value: id, label: `${name} …${last_four}` })) ??
              []),
          ]}
        />
        <TextInput
          label="After"
          type="datetime-local"
          value={toLocal(search.created_after)}
          onChange={({ target }) => filter({ created_after: fromLocal(target.value) })}
        />
        <TextInput
          label="Before"
          type="datetime-local"
          value={toLocal(search.created_before)}
          onChange={({ target }) => filter({ created_before: fromLocal(target.value) })}
        />
      </div>
      <Loaded query={entries} rows={10}>
        {({ data, meta }) =>
          data.length === 0 ? (
            <Empty title="Nothing fits these filters" />
          ) : (
            <>
              <ol className="log">
                {data.map((entry) => (
                  <Entry key={entry.id} entry={entry} />
                ))}
              </ol>
              <Pager
                meta={meta}
                onPage={(page) => void navigate({ to: '.', search: { ...search, page: String(page) } })}
              />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

const Entry = ({ entry }: { entry: AuditLogEntry }) => (
  <li>
    <span>
      <Sentence entry={entry} />
    </span>
    <span className="meta">
      <Time at={entry.at} />
    </span>
  </li>
);
