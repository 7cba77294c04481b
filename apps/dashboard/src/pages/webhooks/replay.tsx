import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { EVENT_RETENTION_DAYS } from '@nexivo/contracts/events';
import { replayRoutes } from '@nexivo/contracts/replays';
import { useWrite } from '../../api/use-write.js';
import { FormError, showFieldErrors } from '../../ui/forms.js';
import { fromLocal, toLocal } from '../../ui/local-time.js';

const DAY_MS = 86_400_000;

/** Sends past events to a webhook again. */
export function ReplayDialog({
  webhookId: id,
  since = new Date(Date.now() - DAY_MS).toISOString(),
  onClose,
}: {
  webhookId: string;
  since?: string | undefined;
  onClose: () => void;
}) {
  const form = useForm({ initialValues: { since: toLocal(since), until: '' } });
  const create = useWrite(replayRoutes.create, onClose);
  return (
    <Modal opened onClose={onClose} title="Replay events">
      <form
        noValidate
        onSubmit={form.onSubmit(({ since, until }) =>
          create.mutate(
            { params: { id }, body: { since: fromLocal(since) ?? '', ...(until && { until: fromLocal(until) }) } },
            { onError: (error) => showFieldErrors(form, error) },
          ),
        )}
      >
        <Stack gap="md">
          <p className="state-text">
            Every event since then that the webhook is told of is sent again, whether it was delivered or not. A
            receiver knows what it has seen by <code>webhook-id</code>.
          </p>
          <FormError write={create} inputs={['since', 'until']} />
          <TextInput
            label="Since"
            description={`At most ${EVENT_RETENTION_DAYS} days ago`}
            type="datetime-local"
            {...form.getInputProps('since')}
          />
          <TextInput label="Until" description="Now, if empty" type="datetime-local" {...form.getInputProps('until')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Replay
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
