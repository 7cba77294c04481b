import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { CheckIcon, CopyIcon } from './icons.js';

type Outcome = 'copied' | 'selected';

/** Copies a text; where the browser has no clipboard, as on plain http, it selects the element that shows it. */
async function copy(text: string, shownBy: HTMLElement | null): Promise<Outcome> {
  try {
    await navigator.clipboard.writeText(text);
    return 'copied';
  } catch {
    if (shownBy) getSelection()?.selectAllChildren(shownBy);
    return 'selected';
  }
}

const words: Record<Outcome, string> = { copied: 'Copied', selected: 'Selected: press Ctrl+C to copy' };

/** A button that copies what another element shows. */
export function CopyButton({ text, shownBy, onCopied }: { text: string; shownBy: string; onCopied?: () => void }) {
  const [outcome, setOutcome] = useState<Outcome>();
  return (
    <>
      <Button
        variant="default"
        leftSection={outcome === 'copied' ? <CheckIcon /> : <CopyIcon />}
        onClick={() => {
          void copy(text, document.querySelector<HTMLElement>(`#${CSS.escape(shownBy)}`)).then(setOutcome);
          onCopied?.();
        }}
      >
        {outcome === undefined ? 'Copy' : words[outcome]}
      </Button>
      <span role="status" className="visually-hidden">
        {outcome && words[outcome]}
      </span>
    </>
  );
}

/** An id, shortened in the middle, with a button that copies it whole. */
export function ShortId({ value }: { value: string }) {
  const [outcome, setOutcome] = useState<Outcome>();
  const [element, setElement] = useState<HTMLElement | null>(null);
  const isShort = value.length <= 18 || outcome === 'selected';
  return (
    <span className="short-id">
      <code ref={setElement} title={value}>
        {isShort ? value : `${value.slice(0, 8)}…${value.slice(-6)}`}
      </code>
      <Tooltip label={outcome ? words[outcome] : 'Copy'}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={20}
          aria-label={`Copy ${value}`}
          onClick={() => void copy(value, element).then(setOutcome)}
        >
          {outcome === 'copied' ? <CheckIcon size={13} /> : <CopyIcon size={13} />}
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
