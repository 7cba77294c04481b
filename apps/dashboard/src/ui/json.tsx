import { useState } from 'react';
import { counted } from './time.js';

const SHOWN_CHARACTERS = 300;
const OPEN_LEVELS = 3;

/** A JSON value, coloured, with objects that fold and long strings cut. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return (
    <div className="json" role="group" aria-label={label} tabIndex={0}>
      <Value value={value} level={0} />
    </div>
  );
}

function Value({ value, level, name }: { value: unknown; level: number; name?: string }) {
  const key = name !== undefined && <span className="json-key">{JSON.stringify(name)}: </span>;
  if (typeof value !== 'object' || value === null) {
    return (
      <div className="json-line">
        {key}
        <Scalar value={value} />
      </div>
    );
  }
  const isList = Array.isArray(value);
  const [open, close] = isList ? '[]' : '{}';
  const members = Object.entries(value);
  if (members.length === 0) {
    return (
      <div className="json-line">
        {key}
        {open}
        {close}
      </div>
    );
  }
  return (
    <details open={level < OPEN_LEVELS} className="json-object">
      <summary>
        {key}
        {open}
        <span className="json-folded">
          {' '}
          {counted(members.length, isList ? 'item' : 'member')} {close}
        </span>
      </summary>
      <div className="json-members">
        {members.map(([member, child]) => (
          <Value key={member} value={child} level={level + 1} {...(!isList && { name: member })} />
        ))}
      </div>
      {close}
    </details>
  );
}

function Scalar({ value }: { value: unknown }) {
  const [isWhole, setIsWhole] = useState(false);
  const text = JSON.stringify(value);
  if (text.length <= SHOWN_CHARACTERS || isWhole) return <span data-type={typeof value}>{text}</span>;
  return (
    <>
      <span data-type={typeof value}>{text.slice(0, SHOWN_CHARACTERS)}…</span>{' '}
      <button type="button" className="link" onClick={() => setIsWhole(true)}>
        show all {text.length} characters
      </button>
    </>
  );
}
