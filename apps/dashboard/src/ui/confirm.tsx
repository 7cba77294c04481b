import { Button, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { FormError, type Outcome } from './forms.js';

/** Asks once before something is lost, and names it. */
export function Confirm({
  title,
  action,
  isOpen,
  write,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  action: string;
  isOpen: boolean;
  /** What it does. */
  write: Outcome;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <div className="state-text">{children}</div>
      <FormError write={write} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button color="red.8" loading={write.isPending} onClick={onConfirm} data-autofocus>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
