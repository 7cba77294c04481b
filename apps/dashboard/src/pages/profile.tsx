import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { meRoutes } from '@nexivo/contracts/me';
import { passwordRoutes, type Session, sessionRoutes } from '@nexivo/contracts/sessions';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { readingList } from '../api/reading.js';
import { useWrite } from '../api/use-write.js';
import { useMe } from '../shell/me.js';
import { Page } from '../shell/page.js';
import { FormError, showFieldErrors } from '../ui/forms.js';
import { useUndo } from '../ui/notice.js';
import { Pager } from '../ui/pager.js';
import { type Column, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { Time } from '../ui/time.js';
import { browserOf } from '../ui/user-agent.js';

export function ProfilePage() {
  const { user } = useMe();
  return (
    <Page title="Profile">
      <div className="narrow">
        <NameForm key={user?.name} name={user?.name ?? ''} email={user?.email ?? ''} />
        <section className="section">
          <h2>Password</h2>
          <PasswordForm />
        </section>
      </div>
      <Sessions />
    </Page>
  );
}

function NameForm({ name, email }: { name: string; email: string }) {
  const form = useForm({ initialValues: { name } });
  const offerUndo = useUndo(meRoutes.update);
  const update = useWrite(meRoutes.update, (self) =>
    offerUndo(`You are called “${self.name}” now.`, { body: { name } }),
  );
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((body) => update.mutate({ body }, { onError: (error) => showFieldErrors(form, error) }))}
    >
      <Stack gap="md" align="flex-start">
        <FormError write={update} inputs={['name']} />
        <TextInput label="Your name" autoComplete="name" w="100%" {...form.getInputProps('name')} />
        <TextInput label="E-mail" value={email} readOnly w="100%" />
        <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
          Save
        </Button>
      </Stack>
    </form>
  );
}

function PasswordForm() {
  const form = useForm({ initialValues: { current_password: '', new_password: '' } });
  const change = useWrite(passwordRoutes.change, () => form.reset());
  const show = { 'aria-label': 'Show the password' };
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((body) => change.mutate({ body }, { onError: (error) => showFieldErrors(form, error) }))}
    >
      <Stack gap="md" align="flex-start">
        <FormError write={change} inputs={['current_password', 'new_password']} />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          w="100%"
          visibilityToggleButtonProps={show}
          {...form.getInputProps('current_password')}
        />
        <PasswordInput
          label="New password"
          description="It signs you out everywhere else"
          autoComplete="new-password"
          w="100%"
          visibilityToggleButtonProps={show}
          {...form.getInputProps('new_password')}
        />
        <Button type="submit" variant="default" loading={change.isPending}>
          Change password
        </Button>
        <p role="status" className="meta">
          {change.isSuccess && 'Your password has been changed.'}
        </p>
      </Stack>
    </form>
  );
}

function Sessions() {
  const search = useSearch({ from: '/inside/profile' });
  const navigate = useNavigate({ from: '/profile' });
  const sessions = useQuery(readingList(sessionRoutes.list, { query: { per_page: 10, ...search } }));
  const endOthers = useWrite(sessionRoutes.deleteOthers);
  const end = useWrite(sessionRoutes.delete);
  const columns: Column<Session>[] = [
    {
      header: 'Browser',
      place: 'title',
      cell: ({ user_agent, is_current }) => (
        <span title={user_agent ?? undefined}>
          {browserOf(user_agent)}
          {is_current && <span className="meta"> · this one</span>}
        </span>
      ),
    },
    { header: 'Address', place: 'meta', cell: ({ address }) => address ?? 'unknown' },
    { header: 'Last used', place: 'meta', isLabelled: true, cell: ({ last_seen_at }) => <Time at={last_seen_at} /> },
    { header: 'Signed in', place: 'wide-only', cell: ({ created_at }) => <Time at={created_at} /> },
    {
      header: 'Actions',
      place: 'side',
      align: 'end',
      cell: ({ id, is_current }) =>
        !is_current && (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => end.mutate({ params: { id } })}>
            Sign out
          </Button>
        ),
    },
  ];
  return (
    <section className="section">
      <div className="section-header">
        <h2>Where you are signed in</h2>
        <Button size="xs" variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate({})}>
          Sign out everywhere else
        </Button>
      </div>
      <FormError write={endOthers} />
      <FormError write={end} />
      <Loaded query={sessions} rows={3}>
        {({ data, meta }) => (
          <>
            <Rows label="Your sessions" rows={data} keyOf={({ id }) => id} columns={columns} />
            <Pager meta={meta} onPage={(page) => void navigate({ to: '.', search: { page: String(page) } })} />
          </>
        )}
      </Loaded>
    </section>
  );
}
