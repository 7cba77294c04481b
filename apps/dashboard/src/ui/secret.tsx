import { Button, Group, Modal } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { CopyButton } from './copy.js';

/** Shows a secret this once. It closes by its button alone, which waits until the secret has been copied. */
export function SecretDialog({
  title,
  secret,
  onClose,
  children,
}: {
  title: string;
  secret: string | undefined;
  onClose: () => void;
  children: ReactNode;
}) {
  const id = useId();
  const [isCopied, setIsCopied] = useState(false);
  return (
    <Modal
      opened={secret !== undefined}
      onClose={onClose}
      title={title}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      size="lg"
    >
      {secret !== undefined && (
        <>
          <div className="state-text">{children}</div>
          <code id={id} className="secret" tabIndex={0} aria-label={title}>
            {secret}
          </code>
          <Group justify="space-between" mt="md">
            <CopyButton text={secret} shownBy={id} onCopied={() => setIsCopied(true)} />
            <Button
              variant={isCopied ? 'filled' : 'subtle'}
              onClick={() => {
                setIsCopied(false);
                onClose();
              }}
            >
              {isCopied ? 'Done' : 'Close without copying'}
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
