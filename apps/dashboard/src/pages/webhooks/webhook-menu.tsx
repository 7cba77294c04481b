import { ActionIcon, Menu } from '@mantine/core';
import { SECRET_OVERLAP_HOURS, type Webhook, webhookRoutes } from '@nexivo/contracts/webhooks';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useWrite } from '../../api/use-write.js';
import { Confirm } from '../../ui/confirm.js';
import { DotsIcon } from '../../ui/icons.js';
import { useUndo } from '../../ui/notice.js';
import { SecretDialog } from '../../ui/secret.js';
import { EditDialog } from './register.js';
import { ReplayDialog } from './replay.js';

type Action = 'edit' | 'replay' | 'rotate' | 'disable' | 'enable' | 'delete';

/** What can be done to a webhook. */
export function WebhookMenu({ webhook }: { webhook: Webhook }) {
  const [open, setOpen] = useState<Action>();
  // Enabling clears it, and what was missed is told of since then.
  const [missedSince, setMissedSince] = useState<string>();
  const close = (): void => setOpen(undefined);
  const isEnabled = webhook.status === 'enabled';
  return (
    <>
      <Menu width={200}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More actions">
            <DotsIcon size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown aria-label="More actions">
          <Menu.Item onClick={() => setOpen('edit')}>Change …</Menu.Item>
          <Menu.Item disabled={!isEnabled} onClick={() => setOpen('replay')}>
            Replay events …
          </Menu.Item>
          <Menu.Item onClick={() => setOpen('rotate')}>Rotate the secret …</Menu.Item>
          <Menu.Item onClick={() => setOpen(isEnabled ? 'disable' : 'enable')}>
            {isEnabled ? 'Disable …' : 'Enable …'}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item className="danger" onClick={() => setOpen('delete')}>
            Delete …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'edit' && <EditDialog webhook={webhook} onClose={close} />}
      {open === 'replay' && (
        <ReplayDialog
          webhookId={webhook.id}
          since={missedSince}
          onClose={() => {
            setMissedSince(undefined);
            close();
          }}
        />
      )}
      {open === 'rotate' && <RotateDialog id={webhook.id} onClose={close} />}
      {open === 'disable' && <DisableDialog webhook={webhook} onClose={close} />}
      {open === 'enable' && (
        <EnableDialog
          webhook={webhook}
          onClose={close}
          onEnabled={() => {
            setMissedSince(webhook.disabled_at ?? undefined);
            setOpen('replay');
          }}
        />
      )}
      {open === 'delete' && <DeleteDialog webhook={webhook} onClose={close} />}
    </>
  );
}

function RotateDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const rotate = useWrite(webhookRoutes.rotateSecret);
  if (rotate.data) {
    return (
      <SecretDialog
        title="New secret of the webhook"
        secret={rotate.data.secret}
        onClose={() => {
          rotate.reset();
          onClose();
        }}
      >
        Copy the secret now: it is never shown again. In <code>webhook-signature</code> the old one signs beside it for{' '}
        {SECRET_OVERLAP_HOURS} hours.
      </SecretDialog>
    );
  }
  return (
    <Confirm
      isOpen
      title="Rotate the secret?"
      action="Rotate"
      write={rotate}
      onConfirm={() => rotate.mutate({ params: { id } })}
      onClose={onClose}
    >
      A receiver that verifies <code>X-NexivoHR-Signature</code> needs the new secret at once; one that verifies{' '}
      <code>webhook-signature</code> has {SECRET_OVERLAP_HOURS} hours.
    </Confirm>
  );
}

interface DialogProps {
  webhook: Webhook;
  onClose: () => void;
}

function DisableDialog({ webhook, onClose }: DialogProps) {
  const offerUndo = useUndo(webhookRoutes.update);
  const update = useWrite(webhookRoutes.update, () => {
    onClose();
    offerUndo('The webhook is disabled.', { params: { id: webhook.id }, body: { status: 'enabled' } });
  });
  return (
    <Confirm
      isOpen
      title="Disable the webhook?"
      action="Disable"
      write={update}
      onConfirm={() => update.mutate({ params: { id: webhook.id }, body: { status: 'disabled' } })}
      onClose={onClose}
    >
      {webhook.url} is told of nothing until it is enabled again. What happens meanwhile can be replayed then, up to 30
      days back.
    </Confirm>
  );
}

function EnableDialog({ webhook, onClose, onEnabled }: DialogProps & { onEnabled: () => void }) {
  const update = useWrite(webhookRoutes.update, onEnabled);
  return (
    <Confirm
      isOpen
      title="Enable the webhook?"
      action="Enable"
      write={update}
      onConfirm={() => update.mutate({ params: { id: webhook.id }, body: { status: 'enabled' } })}
      onClose={onClose}
    >
      Its pending deliveries go on. You are asked next whether what it has missed is to be sent.
    </Confirm>
  );
}

function DeleteDialog({ webhook, onClose }: DialogProps) {
  const navigate = useNavigate();
  const remove = useWrite(webhookRoutes.delete, () => navigate({ to: '/account/api-tokens/webhooks' }));
  return (
    <Confirm
      isOpen
      title="Delete the webhook?"
      action="Delete"
      write={remove}
      onConfirm={() => remove.mutate({ params: { id: webhook.id } })}
      onClose={onClose}
    >
      {webhook.url} is gone from then on, with its secret, its pending deliveries and its log.
    </Confirm>
  );
}
