import { Button, Group, Modal, NativeSelect, Stack } from '@mantine/core';
import { DELIVERED_TYPES } from '@nexivo/contracts/deliveries';
import { redeliveryRoutes } from '@nexivo/contracts/redeliveries';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reading } from '../../api/reading.js';
import { useWrite } from '../../api/use-write.js';
import { FormError } from '../../ui/forms.js';
import { counted } from '../../ui/time.js';

const HOUR_MS = 3_600_000;
/** Just short of what is kept, which goes on while somebody reads. */
const SINCE = [
  { value: '1', label: 'The last hour' },
  { value: '24', label: 'The last 24 hours' },
  { value: '168', label: 'The last 7 days' },
  { value: '719', label: 'All that is kept: 30 days' },
];

type DeliveredType = (typeof DELIVERED_TYPES)[number];

/** Counts what has failed, and delivers exactly that once more. */
export function RedeliverFailedDialog({
  webhookId: id,
  eventType = '',
  onClose,
}: {
  webhookId: string;
  /** That the log is narrowed to. */
  eventType?: string | undefined;
  onClose: () => void;
}) {
  const [hours, setHours] = useState('24');
  const [openedAt] = useState(Date.now);
  const [type, setType] = useState(eventType);
  const since = new Date(openedAt - Number(hours) * HOUR_MS).toISOString();
  const filter = type === '' ? {} : { event_type: type as DeliveredType };
  const count = useQuery(reading(redeliveryRoutes.count, { params: { id }, query: { since, ...filter } }));
  const redeliver = useWrite(redeliveryRoutes.create, onClose);
  const known = count.data?.deliveries;
  return (
    <Modal opened onClose={onClose} title="Redeliver what failed">
      <Stack gap="md">
        <FormError write={redeliver} />
        {count.error && <FormError write={{ error: count.error, isPending: count.isFetching }} />}
        <NativeSelect
          label="Given up in"
          data={SINCE}
          value={hours}
          onChange={({ target }) => setHours(target.value)}
        />
        <NativeSelect
          label="Event"
          data={[{ value: '', label: 'Any' }, ...DELIVERED_TYPES]}
          value={type}
          onChange={({ target }) => setType(target.value)}
        />
        <p className="state-text" role="status">
          {known === undefined && 'Counting …'}
          {known === 0 && 'Nothing was given up in that time. What is pending is tried again by itself.'}
          {known !== undefined &&
            known > 0 &&
            `${count.data?.deliveries_is_exact === false ? 'More than ' : ''}${counted(known, 'delivery', 'deliveries')} ${known === 1 ? 'has' : 'have'} failed, and will be tried anew. What fails later is left alone.`}
        </p>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={!count.data || known === 0}
            loading={redeliver.isPending}
            onClick={() =>
              count.data && redeliver.mutate({ params: { id }, body: { since, until: count.data.until, ...filter } })
            }
          >
            {known ? `Redeliver ${counted(known, 'delivery', 'deliveries')}` : 'Redeliver'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
