import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { INVITATION_DAYS, type Invitation, invitationRoutes } from '@nexivo/contracts/invitations';
import { ROLES } from '@nexivo/contracts/roles';
import { type User, userRoutes } from '@nexivo/contracts/users';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { readingList } from '../api/reading.js';
import { useWrite } from '../api/use-write.js';
import { useCan, useMe } from '../shell/me.js';
import { Page } from '../shell/page.js';
import { Confirm } from '../ui/confirm.js';
import { Pager } from '../ui/pager.js';
import { type Column, Rows } from '../ui/rows.js';
import { Empty, Loaded } from '../ui/states.js';
import { Status } from '../ui/status.js';
import { Time } from '../ui/time.js';
import { InviteDialog } from './people/invite.js';
import { PersonMenu } from './people/person-menu.js';

const TYPING_MS = 250;

export function PeoplePage() {
  const search = useSearch({ from: '/inside/account/people' });
  const navigate = useNavigate({ from: '/account/people' });
  const [isInviting, setIsInviting] = useState(false);
  const { user: me } = useMe();
  const mayInvite = useCan('users:write');
  const people = useQuery(readingList(userRoutes.list, { query: { sort: 'name', ...search } }));
  const filter = (change: Partial<typeof search>): void =>
    void navigate({ to: '.', search: { ...search, page: undefined, ...change }, replace: true });
  const find = useDebouncedCallback((q: string) => filter({ q }), TYPING_MS);
  const columns: Column<User>[] = [
    {
      header: 'Name',
      place: 'title',
      cell: ({ id, name, email }) => (
        <>
          <div className="strong">
            {name}
            {id === me?.id && <span className="meta"> · you</span>}
          </div>
          <div className="meta breakable">{email}</div>
        </>
      ),
    },
    {
      header: 'Role',
      place: 'meta',
      cell: ({ role, status }) => (status === 'disabled' ? <Status value="disabled" /> : role),
    },
    {
      header: 'Last seen',
      place: 'meta',
      isLabelled: true,
      cell: ({ last_seen_at }) => (last_seen_at ? <Time at={last_seen_at} /> : 'never'),
    },
    { header: 'Joined', place: 'wide-only', cell: ({ created_at }) => <Time at={created_at} /> },
    { header: 'Actions', place: 'side', align: 'end', cell: (user) => <PersonMenu person={user} /> },
  ];
  return (
    <Page title="People" action={mayInvite && <Button onClick={() => setIsInviting(true)}>Invite somebody</Button>}>
      <div className="filters">
        <TextInput
          aria-label="Name or e-mail"
          placeholder="Name or e-mail"
          defaultValue={search.q ?? ''}
          onChange={({ target }) => find(target.value)}
        />
        <NativeSelect
          aria-label="Role"
          value={search.role ?? ''}
          onChange={({ target }) => filter({ role: target.value })}
          data={[{ value: '', label: 'Any role' }, ...ROLES]}
        />
      </div>
      <Loaded query={people}>
        {({ data, meta }) =>
          data.length === 0 ? (
            <Empty title="Nobody fits these filters" />
          ) : (
            <>
              <Rows label="People" rows={data} keyOf={({ id }) => id} columns={columns} />
              <Pager
                meta={meta}
                onPage={(page) => void navigate({ to: '.', search: { ...search, page: String(page) } })}
              />
            </>
          )
        }
      </Loaded>
      <OpenInvitations />
      {isInviting && <InviteDialog onClose={() => setIsInviting(false)} />}
    </Page>
  );
}

function OpenInvitations() {
  const mayTakeBack = useCan('users:write');
  const invitations = useQuery(
    readingList(invitationRoutes.list, { query: { status: 'pending,expired', per_page: 100 } }),
  );
  const [leaving, setLeaving] = useState<Invitation>();
  const close = (): void => setLeaving(undefined);
  const takeBack = useWrite(invitationRoutes.delete, close);
  const columns: Column<Invitation>[] = [
    { header: 'E-mail', place: 'title', cell: ({ email }) => <span className="breakable">{email}</span> },
    { header: 'Role', place: 'meta', cell: ({ role }) => role },
    { header: 'Invited', place: 'meta', isLabelled: true, cell: ({ created_at }) => <Time at={created_at} /> },
    {
      header: 'Link',
      place: 'meta',
      isLabelled: true,
      cell: ({ status, expires_at }) =>
        status === 'pending' ? (
          <>
            ends <Time at={expires_at} />
          </>
        ) : (
          'is over'
        ),
    },
    { header: 'State', place: 'side', cell: ({ status }) => <Status value={status} /> },
    {
      header: 'Actions',
      place: 'side',
      align: 'end',
      cell: (invitation) =>
        mayTakeBack &&
        invitation.status === 'pending' && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            aria-label={`Take back the invitation of ${invitation.email}`}
            onClick={() => setLeaving(invitation)}
          >
            Take back …
          </Button>
        ),
    },
  ];
  return (
    <section className="section">
      <h2>Open invitations</h2>
      {leaving && (
        <Confirm
          isOpen
          title={`Take back the invitation of ${leaving.email}?`}
          action="Take back"
          write={takeBack}
          onConfirm={() => takeBack.mutate({ params: { id: leaving.id } })}
          onClose={close}
        >
          The link is worth nothing from then on. To let {leaving.email} in after all takes a new one.
        </Confirm>
      )}
      <Loaded query={invitations} rows={2}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="meta">None. A link to join is valid once, for {INVITATION_DAYS} days.</p>
          ) : (
            <Rows label="Open invitations" rows={data} keyOf={({ id }) => id} columns={columns} />
          )
        }
      </Loaded>
    </section>
  );
}
