import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { accountRoutes, type OwnAccount } from '@nexivo/contracts/account';
import { useQuery } from '@tanstack/react-query';
import { reading } from '../api/reading.js';
import { useWrite } from '../api/use-write.js';
import { useCan } from '../shell/me.js';
import { Page } from '../shell/page.js';
import { ShortId } from '../ui/copy.js';
import { useUndo } from '../ui/notice.js';
import { FormError, showFieldErrors } from '../ui/forms.js';
import { Loaded } from '../ui/states.js';
import { Time } from '../ui/time.js';
import { basePath } from '../shell/base-path.js';

export function SettingsPage() {
  return (
    <Page title="Settings">
      <Loaded query={useQuery(reading(accountRoutes.get, {}))} rows={3}>
        {(account) => <AccountSettings key={account.name} account={account} />}
      </Loaded>
    </Page>
  );
}

function AccountSettings({ account }: { account: OwnAccount }) {
  const mayChange = useCan('account:write');
  const form = useForm({ initialValues: { name: account.name } });
  const offerUndo = useUndo(accountRoutes.update);
  const update = useWrite(accountRoutes.update, ({ name }) =>
    offerUndo(`The account is called “${name}” now.`, { body: { name: account.name } }),
  );
  return (
    <div className="narrow">
      <form
        noValidate
        onSubmit={form.onSubmit((body) =>
          update.mutate({ body }, { onError: (error) => showFieldErrors(form, error) }),
        )}
      >
        <Stack gap="md" align="flex-start">
          <FormError write={update} inputs={['name']} />
          <TextInput
            label="Name of the account"
            description={mayChange ? undefined : 'An owner or admin can change it'}
            readOnly={!mayChange}
            w="100%"
            {...form.getInputProps('name')}
          />
          {mayChange && (
            <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
              Save
            </Button>
          )}
        </Stack>
      </form>
      <section className="section">
        <h2>About this account</h2>
        <dl className="facts">
          <dt>Id</dt>
          <dd>
            <ShortId value={account.id} />
          </dd>
          <dt>Created</dt>
          <dd>
            <Time at={account.created_at} />
          </dd>
          <dt>Base URL</dt>
          <dd>
            <code>{location.origin + basePath}/ats/api/v1</code>
          </dd>
        </dl>
      </section>
    </div>
  );
}
