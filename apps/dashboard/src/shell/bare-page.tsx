import type { ReactNode } from 'react';
import { useTitle } from './page.js';
import { Wordmark } from './wordmark.js';
import { basePath } from './base-path.js';

/** A page for whoever is not signed in: one thing to do, in the middle. */
export function BarePage({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="bare">
      <div className="bare-card">
        <Wordmark />
        <h1>{title}</h1>
        {lead && <p className="state-text">{lead}</p>}
        {children}
      </div>
      <footer className="bare-footer">
        <a href={`${basePath}/pricing`}>Pricing</a>
        <a href={`${basePath}/docs`}>API reference</a>
      </footer>
    </main>
  );
}
