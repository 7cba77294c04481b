import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { type Token, tokenRoutes } from '@nexivo/contracts/tokens';
import { useWrite } from '../../api/use-write.js';
import { useUndo } from '../../ui/notice.js';
import { FormError, isSameChoice, showFieldErrors } from '../../ui/forms.js';
import { expiryIn, LIFETIMES } from './expiry.js';
import { ScopePicker } from './scope-picker.js';

const AS_IT_IS = 'as-it-is';

/** Changes a token's name, scopes and end. */
export function EditTokenDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const form = useForm({ initialValues: { name: token.name, scopes: token.scopes, expires_at: AS_IT_IS } });
  // What is left as it was is neither sent nor undone: somebody else may have changed it meanwhile.
  const changesIn = (values: ReturnType<typeof form.getValues>) => ({
    ...(values.name !== token.name && { name: values.name }),
    ...(!isSameChoice(values.scopes, token.scopes) && { scopes: values.scopes }),
    ...(values.expires_at !== AS_IT_IS && { expires_at: expiryIn(values.expires_at) }),
  });
  const offerUndo = useUndo(tokenRoutes.update);
  const update = useWrite(tokenRoutes.update, (changed) => {
    onClose();
    const { name, scopes, expires_at } = token;
    const changes = changesIn(form.getValues());
    const before = {
      ...('name' in changes && { name }),
      ...('scopes' in changes && { scopes }),
      ...('expires_at' in changes && { expires_at }),
    };
    offerUndo(`“${changed.name}” has been changed.`, { params: { id: token.id }, body: before });
  });
  return (
    <Modal opened onClose={onClose} title={`Change “${token.name}”`} size="lg" closeOnClickOutside={!form.isDirty()}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          update.mutate(
            { params: { id: token.id }, body: changesIn(values) },
            { onError: (error) => showFieldErrors(form, error) },
          ),
        )}
      >
        <Stack gap="md">
          <FormError write={update} inputs={['name', 'scopes', 'expires_at']} />
          <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
          <NativeSelect
            label="Expires"
            data={[{ value: AS_IT_IS, label: 'As it is' }, ...LIFETIMES.map(fromNow)]}
            {...form.getInputProps('expires_at')}
          />
          <ScopePicker {...form.getInputProps('scopes')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={update.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const fromNow = ({ value, label }: (typeof LIFETIMES)[number]) => ({
  value,
  label: value === '' ? label : `${label} from now`,
});
