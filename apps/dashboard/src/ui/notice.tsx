import { Button, CloseButton } from '@mantine/core';
import type { Route } from '@nexivo/contracts/route';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useCallback, useEffect, useState } from 'react';
import { type Asked, ApiError, call, newKey } from '../api/client.js';

/** How long a notice stays; while the pointer or the focus is on it, it does. */
const SHOWN_MS = 10_000;

/** Something that has been done, and how to undo it. */
interface Notice {
  text: string;
  undo?: () => Promise<unknown>;
}

const Notify = createContext<(notice: Notice) => void>(() => undefined);

/**
 * Says below the page that something has been done, and offers to undo it.
 *
 * @param route by which it is undone
 */
export function useUndo<R extends Route>(route: R): (text: string, asked: Asked<R>) => void {
  const notify = use(Notify);
  return (text, asked) => {
    const idempotencyKey = newKey();
    notify({ text, undo: () => call(route, { ...asked, idempotencyKey }) });
  };
}

/** Shows one notice at a time, whatever page is open. */
export function Notices({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<Notice>();
  const close = useCallback(() => setNotice(undefined), []);
  return (
    <Notify value={setNotice}>
      {children}
      <div role="status" className="notices">
        {notice && <Shown key={notice.text} notice={notice} onClose={close} onNext={setNotice} />}
      </div>
    </Notify>
  );
}

function Shown({ notice, onClose, onNext }: { notice: Notice; onClose: () => void; onNext: (notice: Notice) => void }) {
  const { text, undo } = notice;
  const queries = useQueryClient();
  const [isHeld, setIsHeld] = useState(false);
  const [isUndoing, setIsUndoing] = useState(false);
  useEffect(() => {
    if (isHeld || isUndoing) return undefined;
    const timer = setTimeout(onClose, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isHeld, isUndoing, onClose]);
  const undone = async (): Promise<void> => {
    setIsUndoing(true);
    try {
      await undo?.();
      onNext({ text: 'Undone.' });
    } catch (error) {
      onNext({ text: `Not undone. ${error instanceof ApiError ? error.message : ''}` });
    }
    void queries.invalidateQueries();
  };
  return (
    <div
      className="notice"
      onMouseEnter={() => setIsHeld(true)}
      onMouseLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      <span>{text}</span>
      {undo && (
        <Button size="compact-sm" variant="default" loading={isUndoing} onClick={() => void undone()}>
          Undo
        </Button>
      )}
      <CloseButton size="sm" aria-label="Close the notice" onClick={onClose} />
    </div>
  );
}
