import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { type Subscribable, type Webhook, webhookRoutes } from '@nexivo/contracts/webhooks';
import { useNavigate } from '@tanstack/react-router';
import { useWrite } from '../../api/use-write.js';
import { useUndo } from '../../ui/notice.js';
import { FormError, isSameChoice, type Outcome, showFieldErrors } from '../../ui/forms.js';
import { SecretDialog } from '../../ui/secret.js';
import { EventPicker } from './event-picker.js';

const INPUTS = ['url', 'events', 'description'];

interface Values {
  url: string;
  description: string;
  events: Subscribable[];
}

/** Registers a webhook, shows its secret this once, and leads to it. */
export function RegisterDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const form = useForm<Values>({ initialValues: { url: '', description: '', events: [] } });
  const create = useWrite(webhookRoutes.create);
  if (create.data) {
    const { id, secret } = create.data;
    return (
      <SecretDialog
        title="Secret of the webhook"
        secret={secret}
        onClose={() => {
          create.reset();
          onClose();
          void navigate({ to: '/account/api-tokens/webhooks/$id', params: { id } });
        }}
      >
        Copy the secret now: it is never shown again. Your receiver verifies with it that a delivery comes from here.
      </SecretDialog>
    );
  }
  return (
    <WebhookForm
      title="Register webhook"
      action="Register"
      form={form}
      write={create}
      onClose={onClose}
      onSubmit={({ description, ...rest }) =>
        create.mutate(
          { body: { ...rest, description: description || null } },
          { onError: (error) => showFieldErrors(form, error) },
        )
      }
    />
  );
}

/** Changes where a webhook points, and what it is told of. */
export function EditDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { id, url, events, description } = webhook;
  const form = useForm<Values>({ initialValues: { url, events, description: description ?? '' } });
  const offerUndo = useUndo(webhookRoutes.update);
  // What is left as it was is neither sent nor undone: somebody else may have changed it meanwhile.
  const changesIn = (values: Values) => ({
    ...(values.url !== url && { url: values.url }),
    ...(!isSameChoice(values.events, events) && { events: values.events }),
    ...(values.description !== (description ?? '') && { description: values.description || null }),
  });
  const update = useWrite(webhookRoutes.update, () => {
    onClose();
    const changes = changesIn(form.getValues());
    const before = {
      ...('url' in changes && { url }),
      ...('events' in changes && { events }),
      ...('description' in changes && { description }),
    };
    offerUndo('The webhook has been changed.', { params: { id }, body: before });
  });
  return (
    <WebhookForm
      title="Change webhook"
      action="Save"
      form={form}
      write={update}
      onClose={onClose}
      onSubmit={(values) =>
        update.mutate({ params: { id }, body: changesIn(values) }, { onError: (error) => showFieldErrors(form, error) })
      }
    />
  );
}

function WebhookForm({
  title,
  action,
  form,
  write,
  onSubmit,
  onClose,
}: {
  title: string;
  action: string;
  form: ReturnType<typeof useForm<Values>>;
  write: Outcome;
  onSubmit: (values: Values) => void;
  onClose: () => void;
}) {
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={!form.isDirty()}>
      <form noValidate onSubmit={form.onSubmit(onSubmit)}>
        <Stack gap="md">
          <FormError write={write} inputs={INPUTS} />
          <TextInput
            label="URL"
            type="url"
            placeholder="https://example.com/hooks/nexivohr"
            data-autofocus
            {...form.getInputProps('url')}
          />
          <TextInput label="Description" {...form.getInputProps('description')} />
          <EventPicker {...form.getInputProps('events')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={write.isPending}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
