import { Checkbox, Input } from '@mantine/core';
import { TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import type { Token } from '@nexivo/contracts/tokens';
import type { ReactNode } from 'react';
import { useMe } from '../../shell/me.js';

type TokenScope = Token['scopes'][number];

const words: Record<string, string> = {
  candidates: 'Candidates',
  jobs: 'Jobs',
  submissions: 'Submissions',
  webhooks: 'Webhooks',
  account: 'Account and usage',
  users: 'People',
  tokens: 'Tokens',
  audit: 'Audit log',
};

const resources = [...new Set(TOKEN_SCOPES.map((scope) => scope.split(':')[0]!))];

/** Which scopes a token has: none that the person who asks lacks, and none ticked by itself. */
export function ScopePicker({
  value = [],
  error,
  onChange,
}: {
  value?: readonly TokenScope[];
  error?: ReactNode;
  onChange: (scopes: TokenScope[]) => void;
}) {
  const { scopes: own, role } = useMe();
  const lacksSome = TOKEN_SCOPES.some((scope) => !own.includes(scope));
  const toggle = (scope: TokenScope, isOn: boolean): void =>
    onChange(TOKEN_SCOPES.filter((each) => (each === scope ? isOn : value.includes(each))));
  return (
    <fieldset className="scopes" aria-invalid={error !== undefined && error !== null}>
      <legend>Scopes</legend>
      <p className="meta">
        Write does not include read. To read events and what webhooks were sent needs the scope that reads what they
        carry, beside that of webhooks.
      </p>
      <div className="scope-grid">
        {resources.map((resource) => (
          <div key={resource} className="scope-row">
            <span>{words[resource] ?? resource}</span>
            {(['read', 'write'] as const).map((verb) => {
              const scope = TOKEN_SCOPES.find((each) => each === `${resource}:${verb}`);
              return scope ? (
                <Checkbox
                  key={verb}
                  label={verb === 'read' ? 'Read' : 'Write'}
                  aria-label={scope}
                  checked={value.includes(scope)}
                  disabled={!own.includes(scope)}
                  onChange={({ currentTarget }) => toggle(scope, currentTarget.checked)}
                />
              ) : (
                <span key={verb} />
              );
            })}
          </div>
        ))}
      </div>
      {lacksSome && <p className="meta">As {role} you cannot give what your role does not have.</p>}
      {error && <Input.Error mt={6}>{error}</Input.Error>}
    </fieldset>
  );
}
