import { Menu, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { membershipRoutes, sessionRoutes } from '@nexivo/contracts/sessions';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { reading } from '../api/reading.js';
import { useWrite } from '../api/use-write.js';
import { MoonIcon, SunIcon } from '../ui/icons.js';
import { useMe } from './me.js';
import { tellSignedOut, tellSwitched } from './signed-out.js';

/** Who is signed in, and what concerns that person alone. */
export function AccountMenu() {
  const { account, user, role } = useMe();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const navigate = useNavigate();
  const [isOpen, setIsOpen] = useState(false);
  const accounts = useQuery({ ...reading(membershipRoutes.list, {}), enabled: isOpen });
  const others = accounts.data?.data.filter(({ is_current }) => !is_current) ?? [];
  const goTo = useWrite(membershipRoutes.switch, tellSwitched);
  const signOut = useWrite(sessionRoutes.delete, tellSignedOut);
  const name = user?.name ?? '';
  return (
    <Menu width={210} opened={isOpen} onChange={setIsOpen}>
      <Menu.Target>
        <UnstyledButton className="account-button">
          <span className="avatar" aria-hidden="true">
            {name.slice(0, 1).toUpperCase()}
          </span>
          <span className="account-names">
            <span>{account.name}</span>
            <span className="meta">
              {name} · {role}
            </span>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown aria-label="Yours">
        <Menu.Label>{user?.email}</Menu.Label>
        <Menu.Item onClick={() => void navigate({ to: '/profile' })}>Profile</Menu.Item>
        <Menu.Item
          leftSection={scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
          onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
        >
          {scheme === 'dark' ? 'Light' : 'Dark'} colours
        </Menu.Item>
        {others.length > 0 && (
          <>
            <Menu.Divider />
            <Menu.Label>Your other accounts</Menu.Label>
            {others.map(({ id, name: called, role: as }) => (
              <Menu.Item key={id} onClick={() => goTo.mutate({ body: { account_id: id } })}>
                {called} <span className="meta">· {as}</span>
              </Menu.Item>
            ))}
          </>
        )}
        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate({ params: { id: 'current' } })}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
