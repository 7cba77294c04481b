import { Checkbox, Input, Radio, Stack } from '@mantine/core';
import { EVENT_TYPES, eventTypes } from '@nexivo/contracts/events';
import type { Subscribable } from '@nexivo/contracts/webhooks';
import type { ReactNode } from 'react';

/** What a webhook is told of: chosen types, or all that there are and will be. */
export function EventPicker({
  value = [],
  error,
  onChange,
}: {
  value?: readonly Subscribable[];
  error?: ReactNode;
  onChange: (events: Subscribable[]) => void;
}) {
  const isAll = value.includes('*');
  const toggle = (type: Subscribable, isOn: boolean): void =>
    onChange(EVENT_TYPES.filter((each) => (each === type ? isOn : value.includes(each))));
  return (
    <fieldset className="scopes">
      <legend>Events</legend>
      <Stack gap={6} mt={6}>
        <Radio name="events" label="Those that I choose" checked={!isAll} onChange={() => onChange([])} />
        <Radio
          name="events"
          label="All, those that the API gains later included"
          checked={isAll}
          onChange={() => onChange(['*'])}
        />
      </Stack>
      {!isAll && (
        <div className="event-grid">
          {EVENT_TYPES.map((type) => (
            <Checkbox
              key={type}
              label={type}
              description={eventTypes[type].description.replaceAll('`', '')}
              checked={value.includes(type)}
              onChange={({ currentTarget }) => toggle(type, currentTarget.checked)}
            />
          ))}
        </div>
      )}
      {error && <Input.Error mt={6}>{error}</Input.Error>}
    </fieldset>
  );
}
