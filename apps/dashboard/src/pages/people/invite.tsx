import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { invitationRoutes } from '@nexivo/contracts/invitations';
import { mayGrant, type Role, ROLES } from '@nexivo/contracts/roles';
import { useWrite } from '../../api/use-write.js';
import { useMe } from '../../shell/me.js';
import { FormError, showFieldErrors } from '../../ui/forms.js';
import { SecretDialog } from '../../ui/secret.js';
import { Time } from '../../ui/time.js';
import { ROLE_WORDS } from './roles.js';

/** Makes a link by which somebody joins, and shows it this once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { role } = useMe();
  const form = useForm<{ email: string; role: Role }>({ initialValues: { email: '', role: 'developer' } });
  const invite = useWrite(invitationRoutes.create);
  if (invite.data) {
    return (
      <SecretDialog
        title={`Link for ${invite.data.email}`}
        secret={invite.data.url}
        onClose={() => {
          invite.reset();
          onClose();
        }}
      >
        Copy the link and hand it over: it is never shown again. Whoever opens it first joins as {invite.data.role}. It
        ends <Time at={invite.data.expires_at} />.
      </SecretDialog>
    );
  }
  return (
    <Modal opened onClose={onClose} title="Invite somebody" closeOnClickOutside={!form.isDirty()}>
      <form
        noValidate
        onSubmit={form.onSubmit((body) =>
          invite.mutate({ body }, { onError: (error) => showFieldErrors(form, error) }),
        )}
      >
        <Stack gap="md">
          <p className="state-text">You get a link to hand over. No mail is sent.</p>
          <FormError write={invite} inputs={['email', 'role']} />
          <TextInput label="E-mail" type="email" data-autofocus {...form.getInputProps('email')} />
          <NativeSelect
            label="Role"
            description={ROLE_WORDS[form.getValues().role]}
            data={ROLES.filter((each) => role && mayGrant(role, each))}
            {...form.getInputProps('role')}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Make the link
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
