import { ActionIcon, Button, Group, Menu, Modal, NativeSelect, Stack } from '@mantine/core';
import { managesAllTokens } from '@nexivo/contracts/roles';
import { type Token, tokenRoutes } from '@nexivo/contracts/tokens';
import { useState } from 'react';
import { useWrite } from '../../api/use-write.js';
import { useMe } from '../../shell/me.js';
import { Confirm } from '../../ui/confirm.js';
import { FormError } from '../../ui/forms.js';
import { DotsIcon } from '../../ui/icons.js';
import { SecretDialog } from '../../ui/secret.js';
import { Time } from '../../ui/time.js';
import { EditTokenDialog } from './edit-token.js';

/** What somebody is about to do to a token. */
export interface TokenAction {
  token: Token;
  what: 'edit' | 'rotate' | 'revoke';
}

/** What can be done to a token, by those who may. */
export function TokenMenu({ token, onChoose }: { token: Token; onChoose: (action: TokenAction) => void }) {
  const { user, role, scopes } = useMe();
  const isOwn = token.user_id !== null && token.user_id === user?.id;
  if (token.status !== 'active' || !scopes.includes('tokens:write')) return null;
  if (!isOwn && !(role && managesAllTokens(role))) return null;
  const choose = (what: TokenAction['what']) => (): void => onChoose({ token, what });
  return (
    <Menu width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${token.name}`}>
          <DotsIcon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown aria-label={`Actions for ${token.name}`}>
        <Menu.Item onClick={choose('edit')}>Change …</Menu.Item>
        <Menu.Item onClick={choose('rotate')}>Rotate …</Menu.Item>
        <Menu.Item className="danger" onClick={choose('revoke')}>
          Revoke …
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The dialog for it. Not within the token's row, which goes while the dialog still shows the token that takes its place. */
export function TokenDialog({ action: { token, what }, onClose }: { action: TokenAction; onClose: () => void }) {
  if (what === 'edit') return <EditTokenDialog token={token} onClose={onClose} />;
  if (what === 'rotate') return <RotateDialog token={token} onClose={onClose} />;
  return <RevokeDialog token={token} onClose={onClose} />;
}

const OVERLAPS = [
  { value: '0', label: 'Not at all: it is refused at once' },
  { value: '3600', label: 'One hour' },
  { value: '86400', label: 'One day' },
  { value: '604800', label: 'Seven days' },
];

function RotateDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const [overlap, setOverlap] = useState('86400');
  const rotate = useWrite(tokenRoutes.rotate);
  if (rotate.data) {
    const { predecessor } = rotate.data;
    return (
      <SecretDialog
        title={`New token “${token.name}”`}
        secret={rotate.data.token}
        onClose={() => {
          rotate.reset();
          onClose();
        }}
      >
        Copy the token now: it is never shown again. The old one, {predecessor.prefix}…{predecessor.last_four},{' '}
        {predecessor.status === 'active' && predecessor.expires_at ? (
          <>
            ends <Time at={predecessor.expires_at} />.
          </>
        ) : (
          'is refused from now on.'
        )}
      </SecretDialog>
    );
  }
  return (
    <Modal opened onClose={onClose} title={`Rotate “${token.name}”`}>
      <Stack gap="md">
        <p className="state-text">
          A new token of the same name, scopes and lifetime takes its place. Put it where the old one is, before that
          one ends.
        </p>
        <FormError write={rotate} />
        <NativeSelect
          label="The old token stays valid"
          data={OVERLAPS}
          value={overlap}
          onChange={({ target }) => setOverlap(target.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={rotate.isPending}
            onClick={() => rotate.mutate({ params: { id: token.id }, body: { overlap_s: Number(overlap) } })}
          >
            Rotate
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useWrite(tokenRoutes.revoke, onClose);
  return (
    <Confirm
      isOpen
      title={`Revoke “${token.name}”?`}
      action="Revoke"
      write={revoke}
      onConfirm={() => revoke.mutate({ params: { id: token.id } })}
      onClose={onClose}
    >
      Whatever uses{' '}
      <code>
        {token.prefix}…{token.last_four}
      </code>{' '}
      is refused within a second, and for good.
      {token.last_used_at && (
        <>
          {' '}
          It was last used <Time at={token.last_used_at} />.
        </>
      )}
    </Confirm>
  );
}
