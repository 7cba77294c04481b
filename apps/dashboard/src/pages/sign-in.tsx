import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { sessionRoutes } from '@nexivo/contracts/sessions';
import { useSearch } from '@tanstack/react-router';
import { useWrite } from '../api/use-write.js';
import { BarePage } from '../shell/bare-page.js';
import { useEntered } from '../shell/entered.js';
import { FormError, showFieldErrors } from '../ui/forms.js';

export function SignInPage() {
  const { to } = useSearch({ from: '/sign-in' });
  const enter = useEntered();
  const form = useForm({ initialValues: { email: '', password: '' } });
  const signIn = useWrite(sessionRoutes.create, () => enter(to));
  return (
    <BarePage title="Sign in">
      <form
        noValidate
        onSubmit={form.onSubmit((body) =>
          signIn.mutate({ body }, { onError: (error) => showFieldErrors(form, error) }),
        )}
      >
        <Stack gap="sm">
          <FormError write={signIn} inputs={['email', 'password']} />
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            autoFocus
            key={form.key('email')}
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={signIn.isPending} fullWidth mt={4}>
            Sign in
          </Button>
        </Stack>
      </form>
      <p className="meta">
        No account, or a forgotten password? Ask an owner or admin of your account for a link, or whoever runs this
        installation.
      </p>
    </BarePage>
  );
}
