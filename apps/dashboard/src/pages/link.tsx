import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { invitationRoutes, type LinkDetails } from '@nexivo/contracts/invitations';
import { PASSWORD_MIN } from '@nexivo/contracts/sessions';
import { useEffect, useState } from 'react';
import { useWrite } from '../api/use-write.js';
import { BarePage } from '../shell/bare-page.js';
import { useEntered } from '../shell/entered.js';
import { FormError, showFieldErrors } from '../ui/forms.js';
import { Failure, LoadingRows } from '../ui/states.js';

/** Where a link leads: somebody joins an account, or chooses a new password. */
export function LinkPage() {
  const [secret] = useState(() => location.hash.slice(1));
  const lookUp = useWrite(invitationRoutes.lookUp);
  const { mutate } = lookUp;
  useEffect(() => {
    // Out of the address, so that it stays in no history.
    history.replaceState(history.state, '', location.pathname);
    mutate({ body: { secret } });
  }, [mutate, secret]);
  if (lookUp.data) return <AcceptForm secret={secret} link={lookUp.data} />;
  if (!lookUp.error) {
    return (
      <BarePage title="Your link">
        <LoadingRows rows={3} />
      </BarePage>
    );
  }
  return (
    <BarePage title="Your link">
      <Failure error={lookUp.error} onRetry={() => mutate({ body: { secret } })} />
    </BarePage>
  );
}

function AcceptForm({ secret, link }: { secret: string; link: LinkDetails }) {
  const isJoin = link.purpose === 'join';
  const isNew = isJoin && !link.has_password;
  const enter = useEntered();
  const form = useForm({ initialValues: { name: '', password: '' } });
  const accept = useWrite(invitationRoutes.accept, () => enter());
  const lead = isJoin ? (
    <>
      You have been invited to <strong>{link.account_name}</strong> as {link.role}, with <strong>{link.email}</strong>.
    </>
  ) : (
    <>
      For <strong>{link.email}</strong>. You are signed out everywhere else.
    </>
  );
  return (
    <BarePage title={isJoin ? `Join ${link.account_name}` : 'Choose a new password'} lead={lead}>
      <form
        noValidate
        onSubmit={form.onSubmit(({ name, password }) =>
          accept.mutate(
            { body: { secret, password, ...(isNew && { name }) } },
            { onError: (error) => showFieldErrors(form, error) },
          ),
        )}
      >
        <Stack gap="sm">
          <FormError write={accept} inputs={['name', 'password']} />
          <input type="email" name="email" autoComplete="username" value={link.email} readOnly hidden />
          {isNew && <TextInput label="Your name" autoComplete="name" autoFocus {...form.getInputProps('name')} />}
          <PasswordInput
            label={isJoin && !isNew ? 'Your password' : 'New password'}
            description={isJoin && !isNew ? 'The one that you have already' : `${PASSWORD_MIN} characters or more`}
            autoComplete={isJoin && !isNew ? 'current-password' : 'new-password'}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={accept.isPending} fullWidth mt={4}>
            {isJoin ? 'Join' : 'Set the password'}
          </Button>
        </Stack>
      </form>
    </BarePage>
  );
}
