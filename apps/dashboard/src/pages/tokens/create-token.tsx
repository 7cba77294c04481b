import { Button, Group, Modal, NativeSelect, Radio, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { managesAllTokens } from '@nexivo/contracts/roles';
import { type Token, type TokenKind, tokenRoutes } from '@nexivo/contracts/tokens';
import { useRef } from 'react';
import { useWrite } from '../../api/use-write.js';
import { useMe } from '../../shell/me.js';
import { FormError, showFieldErrors } from '../../ui/forms.js';
import { SecretDialog } from '../../ui/secret.js';
import { Curl } from '../../ui/states.js';
import { expiryIn, LIFETIMES } from './expiry.js';
import { ScopePicker } from './scope-picker.js';
import { basePath } from '../../shell/base-path.js';

interface Values {
  name: string;
  kind: TokenKind;
  scopes: Token['scopes'];
  expires_at: string;
}

/** Makes a token, and shows it this once. */
export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const { role } = useMe();
  const form = useForm<Values>({ initialValues: { name: '', kind: 'personal', scopes: [], expires_at: '90' } });
  const create = useWrite(tokenRoutes.create);
  // The same for every attempt, so that a repeated one is known as such.
  const expiry = useRef<{ days: string; at: string | null }>(undefined);
  const submit = ({ expires_at: days, ...rest }: Values): void => {
    if (expiry.current?.days !== days) expiry.current = { days, at: expiryIn(days) };
    create.mutate(
      { body: { ...rest, expires_at: expiry.current.at } },
      { onError: (error) => showFieldErrors(form, error) },
    );
  };
  if (create.data) {
    return (
      <SecretDialog
        title={`Token “${create.data.name}”`}
        secret={create.data.token}
        onClose={() => {
          create.reset();
          onClose();
        }}
      >
        Copy the token now: it is never shown again.
        <Curl>{`curl ${location.origin + basePath}/ats/api/v1/me -H "Authorization: Bearer $TOKEN"`}</Curl>
      </SecretDialog>
    );
  }
  return (
    <Modal opened onClose={onClose} title="Create token" size="lg" closeOnClickOutside={!form.isDirty()}>
      <form noValidate onSubmit={form.onSubmit(submit)}>
        <Stack gap="md">
          <FormError write={create} inputs={['name', 'kind', 'scopes', 'expires_at']} />
          <TextInput
            label="Name"
            description="What it is for, such as “Career site”"
            data-autofocus
            {...form.getInputProps('name')}
          />
          {role && managesAllTokens(role) && (
            <Radio.Group label="Belongs to" {...form.getInputProps('kind')}>
              <Stack gap={6} mt={6}>
                <Radio value="personal" label="Me: it ends when I leave the account" />
                <Radio value="service" label="The account: it outlives people" />
              </Stack>
            </Radio.Group>
          )}
          <NativeSelect label="Expires" data={LIFETIMES} {...form.getInputProps('expires_at')} />
          <ScopePicker {...form.getInputProps('scopes')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create token
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
