import { ActionIcon, Button, Group, Menu, Modal, NativeSelect, Stack } from '@mantine/core';
import { mayGrant, type Role, ROLES } from '@nexivo/contracts/roles';
import { type User, userRoutes } from '@nexivo/contracts/users';
import { useState } from 'react';
import { useWrite } from '../../api/use-write.js';
import { useMe } from '../../shell/me.js';
import { Confirm } from '../../ui/confirm.js';
import { FormError } from '../../ui/forms.js';
import { DotsIcon } from '../../ui/icons.js';
import { useUndo } from '../../ui/notice.js';
import { SecretDialog } from '../../ui/secret.js';
import { Time } from '../../ui/time.js';
import { ROLE_WORDS } from './roles.js';

/** What can be done about somebody, by those who may. */
export function PersonMenu({ person }: { person: User }) {
  const { role, scopes, account, user } = useMe();
  const [open, setOpen] = useState<'role' | 'reset' | 'remove'>();
  if (!scopes.includes('users:write') || !role || !mayGrant(role, person.role)) return null;
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Menu width={200}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${person.name}`}>
            <DotsIcon size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown aria-label={`Actions for ${person.name}`}>
          <Menu.Item onClick={() => setOpen('role')}>Change the role …</Menu.Item>
          {person.id !== user?.id && <Menu.Item onClick={() => setOpen('reset')}>Link to a new password …</Menu.Item>}
          <Menu.Item className="danger" onClick={() => setOpen('remove')}>
            Remove …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'role' && <RoleDialog person={person} onClose={close} />}
      {open === 'reset' && <ResetDialog person={person} onClose={close} />}
      {open === 'remove' && <RemoveDialog person={person} account={account.name} onClose={close} />}
    </>
  );
}

interface DialogProps {
  person: User;
  onClose: () => void;
}

function RoleDialog({ person, onClose }: DialogProps) {
  const { role: own } = useMe();
  const [role, setRole] = useState<Role>(person.role);
  const offerUndo = useUndo(userRoutes.update);
  const update = useWrite(userRoutes.update, (changed) => {
    onClose();
    if (changed.role !== person.role)
      offerUndo(`${person.name} is ${changed.role} now.`, { params: { id: person.id }, body: { role: person.role } });
  });
  return (
    <Modal opened onClose={onClose} title={`Role of ${person.name}`}>
      <Stack gap="md">
        <FormError write={update} />
        <NativeSelect
          label="Role"
          description={ROLE_WORDS[role]}
          value={role}
          data={ROLES.filter((each) => own && mayGrant(own, each))}
          onChange={({ target }) => setRole(target.value as Role)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={update.isPending}
            onClick={() => update.mutate({ params: { id: person.id }, body: { role } })}
          >
            Save
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ResetDialog({ person, onClose }: DialogProps) {
  const make = useWrite(userRoutes.resetLink);
  if (make.data) {
    return (
      <SecretDialog
        title={`Link for ${person.name}`}
        secret={make.data.url}
        onClose={() => {
          make.reset();
          onClose();
        }}
      >
        Copy the link and hand it over: it is never shown again. It ends <Time at={make.data.expires_at} />.
      </SecretDialog>
    );
  }
  return (
    <Confirm
      isOpen
      title={`New password for ${person.name}?`}
      action="Make the link"
      write={make}
      onConfirm={() => make.mutate({ params: { id: person.id } })}
      onClose={onClose}
    >
      You get a link to hand over. Until it is used the old password stays.
    </Confirm>
  );
}

function RemoveDialog({ person, account, onClose }: DialogProps & { account: string }) {
  const remove = useWrite(userRoutes.delete, onClose);
  return (
    <Confirm
      isOpen
      title={`Remove ${person.name}?`}
      action="Remove"
      write={remove}
      onConfirm={() => remove.mutate({ params: { id: person.id } })}
      onClose={onClose}
    >
      {person.name} is signed out of {account} at once, and personal tokens of {person.email} are refused from then on.
      Tokens of the account stay.
    </Confirm>
  );
}
